"""The interchange document over the API: out for any question, in as drafts or published, faults by their pointers."""

import copy
import datetime
import json
import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from announcements.choices import Status
from announcements.facts import dumping, loading
from announcements.models import Announcement, Posting, Revision
from healthfund.api import bodies
from tests.announcements.facts.samples import AT, FUND, MORE, announcement, changed, claim, document, full, load
from tests.announcements.facts.test_fact_properties import PLACES
from tests.factories import AnnouncementFactory, OrganisationFactory, RegionFactory, ThemeFactory, TokenFactory

ADDRESS = "/api/v1/facts/"
EDITS = ("add_announcement", "change_announcement")
SUBMITS = {"scopes": "facts:submit", "may": EDITS}
PUBLISHES = {"scopes": "facts:submit facts:publish", "may": (*EDITS, "publish_announcement")}
WITHDRAWS = {"scopes": "facts:publish", "may": ("publish_announcement",)}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(db):
    """Themes, regions and the department that the samples speak of."""
    for key in ["digital", "ai", "genomics", "cancer"]:
        ThemeFactory(key=key)
    for key in ["north-east", "north-west", "london", "scotland"]:
        RegionFactory(key=key)
    OrganisationFactory(name="Department of Health and Social Care", slug="dhsc", other_names=["Department of Health"])


@pytest.fixture
def send(client):
    """Posts a document, or a body as it is, with a token or with none."""

    def post(said, token=None, address=ADDRESS, kind="application/json", **headers):
        if token:
            headers["authorization"] = f"Bearer {token.secret}"
        body = said if isinstance(said, (str, bytes)) else json.dumps(said)
        return client.post(address, body, content_type=kind, headers=headers)

    return post


