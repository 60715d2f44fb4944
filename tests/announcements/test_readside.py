"""The documents that readers are served: written with the postings, logged as they change, and always what the records say."""

import datetime
import json
import threading

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction

from announcements import publishing, readside
from announcements.facts import loading
from announcements.models import (
    Announcement,
    AnnouncementDocument,
    AnnouncementFacet,
    Change,
    Pot,
    PotDocument,
    PotFacet,
)
from tests import factories as f
from tests.newsroom import changing, publish

AT = datetime.datetime(2026, 4, 1, 9, 30, tzinfo=datetime.UTC)
LATER = AT + datetime.timedelta(days=1)

pytestmark = pytest.mark.django_db


def draft(day="2020-01-01", **values):
    announcement = f.AnnouncementFactory(draft=True, announced_on=day, **values)
    f.SourceFactory(announcement=announcement)
    return announcement


def published(day="2020-01-01", at=AT, programmes=(), **claim):
    """A published announcement of one claim, through the verb; gives the claim."""
    claim = f.ClaimFactory(announcement=draft(day, programmes=list(programmes)), **claim)
    publish(claim.announcement, at=at)
    return claim


def logged(since=0):
    return [(change.kind, change.resource, change.public_id) for change in Change.objects.since(since)]


def latest():
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def of_announcement(claim):
    return json.loads(AnnouncementDocument.objects.get(announcement=claim.announcement_id).whole)


def of_pot(pot):
    return json.loads(PotDocument.objects.get(pot=pot).whole)


def test_publishing_writes_the_documents_and_logs_them():
    claim = published(amount="£412m")
    assert of_announcement(claim)["claims"][0]["amount"] == "412000000.00"
    assert of_pot(claim.pot_id)["explanation"]["own"] == {"firm": "412000000.00", "ceiling": "412000000.00"}
    assert logged() == [
        ("created", "announcement", claim.announcement.slug),
        ("created", "pot", claim.pot.reference),
    ]
    assert {change.at for change in Change.objects.all()} == {AT}
    assert readside.verify() == []


def test_a_draft_has_no_document():
    f.ClaimFactory(announcement=draft())
    assert readside.rebuild(at=AT) == 0
    assert not AnnouncementDocument.objects.exists()


def test_what_is_refused_leaves_no_document():
    claim = f.ClaimFactory(announcement=f.AnnouncementFactory(draft=True))
    with pytest.raises(loading.FactFaults):
        publish(claim.announcement, at=AT)
    assert not AnnouncementDocument.objects.exists()
    assert logged() == []


def test_an_edit_changes_the_documents_of_all_that_share_the_money_and_no_others():
    whole = published(amount="£100m", name="Fund")
    part = published("2020-02-01", amount="£40m", part_of=[whole.pot])
    apart = published("2020-03-01", amount="£7m")
    before = latest()
    with changing(part.announcement, at=LATER) as said:
        said["claims"][0]["amount"] = "60000000"
    assert of_pot(whole.pot_id)["explanation"]["own"]["firm"] == "40000000.00"
    changed = logged(before)
    assert ("edited", "pot", whole.pot.reference) in changed
    assert ("edited", "announcement", part.announcement.slug) in changed
    assert apart.pot.reference not in {public_id for *_, public_id in changed}
    assert readside.verify() == []


def test_a_link_that_is_taken_away_gives_both_pots_their_money_back():
    whole = published(amount="£100m")
    part = published("2020-02-01", amount="£40m", part_of=[whole.pot])
    with changing(part.announcement, at=LATER) as said:
        del said["claims"][0]["part_of"]
    assert of_pot(whole.pot_id)["explanation"]["own"]["firm"] == "100000000.00"
    assert of_pot(whole.pot_id)["links"] == []
    assert readside.verify() == []


def test_withdrawing_takes_the_documents_and_facets_away_and_keeps_the_log():
    claim = published()
    before = latest()
    publishing.withdraw(announcement=claim.announcement, reason="Not so.", by="ada", at=LATER)
    assert not AnnouncementDocument.objects.exists()
    assert not PotDocument.objects.exists()
    assert not AnnouncementFacet.objects.exists()
    assert not PotFacet.objects.exists()
    assert logged(before) == [
        ("withdrawn", "announcement", claim.announcement.slug),
        ("withdrawn", "pot", claim.pot.reference),
    ]
    publish(claim.announcement, at=LATER)
    assert logged(before)[2:] == [
        ("created", "announcement", claim.announcement.slug),
        ("created", "pot", claim.pot.reference),
    ]
    assert readside.verify() == []


