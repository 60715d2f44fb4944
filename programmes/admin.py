"""Editing what exists: themes, regions, organisations, programmes, targets and the published series."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count

from .fields import FinancialYearField
from .forms import ConstraintsBesideFields, FinancialYearFormField, LinesField
from .models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)
from .names import target_slug

FOUND_BY = "Search finds announcements by a new name from the next morning."


class PairsField(LinesField):
    """Records of two texts, a line for each: the first word, then the rest. Kept as a list of objects."""

    def __init__(self, *, first, then, **kwargs):
        self.first, self.then = first, then
        super().__init__(**kwargs)

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(self._line(pair) for pair in value)
        return value

    def to_python(self, value):
        pairs = []
        for line in super().to_python(value):
            first, _, then = self._parts(line)
            if not first or not then:
                raise ValidationError(f"“{line}” lacks its {self.then if first else self.first}.", code="invalid")
            pairs.append({self.first: first, self.then: then})
        return pairs

    def _line(self, pair):
        return f"{pair.get(self.first, '')} | {pair.get(self.then, '')}"

    def _parts(self, line):
        first, bar, then = line.partition("|")
        return first.strip(), bar, then.strip()


class NeverRenamed(admin.ModelAdmin):
    """A page of a row whose public name and place are set once: addresses, files and the ledger lean on them."""

    set_once = ()

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, *self.set_once)

    def get_deleted_objects(self, objs, request):
        """What cites a row protects it, also where the database would only let go of the citation."""
        deleted, counts, perms, protected = super().get_deleted_objects(objs, request)
        protected = [*protected, *(line for obj in objs for line in _citations(obj))]
        # Whoever may not delete what cites it is told what that is, not that a permission is lacking.
        return deleted, counts, set() if protected else perms, protected


def _citations(obj):
    """A line for each kind of row that names this one in a list of its own."""
    for relation in obj._meta.related_objects:
        if relation.many_to_many:
            number = relation.related_model.objects.filter(**{relation.field.name: obj}).count()
            if number:
                names = relation.related_model._meta
                yield f"{number} {names.verbose_name if number == 1 else names.verbose_name_plural} that name “{obj}”"


class OrganisationForm(ConstraintsBesideFields):
    beside = {
        "organisation_not_its_own_successor": "successor",
        "organisation_active_has_no_successor": "successor",
        "organisation_named": "name",
    }
    other_names = LinesField(
        required=False, help_text="Earlier and other names by which announcements know it, one a line."
    )
    identifiers = PairsField(
        first="scheme",
        then="value",
        required=False,
        help_text="Public identifiers, one a line, with a bar between scheme and value: NHS ODS | X26.",
    )

    class Meta:
        help_texts = {
            "name": f"The full present name. {FOUND_BY}",
            "short_name": f"What it is called in short, such as DHSC. {FOUND_BY}",
            "kind": "What sort of body it is.",
            "website": "Its own site.",
            "status": "Whether it still works under this name.",
        }


@admin.register(Organisation)
class OrganisationAdmin(NeverRenamed):
    form = OrganisationForm
    set_once = ("slug",)
    list_display = ("name", "short_name", "kind", "status", "successor")
    list_filter = ("kind", "status", "covers")
    list_select_related = ("successor",)
    search_fields = ("name", "short_name", "slug", "other_names")
    autocomplete_fields = ("successor", "covers")
    ordering = ("name", "pk")

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name",)}


class ProgrammeForm(ConstraintsBesideFields):
    beside = {"programme_named": "name"}

    class Meta:
        help_texts = {"name": f"As announcements name it. {FOUND_BY}"}


@admin.register(Programme)
class ProgrammeAdmin(NeverRenamed):
    form = ProgrammeForm
    set_once = ("slug",)
    list_display = ("name", "slug", "announced")
    search_fields = ("name", "slug", "description")
    ordering = ("name", "pk")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(announced=Count("announcements"))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name",)}

    @admin.display(description="announcements", ordering="announced")
    def announced(self, programme):
        return programme.announced


class TargetForm(forms.ModelForm):
    class Meta:
        help_texts = {
            "metric": f"What is measured, such as new hospitals. {FOUND_BY}",
            "wording": f"The promise in our own words. {FOUND_BY}",
            "note": "What a reader should know about how it was judged.",
            "programmes": "The programmes whose promise it is.",
        }


@admin.register(Target)
class TargetAdmin(NeverRenamed):
    form = TargetForm
    set_once = ("slug",)
    list_display = ("metric", "value", "unit", "due", "wording")
    list_filter = ("programmes",)
    search_fields = ("metric", "wording", "unit")
    autocomplete_fields = ("programmes",)
    ordering = ("metric", "due", "pk")

    def save_model(self, request, obj, form, change):
        if not change:
            obj.slug = target_slug(obj.metric, obj.due, set(Target.objects.values_list("slug", flat=True)))
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs, request):
        deleted, counts, perms, protected = super().get_deleted_objects(objs, request)
        # A promise that was announced goes only when no announcement makes it any more.
        made = [f"The announcement that makes the promise “{obj}”" for obj in objs if obj.announced_in.exists()]
        return deleted, counts, perms, [*protected, *made]


class ThemeForm(forms.ModelForm):
    class Meta:
        help_texts = {"name": f"As readers see it. {FOUND_BY}"}


@admin.register(Theme)
class ThemeAdmin(NeverRenamed):
    form = ThemeForm
    set_once = ("key",)
    list_display = ("name", "key", "description")
    search_fields = ("name", "key")
    ordering = ("name", "key")


class RegionForm(ConstraintsBesideFields):
    beside = {
        "region_not_its_own_parent": "parent",
        "region_has_parent_unless_country": "parent",
        "region_one_root": "parent",
    }

    class Meta:
        help_texts = {
            "name": f"As readers see it. {FOUND_BY}",
            "level": "Its height in the tree. Set once, for money is counted by it.",
            "parent": "The region that it lies in. Set once, for money is counted by it.",
        }


@admin.register(Region)
class RegionAdmin(NeverRenamed):
    form = RegionForm
    set_once = ("key", "level", "parent", "position")
    list_display = ("name", "key", "level", "parent", "position")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("name", "key")
    autocomplete_fields = ("parent",)
    ordering = ("position", "key")


class DeflatorSeriesForm(forms.ModelForm):
    sources = PairsField(
        first="url",
        then="publisher",
        required=False,
        help_text="Where the figures were read, one a line, with a bar between address and publisher.",
    )

    class Meta:
        help_texts = {
            "series": "The series as its publisher names it.",
            "release": "Which release of it, with its day or month.",
            "unit": "What the index is of, and the year that is 100.",
            "forecast_by": "Who made the forecast of the years marked as such.",
        }


class DeflatorForm(ConstraintsBesideFields):
    beside = {"deflator_above_nil": "index"}

    class Meta:
        help_texts = {
            "year": "Financial year, such as 2018-19.",
            "index": "The price level, as published.",
            "forecast": "The figure is a forecast.",
        }


class DeflatorInline(admin.TabularInline):
    model = Deflator
    form = DeflatorForm
    formfield_overrides = {FinancialYearField: {"form_class": FinancialYearFormField}}
    extra = 0
    ordering = ("year",)


@admin.register(DeflatorSeries)
class DeflatorSeriesAdmin(admin.ModelAdmin):
    form = DeflatorSeriesForm
    inlines = (DeflatorInline,)
    list_display = ("release", "series", "unit")
    search_fields = ("series", "release")
    ordering = ("release",)


class PopulationForm(ConstraintsBesideFields):
    beside = {"population_above_nil": "people", "population_once_a_year": "year"}

    class Meta:
        help_texts = {
            "region": "Where they live.",
            "people": "How many.",
            "source": "Where the figure was read.",
        }


@admin.register(Population)
class PopulationAdmin(admin.ModelAdmin):
    form = PopulationForm
    list_display = ("region", "year", "people", "confirmed", "source")
    list_filter = ("year", "confirmed")
    list_select_related = ("region",)
    search_fields = ("region__name", "source")
    autocomplete_fields = ("region",)
    ordering = ("region__position", "-year")


class ExchangeRateForm(ConstraintsBesideFields):
    beside = {"exchange_rate_above_nil": "gbp_per_unit", "exchange_rate_once_a_year": "year"}

    class Meta:
        help_texts = {
            "year": "The year that it is the rate of.",
            "basis": "What it is: such as the average of the calendar year.",
            "source": "Where the figure was read.",
        }


@admin.register(ExchangeRate)
class ExchangeRateAdmin(admin.ModelAdmin):
    form = ExchangeRateForm
    list_display = ("currency", "year", "gbp_per_unit", "basis", "confirmed")
    list_filter = ("currency", "confirmed")
    search_fields = ("currency", "source")
    ordering = ("currency", "-year")
