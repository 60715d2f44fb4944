"""Claims: one figure of an announcement, beside it and on a page of its own with its splits and links."""

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet

from programmes.fields import FinancialYearField
from programmes.forms import FinancialYearFormField, LinesField

from .. import publishing
from ..choices import MAY_INTRODUCE, Effect
from ..ledger import figures
from ..ledger.claims import counted
from ..models import Claim, ClaimLink, RegionSplit
from ..newsroom.pots import money
from .fields import PotField, PoundsField, ProfileField, sums
from .saving import HangsOnAnAnnouncement, InPlace, place, save_in_place

PLACE = "Its place in the announcement, from 0; empty: after the last."


class ClaimForm(InPlace):
    """A claim as an editor types it: pounds, years as 2018-19, and a pot only where it was spoken of before."""

    beside = {
        "claim_key_once_an_announcement": "key",
        "claim_key_is_a_slug": "key",
        "claim_currency_is_a_code": "currency",
        "claim_range_has_two_ends": "amount",
        "claim_low_at_most_high": "low",
        "claim_rate_has_day_and_source": "rate",
        "claim_price_year_is_of_real_terms": "price_year",
        "claim_effect_fits_its_pot": "effect",
        "claim_that_introduces_describes": "theme",
        "claim_years_in_order": "end_fy",
    }
    amount = PoundsField(
        required=False,
        help_text="In full, in pounds or the currency below: 412,000,000. Empty for a range or where none was stated.",
    )
    low = PoundsField(required=False, help_text="The low end, of a range only.")
    high = PoundsField(required=False, help_text="The high end, of a range only.")
    funders = LinesField(required=False, help_text="Who pays, one a line: names, or kinds such as NHS trusts.")
    recipients = LinesField(required=False, help_text="Who receives it, one a line.")
    profile = ProfileField(
        required=False,
        help_text="Pounds by financial year where the source gives them, one a line: 2018-19 4,200,000.",
        label="Amounts by year",
    )

    class Meta:
        help_texts = {
            "announcement": "The announcement that it stands in. It stays there.",
            "position": PLACE,
            "currency": "Three capital letters, such as GBP or USD.",
            "rate_on": "The day of the rate.",
            "rate_source": "Where the rate was read.",
            "bound": "Up to counts from 0 to the figure; a range has a low and a high figure.",
            "measure": "Only sums and yearly sums are counted; levels, rises and second divisions are shown.",
            "terms": "Amounts in real terms are shown and never counted.",
            "effect": "What it does to its pot. Only the first four that may can be the first about a pot.",
            "pot": "The pot that it is about, where that was spoken of before; empty where it introduces one.",
            "sector": "Who pays. Empty: the pot keeps what it has. A claim that introduces its pot needs one.",
            "additionality": "Whether the money is new, with the evidence in the note. Unclear unless shown.",
            "nature": "Building and equipment, running costs or research.",
            "instrument": "How the money reaches who gets it.",
            "theme": "What the money is mainly for. A claim that introduces its pot needs one.",
            "regions": "Where the money is for. A claim that introduces its pot needs at least one.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        claim = self.instance
        if claim.introduces_pot:
            self.initial["pot"] = None
        if pot := self.fields.get("pot"):
            pot.required = False
        if (key := self.fields.get("key")) and claim.pk and claim.announcement.published_at:
            key.disabled = True
            key.help_text = "It has been public, so it stays."

    def clean(self):
        cleaned = super().clean()
        pot, effect = cleaned.get("pot"), cleaned.get("effect")
        introduces = pot is None
        if "pot" in cleaned:
            self.instance.introduces_pot = introduces
            if introduces and effect and effect not in MAY_INTRODUCE:
                self.add_error(
                    "pot", f"Say which pot: a claim that {effect.replace('_', ' ')} is about an earlier one."
                )
            if not introduces and effect == Effect.INTRODUCES:
                self.add_error("effect", "It is about a pot that was spoken of before: say what it does to it.")
            if pot and self.instance.pk and pot.claims.filter(pk=self.instance.pk, introduces_pot=True).exists():
                self.add_error("pot", "It introduces this pot itself: leave this empty.")
        if introduces and "regions" in cleaned and not cleaned["regions"]:
            self.add_error("regions", "Name at least one region: the claim introduces its pot.")
        if cleaned.get("all_programmes") and cleaned.get("programmes"):
            self.add_error("programmes", "Untick that it is for every programme, or name none here.")
        return cleaned

    def _get_validation_exclusions(self):
        # Set in `clean`, so the constraints about it can be judged, unless the pot it follows from is wrong.
        excluded = super()._get_validation_exclusions()
        return excluded if "pot" in self.errors else excluded - {"introduces_pot"}


class ChoosesPots:
    """For pages and inlines with a pot to choose: it is looked up with amount, programme and day."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "pot":
            # The limits on what it may be are the form's.
            return PotField(
                db_field,
                self.admin_site,
                label=kwargs.get("label", "Pot"),
                help_text=kwargs.get("help_text", db_field.help_text),
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


YEARS = {FinancialYearField: {"form_class": FinancialYearFormField}}
FIGURE = ("as_stated", ("amount", "currency"), ("bound", "low", "high"), ("measure", "terms"))
POT = ("effect", "pot", ("sector", "additionality"), "theme", "regions", ("start_fy", "end_fy"))
RATE = (("rate", "rate_on", "rate_source"), "price_year")
MORE = (
    ("nature", "instrument"),
    ("funders", "recipients"),
    "profile",
    "tags",
    ("all_programmes", "programmes"),
    "note",
)
SECTIONS = (
    ("The figure", {"fields": FIGURE}),
    ("The pot", {"fields": POT}),
    ("Rate of another currency, price year", {"fields": RATE, "classes": ("collapse",)}),
    ("More about the pot", {"fields": MORE, "classes": ("collapse",)}),
)


class ClaimFormSet(BaseInlineFormSet):
    """The claims of one announcement: none goes that others lean on."""

    def clean(self):
        super().clean()
        going = (
            [form for form in self.initial_forms if form.cleaned_data.get("DELETE")] if self.is_valid_so_far() else []
        )
        for reason in publishing.why_claims_stay([form.instance for form in going]) if going else ():
            going[0].add_error(None, reason)

    def is_valid_so_far(self):
        return all(hasattr(form, "cleaned_data") for form in self.initial_forms)

    def save_in_place(self):
        self.save(commit=False)
        for claim in [*self.new_objects, *(claim for claim, _ in self.changed_objects)]:
            place(claim)
            publishing.enter(claim)
        self.save_m2m()
        publishing.remove_claims(self.deleted_objects)


class ClaimInline(ChoosesPots, admin.StackedInline):
    model = Claim
    form = ClaimForm
    formset = ClaimFormSet
    formfield_overrides = YEARS
    fieldsets = ((None, {"fields": (("key", "name", "position"),)}), *SECTIONS)
    autocomplete_fields = ("theme", "regions", "tags", "programmes")
    ordering = ("position", "pk")
    extra = 0
    show_change_link = True
    template = "admin/announcements/claim/inline.html"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("announcement").prefetch_related("regions")


class RegionSplitForm(forms.ModelForm):
    amount = PoundsField(help_text="In pounds.")

    class Meta:
        help_texts = {"region": "At or below the lowest region that holds all those of the claim."}


class RegionSplitInline(admin.TabularInline):
    model = RegionSplit
    form = RegionSplitForm
    autocomplete_fields = ("region",)
    ordering = ("region__position", "pk")
    extra = 0
    verbose_name_plural = "Amounts by region, where the source gives them"


class ClaimLinkForm(InPlace):
    beside = {"link_share_has_two_ends": "low", "link_whole_has_no_share": "low"}
    low = PoundsField(required=False, help_text="The low end of the share, in pounds; empty where unknown or whole.")
    high = PoundsField(required=False, help_text="The high end of the share, in pounds; empty where unknown or whole.")

    class Meta:
        help_texts = {"position": "Its place among the links, from 0; empty: after the last."}

    def clean(self):
        cleaned = super().clean()
        pot = cleaned.get("pot")
        if pot and self.instance.claim_id and pot.pk == self.instance.claim.pot_id:
            self.add_error("pot", "This is the claim's own pot: a pot cannot lie in itself.")
        return cleaned


class ClaimLinkInline(ChoosesPots, admin.StackedInline):
    model = ClaimLink
    form = ClaimLinkForm
    fields = ("kind", "pot", ("low", "high", "position"))
    ordering = ("position", "pk")
    extra = 0
    verbose_name = "link"
    verbose_name_plural = "Links: money that its pot shares with other pots"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("pot")


# What an announcement will count as


def side_by_side(announcement):
    """The pots that an announcement introduces and that will be added to each other, for none is linked to another.

    Empty where there are fewer than two, or where a link between two of them shows that links were thought of.
    """
    claims = announcement.claims.in_order().select_related("pot", "announcement").prefetch_related("links")
    first = [claim for claim in claims if claim.introduces_pot and not figures.why_uncounted(counted(claim))]
    pots = {claim.pot_id: claim.pot for claim in first}
    linked = any(link.pot_id in pots for claim in claims if claim.pot_id in pots for link in claim.links.all())
    return [] if linked or len(pots) < 2 else list(pots.values())


def as_they_count(announcement):
    """Each claim of an announcement, with `counts`: what its figure will count as, or why it will not."""
    claims = list(announcement.claims.in_order().select_related("pot", "announcement").prefetch_related("links__pot"))
    for claim in claims:
        told = counted(claim)
        figure = figures.figure(told, figures.stated_years(told) or figures.Years())
        if figure is None:
            claim.counts = figures.why_uncounted(told)
        elif figure.high is None:
            claim.counts = "All that it had."
        else:
            claim.counts = money(figure.low, figure.high) + (", open-ended" if figure.open_ended else "")
    return claims


@admin.register(Claim)
class ClaimAdmin(ChoosesPots, HangsOnAnAnnouncement):
    form = ClaimForm
    formfield_overrides = YEARS
    fieldsets = ((None, {"fields": ("announcement", ("key", "name", "position"))}), *SECTIONS)
    inlines = (RegionSplitInline, ClaimLinkInline)
    autocomplete_fields = ("announcement", "theme", "regions", "tags", "programmes")
    list_display = ("name", "as_stated", "figure", "effect", "theme", "announcement", "day")
    list_filter = ("announcement__status", "effect", "measure", "bound", "sector", "additionality", "theme")
    list_select_related = ("announcement", "theme")
    search_fields = ("name", "key", "as_stated", "announcement__title", "announcement__slug", "pot__name")
    date_hierarchy = "announcement__announced_on"
    ordering = ("-announcement__announced_on", "-announcement__slug", "position", "pk")
    list_per_page = 50

    def write(self, obj, form):
        place(obj)
        publishing.enter(obj)

    def strike(self, request, obj):
        with self.editing(request, obj):
            publishing.remove_claims([obj])

    def save_formset(self, request, form, formset, change):
        save_in_place(formset)

    def get_deleted_objects(self, objs, request):
        deleted, counts, perms, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, perms, [*protected, *publishing.why_claims_stay(objs)]

    @sums("amount", "low", "high", "currency", description="amount")
    def figure(self, claim):
        low, high = (claim.low, claim.high) if claim.high is not None else (claim.amount, claim.amount)
        return money(low, high) if claim.currency == "GBP" else money(low, high).replace("£", f"{claim.currency} ")

    @admin.display(description="announced on", ordering="announcement__announced_on")
    def day(self, claim):
        return claim.announcement.announced_on
