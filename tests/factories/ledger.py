"""Ledger rows as no rule would post them: for tests of totals, roll-ups and constraints only."""

import datetime

import factory
from factory.django import DjangoModelFactory

from announcements.choices import Additionality, Measure, Sector
from announcements.ledger import rollups
from announcements.models import LedgerEntry, Membership, Posting, RollupCell, RollupState
from programmes.financial_years import FinancialYear

from .announcements import PotFactory
from .money import pence
from .programmes import ProgrammeFactory, RegionFactory, ThemeFactory

POSTED_AT = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)


class _Pounds(DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        return kwargs | {field: pence(kwargs[field]) for field in ("firm", "ceiling")}


class PostingFactory(DjangoModelFactory):
    class Meta:
        model = Posting

    posted_at = POSTED_AT


class LedgerEntryFactory(_Pounds):
    """An entry; firm and ceiling: pence or text such as £5m, the ceiling as the firm amount unless given."""

    class Meta:
        model = LedgerEntry

    posting = factory.SubFactory(PostingFactory)
    posted_at = factory.SelfAttribute("posting.posted_at")
    effective_on = datetime.date(2020, 1, 1)
    pot = factory.SubFactory(PotFactory)
    cause = factory.SelfAttribute("pot.reference")
    measure = Measure.ANNOUNCED
    theme = factory.SubFactory(ThemeFactory)
    region = factory.SubFactory(RegionFactory)
    sector = Sector.GOVERNMENT
    additionality = Additionality.NEW
    announced_year = factory.LazyAttribute(lambda entry: FinancialYear.of(entry.effective_on))
    money_year = None
    firm = "£1m"
    ceiling = factory.SelfAttribute("firm")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    posting = factory.SubFactory(PostingFactory)
    posted_at = factory.SelfAttribute("posting.posted_at")
    effective_on = datetime.date(2020, 1, 1)
    pot = factory.SubFactory(PotFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    change = 1


class RollupStateFactory(DjangoModelFactory):
    """The one row of state."""

    class Meta:
        model = RollupState
        django_get_or_create = ("id",)

    id = 1


class RollupCellFactory(_Pounds):
    """A cell, and what it adds to the coarser sums."""

    class Meta:
        model = RollupCell

    generation = 0
    measure = Measure.ANNOUNCED
    theme = factory.SubFactory(ThemeFactory)
    region = factory.SubFactory(RegionFactory)
    sector = Sector.GOVERNMENT
    additionality = Additionality.NEW
    announced_year = 2019
    money_year = None
    firm = "£1m"
    ceiling = factory.SelfAttribute("firm")

    @classmethod
    def _create(cls, model, **values):
        cell = super()._create(model, **values)
        where = tuple(getattr(cell, column) for column in rollups.COLUMNS)
        sums = rollups.coarser({where: (cell.firm, cell.ceiling)})
        rollups.add_to(rollups.RollupSum, rollups.SUM_COLUMNS, sums, cell.generation)
        return cell
