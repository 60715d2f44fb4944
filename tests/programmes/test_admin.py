"""Editing what exists: readable fields, names that stay, and nothing deleted that is cited."""

import pytest

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
from tests import factories as f
from tests.announcements.admin.browsing import errors, page, row, typed

pytestmark = pytest.mark.django_db


def change(client, obj, **values):
    """Open the page of a row, type these values, save."""
    data = typed(client.get(page("change", obj))) | values
    response = client.post(page("change", obj), data, follow=True)
    obj.refresh_from_db()
    return response


def add(client, model, **values):
    data = typed(client.get(page("add", model))) | values
    return client.post(page("add", model), data, follow=True)


def test_organisation_is_typed_line_by_line(admin_client):
    add(
        admin_client,
        Organisation,
        name="NHS England",
        slug="nhs-england",
        kind="arms_length_body",
        status="active",
        other_names="NHS Commissioning Board\n\n NHS England and NHS Improvement ",
        identifiers="NHS ODS | X26",
    )
    organisation = Organisation.objects.get()
    assert organisation.other_names == ["NHS Commissioning Board", "NHS England and NHS Improvement"]
    assert organisation.identifiers == [{"scheme": "NHS ODS", "value": "X26"}]
    shown = typed(admin_client.get(page("change", organisation)))
    assert shown["identifiers"] == "NHS ODS | X26"
    change(admin_client, organisation, short_name="NHSE")
    assert organisation.identifiers == [{"scheme": "NHS ODS", "value": "X26"}]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"identifiers": "X26"}, "identifiers"),
        ({"identifiers": "| X26"}, "identifiers"),
        ({"other_names": "A\nA"}, "other_names"),
        ({"name": ""}, "name"),
        ({"slug": "NHS England"}, "slug"),
    ],
)
def test_mistake_is_told_beside_its_field(admin_client, wrong, field):
    good = {"name": "NHS England", "slug": "nhs-england", "kind": "other", "status": "active"}
    assert list(errors(add(admin_client, Organisation, **good | wrong))) == [field]


def test_active_organisation_has_no_successor(admin_client):
    organisation, other = f.OrganisationFactory(), f.OrganisationFactory()
    assert list(errors(change(admin_client, organisation, successor=other.pk))) == ["successor"]
    assert list(errors(change(admin_client, organisation, status="merged", successor=organisation.pk))) == ["successor"]
    change(admin_client, organisation, status="merged", successor=other.pk)
    assert organisation.successor == other


@pytest.mark.parametrize(
    ("factory", "field"),
    [
        (f.OrganisationFactory, "slug"),
        (f.ProgrammeFactory, "slug"),
        (f.ThemeFactory, "key"),
        (f.RegionFactory, "key"),
        (f.RegionFactory, "position"),
        (f.RegionFactory, "parent"),
        (f.RegionFactory, "level"),
    ],
)
def test_public_names_and_the_tree_stay_as_they_were_set(admin_client, factory, field):
    obj = factory()
    before = getattr(obj, field)
    assert field not in typed(admin_client.get(page("change", obj)))
    change(admin_client, obj, **{field: "7"}, name="Renamed")
    assert (getattr(obj, field), obj.name) == (before, "Renamed")


def test_series_takes_its_values_by_year(admin_client):
    data = typed(admin_client.get(page("add", DeflatorSeries))) | {
        "series": "GDP deflator",
        "release": "March 2026",
        "unit": "index, 2024-25 = 100",
        "sources": "https://www.gov.uk/gdp | HM Treasury",
    }
    row(data, "values", year="2018-19", index="83.5")
    row(data, "values", year="2019-20", index="85.1", forecast="on")
    admin_client.post(page("add", DeflatorSeries), data)
    series = DeflatorSeries.objects.get()
    assert series.sources == [{"url": "https://www.gov.uk/gdp", "publisher": "HM Treasury"}]
    assert [(str(value.year), value.forecast) for value in series.values.order_by("year")] == [
        ("2018-19", False),
        ("2019-20", True),
    ]


@pytest.mark.parametrize(
    ("typed_row", "field"),
    [
        ({"year": "2018", "index": "83.5"}, "year"),
        ({"year": "2018-19", "index": "0"}, "index"),
        ({"year": "2018-19", "index": "-1"}, "index"),
    ],
)
def test_wrong_value_of_a_series_is_told_beside_it(admin_client, typed_row, field):
    data = typed(admin_client.get(page("add", DeflatorSeries))) | {"series": "s", "release": "r", "unit": "u"}
    row(data, "values", **typed_row)
    response = admin_client.post(page("add", DeflatorSeries), data)
    assert list(errors(response)) == [f"values-0-{field}"]
    assert not DeflatorSeries.objects.exists()


