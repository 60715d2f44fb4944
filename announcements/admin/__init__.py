from django.contrib import admin

from . import announcements, claims, ledger, pots

__all__ = ["announcements", "claims", "ledger", "pots"]

admin.site.site_title = "healthfund"
admin.site.site_header = "healthfund newsroom"
