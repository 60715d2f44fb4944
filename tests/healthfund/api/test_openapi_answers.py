"""Whatever is answered over the real announcements has the shape that the OpenAPI document gives it."""

import copy
import itertools

import pytest
from jsonschema_rs import Draft202012Validator

from announcements.ledger.totals import DIMENSIONS
from healthfund.api import examples, schema

DOCUMENT = schema.document()
BY_HAND = {name for name, example in examples.read().items() if example.get("by_hand")}
PUBLIC = {
    path: methods["get"]
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and methods["get"]["operationId"] not in BY_HAND
}
LISTS = [path for path, asked in PUBLIC.items() if any(one["name"] == "cursor" for one in asked.get("parameters", []))]
DETAILS = [path for path in PUBLIC if "{" in path and path.partition("{")[0] in LISTS]


def sealed(document):
    """A copy in which no member may be there that is not described."""
    document = copy.deepcopy(document)
    for component in document["components"]["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return document


def entire(document):
    """A copy in which, beside that, every member must be there: what is answered where `fields` is not given."""
    document = sealed(document)
    for component in document["components"]["schemas"].values():
        if "properties" in component:
            component.setdefault("required", sorted(component["properties"]))
    return document


def unexpanded(document, path):
    """A copy in which every member must be there of the documents but those that they are expanded by."""
    whole = entire(document)
    answered = whole["components"]["schemas"][_name(answer(whole, path))]
    row = answered
    if results := answered["properties"].get("results"):
        row = whole["components"]["schemas"][_name(results["items"])]
    expansions = expansions_of(path)
    row["required"] = [name for name in row["required"] if name not in expansions]
    lenient = sealed(document)["components"]["schemas"]
    whole["lenient"] = {name: _moved(component, "#/lenient/") for name, component in lenient.items()}
    for name in expansions:
        row["properties"][name] = _moved(row["properties"][name], "#/lenient/")
    return whole


def _moved(value, to):
    if isinstance(value, dict):
        return {key: f"{to}{_name(value)}" if key == "$ref" else _moved(inner, to) for key, inner in value.items()}
    return [_moved(inner, to) for inner in value] if isinstance(value, list) else value


def _name(reference):
    return reference["$ref"].rpartition("/")[2]


def answer(document, path, status="200", media_type="application/json"):
    return document["paths"][path]["get"]["responses"][status]["content"][media_type]["schema"]


def expansions_of(path):
    parameters = DOCUMENT["paths"][path]["get"].get("parameters", [])
    return next((one["schema"]["items"]["enum"] for one in parameters if one["name"] == "expand"), [])


def judge(document, path, **which):
    """A function that raises where what is answered at this path is not as the document says."""
    return Draft202012Validator(document | answer(document, path, **which), validate_formats=True).validate


def pages(api, path, **asked):
    page = api(path, page_size=500, **asked)
    yield page
    while page["next"]:
        page = api(page["next"])
        yield page


def shapes(path):
    """What to ask for at a path, and what judges the answer: its documents as they are, and with all that there is."""
    yield {}, judge(unexpanded(DOCUMENT, path), path)
    if expansions := expansions_of(path):
        yield {"expand": ",".join(expansions)}, judge(entire(DOCUMENT), path)


def test_every_list_is_as_it_is_described(api, facts):
    for path in LISTS:
        for asked, check in shapes(path):
            for page in pages(api, path, **asked):
                check(page)
        check = judge(sealed(DOCUMENT), path)
        for name in api(path, page_size=1)["results"][0]:
            check(api(path, fields=name, page_size=3))


def test_every_document_is_as_it_is_described(api, facts):
    for path in DETAILS:
        for asked, check in shapes(path):
            for page in pages(api, path.partition("{")[0], fields="url"):
                for row in page["results"]:
                    check(api(row["url"], **asked))


def test_every_list_of_words_is_as_it_is_described(api, db):
    lists = api("codes/")
    judge(entire(DOCUMENT), "/api/v1/codes/")(lists)
    for one in lists["results"]:
        judge(entire(DOCUMENT), "/api/v1/codes/{id}/")(api(one["url"]))


def test_every_change_is_as_it_is_described(api, facts):
    check = judge(entire(DOCUMENT), "/api/v1/changes/")
    changes = api("changes/", page_size=500)
    check(changes)
    assert changes["more"]
    check(api(changes["next"]))


def test_every_total_is_as_it_is_described(api, facts):
    check = judge(entire(DOCUMENT), "/api/v1/totals/")
    check(api("totals/"))
    for dimension, other in itertools.product(DIMENSIONS, DIMENSIONS):
        for measure in ("said", "announced", "allocated", "spent"):
            check(api("totals/", by={dimension, other}, measure=measure))
    for asked in (
        {"as_at": "2019-12-31"},
        {"known_at": "2030-01-01"},
        {"public": "true"},
        {"money_year": "_missing"},
        {"prices": "2024-25"},
        {"per": "head"},
        {"prices": "2024-25", "per": "head", "region": "wales"},
    ):
        for dimension in DIMENSIONS:
            check(api("totals/", by=dimension, **asked))


def test_the_examples_are_what_is_answered(client, facts):
    written = examples.read()
    answered = examples.answered(client, DOCUMENT)
    assert [name for name in written if written[name] != answered[name]] == [], (
        "These examples are answered otherwise than is written down. Where that is meant, on a portal that holds the "
        "real announcements: `manage.py openapi --examples`."
    )


@pytest.mark.parametrize("asked", ["theme=ia", "theme=", "nonsense=1", "page_size=501"])
def test_a_refusal_is_as_it_is_described(client, db, asked):
    refusal = client.get(f"/api/v1/announcements/?{asked}")
    judge(sealed(DOCUMENT), "/api/v1/announcements/", status="400", media_type="application/problem+json")(
        refusal.json()
    )


def test_what_is_not_there_is_refused_as_it_is_described(client, db):
    refusal = client.get("/api/v1/announcements/none/")
    path = "/api/v1/announcements/{id}/"
    judge(sealed(DOCUMENT), path, status="404", media_type="application/problem+json")(refusal.json())
