"""What the database itself refuses, attacked past every form and rule of ours."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from programmes.financial_years import FinancialYear
from programmes.models import Deflator, Organisation, Region, Target, Theme
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    DeflatorFactory,
    DeflatorSeriesFactory,
    ExchangeRateFactory,
    OrganisationFactory,
    PopulationFactory,
    ProgrammeFactory,
    RegionFactory,
    TargetFactory,
    ThemeFactory,
)

pytestmark = pytest.mark.django_db


def attack(row, **values):
    """Write values over a row as no form would; the name of the constraint that refused, or None."""
    try:
        with transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**values)
            connection.check_constraints()
    except IntegrityError as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(
    ("factory", "values", "constraint"),
    [
        (RegionFactory, {"level": "shire"}, "region_level_known"),
        (RegionFactory, {"parent": "england"}, "region_not_its_own_parent"),
        (RegionFactory, {"parent": None}, "region_has_parent_unless_country"),
        (RegionFactory, {"level": "country"}, "region_has_parent_unless_country"),
        (OrganisationFactory, {"kind": "club"}, "organisation_kind_known"),
        (OrganisationFactory, {"status": "asleep"}, "organisation_status_known"),
        (OrganisationFactory, {"name": ""}, "organisation_named"),
        (ProgrammeFactory, {"name": ""}, "programme_named"),
        (TargetFactory, {"slug": "New hospitals"}, "target_slug_is_a_slug"),
        (TargetFactory, {"slug": ""}, "target_slug_is_a_slug"),
        (TargetFactory, {"slug": "a\n"}, "target_slug_is_a_slug"),
        (TargetFactory, {"due": "soon"}, "target_due_is_a_date"),
        (TargetFactory, {"due": "2030-13"}, "target_due_is_a_date"),
        (TargetFactory, {"due": "2030\n"}, "target_due_is_a_date"),
        (TargetFactory, {"metric": ""}, "target_says_what_it_promises"),
        (TargetFactory, {"unit": ""}, "target_says_what_it_promises"),
        (TargetFactory, {"wording": ""}, "target_says_what_it_promises"),
        (DeflatorFactory, {"index": 0}, "deflator_above_nil"),
        (PopulationFactory, {"people": 0}, "population_above_nil"),
        (ExchangeRateFactory, {"gbp_per_unit": 0}, "exchange_rate_above_nil"),
        (ExchangeRateFactory, {"gbp_per_unit": -1}, "exchange_rate_above_nil"),
    ],
)
def test_the_database_refuses(factory, values, constraint):
    assert constraint in attack(factory(), **values)


def test_an_organisation_is_not_its_own_successor():
    row = OrganisationFactory(status="closed")
    assert "organisation_not_its_own_successor" in attack(row, successor=row.pk)


def test_an_active_organisation_has_no_successor():
    assert "organisation_active_has_no_successor" in attack(OrganisationFactory(), successor=OrganisationFactory().pk)
    assert attack(OrganisationFactory(status="merged"), successor=OrganisationFactory().pk) is None


def test_the_tree_has_one_root():
    RegionFactory(key="uk")
    with pytest.raises(IntegrityError, match=r"region_one_root|region\.level"), transaction.atomic():
        Region.objects.create(key="ireland", name="Ireland", level="country", position=99)


def test_no_two_regions_stand_at_one_place():
    with pytest.raises(IntegrityError):
        Region.objects.create(key="a", name="A", level="nation", parent=RegionFactory(), position=1)


@pytest.mark.parametrize("due", ["", "2030", "2030-03", "2030-03-31"])
def test_a_target_is_due_as_precisely_as_it_was_promised(due):
    assert attack(TargetFactory(), due=due) is None


def test_a_year_has_one_value_in_a_release():
    series = DeflatorSeriesFactory()
    DeflatorFactory(series=series, year=2020)
    DeflatorFactory(year=2020)
    with pytest.raises(IntegrityError):
        DeflatorFactory(series=series, year=2020)


@pytest.mark.parametrize(
    ("factory", "same"),
    [
        (PopulationFactory, {"year": 2021}),
        (ExchangeRateFactory, {"currency": "USD", "year": 2021}),
    ],
)
def test_a_figure_is_given_once_a_year(factory, same):
    factory(**same)
    with pytest.raises(IntegrityError):
        factory(**same)


@pytest.mark.parametrize(
    ("factory", "field"),
    [
        (ThemeFactory, "name"),
        (RegionFactory, "name"),
        (OrganisationFactory, "slug"),
        (ProgrammeFactory, "slug"),
        (TargetFactory, "slug"),
    ],
)
def test_names_in_addresses_and_lists_are_unique(factory, field):
    if factory in (ThemeFactory, RegionFactory):
        one, two = factory(key="england"), factory(key="scotland")
    else:
        one, two = factory(), factory()
    assert attack(two, **{field: getattr(one, field)}) is not None


def test_what_is_cited_is_protected():
    claim = ClaimFactory(theme="cancer", regions=["london"], programmes=["Test beds"])
    announcement = AnnouncementFactory(announcer=OrganisationFactory(name="A trust"))
    for row in (claim.theme, announcement.announcer, Region.objects.get(key="england")):
        with pytest.raises(ProtectedError):
            row.delete()
    assert Theme.objects.filter(key="cancer").exists()


def test_a_successor_is_protected():
    successor = OrganisationFactory()
    OrganisationFactory(status="merged", successor=successor)
    with pytest.raises(ProtectedError):
        successor.delete()


def test_the_admin_is_told_in_words():
    row = OrganisationFactory()
    row.successor = OrganisationFactory()
    with pytest.raises(ValidationError, match="An active organisation has no successor"):
        row.validate_constraints()


def test_lists_come_in_an_order_that_ends_on_something_unique():
    for name in ("B", "A"):
        OrganisationFactory(name=name)
        ProgrammeFactory(name=name)
    RegionFactory(key="london")
    assert [str(row) for row in Organisation.objects.by_name()] == ["A", "B"]
    assert [str(row) for row in type(ProgrammeFactory()).objects.by_name()][:2] == ["A", "B"]
    assert [row.key for row in Region.objects.in_tree_order()] == ["uk", "england", "london"]


def test_targets_are_listed_by_the_day_they_are_due_and_undated_ones_last():
    for due in ("", "2031", "2030-03-31", "2030"):
        TargetFactory(due=due)
    assert [target.due for target in Target.objects.by_due()] == ["2030", "2030-03-31", "2031", ""]


def test_a_year_is_stored_as_a_number_and_read_as_a_financial_year():
    DeflatorFactory(year=FinancialYear.parse("2018-19"))
    deflator = Deflator.objects.get(year="2018-19")
    assert (deflator.year, str(deflator.year)) == (2018, "2018-19")
    assert Deflator.objects.filter(year__gte=2018).count() == 1


def test_every_page_has_an_address():
    assert ThemeFactory(key="ai").get_absolute_url() == "/themes/ai/"
    assert RegionFactory(key="uk").get_absolute_url() == "/regions/uk/"
    assert OrganisationFactory(slug="dhsc").get_absolute_url() == "/organisations/dhsc/"
    assert ProgrammeFactory(slug="beds").get_absolute_url() == "/programmes/beds/"
