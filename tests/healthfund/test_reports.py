"""The newsroom's reports: each finds what it says and nothing else, and leads to where it is mended."""

import csv
import datetime
import io

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from announcements.choices import RevisionState, Role
from announcements.models import Announcement, Doubts, Revision, SourceCheck
from announcements.newsroom import reports, tasks
from tests import factories as f
from tests.announcements.admin.browsing import client_of
from tests.announcements.facts import samples
from tests.roles import member

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 22)
AT = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


@pytest.fixture
def editor():
    return client_of(member(Role.EDITOR))


def found(key, **asked):
    report = reports.REPORTS[key]
    return [item.id for item in report.items(report.rows(reports.Asked(TODAY, **asked)))]


def revision(title, days, **values):
    moved_at = AT - datetime.timedelta(days=days)
    times = {"begun_at": moved_at, "saved_at": moved_at, "moved_at": moved_at}
    return Revision.objects.create(title=title, typed={"title": title}, **times, **values)


def doubtful(slug="2020-01-10-fund", **given):
    """A published announcement that is of unclear newness, of which the checks warn."""
    f.ThemeFactory(key="digital")
    f.RegionFactory(key="england")
    samples.load(samples.document(samples.announcement(slug, samples.claim(additionality="unclear", **given))))
    return Announcement.objects.get(slug=slug)


def everything(number=1):
    """Something that each report finds, `number` times."""
    for _ in range(number):
        announcement = doubtful(f"2020-01-10-fund-{Announcement.objects.count()}")
        announcement.programmes.add(f.ProgrammeFactory())
        source = f.SourceFactory(announcement=announcement)
        day = {"failing_since": TODAY, "failed_on": TODAY}
        SourceCheck.objects.create(url=source.url, checked_at=AT, failures=3, **day)
        f.ResponseFactory(announcement=announcement, organisation__name=f"Charity {announcement.pk}")
        revision("A draft", 500)
    reports.recheck(Announcement.objects.published(), at=AT)


# What each finds


def test_programmes_that_nobody_speaks_of_any_more_are_found_the_longest_silent_first():
    for name, day in [("old", "2019-01-01"), ("older", "2018-01-01"), ("recent", "2025-01-01")]:
        f.AnnouncementFactory(announced_on=day, programmes=[f.ProgrammeFactory(name=name, slug=name)])
    f.AnnouncementFactory(announced_on="2026-01-01", draft=True, programmes=["old"])
    f.ProgrammeFactory(name="never spoken of")
    assert found("stale-programmes") == ["older", "old"]
    assert found("stale-programmes", years=8) == ["older"]
    assert found("stale-programmes", years=1) == ["older", "old", "recent"]


def test_responses_without_source_or_without_claim_where_there_are_claims_are_found():
    claim = f.ClaimFactory(announcement__slug="2020-01-01-a")
    source = f.SourceFactory(announcement=claim.announcement)
    given = {"announcement": claim.announcement, "source": source, "claim": claim}
    f.ResponseFactory(**given, key="whole", organisation__name="One")
    f.ResponseFactory(**given | {"claim": None}, key="no-claim", organisation__name="Two")
    f.ResponseFactory(**given | {"source": None}, key="no-source", organisation__name="Three")
    alone = f.SourceFactory(announcement__slug="2020-01-01-b")
    f.ResponseFactory(announcement=alone.announcement, source=alone, key="nothing-to-answer")
    f.ResponseFactory(announcement=f.AnnouncementFactory(draft=True), key="draft")
    assert found("unlinked-responses") == ["2020-01-01-a/no-claim", "2020-01-01-a/no-source"]


def test_drafts_and_reviews_that_lie_are_found_the_oldest_first():
    old, older = revision("Old", 31), revision("Older", 40, state=RevisionState.IN_REVIEW)
    revision("Fresh", 29)
    revision("Gone", 90, state=RevisionState.DISCARDED)
    assert found("drafts-lying") == [str(older.pk), str(old.pk)]
    assert len(found("drafts-lying", days=20)) == 3


def test_what_is_under_embargo_is_told_to_nobody_else():
    hidden = revision("Secret", 90, embargo_until=AT)
    assert found("drafts-lying", user=member(Role.EDITOR)) == []
    assert found("drafts-lying", user=member(Role.REVIEWER)) == [str(hidden.pk)]


def test_sources_that_are_gone_and_pots_of_unclear_newness_are_those_that_readers_see():
    everything()
    [source] = Announcement.objects.get().sources.filter(publisher="GOV.UK").exclude(url="")
    assert found("dead-links") == [source.url]
    assert found("unclear-newness") == ["2020-01-10-fund-0#total"]


# Warnings


def test_warnings_that_nobody_ticked_off_are_found_once_they_were_looked_for():
    row = doubtful()
    assert list(reports.unchecked()) == [row]
    assert found("unreviewed-warnings") == []
    assert reports.recheck(reports.unchecked(), at=AT) == 1
    assert found("unreviewed-warnings") == ["2020-01-10-fund"]
    assert not reports.unchecked().exists()
    doubts = Doubts.objects.get()
    assert "additionality_unclear" in {one["rule"].replace("-", "_") for one in doubts.found}
    assert (doubts.number, doubts.since) == (len(doubts.found), TODAY)


