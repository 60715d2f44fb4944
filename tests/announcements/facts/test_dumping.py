import json

import jsonschema
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.facts import dumping
from announcements.facts.format import SCHEMA
from announcements.models import Announcement, Claim, ClaimLink, LedgerEntry, LedgerHead, Membership, Posting, Pot
from announcements.models import Rehearsal as Emptied
from tests.factories import AnnouncementFactory, ClaimFactory

from .samples import FUND, MORE, announcement, claim, document, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def published():
    return Announcement.objects.published().in_order()


def text(indent=None):
    return "".join(dumping.pieces(published(), indent=indent))


def ledger():
    fields = ["pot__reference", "effective_on", "measure", "theme", "region", "sector", "additionality", "cause"]
    fields += ["announced_year", "money_year", "assumed", "firm", "ceiling"]
    return sorted(map(str, LedgerEntry.objects.values_list(*fields))), sorted(
        map(str, Membership.objects.values_list("pot__reference", "programme__slug", "effective_on", "change"))
    )


def empty():
    """Empty the database of announcements and ledger, as only a rehearsal may."""
    Emptied.objects.create()
    with connection.cursor() as cursor:
        for model in (LedgerEntry, Membership):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    Posting.objects.all().delete()
    for model in (ClaimLink, Announcement, Pot):
        model.objects.all().delete()
    Emptied.objects.all().delete()
    assert not Claim.objects.exists()
    assert LedgerHead.objects.count() <= 1


def test_dump_then_load_gives_the_same_dump_and_the_same_ledger():
    load(full())
    before, entries = text(), ledger()
    assert entries[0]
    empty()
    load(json.loads(before))
    assert text() == before
    assert ledger() == entries


def test_a_dump_loads_as_nothing_new():
    load(full())
    assert load(dumping.document(published())) == (0, 0, 2)


def test_a_dump_keeps_the_published_schema():
    load(full())
    jsonschema.Draft202012Validator(SCHEMA).validate(dumping.document(published()))


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_the_text_is_the_document(indent):
    assert json.loads(text(indent)) == {"format": "healthfund-facts/1", "announcements": []}
    load(full())
    assert json.loads(text(indent)) == dumping.document(published())
    assert text(indent).endswith("}\n")


def test_the_indented_text_is_written_as_json_writes_it():
    load(full())
    assert text(indent=1) == json.dumps(dumping.document(published()), indent=1, ensure_ascii=False) + "\n"


def test_defaults_and_what_is_empty_are_left_out():
    load(document(announcement(FUND, claim(terms="cash", tags=[], part_of=[], splits=None, programmes=None, note="N"))))
    [said] = dumping.document(published())["announcements"]
    assert said == announcement(FUND, claim(note="N"))


def test_no_programmes_is_not_the_same_as_all_of_them():
    load(full())
    claims = {c["key"]: c for a in dumping.document(published())["announcements"] for c in a["claims"]}
    assert claims["dollars"]["programmes"] == []
    assert claims["total"]["programmes"] == ["Test beds"]
    assert "programmes" not in claims["part"]


def test_references_are_by_the_claim_that_introduces():
    load(document(announcement(FUND, claim(), claim("again", about="total"), claim("part", part_of=["again"]))))
    [said] = dumping.document(published())["announcements"]
    assert said["claims"][1]["about"] == f"{FUND}#total"
    assert said["claims"][2]["part_of"] == [f"{FUND}#total"]


def test_amounts_are_written_without_decimals_where_these_are_nil():
    load(full())
    claims = {c["key"]: c for a in dumping.document(published())["announcements"] for c in a["claims"]}
    assert (claims["part"]["low"], claims["part"]["high"]) == ("10000000.50", "20000000")
    assert claims["part"]["profile"] == {"2020-21": "0.50", "2021-22": "5000000"}
    assert claims["dollars"]["partly_in"] == [{"pot": f"{FUND}#total", "low": "1", "high": "2.50"}]
    assert claims["dollars"]["rate"]["gbp_per_unit"] == "0.752"


def test_only_what_is_published_is_dumped():
    ClaimFactory(announcement=AnnouncementFactory(draft=True))
    ClaimFactory(announcement=AnnouncementFactory(withdrawn=True))
    assert dumping.document(published())["announcements"] == []


def test_announcements_come_in_the_order_asked_for():
    load(full())
    newest = dumping.document(Announcement.objects.latest_first())
    assert [said["id"] for said in newest["announcements"]] == [MORE, FUND]


def test_dumping_asks_a_fixed_number_of_queries(django_assert_num_queries):
    load(full())
    with CaptureQueriesContext(connection) as few:
        dumping.document(published())
    load(document(*(announcement(f"2020-05-01-n{n}", claim(), claim("b", part_of=["total"])) for n in range(9))))
    with django_assert_num_queries(len(few)):
        dumping.document(published())
