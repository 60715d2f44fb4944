"""Pots: what each is made of and how it counts, to look at. They follow from claims and are not typed."""

from django.contrib import admin

from ..choices import Flag
from ..models import Claim, ClaimLink, LedgerEntry, Pot
from ..newsroom.pots import money
from .fields import sums
from .history import Historied
from .ledger import InlineLookedAt, LookedAt
from .merging import Mergeable
from .used import WhereUsed


class PotClaimInline(InlineLookedAt):
    model = Claim
    fields = ("announcement", "effect", "as_stated", "measure", "note")
    ordering = ("announcement__announced_on", "announcement__slug", "position", "pk")
    show_change_link = True
    verbose_name_plural = "Claims about it"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("announcement")


class PotLinkInline(InlineLookedAt):
    model = ClaimLink
    fields = ("claim", "kind", "share")
    readonly_fields = ("share",)
    ordering = ("claim__announcement__announced_on", "claim__announcement__slug", "pk")
    verbose_name_plural = "Links that other pots' claims state to it"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("pot", "claim", "claim__pot")

    @admin.display(description="share")
    def share(self, link):
        if link.whole:
            return "whole"
        return "unknown" if link.high is None else money(link.low, link.high)


class PotEntryInline(InlineLookedAt):
    model = LedgerEntry
    fields = (
        "effective_on",
        "measure",
        "theme",
        "region",
        "sector",
        "money_year",
        "amount_firm",
        "amount_ceiling",
        "posted_at",
    )
    readonly_fields = ("amount_firm", "amount_ceiling")
    ordering = ("effective_on", "pk")
    verbose_name_plural = "Ledger entries"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("theme", "region")

    @admin.display(description="firm")
    def amount_firm(self, entry):
        return money(entry.firm)

    @admin.display(description="ceiling")
    def amount_ceiling(self, entry):
        return money(entry.ceiling)


class FlagFilter(admin.SimpleListFilter):
    title = "flag"
    parameter_name = "flag"

    def lookups(self, request, model_admin):
        return Flag.choices

    def queryset(self, request, queryset):
        # A list of words in JSON: SQLite cannot look into it, and no flag's name lies in another's.
        return queryset.filter(flags__icontains=f'"{self.value()}"') if self.value() else queryset


@admin.register(Pot)
class PotAdmin(Mergeable, WhereUsed, Historied, LookedAt, admin.ModelAdmin):
    fields = ("name", "reference", "amount", "standing_flags")
    inlines = (PotClaimInline, PotLinkInline, PotEntryInline)
    list_display = ("name", "amount", "standing_flags", "reference")
    list_filter = (FlagFilter,)
    search_fields = ("name", "reference", "claims__as_stated", "claims__announcement__programmes__name")
    ordering = ("-reference",)
    list_per_page = 50

    @sums("low", "high", description="announced amount now", ordering="high")
    def amount(self, pot):
        return money(pot.low, pot.high)

    @admin.display(description="flags")
    def standing_flags(self, pot):
        return "; ".join(str(Flag(flag).label) for flag in pot.flags) or "–"