def test_population_and_rate_once_a_year(admin_client):
    population, rate = f.PopulationFactory(), f.ExchangeRateFactory()
    again = typed(admin_client.get(page("change", population)))
    assert errors(admin_client.post(page("add", Population), again)) != {}
    again = typed(admin_client.get(page("change", rate)))
    assert errors(admin_client.post(page("add", ExchangeRate), again)) != {}
    assert list(errors(change(admin_client, population, people="0"))) == ["people"]
    assert list(errors(change(admin_client, rate, gbp_per_unit="0"))) == ["gbp_per_unit"]


def test_target_is_due_as_precisely_as_it_was_promised(admin_client):
    target = f.TargetFactory()
    change(admin_client, target, due="2030-03")
    assert target.due == "2030-03"
    assert list(errors(change(admin_client, target, due="March 2030"))) == ["due"]


CITED = {
    "programme of an announcement": lambda: f.AnnouncementFactory(programmes=["Genomes"]).programmes.get(),
    "programme of a claim": lambda: f.ClaimFactory(programmes=["Genomes"]).programmes.get(),
    "programme of a target": lambda: f.TargetFactory(programmes=[f.ProgrammeFactory()]).programmes.get(),
    "programme of a pot in the ledger": lambda: f.MembershipFactory().programme,
    "theme of a claim": lambda: f.ClaimFactory().theme,
    "theme as a tag": lambda: f.ClaimFactory(tags=["ai"]).tags.get(),
    "region of a claim": lambda: f.ClaimFactory(regions=["london"]).regions.get(),
    "region with regions in it": lambda: f.RegionFactory(key="london").parent,
    "announcer": lambda: f.AnnouncementFactory().announcer,
    "organisation that answered": lambda: f.ResponseFactory().organisation,
    "promise that was announced": lambda: f.AnnouncedTargetFactory().target,
}


@pytest.mark.parametrize("cited", CITED.values(), ids=CITED)
def test_what_is_cited_is_not_deleted_and_the_page_says_by_what(admin_client, cited):
    obj = cited()
    asked = admin_client.get(page("delete", obj)).content.decode()
    assert "would require deleting the following protected related objects" in asked
    admin_client.post(page("delete", obj), {"post": "yes"})
    admin_client.post(
        page("changelist", type(obj)), {"action": "delete_selected", "_selected_action": [obj.pk], "post": "yes"}
    )
    assert type(obj).objects.filter(pk=obj.pk).exists()


def test_a_target_gets_its_slug_when_it_is_entered_and_keeps_it(admin_client):
    for _ in range(2):
        add(admin_client, Target, metric="New hospitals", unit="hospitals", due="2030", wording="Forty")
    first, second = Target.objects.order_by("pk")
    assert (first.slug, second.slug) == ("new-hospitals-2030", "new-hospitals-2030-2")
    change(admin_client, first, metric="Hospitals", slug="other")
    assert (first.metric, first.slug) == ("Hospitals", "new-hospitals-2030")


@pytest.mark.parametrize("factory", [f.OrganisationFactory, f.ProgrammeFactory, f.ThemeFactory, f.TargetFactory])
def test_what_nothing_cites_is_deleted(admin_client, factory):
    obj = factory()
    admin_client.post(page("delete", obj), {"post": "yes"})
    assert not type(obj).objects.filter(pk=obj.pk).exists()


@pytest.mark.parametrize("model", [Organisation, Programme, Region, Target, Theme])
def test_others_forms_find_them_by_name(admin_client, model):
    f.OrganisationFactory(name="Genomics England")
    f.ProgrammeFactory(name="Genomics England")
    f.RegionFactory(key="england")
    f.ThemeFactory(key="genomics", name="Genomics England")
    f.TargetFactory(metric="genomes in England")
    source = {
        Organisation: ("announcements", "announcement", "announcer"),
        Programme: ("announcements", "announcement", "programmes"),
        Region: ("announcements", "claim", "regions"),
        Target: ("announcements", "announcedtarget", "target"),
        Theme: ("announcements", "claim", "theme"),
    }[model]
    asked = dict(zip(("app_label", "model_name", "field_name"), source, strict=True)) | {"term": "england"}
    found = admin_client.get("/admin/autocomplete/", asked).json()["results"]
    assert [result["text"] for result in found] == [str(model.objects.get(pk=found[0]["id"]))]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Organisation, ["name", "short_name"]),
        (Programme, ["name"]),
        (Region, ["name"]),
        (Target, ["metric", "wording"]),
        (Theme, ["name"]),
    ],
)
def test_editor_is_told_that_search_follows_a_new_name_overnight(admin_client, model, fields):
    form = admin_client.get(page("add", model)).context["adminform"].form
    assert [name for name, field in form.fields.items() if "Search finds" in field.help_text] == fields
