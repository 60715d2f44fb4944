"""Claims: one figure of an announcement each, with its splits and links, to look at and to find."""

from django.contrib import admin

from ..models import Claim, ClaimLink, RegionSplit
from ..newsroom.pots import money
from .announcements import PartAdmin
from .fields import sums
from .ledger import InlineLookedAt


class RegionSplitInline(InlineLookedAt):
    model = RegionSplit
    fields = ("region", "share")
    readonly_fields = ("share",)
    ordering = ("region__position", "pk")
    verbose_name_plural = "Amounts by region"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("region")

    @admin.display(description="amount")
    def share(self, split):
        return money(split.amount)


class ClaimLinkInline(InlineLookedAt):
    model = ClaimLink
    fields = ("kind", "pot", "share")
    readonly_fields = ("share",)
    ordering = ("position", "pk")
    verbose_name = "link"
    verbose_name_plural = "Links: money that its pot shares with other pots"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("pot", "claim__pot")

    @admin.display(description="share")
    def share(self, link):
        if link.whole:
            return "whole"
        return "unknown" if link.high is None else money(link.low, link.high)


@admin.register(Claim)
class ClaimAdmin(PartAdmin):
    fieldsets = (
        (None, {"fields": ("announcement", "key", "name")}),
        ("The figure", {"fields": ("as_stated", "figure", "bound", "measure", "terms", "price_year")}),
        ("Rate of another currency", {"fields": ("rate", "rate_on", "rate_source")}),
        ("The pot", {"fields": ("effect", "pot", "sector", "additionality", "theme", "regions", "start_fy", "end_fy")}),
        (
            "More about the pot",
            {
                "fields": (
                    "nature",
                    "instrument",
                    "funders",
                    "recipients",
                    "tags",
                    "all_programmes",
                    "programmes",
                    "note",
                )
            },
        ),
    )
    readonly_fields = ("figure",)
    inlines = (RegionSplitInline, ClaimLinkInline)
    list_display = ("name", "as_stated", "figure", "effect", "theme", "announcement", "day")
    list_filter = ("announcement__status", "effect", "measure", "bound", "sector", "additionality", "theme")
    list_select_related = ("announcement", "theme")
    search_fields = ("name", "key", "as_stated", "announcement__title", "announcement__slug", "pot__name")
    date_hierarchy = "announcement__announced_on"

    @sums("amount", "low", "high", "currency", description="amount")
    def figure(self, claim):
        low, high = (claim.low, claim.high) if claim.high is not None else (claim.amount, claim.amount)
        return money(low, high) if claim.currency == "GBP" else money(low, high).replace("£", f"{claim.currency} ")

    @admin.display(description="announced on", ordering="announcement__announced_on")
    def day(self, claim):
        return claim.announcement.announced_on
