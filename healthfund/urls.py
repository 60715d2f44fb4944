from django.contrib import admin
from django.urls import include, path

from healthfund import health, lists, reports
from healthfund.api import errors
from healthfund.orders import views as orders

urlpatterns = [
    path(
        "admin/<slug:app_label>/<slug:model_name>/list.<slug:suffix>",
        admin.site.admin_view(lists.file),
        name="admin-list-file",
    ),
    path("admin/reports/", admin.site.admin_view(reports.index), name="admin-reports"),
    path("admin/reports/<slug:key>/", admin.site.admin_view(reports.report), name="admin-report"),
    path("admin/reports/<slug:key>.<slug:suffix>", admin.site.admin_view(reports.file), name="admin-report-file"),
    path("admin/", admin.site.urls),
    path("account/", include("healthfund.access.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/v1/", include("healthfund.api.v1.urls")),
    path("api/", include("healthfund.api.urls")),
    path("files/", orders.place, name="order-file"),
    path("files/<str:key>/", orders.status, name="ordered-file"),
    path("files/<str:key>/file", orders.fetch, name="ordered-file-fetch"),
    path("", include("healthfund.web.urls")),
]

handler400, handler403, handler404, handler500 = errors.malformed, errors.forbidden, errors.not_found, errors.broken
