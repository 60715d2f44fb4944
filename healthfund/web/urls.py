from django.urls import path, re_path

from . import (
    announcements,
    compare,
    explore,
    money_list,
    organisations,
    overview,
    pages,
    pictures,
    pots,
    programmes,
    regions,
    themes,
)

urlpatterns = [
    path("", overview.dashboard, name="dashboard"),
    path("money/", money_list.listing, name="money"),
    path("compare/", compare.compare, name="compare"),
    path("explore/", explore.explore, name="explore"),
    path("announcements/", announcements.listing, name="announcements"),
    path("announcements/<str:slug>/", announcements.detail, name="announcement"),
    path("pots/<str:announcement>/<str:key>/", pots.detail, name="pot"),
    path("programmes/", programmes.listing, name="programmes"),
    path("programmes/<str:slug>/", programmes.detail, name="programme"),
    path("themes/", themes.listing, name="themes"),
    path("themes/<str:key>/", themes.detail, name="theme"),
    path("regions/", regions.listing, name="regions"),
    path("regions/<str:key>/", regions.detail, name="region"),
    path("organisations/<str:slug>/", organisations.detail, name="organisation"),
    path("how-we-count/", pages.how_we_count, name="how-we-count"),
    path("charts/vega-<str:version>.js", pictures.script, name="chart-script"),
    re_path(r"^charts/(?P<name>[a-z-]+)\.(?P<suffix>svg|png|csv|json)$", pictures.file, name="chart"),
    path("embed/<str:name>/", pictures.embed, name="embed"),
    path("robots.txt", pages.robots, name="robots"),
    path("favicon.ico", pages.favicon),
]