def problem(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


def everything():
    return dumping.document(Announcement.objects.in_order())


# Out


def test_document_is_what_the_loader_takes_and_loads_to_nothing_new(client):
    load(full())
    response = client.get(ADDRESS)
    assert response["Content-Type"] == "application/json"
    said = json.loads(response.getvalue())
    assert said == everything()
    assert load(said) == (0, 0, 2)


def test_document_holds_what_the_same_question_to_the_list_finds(client):
    load(full())
    load(document(announcement("2021-01-01-other", claim(theme="cancer"))))
    AnnouncementFactory(draft=True)
    for question in ("?theme=cancer", "?not_theme=cancer", "?announced_to=2020-02-01", "?ordering=-announced_on", ""):
        said = json.loads(client.get(ADDRESS + question).getvalue())
        listed = client.get("/api/v1/announcements/" + (question or "?ordering=announced_on")).json()["results"]
        assert {record["id"] for record in said["announcements"]} == {row["id"] for row in listed}
    assert [record["id"] for record in said["announcements"]] == [FUND, MORE, "2021-01-01-other"]


def test_unknown_parameters_of_the_document_are_refused(client):
    for question in ("?thema=ai", "?page_size=5", "?theme=x"):
        assert problem(client.get(ADDRESS + question), 400)["errors"]


def test_document_costs_as_many_queries_for_one_as_for_many(client):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(ADDRESS).getvalue()
        return len(queries)

    load(full())
    one = cost()
    for number in range(5):
        load(document(announcement(f"2021-01-0{number + 1}-more", claim("total"), claim("part", part_of=["total"]))))
    assert cost() == one


def test_head_of_the_document_reads_no_announcement(client):
    with CaptureQueriesContext(connection) as queries:
        response = client.head(ADDRESS)
    assert (response.status_code, response.getvalue()) == (200, b"")
    assert [query for query in queries if "announcements_announcement" in query["sql"]] == []


# In


def test_submitted_announcements_wait_as_drafts(send):
    response = send(full(), TokenFactory(**SUBMITS))
    assert response.status_code == 201
    assert response.json() == {
        "dry_run": False,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "announcements": [
            {"id": slug, "change": "new", "status": "draft", "url": None, "page": None} for slug in (FUND, MORE)
        ],
    }
    assert set(Announcement.objects.values_list("status", flat=True)) == {Status.DRAFT}
    assert not Posting.objects.exists()
    waiting = Revision.objects.open().order_by("announcement")
    assert [(row.announcement, row.state) for row in waiting] == [(FUND, "draft"), (MORE, "draft")]


def test_published_announcements_are_posted_and_have_addresses_that_answer(send, client):
    response = send(full(), TokenFactory(**PUBLISHES), ADDRESS + "?publish=true")
    assert response.status_code == 201
    for outcome in response.json()["announcements"]:
        assert (outcome["change"], outcome["status"]) == ("new", "published")
        assert client.get(outcome["url"]).json()["id"] == outcome["id"]
        assert client.get(outcome["page"]).status_code == 200
    assert Posting.objects.count() == 1


def test_the_same_document_again_changes_nothing_and_says_so(send):
    token = TokenFactory(**PUBLISHES)
    send(full(), token, ADDRESS + "?publish=true")
    response = send(full(), token, ADDRESS + "?publish=true")
    assert response.status_code == 200
    assert [response.json()[change] for change in ("new", "changed", "unchanged")] == [0, 0, 2]


@pytest.mark.parametrize("publish", ["", "&publish=true"])
def test_dry_run_says_what_would_happen_and_writes_nothing(send, publish):
    load(document(full()["announcements"][0]))
    before, postings = everything(), Posting.objects.count()
    said = changed(full(), "announcements[0].title", "Another title")
    response = send(said, TokenFactory(**PUBLISHES), f"{ADDRESS}?dry_run=true{publish}")
    assert response.status_code == 200
    assert response.json()["dry_run"] is True
    assert [(each["id"], each["change"], each["status"]) for each in response.json()["announcements"]] == [
        (FUND, "changed", "published"),
        (MORE, "new", "published" if publish else "draft"),
    ]
    assert (everything(), Posting.objects.count()) == (before, postings)


def test_published_announcement_changes_by_who_may_publish_alone(send):
    load(full())
    said = changed(full(), "announcements[1].title", "Another title")
    before = everything()
    refused = problem(send(said, TokenFactory(**SUBMITS)), 403)
    assert [error["pointer"] for error in refused["errors"]] == ["/announcements/1"]
    assert "facts:publish" in refused["detail"]
    assert everything() == before
    response = send(said, TokenFactory(**PUBLISHES))
    assert (response.status_code, response.json()["changed"]) == (201, 1)
    assert Announcement.objects.get(slug=MORE).title == "Another title"


def test_one_fault_keeps_everything_out(send):
    said = document(announcement(FUND, claim()), announcement(MORE, claim(amount="5m"), titel="x"))
    refused = problem(send(said, TokenFactory(**PUBLISHES), ADDRESS + "?publish=true"), 422)
    amount, title = sorted(refused["errors"], key=lambda error: error["pointer"])
    assert amount["pointer"] == "/announcements/1/claims/0/amount"
    assert "not written in full" in amount["message"]
    assert (title["pointer"], title["nearest"]) == ("/announcements/1/titel", "title")
    assert "summary" in title["allowed"]
    assert refused["error_count"] == 2
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("place", "value", "pointer", "nearest"),
    [
        ("announcements[0].claims[0].theme", "digitl", "/announcements/0/claims/0/theme", "digital"),
        ("announcements[0].claims[0].bound", "exct", "/announcements/0/claims/0/bound", "exact"),
        ("announcements[0].claims[0].regions", ["londn"], "/announcements/0/claims/0/regions/0", "london"),
        ("announcements[1].claims[0].about", f"{FUND}#totl", "/announcements/1/claims/0/about", f"{FUND}#total"),
        ("announcements[0].claims[0].a/b~c", 1, "/announcements/0/claims/0/a~1b~0c", None),
    ],
)
def test_fault_names_its_place_and_what_was_meant(send, place, value, pointer, nearest):
    said = full()
    if "/" in place:
        said["announcements"][0]["claims"][0]["a/b~c"] = value
    else:
        said = changed(said, place, value)
    [error] = problem(send(said, TokenFactory(**SUBMITS)), 422)["errors"]
    assert (error["pointer"], error["nearest"]) == (pointer, nearest)


def test_whatever_is_no_document_is_told_what_is_wrong_with_it(send):
    token = TokenFactory(**SUBMITS)
    for body, said in [
        (" ", "is empty"),
        ("{", "is not JSON: line 1 column 2"),
        (b"\xff\xfe", "is not UTF-8"),
        ("[" * 200_000, "lie too deep"),
        ('{"format": NaN}', "is NaN"),
        ('{"format": 1, "format": 2}', "stands twice"),
        ("[]", "is a list"),
        ('{"\\ud800": 1}', "half a character"),
        ("null", "is null"),
    ]:
        errors = problem(send(body, token), 422)["errors"]
        assert any(said in error["message"] for error in errors), (body[:20], errors)


