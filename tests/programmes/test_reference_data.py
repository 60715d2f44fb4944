import copy
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
from django.core.management import CommandError, call_command

from programmes import reference
from programmes.choices import OrganisationKind, OrganisationStatus, RegionLevel
from programmes.documents import Faults
from programmes.models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Region,
    Theme,
)
from tests.factories import OrganisationFactory, RegionFactory, ThemeFactory

pytestmark = pytest.mark.django_db

REAL = Path("fixtures/reference.json")
TABLES = [Deflator, DeflatorSeries, ExchangeRate, Organisation, Organisation.covers.through, Population, Region, Theme]


def small():
    """A document that uses everything the format has."""
    return {
        "format": "healthfund-reference/1",
        "about": "For tests.",
        "notes": ["None."],
        "themes": [{"key": "digital", "name": "Digital", "description": "Records"}, {"key": "ai", "name": "AI"}],
        "regions": [
            {
                "key": "uk",
                "name": "United Kingdom",
                "level": "country",
                "parent": None,
                "codes": {"ons": {"value": "K02000001", "confirmed": False}},
                "population": {"value": 67_026_292, "year": 2021, "source": "ONS", "confirmed": True},
            },
            {"key": "england", "name": "England", "level": "nation", "parent": "uk"},
            {"key": "london", "name": "London", "level": "region", "parent": "england", "population": None},
        ],
        "organisations": [
            {
                "name": "NHS Digital",
                "short_name": None,
                "other_names": ["HSCIC"],
                "kind": "arms_length_body",
                "website": {"url": "https://digital.nhs.uk", "confirmed": True},
                "identifiers": [{"scheme": "ODS", "value": "X26"}],
                "status": "merged",
                "successor": "NHS England",
                "covers": ["england", "london"],
            },
            {"name": "NHS England", "kind": "arms_length_body", "status": "active", "website": None},
        ],
        "deflators": [
            {
                "series": "GDP deflator",
                "release": "March 2026",
                "unit": "2024-25 = 100",
                "forecast_by": None,
                "sources": [{"url": "https://www.example.org/d", "publisher": "A copy"}],
                "values": [
                    {"fy": "2023-24", "index": "96.1", "forecast": False, "confirmed": True},
                    {"fy": "2024-25", "index": "100", "forecast": True, "confirmed": False},
                ],
            }
        ],
        "exchange_rates": [
            {
                "currency": "USD",
                "year": 2020,
                "gbp_per_unit": "0.78",
                "basis": "average",
                "source": None,
                "confirmed": False,
            }
        ],
    }


def rows():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def changed(place, value):
    document = small()
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return document


def faults(document):
    with pytest.raises(Faults) as caught:
        reference.load(document, name="r.json")
    return [str(fault) for fault in caught.value.faults]


def test_the_schema_is_a_schema_and_names_what_the_models_take():
    jsonschema.Draft202012Validator.check_schema(reference.SCHEMA)
    of = reference.SCHEMA["properties"]
    organisation = of["organisations"]["items"]["properties"]
    assert organisation["kind"]["enum"] == OrganisationKind.values
    assert organisation["status"]["enum"] == OrganisationStatus.values
    assert of["regions"]["items"]["properties"]["level"]["enum"] == RegionLevel.values


def test_everything_is_loaded_as_it_is_said():
    reference.load(small())
    assert [theme.description for theme in Theme.objects.by_name()] == ["", "Records"]
    assert [(r.key, r.parent_id, r.position) for r in Region.objects.in_tree_order()] == [
        ("uk", None, 0),
        ("england", "uk", 1),
        ("london", "england", 2),
    ]
    assert Population.objects.get().people == 67_026_292
    digital = Organisation.objects.get(name="NHS Digital")
    assert (digital.slug, digital.successor.name, digital.website) == (
        "nhs-digital",
        "NHS England",
        "https://digital.nhs.uk",
    )
    assert sorted(region.key for region in digital.covers.all()) == ["england", "london"]
    assert [(str(d.year), d.index, d.forecast) for d in Deflator.objects.order_by("year")] == [
        ("2023-24", Decimal("96.1"), False),
        ("2024-25", Decimal(100), True),
    ]


