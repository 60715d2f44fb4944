from django.contrib import admin

from . import announcements, claims, ledger, names, pots, sources

__all__ = ["announcements", "claims", "ledger", "names", "pots", "sources"]

admin.site.site_title = "healthfund"
admin.site.site_header = "healthfund newsroom"
