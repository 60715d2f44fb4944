"""The OpenAPI document: it says all there is, nothing that there is not, and a change of it is seen."""

import io

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema_rs import Draft202012Validator, meta

from healthfund.api import examples, schema
from tests.factories import PopulationFactory

DOCUMENT = schema.document()
COMMAND = ".venv/bin/python manage.py openapi"
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
EXAMPLES = examples.read()
QUESTIONS = [name for name in OPERATIONS if not EXAMPLES[name].get("by_hand")]


def address(name):
    """An address that the operation of this name answers."""
    _, path, _ = OPERATIONS[name]
    return path.format(**EXAMPLES[name].get("path", {}))


def answer_to(operation):
    return next(answer for status, answer in operation["responses"].items() if status.startswith("2"))


def names(operation, place="query"):
    return {one["name"] for one in operation.get("parameters", []) if one["in"] == place}


# The document


def test_the_committed_document_is_what_the_code_says():
    assert schema.COMMITTED.read_text(encoding="utf-8") == schema.as_json(DOCUMENT), (
        f"The API has changed. Where that is meant, write it down with `{COMMAND}` and read the difference."
    )


def test_nothing_is_left_to_guessing(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    schema.document()
    assert not GENERATOR_STATS
    assert said.getvalue() == ""


def test_it_is_openapi_3_1():
    assert DOCUMENT["openapi"] == "3.1.0"
    validate_schema(DOCUMENT)
    for component in DOCUMENT["components"]["schemas"].values():
        meta.validate(component)


def test_it_is_served(client):
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.content.decode() == schema.as_json(DOCUMENT)


def test_the_document_takes_no_parameters(refused):
    assert refused("openapi.json", lang="cy")[0]["parameter"] == "lang"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_is_and_gives_an_example(name):
    _, _, operation = OPERATIONS[name]
    assert operation["summary"]
    assert all(one["description"] for one in operation.get("parameters", []) if one["in"] == "query")
    assert all(answer["description"] for status, answer in operation["responses"].items() if status >= "300")
    assert names(operation, "path") == EXAMPLES[name].get("path", {}).keys()
    assert EXAMPLES[name].get("query", {}).keys() <= names(operation)
    for place, example in [("answer", answer_to(operation)), ("body", operation.get("requestBody", {}))]:
        for media in (one for kind, one in example.get("content", {}).items() if kind == "application/json"):
            Draft202012Validator(DOCUMENT | media["schema"]).validate(EXAMPLES[name][place])


# Questions


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_view_takes_the_parameters_that_it_is_said_to_take_and_no_other(client, db, name):
    _, _, operation = OPERATIONS[name]
    answer = client.get(address(name), {"nonsense": "1"})
    assert answer.status_code == 400
    [fault] = answer.json()["errors"]
    assert set(fault["allowed"]) == names(operation)


@pytest.mark.parametrize("name", QUESTIONS)
def test_values_that_are_said_to_be_allowed_are_allowed(client, db, name):
    """Of those parameters that list their values."""
    _, _, operation = OPERATIONS[name]
    PopulationFactory()
    for one in operation.get("parameters", []):
        values = one["schema"].get("enum") or one["schema"].get("items", {}).get("enum") or []
        for value in values:
            answer = client.get(address(name), {one["name"]: value})
            # A workbook is a file, open until then. Closing the answer would close PostgreSQL's connection too.
            for close in answer._resource_closers:
                close()
            assert answer.status_code in (200, 404), (one["name"], value)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("claims", "pot", "2019-08-08-nhs-ai-lab#lab"),
        ("links", "not_outer", "2019-08-08-nhs-ai-lab#lab"),
        ("claims", "announcement", "2019-08-08-nhs-ai-lab"),
        ("sources", "publisher", "The King’s Fund"),
    ],
)
def test_what_there_is_has_the_form_that_values_are_said_to_have(name, parameter, value):
    _, _, operation = OPERATIONS[name]
    [described] = [one["schema"] for one in operation["parameters"] if one["name"] == parameter]
    assert Draft202012Validator(described).is_valid([value])
    assert not Draft202012Validator(described).is_valid([" \x0c"])
