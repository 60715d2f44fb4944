"""What the pages of reference data lack: announcements tell their names, the audit log what changed, and each tells where
it is used."""

from django.contrib import admin
from django.utils import timezone

from programmes import admin as pages
from programmes.models import (
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)

from .. import readside
from .history import Noted
from .merging import Mergeable
from .used import WhereUsed

admin.site.unregister(
    [DeflatorSeries, ExchangeRate, Organisation, Population, Programme, Region, Target, Theme],
)


class Told(WhereUsed, Noted):
    """Whoever changes a name changes every document that tells it, in the same transaction."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if change:
            readside.renamed(form.instance, at=timezone.now())


@admin.register(Organisation)
class ToldOrganisationAdmin(Mergeable, Told, pages.OrganisationAdmin):
    merge_needs = ("announcements.publish_announcement", "programmes.change_organisation")


@admin.register(Programme)
class ToldProgrammeAdmin(Told, pages.ProgrammeAdmin):
    pass


@admin.register(Target)
class ToldTargetAdmin(Told, pages.TargetAdmin):
    pass


@admin.register(Theme)
class NotedThemeAdmin(WhereUsed, Noted, pages.ThemeAdmin):
    pass


@admin.register(Region)
class NotedRegionAdmin(WhereUsed, Noted, pages.RegionAdmin):
    pass


@admin.register(DeflatorSeries)
class NotedDeflatorSeriesAdmin(Noted, pages.DeflatorSeriesAdmin):
    pass


@admin.register(Population)
class NotedPopulationAdmin(Noted, pages.PopulationAdmin):
    pass


@admin.register(ExchangeRate)
class NotedExchangeRateAdmin(Noted, pages.ExchangeRateAdmin):
    pass
