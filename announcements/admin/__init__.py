from django.contrib import admin

from . import announcements, claims, ledger, names, pots

__all__ = ["announcements", "claims", "ledger", "names", "pots"]

admin.site.site_title = "healthfund"
admin.site.site_header = "healthfund newsroom"
