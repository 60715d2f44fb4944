"""Every list of the API, found in its addresses, so that none is left out of a test of all."""

from healthfund.api.v1 import urls
from healthfund.api.v1.base import List

LISTS = {pattern.name: pattern.callback.cls for pattern in urls.urlpatterns if issubclass(pattern.callback.cls, List)}