def test_only_so_many_faults_are_listed_and_all_are_counted(send):
    refused = problem(send(document(*["x"] * 2000), TokenFactory(**SUBMITS)), 422)
    assert (len(refused["errors"]), refused["error_count"]) == (bodies.TOLD, 2000)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_other_media_types_are_refused(send, kind):
    assert "application/json" in problem(send(full(), TokenFactory(**SUBMITS), kind=kind), 415)["detail"]


def test_compressed_bodies_are_refused(send):
    problem(send(full(), TokenFactory(**SUBMITS), **{"content-encoding": "gzip"}), 415)


def test_charset_utf_8_is_understood(send):
    assert send(full(), TokenFactory(**SUBMITS), kind="application/json; charset=UTF-8").status_code == 201


def test_body_that_is_too_large_is_refused_unread_with_the_limit(send, monkeypatch):
    monkeypatch.setattr(bodies, "LONGEST", 100)
    assert "bytes" in problem(send(full(), TokenFactory(**SUBMITS)), 413)["detail"]


def test_body_larger_than_a_form_of_django_may_be_is_taken(send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert send(full(), TokenFactory(**SUBMITS)).status_code == 201


def test_body_of_unknown_length_is_refused(client):
    token = TokenFactory(**SUBMITS)
    response = client.generic(
        "POST", ADDRESS, headers={"authorization": f"Bearer {token.secret}"}, CONTENT_TYPE="application/json"
    )
    problem(response, 411)


@pytest.mark.parametrize("question", ["?dryrun=true", "?dry_run=1", "?publish=yes", "?publish=", "?theme=ai"])
def test_unknown_ways_to_send_are_refused(send, question):
    assert problem(send(full(), TokenFactory(**PUBLISHES), ADDRESS + question), 400)["errors"]
    assert not Announcement.objects.exists()


def test_who_wrote_stands_in_the_log(send, caplog):
    caplog.set_level(logging.INFO)
    token = TokenFactory(**PUBLISHES)
    send(full(), token, ADDRESS + "?publish=true")
    send({"reason": "Wrong."}, token, f"/api/v1/announcements/{MORE}/withdraw/")
    said = [record.message for record in caplog.records if record.name == "healthfund.api.v1.facts"]
    signed = f"by={token.user.username} token={token.pk}"
    assert said == [
        f"facts submitted publish=True counts=2 new, 0 changed, 0 unchanged {signed}",
        f"withdrawn announcement={MORE} {signed}",
    ]


# Withdrawing


def withdrawal(slug):
    return f"/api/v1/announcements/{slug}/withdraw/"


def test_announcement_is_withdrawn_with_its_reason(send, client):
    load(full())
    response = send({"reason": " It never happened. "}, TokenFactory(**WITHDRAWS), withdrawal(MORE))
    assert response.status_code == 200
    assert response.json() == {"id": MORE, "status": "withdrawn", "reason": "It never happened."}
    assert Announcement.objects.get(slug=MORE).status == Status.WITHDRAWN
    assert client.get(f"/api/v1/announcements/{MORE}/").status_code == 404


def test_what_others_lean_on_stays_with_the_reasons(send):
    load(full())
    refused = problem(send({"reason": "Wrong."}, TokenFactory(**WITHDRAWS), withdrawal(FUND)), 409)
    assert any("leans on" in reason for reason in refused["reasons"])
    assert Announcement.objects.get(slug=FUND).is_published


def test_draft_cannot_be_withdrawn(send):
    draft = AnnouncementFactory(draft=True)
    refused = problem(send({"reason": "Wrong."}, TokenFactory(**WITHDRAWS), withdrawal(draft.slug)), 409)
    assert refused["reasons"] == [f"{draft.slug} is not published."]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [({}, "/reason"), ({"reason": " "}, "/reason"), ({"reason": "x", "why": "y"}, "/why"), ([], ""), ("{", "")],
)
def test_withdrawal_without_a_reason_is_refused(send, said, pointer):
    load(full())
    [error] = problem(send(said, TokenFactory(**WITHDRAWS), withdrawal(MORE)), 422)["errors"]
    assert error["pointer"] == pointer
    assert Announcement.objects.get(slug=MORE).is_published


def test_what_does_not_exist_cannot_be_withdrawn(send):
    assert (
        "2020-01-01-none"
        in problem(send({"reason": "x"}, TokenFactory(**WITHDRAWS), withdrawal("2020-01-01-none")), 404)["detail"]
    )


def test_withdrawing_is_not_a_thing_to_get(client):
    load(full())
    assert problem(client.get(withdrawal(MORE)), 405)
    assert client.get(withdrawal(MORE))["Allow"] == "POST, OPTIONS"


