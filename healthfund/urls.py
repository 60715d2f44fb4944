from django.contrib import admin
from django.urls import include, path

from healthfund import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/v1/", include("healthfund.api.v1.urls")),
    path("", include("healthfund.web.urls")),
]
