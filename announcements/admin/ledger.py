"""The ledger and the roll-ups: to look at. Nobody types them, changes them or deletes them."""

from django.contrib import admin

from ..models import LedgerEntry, LedgerHead, Membership, Posting, RollupCell, RollupState
from ..newsroom.pots import money
from .fields import sums


class LookedAt:
    """For pages and inlines that only show."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class InlineLookedAt(LookedAt, admin.TabularInline):
    extra = 0
    can_delete = False


class LedgerPage(LookedAt, admin.ModelAdmin):
    list_per_page = 100
    show_full_result_count = False

    @sums("firm", description="firm", ordering="firm")
    def amount_firm(self, row):
        return money(row.firm)

    @sums("ceiling", description="ceiling", ordering="ceiling")
    def amount_ceiling(self, row):
        return money(row.ceiling)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LedgerPage):
    list_display = (
        "effective_on",
        "measure",
        "pot",
        "amount_firm",
        "amount_ceiling",
        "theme",
        "region",
        "sector",
        "money_year",
    )
    list_filter = ("measure", "sector", "additionality", "theme", "region", "announced_year", "money_year", "assumed")
    list_select_related = ("pot", "theme", "region")
    search_fields = ("pot__name", "pot__reference", "cause")
    date_hierarchy = "effective_on"
    ordering = ("-effective_on", "-pk")


@admin.register(Membership)
class MembershipAdmin(LedgerPage):
    list_display = ("effective_on", "pot", "change", "programme", "posted_at")
    list_filter = ("change", "programme")
    list_select_related = ("pot", "programme")
    search_fields = ("pot__name", "pot__reference", "programme__name")
    date_hierarchy = "effective_on"
    ordering = ("-effective_on", "-pk")


@admin.register(Posting)
class PostingAdmin(LedgerPage):
    list_display = ("__str__", "posted_at", "run")
    list_filter = (("run", admin.EmptyFieldListFilter),)
    date_hierarchy = "posted_at"
    ordering = ("-posted_at", "-pk")


@admin.register(RollupCell)
class RollupCellAdmin(LedgerPage):
    list_display = (
        "measure",
        "theme",
        "region",
        "sector",
        "additionality",
        "announced_year",
        "money_year",
        "amount_firm",
        "amount_ceiling",
        "generation",
    )
    list_filter = (
        "generation",
        "measure",
        "theme",
        "region",
        "sector",
        "additionality",
        "announced_year",
        "money_year",
    )
    list_select_related = ("theme", "region")
    ordering = ("-generation", "measure", "theme", "region", "pk")


@admin.register(RollupState)
class RollupStateAdmin(LedgerPage):
    list_display = ("__str__", "run", "generation", "rolled_up_at")
    ordering = ("pk",)


@admin.register(LedgerHead)
class LedgerHeadAdmin(LedgerPage):
    list_display = ("__str__", "posted_at")
    ordering = ("pk",)
