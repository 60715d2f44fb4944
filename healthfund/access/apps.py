"""Tells Django which site its admin is."""

from django.contrib.admin.apps import AdminConfig


class NewsroomConfig(AdminConfig):
    default_site = "healthfund.access.site.Newsroom"