def test_what_is_not_confirmed_is_kept_as_such():
    reference.load(small())
    assert not ExchangeRate.objects.get().confirmed
    assert not Deflator.objects.get(year=2024).confirmed
    assert Region.objects.get(key="uk").codes == {"ons": {"value": "K02000001", "confirmed": False}}
    assert not Organisation.objects.get(name="NHS England").website_confirmed


def test_loading_twice_changes_nothing():
    first = reference.load(small())
    before = rows()
    assert reference.load(small()) == (0, 0, first.new)
    assert rows() == before


def test_a_changed_value_changes_its_row_and_no_other():
    total = reference.load(small()).new
    slug = Organisation.objects.get(name="NHS England").slug
    assert reference.load(changed(("organisations", 1, "kind"), "regulator")) == (0, 1, total - 1)
    assert reference.load(changed(("organisations", 1, "kind"), "regulator")) == (0, 0, total)
    assert Organisation.objects.get(name="NHS England").slug == slug
    assert reference.load(changed(("exchange_rates", 0, "gbp_per_unit"), "0.79")).changed == 2


def test_a_successor_and_the_places_can_change():
    total = reference.load(small()).new
    document = changed(("organisations", 0, "successor"), None)
    document["organisations"][0]["status"] = "closed"
    document["organisations"][0]["covers"] = ["england"]
    assert reference.load(document) == (0, 1, total - 1)
    digital = Organisation.objects.get(name="NHS Digital")
    assert (digital.successor, [region.key for region in digital.covers.all()]) == (None, ["england"])
    document["organisations"][0]["status"] = "active"
    assert reference.load(document).changed == 1
    assert reference.load(small()).changed == 1


def test_a_year_that_a_release_no_longer_gives_goes():
    reference.load(small())
    document = small()
    del document["deflators"][0]["values"][0]
    reference.load(document)
    assert [str(deflator.year) for deflator in Deflator.objects.all()] == ["2024-25"]


def test_regions_can_change_their_order_and_make_room():
    reference.load(small())
    document = small()
    document["regions"].insert(1, {"key": "wales", "name": "Wales", "level": "nation", "parent": "uk"})
    reference.load(document)
    assert [r.key for r in Region.objects.in_tree_order()] == ["uk", "wales", "england", "london"]
    reference.load(small())
    assert [r.key for r in Region.objects.in_tree_order()] == ["uk", "england", "london", "wales"]


def test_what_the_document_does_not_speak_of_is_left_alone():
    ThemeFactory(key="cancer")
    RegionFactory(key="uk")
    OrganisationFactory(name="Somebody", slug="nhs-england")
    reference.load(small())
    assert Theme.objects.filter(key="cancer").exists()
    assert Organisation.objects.get(name="NHS England").slug == "nhs-england-2"