def test_nothing_is_logged_where_nothing_reads_differently():
    published()
    before = latest()
    assert readside.rebuild(at=LATER) == 0
    assert latest() == before


def test_a_new_name_is_told_by_every_document_that_names_it():
    announcer = f.OrganisationFactory(name="NHSX")
    claim = published()
    Announcement.objects.filter(pk=claim.announcement_id).update(announcer=announcer)
    answer = f.ResponseFactory(announcement=published("2020-05-01").announcement, organisation=announcer)
    readside.rebuild(at=AT)
    announcer.name = "NHS Transformation"
    announcer.save()
    changes = readside.renamed(announcer, at=LATER)
    assert {change.public_id for change in changes} == {claim.announcement.slug, answer.announcement.slug}
    assert of_announcement(claim)["organisation"]["name"] == "NHS Transformation"
    assert readside.verify() == []


def test_saving_a_programme_in_the_admin_changes_what_readers_are_served(client):
    programme = f.ProgrammeFactory(name="Genomes")
    claim = published(programmes=[programme])
    client.force_login(User.objects.create_superuser("root"))
    address = f"/admin/programmes/programme/{programme.pk}/change/"
    assert client.post(address, {"name": "Genomics", "description": ""}).status_code == 302
    assert [named["name"] for named in of_announcement(claim)["programmes"]] == ["Genomics"]


def test_what_has_no_document_yet_gets_one():
    claim = published()
    AnnouncementDocument.objects.all().delete()
    PotDocument.objects.all().delete()
    call_command("rebuild_documents", "--missing", verbosity=0)
    assert of_announcement(claim)["id"] == claim.announcement.slug
    assert readside.verify() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda: AnnouncementDocument.objects.update(head="{}"),
        lambda: PotDocument.objects.update(rest="{}"),
        lambda: AnnouncementDocument.objects.update(largest=1),
        lambda: PotDocument.objects.all().delete(),
        lambda: AnnouncementFacet.objects.filter(name="theme").delete(),
        lambda: PotFacet.objects.create(pot=Pot.objects.first(), name="theme", value="not-carried"),
        lambda: Announcement.objects.update(title="Changed past the verbs"),
        lambda: Announcement.objects.update(status="draft"),
    ],
)
def test_verifying_names_whatever_is_not_as_the_records_say(damage):
    published(programmes=["Genomes"])
    assert readside.verify() == []
    damage()
    assert readside.verify()
    readside.rebuild(at=LATER)
    assert readside.verify() == []


def test_facets_are_what_claims_state_and_entries_carried_with_the_regions_around():
    claim = published(theme="ai", regions=["wales"], sector="charity", programmes=["Genomes"])
    facets = AnnouncementFacet.objects.filter(announcement=claim.announcement_id)
    found = {(name, value) for name, value in facets.values_list("name", "value")}
    assert {("theme", "ai"), ("region", "wales"), ("region", "uk"), ("sector", "charity")} <= found
    assert ("programme", claim.announcement.programmes.get().slug) in found
    [amount] = facets.filter(name="amount")
    assert amount.number == claim.amount


@pytest.mark.django_db(transaction=True)
def test_a_reader_of_the_log_misses_nothing_and_sees_nothing_twice_while_others_write():
    if connection.vendor == "sqlite":
        pytest.skip("In memory there is one connection; SQLite lets one write at a time in any case.")
    drafts = [f.ClaimFactory(announcement=draft()).announcement for _ in range(12)]
    seen, writing = [], threading.Event()

    def write(announcements):
        try:
            for announcement in announcements:
                publish(announcement, at=AT)
        finally:
            connections.close_all()

    def read():
        try:
            cursor = 0
            while True:
                ended = writing.is_set()
                for change in Change.objects.since(cursor):
                    seen.append((change.kind, change.public_id))
                    cursor = change.pk
                if ended:
                    return
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=[drafts[start::3]]) for start in range(3)]
    reader = threading.Thread(target=read)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    reader.join()
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 24
    with transaction.atomic():
        assert readside.verify() == []
