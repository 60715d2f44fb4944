import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.models import Organisation, Programme
from programmes.names import SLUG_LENGTH, free_slug, known_organisations, organisations, programmes, target_slug
from tests.factories import OrganisationFactory, ProgrammeFactory


@given(names=st.lists(st.text(max_size=200), max_size=20))
def test_slugs_are_free_and_fit_their_column(names):
    taken = {"organisation", "a"}
    slugs = [free_slug(name, taken, "organisation") for name in names]
    assert len({*slugs, "organisation", "a"}) == len(slugs) + 2
    assert all(0 < len(slug) <= SLUG_LENGTH for slug in slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def test_the_slug_of_a_target_keeps_its_day_however_long_its_metric():
    taken = set()
    assert target_slug("New hospitals", "2030", taken) == "new-hospitals-2030"
    assert target_slug("New hospitals", "2030", taken) == "new-hospitals-2030-2"
    assert target_slug("New hospitals", "", taken) == "new-hospitals"
    assert target_slug("x" * 300, "2030-03-31", taken) == "x" * 100 + "-2030-03-31"
    assert target_slug("大阪", "", taken) == "target"


@pytest.mark.django_db
def test_what_is_known_keeps_its_row_and_what_is_not_is_entered():
    known = ProgrammeFactory(name="Test beds")
    ids = programmes(["Test beds", "Accelerators", "Accelerators"])
    assert ids["Test beds"] == known.pk
    assert Programme.objects.get(pk=ids["Accelerators"]).slug == "accelerators"
    assert Programme.objects.count() == 2


@pytest.mark.django_db
def test_a_name_without_letters_still_has_an_address():
    assert Organisation.objects.get(pk=organisations(["大阪"])["大阪"]).slug == "organisation"


@pytest.mark.django_db
def test_other_names_lead_to_the_present_one_and_a_present_name_to_itself():
    OrganisationFactory(name="NHS Digital", other_names=["HSCIC", "NHSX"])
    OrganisationFactory(name="NHSX")
    assert known_organisations() == {"NHS Digital": "NHS Digital", "HSCIC": "NHS Digital", "NHSX": "NHSX"}