# Who may

SUBMIT, PUBLISH = ("facts:submit",), ("facts:submit", "facts:publish")
WRITES = {
    # name: address, body, scopes needed, permissions needed, answer
    "submit": (ADDRESS, full(), SUBMIT, EDITS, 201),
    "dry run": (ADDRESS + "?dry_run=true", full(), SUBMIT, EDITS, 200),
    "publish": (ADDRESS + "?publish=true", full(), PUBLISH, (*EDITS, "publish_announcement"), 201),
    "withdraw": (withdrawal("2019-01-01-old"), {"reason": "x"}, ("facts:publish",), ("publish_announcement",), 200),
}
EVERY_SCOPE = "read facts:submit facts:publish webhooks"
EVERY_RIGHT = (*EDITS, "publish_announcement")


def without(words, word):
    return [each for each in words if each != word]


def cases():
    for name, (_, _, scopes, rights, answer) in WRITES.items():
        yield name, "no token", None, 401
        yield name, "everything needed", {"scopes": " ".join(scopes), "may": rights}, answer
        yield name, "nothing but read", {"scopes": "read", "may": EVERY_RIGHT}, 403
        yield name, "no permission", {"scopes": EVERY_SCOPE, "may": ()}, 403
        for scope in scopes:
            others = " ".join(without(EVERY_SCOPE.split(), scope))
            yield name, f"no {scope}", {"scopes": others, "may": EVERY_RIGHT}, 403
        for right in rights:
            yield name, f"no {right}", {"scopes": EVERY_SCOPE, "may": without(EVERY_RIGHT, right)}, 403
        over = {"scopes": EVERY_SCOPE, "may": EVERY_RIGHT}
        yield name, "expired", over | {"created_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, 401
        yield name, "revoked", over | {"revoked_at": AT}, 401


CASES = list(cases())


@pytest.mark.parametrize(
    ("write", "token", "expected"),
    [(write, token, expected) for write, _, token, expected in CASES],
    ids=[f"{write}: {what}" for write, what, _, _ in CASES],
)
def test_writing_takes_scope_and_permission(send, write, token, expected):
    AnnouncementFactory(slug="2019-01-01-old", announced_on="2019-01-01")
    before = everything(), Posting.objects.count(), set(Announcement.objects.values_list("slug", "status"))
    address, said, *_ = WRITES[write]
    response = send(said, TokenFactory(**token) if token else None, address)
    assert response.status_code == expected, response.content
    if expected >= 400:
        assert problem(response, expected)["detail"]
        assert "WWW-Authenticate" in response or "permission" in response.json()["detail"]
        assert before == (
            everything(),
            Posting.objects.count(),
            set(Announcement.objects.values_list("slug", "status")),
        )


def test_superuser_may_what_the_scopes_say(send, admin_user):
    assert send(full(), TokenFactory(user=admin_user, scopes="facts:submit")).status_code == 201
    problem(send(full(), TokenFactory(user=admin_user, scopes="facts:submit"), ADDRESS + "?publish=true"), 403)


# Pointers


def at(said, pointer):
    """What a JSON Pointer leads to; the last step may be missing from its object."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for number, step in enumerate(steps):
        if isinstance(said, dict) and step not in said and number == len(steps) - 1:
            return None
        said = said[int(step)] if isinstance(said, list) else said[step]
    return said


STRUCTURE = [path for path in PLACES if not isinstance(path[-1], int)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(path=st.sampled_from(STRUCTURE))
def test_whatever_is_broken_the_pointer_leads_there(path):
    said = copy.deepcopy(full())
    outer = said
    for step in path[:-1]:
        outer = outer[step]
    # Nothing in the format may be an object with a strange key.
    outer[path[-1]] = {"/strange~": 1}
    with pytest.raises(loading.FactFaults) as wrong:
        load(said, check=True)
    pointers = [bodies.fault_as_json(fault)["pointer"] for fault in wrong.value.faults]
    expected = "".join(f"/{step}" for step in path)
    assert any(pointer == expected or pointer.startswith(expected + "/") for pointer in pointers), pointers
    for pointer in pointers:
        at(said, pointer)


# The same over HTTP, once


def test_pointer_leads_to_the_broken_place_of_what_was_sent(send):
    said = changed(full(), "announcements[0].responses[0].stance", "furious")
    [error] = problem(send(said, TokenFactory(**SUBMITS)), 422)["errors"]
    assert at(said, error["pointer"]) == "furious"
