from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("healthfund.api.v1.urls")),
    path("", include("healthfund.web.urls")),
]
