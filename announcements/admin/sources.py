"""Whether the addresses of sources still answer: to look at. The task that looks writes it."""

from django.contrib import admin

from ..models import SourceCheck
from .ledger import LedgerPage


@admin.register(SourceCheck)
class SourceCheckAdmin(LedgerPage):
    list_display = ("url", "outcome", "status", "checked_at", "failures", "failing_since")
    list_filter = ("outcome",)
    search_fields = ("url", "said", "moved_to")
    ordering = ("-failures", "url")
