"""Every list of the API, found in its addresses, so that none is left out of a test of all."""

from healthfund.api.v1 import urls
from healthfund.api.v1.base import List

LISTS = {
    # Those below another resource, such as the parts of a total, need a question first.
    pattern.name: pattern.callback.cls
    for pattern in urls.urlpatterns
    if issubclass(pattern.callback.cls, List) and str(pattern.pattern) == f"{pattern.name}/"
}
