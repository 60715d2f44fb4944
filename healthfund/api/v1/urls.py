from django.urls import path

from . import facts, packages, stored, threesixty, views, webhooks

app_name = "api"
urlpatterns = [
    path("", views.Index.as_view(), name="index"),
    path("announcements/", stored.AnnouncementList.as_view(), name="announcements"),
    path("announcements/<slug:id>/", stored.AnnouncementDetail.as_view(), name="announcement"),
    path("announcements/<slug:id>/withdraw/", facts.Withdrawal.as_view(), name="withdraw"),
    path("facts/", facts.Facts.as_view(), name="facts"),
    path("pots/", stored.PotList.as_view(), name="pots"),
    path("pots/<slug:announcement>/<slug:key>/", stored.PotDetail.as_view(), name="pot"),
    path("programmes/", views.ProgrammeList.as_view(), name="programmes"),
    path("programmes/<slug:id>/", views.ProgrammeDetail.as_view(), name="programme"),
    path("themes/", views.ThemeList.as_view(), name="themes"),
    path("themes/<slug:id>/", views.ThemeDetail.as_view(), name="theme"),
    path("regions/", views.RegionList.as_view(), name="regions"),
    path("regions/<slug:id>/", views.RegionDetail.as_view(), name="region"),
    path("organisations/", views.OrganisationList.as_view(), name="organisations"),
    path("organisations/<slug:id>/", views.OrganisationDetail.as_view(), name="organisation"),
    path("responses/", views.ResponseList.as_view(), name="responses"),
    path("targets/", views.TargetList.as_view(), name="targets"),
    path("entries/", views.EntryList.as_view(), name="entries"),
    path("changes/", stored.ChangeList.as_view(), name="changes"),
    path("totals/", views.Totals.as_view(), name="totals"),
    path("totals/pots/", views.CountedPotList.as_view(), name="totals-pots"),
    path("totals/left-out/", views.LeftOutList.as_view(), name="totals-left-out"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<int:id>/", webhooks.WebhookDetail.as_view(), name="webhook"),
    path("webhooks/<int:id>/test/", webhooks.WebhookTest.as_view(), name="webhook-test"),
    path("webhooks/<int:id>/rotate/", webhooks.WebhookRotation.as_view(), name="webhook-rotate"),
    path("webhooks/<int:id>/deliveries/", webhooks.DeliveryList.as_view(), name="deliveries"),
    path(
        "webhooks/<int:id>/deliveries/<int:delivery>/replay/",
        webhooks.DeliveryReplay.as_view(),
        name="delivery-replay",
    ),
    path("360giving.json", threesixty.ThreeSixty.as_view(), name="360giving"),
    path("packages/", packages.PackageList.as_view(), name="packages"),
    path("packages/<str:id>/", packages.PackageDetail.as_view(), name="package"),
    path("packages/<str:id>/<str:name>", packages.PackageFile.as_view(), name="package-file"),
]
