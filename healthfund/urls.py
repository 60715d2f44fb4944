from django.contrib import admin
from django.urls import include, path

from healthfund import health
from healthfund.api import errors

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/v1/", include("healthfund.api.v1.urls")),
    path("api/", include("healthfund.api.urls")),
    path("", include("healthfund.web.urls")),
]

handler400, handler403, handler404, handler500 = errors.malformed, errors.forbidden, errors.not_found, errors.broken
