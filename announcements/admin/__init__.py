from django.contrib import admin

from . import announcements, claims, history, ledger, names, pots, revisions, sources

__all__ = ["announcements", "claims", "history", "ledger", "names", "pots", "revisions", "sources"]

admin.site.site_title = "healthfund"
admin.site.site_header = "healthfund newsroom"