def test_a_document_may_give_only_a_part():
    reference.load(small())
    assert reference.load({"format": "healthfund-reference/1", "themes": [{"key": "new", "name": "New"}]}) == (1, 0, 0)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("format",), "x", "format: “x” is not healthfund-reference/1"),
        (("themes", 0, "key"), "A B", "themes[0].key: “A B” is not a key in small letters"),
        (("themes", 1, "key"), "digital", "themes[1]: digital is at themes[0] already: keep one"),
        (("themes", 1, "name"), "Digital", "themes[1]: Digital is at themes[0] already: keep one"),
        (("regions", 1, "parent"), "london", "regions[1].parent: london is not above: list a region after the one"),
        (("regions", 1, "parent"), None, "regions[1].parent: is null for the country and names where"),
        (("regions", 1, "level"), "shire", "regions[1].level: “shire” is not one of country, nation,"),
        (("regions", 0, "population", "value"), 0, "regions[0].population.value: is below 1"),
        (
            ("regions", 0, "population", "year"),
            "2021",
            "regions[0].population.year: is a text: give a year such as 2021",
        ),
        (
            ("organisations", 0, "successor"),
            "NHS Wales",
            "organisations[0].successor: NHS Wales is not an organisation",
        ),
        (("organisations", 0, "successor"), "NHS Digital", "organisations[0].successor: is the organisation itself"),
        (("organisations", 0, "status"), "active", "organisations[0].status: is active though there is a successor"),
        (("organisations", 0, "covers"), ["mars"], "organisations[0].covers[0]: mars is not a region here"),
        (
            ("organisations", 0, "other_names"),
            ["NHS England"],
            "organisations[0].other_names[0]: NHS England is an org",
        ),
        (
            ("organisations", 1, "other_names"),
            ["HSCIC"],
            "organisations[1].other_names[0]: HSCIC is another name of NHS D",
        ),
        (("organisations", 1, "name"), "NHS Digital", "organisations[1]: NHS Digital is at organisations[0] already"),
        (("organisations", 1, "kind"), "club", "organisations[1].kind: “club” is not one of"),
        (
            ("organisations", 1, "web"),
            "x",
            "organisations[1].web: is not a key of an organisation; did you mean website",
        ),
        (("deflators", 0, "values", 1, "fy"), "2023-24", "deflators[0].values[1].fy: 2023-24 has a value already"),
        (
            ("deflators", 0, "values", 1, "fy"),
            "2023-25",
            "deflators[0].values[1].fy: '2023-25' is not a financial year",
        ),
        (("deflators", 0, "values", 1, "index"), "0", "deflators[0].values[1].index: is 0: an index is above 0"),
        (("deflators", 0, "values", 1, "index"), 96.1, "deflators[0].values[1].index: is a number: give an index"),
        (("exchange_rates", 0, "gbp_per_unit"), "0.0", "exchange_rates[0].gbp_per_unit: is 0: a rate is above 0"),
    ],
)
def test_a_fault_is_told_at_its_place_and_nothing_is_written(place, value, told):
    before = rows()
    assert any(line.startswith(f"r.json: {told}") for line in faults(changed(place, value))), faults(
        changed(place, value)
    )
    assert rows() == before


def test_a_tree_has_one_root():
    document = small()
    document["regions"].append({"key": "ireland", "name": "Ireland", "level": "country", "parent": None})
    assert faults(document) == ["r.json: regions[3].parent: is null a second time: the tree has one root"]


def test_a_name_that_another_row_bears_is_refused():
    ThemeFactory(key="it", name="Digital")
    assert faults(small()) == ["r.json: themes[0].name: it, loaded already, has this name"]


def test_the_real_reference_data_loads_and_loads_again():
    out = StringIO()
    call_command("load_reference", stdout=out)
    call_command("load_reference", str(REAL), stdout=out)
    said = json.loads(REAL.read_text(encoding="utf-8"))
    assert Theme.objects.count() == len(said["themes"])
    assert [region.key for region in Region.objects.in_tree_order()] == [region["key"] for region in said["regions"]]
    assert Organisation.objects.get(name="NHSX").successor.name == "NHS England"
    assert out.getvalue().splitlines()[1] == "reference data: 0 new, 0 changed, 141 unchanged"


def test_the_command_tells_every_fault_and_fails(tmp_path):
    path = tmp_path / "bad.json"
    document = copy.deepcopy(small())
    document["themes"][0]["key"] = ""
    path.write_text(json.dumps(document))
    err = StringIO()
    with pytest.raises(CommandError, match="1 fault; nothing was loaded"):
        call_command("load_reference", str(path), stderr=err)
    assert err.getvalue() == f"{path}: themes[0].key: “” is not a key in small letters, digits and hyphens\n"
    path.write_text("{")
    with pytest.raises(CommandError):
        call_command("load_reference", str(path), stderr=err)
    assert "is not JSON: line 1 column 2" in err.getvalue()
