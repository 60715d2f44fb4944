"""How answers behave whatever they say: kept, asked again, compressed, read from other sites, and followed by links."""

import datetime
import gzip
import json
import random
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import get_resolver, include, path, resolve
from django.utils import timezone
from django.utils.http import http_date

from announcements import readside
from announcements.models import RollupState
from healthfund.api import errors
from healthfund.api.manners import Manners, dated
from healthfund.api.pagination import as_header
from healthfund.api.retirement import RETIREMENTS, Retirement
from healthfund.compression import Compression
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    PopulationFactory,
    RegionFactory,
    ThemeFactory,
    TokenFactory,
)

LONG_AGO = datetime.datetime(2024, 5, 1, 12, 30, 15, 999, tzinfo=datetime.UTC)
ELSEWHERE = "https://elsewhere.example"
THEMES = "/api/v1/themes/"
GZIP = {"accept-encoding": "gzip"}


@pytest.fixture
def themes(db):
    for key in ["ai", "cancer", "digital"]:
        ThemeFactory(key=key)


def words(header):
    return {word.strip() for word in header.split(",")}


def links(response):
    """{relation: address} of the Link header."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', response.get("Link", ""))
    return {relation: target for target, relations in found for relation in relations.split()}


# Whether it has changed


def test_answer_that_the_visitor_has_already_is_a_304_without_content(client, themes):
    first = client.get(THEMES)
    again = client.get(THEMES, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again[name] == first[name]
    assert not {"Content-Type", "Content-Length", "Link"} & set(again.headers)


@pytest.mark.parametrize("shown", ['{0}, "x"', '"x", {0}', "{1}", "*"])
def test_tag_is_known_in_a_list_and_as_a_strong_one_too(client, themes, shown):
    tag = client.get(THEMES)["ETag"]
    assert tag.startswith('W/"')
    shown = shown.format(tag, tag.removeprefix("W/"))
    assert client.get(THEMES, headers={"if-none-match": shown}).status_code == 304


@pytest.mark.parametrize("shown", ['"x"', "", "W/", '"', "x"])
def test_other_tags_are_not_known(client, themes, shown):
    assert client.get(THEMES, headers={"if-none-match": shown}).status_code == 200


def test_changed_answer_has_another_tag(client, themes):
    before = client.get(THEMES)["ETag"]
    ThemeFactory(key="genomics")
    changed = client.get(THEMES, headers={"if-none-match": before})
    assert (changed.status_code, changed.json()["count"]) == (200, 4)
    assert changed["ETag"] != before


def test_every_question_has_a_tag_of_its_own(client, themes):
    asked = ["", "?page_size=1", "?page_size=2", "?fields=id", "?ordering=-name"]
    assert len({client.get(THEMES + question)["ETag"] for question in asked}) == len(asked)


@pytest.mark.parametrize("address", ["themes/ai/", "announcements/2020-01-01-known/", "totals/", "entries/", ""])
def test_every_resource_can_be_asked_whether_it_has_changed(client, themes, address):
    AnnouncementFactory(slug="2020-01-01-known")
    readside.rebuild(at=LONG_AGO)
    tag = client.get(f"/api/v1/{address}")["ETag"]
    assert client.get(f"/api/v1/{address}", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["themes/?page_size=0", "themes/none/", "none/"])
def test_refusal_has_no_tag_and_is_kept_by_nobody(client, db, address):
    response = client.get(f"/api/v1/{address}", headers={"if-none-match": "*"})
    assert response.status_code in (400, 404)
    assert "ETag" not in response
    assert response["Cache-Control"] == "no-store"


def seen(response, **headers):
    """What becomes of an answer on its way out."""
    return Manners(lambda _: response)(RequestFactory().get("/api/v1/seen/", headers=headers))


def test_moment_is_given_in_whole_seconds_and_known_again_to_the_second():
    told = seen(dated(HttpResponse("x"), LONG_AGO))["Last-Modified"]
    assert told == "Wed, 01 May 2024 12:30:15 GMT"
    assert seen(dated(HttpResponse("x"), LONG_AGO), **{"if-modified-since": told}).status_code == 304


@pytest.mark.parametrize("seconds", [-1, 1])
def test_moment_that_we_did_not_tell_is_not_known_even_a_later_one(seconds):
    other = http_date(LONG_AGO.timestamp() + seconds)
    assert seen(dated(HttpResponse("x"), LONG_AGO), **{"if-modified-since": other}).status_code == 200


@pytest.mark.parametrize(("seconds", "told"), [(-5, False), (0, False), (30, False), (90, True)])
def test_moment_is_told_once_no_other_change_can_share_it(seconds, told):
    at = timezone.now() - datetime.timedelta(seconds=seconds)
    assert ("Last-Modified" in seen(dated(HttpResponse("x"), at))) == told


def test_moment_that_nobody_knows_is_not_told():
    response = seen(dated(HttpResponse("x"), None), **{"if-modified-since": http_date(0)})
    assert (response.status_code, "Last-Modified" in response) == (200, False)


def test_tag_outweighs_the_moment():
    headers = {"if-none-match": '"x"', "if-modified-since": http_date(LONG_AGO.timestamp())}
    assert seen(dated(HttpResponse("x"), LONG_AGO), **headers).status_code == 200


def test_refusal_without_a_word_becomes_a_problem_and_keeps_what_its_headers_say():
    response = seen(HttpResponseNotAllowed(["GET"]))
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response["Allow"] == "GET"
    assert json.loads(response.content)["title"] == "Method Not Allowed"
    beyond = seen(HttpResponse("x", status=416, headers={"Content-Range": "bytes */5"}))
    assert (beyond["Content-Range"], json.loads(beyond.content)["status"]) == ("bytes */5", 416)


def test_totals_are_as_old_as_their_roll_up_and_those_from_the_ledger_of_no_age(client, db):
    RollupState.objects.update_or_create(id=1, defaults={"rolled_up_at": LONG_AGO})
    told = client.get("/api/v1/totals/?measure=said")["Last-Modified"]
    assert told == "Wed, 01 May 2024 12:30:15 GMT"
    asked = {"if-modified-since": told}
    assert client.get("/api/v1/totals/?measure=said", headers=asked).status_code == 304
    assert "Last-Modified" not in client.get("/api/v1/totals/?as_at=2020-01-01")
    PopulationFactory(region=RegionFactory(key="uk"), year=2020)
    assert "Last-Modified" not in client.get("/api/v1/totals/?per=head&population_year=2020")


def test_file_of_documents_is_as_old_as_their_last_change_and_is_not_sent_twice(client, db):
    AnnouncementFactory()
    readside.rebuild(at=LONG_AGO)
    address = "/api/v1/announcements/?format=csv&fields=id"
    response = client.get(address)
    told = {"if-modified-since": response["Last-Modified"]}
    assert b"".join(response).startswith(b"id")
    again = client.get(address, headers=told)
    assert (again.status_code, b"".join(again)) == (304, b"")
    AnnouncementFactory()
    readside.rebuild(at=LONG_AGO + datetime.timedelta(days=1))
    assert client.get(address, headers=told).status_code == 200


@pytest.mark.parametrize("name", ["announcements", "pots"])
def test_only_the_whole_list_has_an_age_for_what_a_filter_finds_may_change_without_a_document(client, db, name):
    ClaimFactory()
    readside.rebuild(at=LONG_AGO)
    told = {
        question: "Last-Modified" in client.get(f"/api/v1/{name}/?format=jsonl{question}")
        for question in ("", "&ordering=-amount", "&theme=digital", "&expand=claims")
    }
    assert list(told.values()) == [True, True, False, False]
    assert "Last-Modified" not in client.get("/api/v1/themes/?format=jsonl")


@pytest.mark.parametrize("kind", ["announcement", "pot"])
def test_document_is_as_old_as_its_last_change(client, db, kind):
    claim = ClaimFactory()
    readside.rebuild(at=LONG_AGO)
    own = claim.announcement.slug if kind == "announcement" else claim.pot.reference.replace("#", "/")
    address = f"/api/v1/{kind}s/{own}/"
    told = client.get(address)["Last-Modified"]
    assert told == "Wed, 01 May 2024 12:30:15 GMT"
    assert client.get(address, headers={"if-modified-since": told}).status_code == 304


# Streams


class Chunks:
    """A stream that tells what was asked of it."""

    def __init__(self, *chunks):
        self.chunks, self.read, self.closed = iter(chunks), 0, False

    def __iter__(self):
        return self

    def __next__(self):
        self.read += 1
        return next(self.chunks)

    def close(self):
        self.closed = True


def test_stream_stays_one(db):
    chunks = Chunks(b"a", b"b")
    response = seen(StreamingHttpResponse(chunks))
    assert (response.streaming, chunks.read, "ETag" in response) == (True, 0, False)
    assert b"".join(response) == b"ab"


def test_stream_whose_moment_is_known_is_not_read_again(db):
    chunks = Chunks(b"a", b"b")
    stream = dated(StreamingHttpResponse(chunks), LONG_AGO)
    response = seen(stream, **{"if-modified-since": http_date(LONG_AGO.timestamp())})
    assert (response.status_code, b"".join(response), chunks.read) == (304, b"", 0)
    response.close()
    assert chunks.closed


def test_head_of_a_stream_reads_nothing(db):
    chunks = Chunks(b"a", b"b")
    response = Manners(lambda _: StreamingHttpResponse(chunks))(RequestFactory().head("/api/v1/seen/"))
    assert (response.status_code, b"".join(response), chunks.read) == (200, b"", 0)


def test_export_is_a_stream_that_anybody_may_keep_for_a_minute(client, themes):
    response = client.get(f"{THEMES}?format=csv")
    assert response.streaming
    assert response["Cache-Control"] == client.get(THEMES)["Cache-Control"]
    assert b"".join(response).startswith(b"id,")


# HEAD and OPTIONS


@pytest.mark.parametrize("address", ["", "themes/", "themes/ai/", "totals/", "themes/none/", "themes/?page_size=0"])
def test_head_answers_as_get_does_without_the_content(client, themes, address):
    got = client.get(f"/api/v1/{address}", headers={"x-request-id": "same"})
    head = client.head(f"/api/v1/{address}", headers={"x-request-id": "same"})
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert dict(head.headers) == dict(got.headers)


def test_head_is_a_304_where_get_is(client, themes):
    tag = client.head(THEMES)["ETag"]
    assert client.head(THEMES, headers={"if-none-match": tag}).status_code == 304


def test_options_tells_what_can_be_done(client, db):
    response = client.options(THEMES)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert words(response["Allow"]) == {"GET", "HEAD", "OPTIONS"}
    assert response.json() == {"methods": ["GET", "HEAD", "OPTIONS"], "renders": ["application/json"], "parses": []}


def test_what_is_sent_in_goes_along_to_the_address_with_its_slash(client, db):
    response = client.post("/api/v1/themes?x=1", {"a": "b"})
    assert (response.status_code, response["Location"]) == (308, "/api/v1/themes/?x=1")
    assert response["Cache-Control"] == "no-store"


# How long it keeps


@pytest.mark.parametrize("address", ["", "themes/", "themes/ai/", "announcements/", "totals/", "entries/"])
def test_anybody_may_keep_an_answer_for_a_minute(client, themes, address):
    assert words(client.get(f"/api/v1/{address}")["Cache-Control"]) == {
        "public",
        "max-age=60",
        "stale-while-revalidate=60",
    }


def test_documents_that_are_announced_as_changed_are_asked_for_again_each_time(client, db):
    AnnouncementFactory(slug="2020-01-01-known")
    readside.rebuild(at=LONG_AGO)
    assert client.get("/api/v1/changes/")["Cache-Control"] == "public, no-cache"
    assert client.get("/api/v1/announcements/2020-01-01-known/")["Cache-Control"] == "public, no-cache"


def test_answer_to_a_token_is_kept_by_nobody_and_can_still_be_a_304(client, themes):
    headers = {"authorization": f"Bearer {TokenFactory().secret}"}
    response = client.get(THEMES, headers=headers)
    assert response["Cache-Control"] == "no-store"
    assert client.get(THEMES, headers={**headers, "if-none-match": response["ETag"]}).status_code == 304


def test_session_changes_nothing_and_is_not_even_read(admin_client, client, themes, django_assert_num_queries):
    admin_client.get("/api/v1/")
    with django_assert_num_queries(0):
        response = admin_client.get("/api/v1/")
    assert response["Cache-Control"].startswith("public")
    assert response.content == client.get("/api/v1/").content


def test_answer_that_sets_a_cookie_or_depends_on_one_is_kept_by_nobody():
    setting, reading = HttpResponse("x"), HttpResponse("x", headers={"Vary": "Cookie"})
    setting.set_cookie("a", "b")
    assert {seen(response)["Cache-Control"] for response in (setting, reading)} == {"private, no-store"}


@pytest.mark.parametrize("headers", [{}, {"origin": ELSEWHERE}, GZIP, {"accept": "application/json"}])
def test_caches_know_what_an_answer_depends_on(client, themes, headers):
    response = client.get(THEMES, headers=headers)
    assert words(response["Vary"].lower()) == {"accept", "accept-encoding", "authorization", "origin"}


def test_pages_are_not_touched(client, admin_client, db):
    for response in (client.get("/"), client.get("/how-we-count/"), admin_client.get("/admin/")):
        assert response.status_code == 200
        assert not {"ETag", "Link", "Access-Control-Allow-Origin"} & set(response.headers)
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "public" not in response.get("Cache-Control", "")


# Compression


def test_long_answers_are_compressed_for_whoever_accepts_it_under_the_same_tag(client, themes):
    plain, packed = client.get(THEMES), client.get(THEMES, headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)
    assert packed["ETag"] == plain["ETag"]
    again = client.get(THEMES, headers={**GZIP, "if-none-match": packed["ETag"]})
    assert (again.status_code, "Content-Encoding" in again) == (304, False)


def test_length_of_what_is_compressed_tells_nothing(client, themes):
    lengths = {len(client.get(THEMES, headers=GZIP).content) for _ in range(20)}
    assert len(lengths) > 1


def test_streamed_file_is_compressed_as_it_is_read_and_a_workbook_is_left_as_it_is(client, themes):
    packed, plain = (client.get(f"{THEMES}?format=jsonl", headers=headers) for headers in (GZIP, {}))
    assert (packed.streaming, packed["Content-Encoding"]) == (True, "gzip")
    documents = [
        [json.loads(line) for line in content.splitlines()][:-1]
        for content in (gzip.decompress(b"".join(packed)), b"".join(plain))
    ]
    assert documents[0] == documents[1]
    workbook = client.get(f"{THEMES}?format=xlsx", headers=GZIP)
    assert "Content-Encoding" not in workbook
    assert b"".join(workbook).startswith(b"PK")


def compressed(response):
    return Compression(lambda _: response)(RequestFactory().get("/", headers=GZIP))


def test_compressed_stream_is_not_read_ahead():
    chance = random.Random(1)
    chunks = Chunks(*[chance.randbytes(20_000) for _ in range(50)])
    stream = iter(compressed(StreamingHttpResponse(chunks)))
    for _ in range(5):
        next(stream)
    assert chunks.read < 10


def test_stream_that_breaks_is_compressed_to_its_last_word_and_breaks():
    def breaks():
        yield b"rows\n"
        yield b"# cut short"
        raise ValueError("broken")

    sent = []
    with pytest.raises(ValueError, match="broken"):
        sent.extend(compressed(StreamingHttpResponse(breaks())))
    assert gzip.decompress(b"".join(sent)) == b"rows\n# cut short"


def test_what_is_sent_in_ranges_is_sent_as_it_lies_there():
    response = compressed(HttpResponse("a" * 1000, headers={"Accept-Ranges": "bytes"}))
    assert ("Content-Encoding" in response, len(response.content)) == (False, 1000)


def test_file_is_compressed_unless_it_is_already(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"a,b\n" * 1000)
    (tmp_path / "rows.zip").write_bytes(b"PK" * 1000)
    sent = {}
    for suffix in ("csv", "zip"):
        response = compressed(FileResponse((tmp_path / f"rows.{suffix}").open("rb")))
        sent[suffix] = response.get("Content-Encoding"), len(b"".join(response))
        response._resource_closers[0]()
    assert sent["zip"] == (None, 2000)
    assert sent["csv"][0] == "gzip"
    assert sent["csv"][1] < 500


# Other sites


def test_pages_of_any_site_may_read_and_see_what_the_headers_say(client, themes):
    response = client.get(THEMES, headers={"origin": ELSEWHERE})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert words(response["Access-Control-Expose-Headers"]) == {
        *("ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"),
        *("Deprecation", "Sunset", "Content-Disposition"),
    }


@pytest.mark.parametrize("address", ["themes/?page_size=0", "none/", "themes/ai"])
def test_pages_of_any_site_see_refusals_too(client, db, address):
    response = client.get(f"/api/v1/{address}", headers={"origin": ELSEWHERE})
    assert response["Access-Control-Allow-Origin"] == "*"


def preflight(client, address, method, headers=""):
    return client.options(
        address,
        headers={
            "origin": ELSEWHERE,
            "access-control-request-method": method,
            "access-control-request-headers": headers,
        },
    )


def test_pages_of_any_site_may_write_with_a_token_and_never_with_a_cookie(client, db):
    allowed = preflight(client, "/api/v1/facts/", "POST", "authorization,content-type,idempotency-key")
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (200, "*")
    assert {"GET", "HEAD", "POST"} <= words(allowed["Access-Control-Allow-Methods"])
    assert {"authorization", "content-type", "idempotency-key"} <= words(allowed["Access-Control-Allow-Headers"])
    assert "Access-Control-Allow-Credentials" not in allowed


@pytest.mark.parametrize("address", ["/", "/admin/login/", "/announcements/", "/health/live", "/apis/"])
def test_nothing_else_may_be_read_from_other_sites(client, db, address):
    for response in (client.get(address, headers={"origin": ELSEWHERE}), preflight(client, address, "POST")):
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_browsers_load_and_frame_nothing_of_an_answer(client, themes):
    response = client.get(THEMES)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


# Links


def test_pages_of_a_list_are_linked_as_in_their_json(client, themes):
    first = client.get(f"{THEMES}?page_size=1&ordering=-name")
    assert "prev" not in links(first)
    assert links(first)["next"] == first.json()["next"]
    second = client.get(links(first)["next"])
    assert links(second)["prev"] == second.json()["previous"]
    beginning = links(second)["first"]
    assert parse_qs(urlsplit(beginning).query) == {"page_size": ["1"], "ordering": ["-name"]}
    assert client.get(beginning).content == first.content
    assert "next" not in links(client.get(links(second)["next"]))


def test_links_that_no_proxy_would_let_through_are_left_to_the_json():
    assert as_header({"first": "/a", "next": None}) == {"Link": '</a>; rel="first"'}
    assert as_header({"first": "/a", "next": "/" + "a" * 3000}) == {}


def nothing(request):
    return HttpResponse("{}", content_type="application/json")


urlpatterns = [
    path("api/v1/", include(([path("openapi.json", nothing, name="openapi")], "api"))),
    path("api/guide/", nothing, name="api-guide"),
]
handler404 = errors.not_found


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/api/guide/", "/api/none/"])
def test_every_answer_leads_to_the_schema_and_the_guide(client, address):
    assert links(client.get(address)) == {
        "service-desc": "/api/v1/openapi.json",
        "service-doc": "/api/guide/",
        "help": "/api/guide/",
    }


# What goes away

NOTICE = "https://portal.example/notices/1"
GOING = Retirement("api:themes", "", datetime.date(2026, 1, 1), datetime.date(2027, 1, 1), NOTICE)
PARAMETER = Retirement("api:themes", "q", datetime.date(2025, 6, 1), datetime.date(2027, 6, 1), f"{NOTICE}#q")
VERSION = Retirement("api:", "", datetime.date(2026, 3, 1), datetime.date(2028, 3, 1), f"{NOTICE}#v1")


def asked(address, *retirements):
    """The headers of an answer of a portal with these retirements."""
    request = RequestFactory().get(address)
    request.resolver_match = resolve(urlsplit(address).path)
    return Manners(lambda _: HttpResponse("x"), retirements)(request)


def test_address_that_goes_away_says_so_with_both_days_and_the_notice():
    response = asked(THEMES, GOING)
    assert response["Deprecation"] == "@1767225600"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert links(response)["deprecation"] == NOTICE


def test_what_stays_says_nothing():
    for address in ("/api/v1/regions/", "/api/v1/themes/ai/"):
        assert not {"Deprecation", "Sunset"} & set(asked(address, GOING, PARAMETER).headers)


def test_parameter_that_goes_away_says_so_to_whoever_uses_it():
    assert "Deprecation" not in asked(f"{THEMES}?page_size=1", PARAMETER)
    assert links(asked(f"{THEMES}?q=ai", PARAMETER))["deprecation"] == f"{NOTICE}#q"


def test_of_several_the_earliest_days_are_told_and_every_notice():
    response = asked(f"{THEMES}?q=ai", GOING, PARAMETER, VERSION)
    assert response["Deprecation"] == "@1748736000"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert response["Link"].count('rel="deprecation"') == 3


def test_index_states_the_promise_and_lists_what_goes(client, db):
    shown = client.get("/api/v1/").json()
    assert "Deprecation" in shown["promise"]
    assert shown["retiring"] == [retirement.as_json() for retirement in RETIREMENTS]
    assert PARAMETER.as_json() == {
        "address": "themes",
        "parameter": "q",
        "deprecated_on": datetime.date(2025, 6, 1),
        "sunset_on": datetime.date(2027, 6, 1),
        "notice": f"{NOTICE}#q",
    }


def test_version_goes_away_as_a_whole():
    assert asked("/api/v1/", VERSION)["Sunset"] == asked("/api/v1/totals/", VERSION)["Sunset"]


def test_every_retirement_is_of_something_that_there_is_and_leaves_a_year():
    for retirement in [GOING, VERSION, *RETIREMENTS]:
        assert retirement.address.endswith(":") or resolve_name(retirement.address)
        assert retirement.sunset_on - retirement.deprecated_on >= datetime.timedelta(days=365)


def resolve_name(name):
    namespace, _, plain = name.rpartition(":")
    _, resolver = get_resolver().namespace_dict[namespace]
    return plain in resolver.reverse_dict