def test_warning_that_was_ticked_off_with_a_reason_is_told_no_more():
    doubtful()
    reports.recheck(reports.unchecked(), at=AT)
    keys = [one["key"] for one in Doubts.objects.get().found]
    given = {"announcement": "2020-01-10-fund", "state": RevisionState.PUBLISHED}
    ticked = revision("The fund", 1, **given)
    ticked.typed = {"ticked": [{"key": key, "reason": "The source says so."} for key in keys]}
    ticked.save()
    reports.recheck(Announcement.objects.published(), at=AT)
    assert found("unreviewed-warnings") == []


def test_warning_keeps_the_day_on_which_it_was_found_while_it_stands():
    row = doubtful()
    reports.recheck(reports.unchecked(), at=AT)
    later = AT + datetime.timedelta(days=9)
    Announcement.objects.update(updated_at=later - datetime.timedelta(days=1))
    assert list(reports.unchecked()) == [row]
    assert reports.recheck(reports.unchecked(), at=later) == 1
    assert (Doubts.objects.get().since, Doubts.objects.get().checked_at) == (TODAY, later)


def test_announcement_that_is_withdrawn_is_reported_no_more():
    doubtful()
    reports.recheck(reports.unchecked(), at=AT)
    Announcement.objects.update(status="withdrawn", withdrawn_reason="It never happened.")
    assert found("unreviewed-warnings") == []


def test_worker_looks_for_warnings_in_what_changed_and_every_night_in_all():
    doubtful()
    assert (tasks.recheck_changed(), tasks.recheck_changed(), tasks.recheck_all()) == (1, 0, 1)


def test_doubts_have_a_day_and_none_has_none():
    row = doubtful()
    for number, since in [(0, TODAY), (1, None)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Doubts.objects.create(announcement=row, number=number, since=since, checked_at=AT)


# The pages


@pytest.mark.parametrize("key", reports.REPORTS)
def test_report_leads_to_where_it_is_mended_and_is_there_as_files(key, editor):
    everything()
    address = reverse("admin-report", args=[key])
    response = editor.get(address)
    [item] = response.context["items"]
    assert f'href="{item.href}"' in response.content.decode()
    assert editor.get(item.href).status_code == 200
    text = b"".join(editor.get(reverse("admin-report-file", args=[key, "csv"]))).decode()
    lines = [line for line in csv.DictReader(io.StringIO(text)) if not line["id"].startswith("# ")]
    assert [(line["id"], line["address"]) for line in lines] == [(item.id, f"http://testserver{item.href}")]
    workbook = b"".join(editor.get(reverse("admin-report-file", args=[key, "xlsx"])))
    assert openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0].max_row == 2


@pytest.mark.parametrize("key", [None, *reports.REPORTS])
def test_page_costs_as_many_queries_however_much_is_found(key, editor):
    address = reverse("admin-report", args=[key]) if key else reverse("admin-reports")
    everything()
    editor.get(address)
    with CaptureQueriesContext(connection) as few:
        editor.get(address)
    everything(3)
    with CaptureQueriesContext(connection) as many:
        editor.get(address)
    assert len(many) == len(few)


def test_index_tells_how_much_each_finds_and_leads_there_from_the_newsroom(editor):
    everything(2)
    lines = {line.report.key: line for line in editor.get(reverse("admin-reports")).context["lines"]}
    assert {key: line.number for key, line in lines.items()} == dict.fromkeys(reports.REPORTS, 2)
    assert lines["stale-programmes"].oldest == datetime.date(2020, 1, 10)
    assert f'href="{reverse("admin-reports")}"' in editor.get(reverse("admin:index")).content.decode()


def test_how_long_is_long_is_chosen_and_kept_in_files_and_pages(editor):
    f.AnnouncementFactory(announced_on=timezone.localdate() - datetime.timedelta(days=800), programmes=["Old"])
    address = reverse("admin-report", args=["stale-programmes"])
    assert editor.get(address).context["items"] == []
    response = editor.get(address, {"years": 2})
    assert len(response.context["items"]) == 1
    assert "../stale-programmes.csv?years=2" in response.content.decode()
    for wrong in ("0", "x", "31"):
        assert editor.get(address, {"years": wrong}).status_code == 400


def test_more_than_a_page_is_turned(editor):
    for number in range(101):
        revision(f"Draft {number}", 60 + number)
    address = reverse("admin-report", args=["drafts-lying"])
    first = editor.get(address)
    assert len(first.context["items"]) == 100
    assert "?days=30&amp;p=2" in first.content.decode()
    assert [item.name for item in editor.get(address, {"days": 30, "p": 2}).context["items"]] == ["Draft 0"]


def test_only_who_may_look_sees_reports():
    nobody = client_of(member(None))
    for name, args in [
        ("admin-reports", []),
        ("admin-report", ["dead-links"]),
        ("admin-report-file", ["dead-links", "csv"]),
    ]:
        assert nobody.get(reverse(name, args=args)).status_code == 403
    assert client_of(member(Role.EDITOR)).get(reverse("admin-report", args=["nothing"])).status_code == 404
