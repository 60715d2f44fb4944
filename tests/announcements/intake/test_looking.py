"""Whether sources are still there: real servers, and failures on several days before one counts as gone."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from announcements import tasks
from announcements.choices import Reached
from announcements.intake import looking
from announcements.intake.fetching import Policy
from announcements.intake.looking import Finding, look, look_at_some, record
from announcements.models import SourceCheck
from tests.factories import AnnouncementFactory, SourceFactory
from tests.receiving import hang, receiving

AT = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
FAILS = Finding(Reached.FAILS, 404)
ANSWERS = Finding(Reached.ANSWERS, 200)


def allowing(*receivers):
    return Policy(allowed=frozenset(receiver.place for receiver in receivers))


def checked(source):
    return SourceCheck.objects.get(url=source.url)


# One address


@pytest.mark.parametrize(
    ("answers", "outcome", "asked"),
    [
        ([200], "answers", ["HEAD"]),
        ([404, 200], "answers", ["HEAD", "GET"]),
        ([501, 200], "answers", ["HEAD", "GET"]),
        ([404, 404], "fails", ["HEAD", "GET"]),
        ([500, 503], "fails", ["HEAD", "GET"]),
        ([405, 403], "guarded", ["HEAD", "GET"]),
    ],
)
def test_a_head_is_enough_where_it_answers_and_else_the_page_is_asked_for(answers, outcome, asked):
    with receiving(*answers) as server:
        found = look(server.address, policy=allowing(server))
        assert [received.method for received in server.received] == asked
    assert (found.outcome, found.status) == (outcome, answers[-1])


def test_a_redirect_is_followed_and_noted():
    with receiving(200) as new, receiving((301, {"Location": f"{new.address}?moved"}, b"")) as old:
        found = look(old.address, policy=allowing(old, new))
    assert found == Finding(Reached.MOVED, 200, f"{new.address}?moved")


def test_a_redirect_within_the_site_is_read_as_browsers_read_it():
    with receiving((302, {"Location": "/there"}, b""), 200) as server:
        found = look(server.address, policy=allowing(server))
        assert found.moved_to == server.address.replace("/hook", "/there")


def test_a_redirect_without_end_and_one_into_our_own_network_fail():
    with receiving((302, {"Location": "/hook"}, b"")) as server:
        assert look(server.address, policy=allowing(server)).outcome == "fails"
    with receiving((302, {"Location": "http://127.0.0.1:1/secret"}, b"")) as server:
        found = look(server.address, policy=allowing(server))
    assert found.outcome == "fails"
    assert "port" in found.said


def test_a_server_that_says_nothing_fails_within_its_time(monkeypatch):
    monkeypatch.setattr(looking, "SECONDS", 0.3)
    with receiving(hang) as server:
        found = look(server.address, policy=allowing(server))
    assert found.outcome == "fails"
    assert "no whole answer" in found.said


def test_nobody_is_asked_at_an_address_of_our_own_network():
    with receiving(200) as server:
        found = look(server.address, policy=Policy())
        assert server.received == []
    assert found.outcome == "not_asked"


# Over the days


def test_a_source_is_gone_only_after_it_failed_on_three_days_and_an_answer_begins_anew(db):
    check = SourceCheck.objects.create(url="https://a.example/")
    seen = []
    for moment, finding in [
        (AT, FAILS),
        (AT + DAY / 4, FAILS),
        (AT + DAY, FAILS),
        (AT + 2 * DAY, FAILS),
        (AT + 3 * DAY, ANSWERS),
        (AT + 4 * DAY, FAILS),
    ]:
        record(check, finding, at=moment)
        check.refresh_from_db()
        seen.append((check.failures, check.is_gone))
    assert seen == [(1, False), (1, False), (2, False), (3, True), (0, False), (1, False)]
    assert check.failing_since == (AT + 4 * DAY).date()


def test_those_never_looked_at_come_first_and_each_is_left_alone_for_a_week_or_failing_for_a_day(db):
    with receiving(404) as gone, receiving(200) as there:
        policy = allowing(gone, there)
        failing, fine = SourceFactory(url=gone.address), SourceFactory(url=there.address)
        # Both are of one host, so a run takes one of them.
        assert look_at_some(at=AT, policy=policy) == 1
        assert look_at_some(at=AT, policy=policy) == 1
        assert {checked(failing).outcome, checked(fine).outcome} == {"fails", "answers"}
        assert look_at_some(at=AT + DAY / 2, policy=policy) == 0
        assert look_at_some(at=AT + DAY, policy=policy) == 1
        assert checked(failing).failures == 2
        assert look_at_some(at=AT + DAY, policy=policy) == 0
        there_before = len(there.received)
        for _ in range(2):
            look_at_some(at=AT + 7 * DAY, policy=policy)
        assert len(there.received) == there_before + 1


def test_only_what_is_published_is_looked_at_and_one_address_once(db):
    with receiving(200) as server:
        for _ in range(2):
            SourceFactory(url=server.address)
        SourceFactory(url=f"{server.address}/draft", announcement=AnnouncementFactory(draft=True))
        SourceFactory(url="")
        assert look_at_some(at=AT, policy=allowing(server)) == 1
        assert look_at_some(at=AT, policy=allowing(server)) == 0
    assert list(SourceCheck.objects.values_list("url", flat=True)) == [server.address]


def test_a_run_begins_nothing_after_its_time(db):
    SourceFactory(url="https://a.example/")
    clock = iter([0, looking.LAST_BEGIN + 1])
    assert look_at_some(at=AT, clock=lambda: next(clock)) == 0
    assert SourceCheck.objects.get().checked_at is None


def test_what_another_run_has_taken_is_left_to_it(db, monkeypatch):
    SourceFactory(url="https://a.example/")
    looking.enrol()
    [stale] = SourceCheck.objects.all()
    SourceCheck.objects.update(checked_at=AT)
    monkeypatch.setattr(looking, "due", lambda at: [stale])
    assert look_at_some(at=AT) == 0


def test_the_task_looks_by_the_house_policy(db, settings):
    with receiving(200) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        source = SourceFactory(url=server.address)
        assert tasks.look_at_sources.apply().get() == 1
    assert checked(source).outcome == "answers"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"outcome": "vanished", "checked_at": AT}, "source_check_outcome_known"),
        ({"outcome": "fails"}, "source_check_outcome_has_a_moment"),
        ({"failures": 1}, "source_check_failures_have_their_days"),
        ({"failing_since": AT.date(), "failed_on": AT.date()}, "source_check_failures_have_their_days"),
    ],
)
def test_what_a_check_cannot_be_is_refused_by_the_database(db, fields, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SourceCheck.objects.create(url="https://a.example/", **fields)
    SourceCheck.objects.create(url="https://a.example/")
    with pytest.raises(IntegrityError), transaction.atomic():
        SourceCheck.objects.create(url="https://a.example/")
