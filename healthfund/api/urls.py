from django.urls import path

from . import pages

urlpatterns = [
    path("docs/", pages.docs, name="api-docs"),
    path("guide/", pages.guide, name="api-guide"),
]
