import json
from pathlib import Path

import jsonschema
import pytest

from announcements import choices
from announcements.facts.format import SCHEMA, SHAPE
from announcements.models import Announcement, Claim, Figure, LedgerEntry, Pot, Response, Source
from programmes.documents import read
from programmes.models import Organisation, Programme, Target

from .samples import full

FACTS = sorted(Path("fixtures/facts").glob("*.json"))


def definition(name, key):
    schema = SCHEMA["$defs"][name]["properties"][key]
    return SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] | schema if "$ref" in schema else schema


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "key", "choice"),
    [
        ("source", "kind", choices.SourceKind),
        ("figure", "kind", choices.FigureKind),
        ("response", "stance", choices.Stance),
        ("claim", "bound", choices.Bound),
        ("claim", "measure", choices.ClaimMeasure),
        ("claim", "terms", choices.Terms),
        ("claim", "effect", choices.Effect),
        ("claim", "sector", choices.Sector),
        ("claim", "additionality", choices.Additionality),
        ("claim", "nature", choices.Nature),
        ("claim", "instrument", choices.Instrument),
    ],
)
def test_the_schema_takes_what_the_models_take(name, key, choice):
    assert definition(name, key)["enum"] == choice.values


@pytest.mark.parametrize(
    ("name", "key", "model", "field"),
    [
        ("announcement", "title", Announcement, "title"),
        ("source", "url", Source, "url"),
        ("source", "publisher", Source, "publisher"),
        ("figure", "as_stated", Figure, "as_stated"),
        ("figure", "what", Figure, "what"),
        ("target", "metric", Target, "metric"),
        ("target", "unit", Target, "unit"),
        ("response", "organisation", Organisation, "name"),
        ("response", "person", Response, "person"),
        ("response", "role", Response, "role"),
        ("claim", "key", Claim, "key"),
        ("claim", "name", Claim, "name"),
        ("claim", "as_stated", Claim, "as_stated"),
    ],
)
def test_no_text_is_longer_than_its_column(name, key, model, field):
    assert definition(name, key)["maxLength"] == model._meta.get_field(field).max_length


def test_the_longest_id_and_key_make_a_reference_that_fits_its_column():
    longest = definition("announcement", "id")["maxLength"] + len("#") + definition("claim", "key")["maxLength"]
    assert longest == Pot._meta.get_field("reference").max_length
    assert longest == definition("claim", "about")["maxLength"]
    assert longest <= LedgerEntry._meta.get_field("cause").max_length


def test_names_in_lists_fit_their_columns():
    assert (
        definition("announcement", "programmes")["items"]["maxLength"] == Programme._meta.get_field("name").max_length
    )


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.name)
def test_the_real_announcements_keep_the_schema_also_for_others_who_use_it(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)) == []
    assert SHAPE.errors(read(path)) == []


def test_a_sample_that_uses_everything_keeps_the_schema():
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(full())) == []
