"""Why a total is another one now: what only one of two readings has adds up to the difference, whatever happened."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.choices import Measure
from announcements.ledger import moves, posting, totals
from announcements.ledger.moves import Reading
from announcements.models import Announcement, Pot
from tests.factories import AnnouncementFactory, ClaimFactory, ProgrammeFactory

START = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)
MOMENTS = [START + datetime.timedelta(days=30 * number) for number in range(-1, 6)]
DAYS = [datetime.date(2019, 1, 1), datetime.date(2020, 6, 1), datetime.date(2022, 6, 1), datetime.date(2030, 1, 1)]
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "theme": st.sampled_from(["ai", "digital"]),
        "not_sector": st.just("industry"),
        "region": st.just("england"),
        "programme": st.lists(st.sampled_from(["lab", "hub", totals.NOT_STATED]), min_size=1, unique=True),
        "money_year": st.sampled_from([2020, totals.NOT_STATED]),
        "not_money_year": st.just(2021),
    },
)


@pytest.fixture
def history(db):
    """Five postings: money, more of it recorded late, a correction, a programme joined, a withdrawal."""

    def post():
        posting.post_everything(at=moments.pop(0))

    moments = MOMENTS[1:]
    lab, hub = ProgrammeFactory(name="Lab", slug="lab"), ProgrammeFactory(name="Hub", slug="hub")
    first = AnnouncementFactory(announced_on="2020-05-01", programmes=[lab])
    fund = ClaimFactory(announcement=first, amount="£100m", theme="ai", start_fy=2020, end_fy=2021)
    other = ClaimFactory(announcement=AnnouncementFactory(announced_on="2018-05-01"), amount="£7m", regions=["wales"])
    post()
    late = AnnouncementFactory(announced_on="2019-05-01", programmes=[hub])
    ClaimFactory(announcement=late, amount="£30m", bound="up_to", theme="digital", part_of=[fund.pot])
    post()
    type(other).objects.filter(pk=other.pk).update(amount=9 * 10**8, theme="ai", sector="industry")
    post()
    other.announcement.programmes.add(lab)
    post()
    ClaimFactory(
        announcement=AnnouncementFactory(announced_on="2022-05-01"), pot=fund.pot, effect="revises", amount="£60m"
    )
    Announcement.objects.filter(pk=late.pk).update(status="withdrawn", withdrawn_reason="Never happened.")
    post()
    assert not moments[1:]


def test_what_moved_adds_up_to_the_difference_of_any_two_readings(history):
    seen = set()

    @given(*[st.sampled_from(DAYS), st.sampled_from(MOMENTS)] * 2, st.sampled_from(Measure.values), WHERE)
    def adds_up(one_day, one_moment, other_day, other_moment, measure, where):
        earlier = Reading(min(one_day, other_day), min(one_moment, other_moment))
        later = Reading(max(one_day, other_day), max(one_moment, other_moment))
        step = moves.step(earlier, later, measure, **where)
        before, after = (totals.total(measure, **reading._asdict(), **where) for reading in (earlier, later))
        assert step.total == after
        assert sum(move.firm for move in step.moves) == after.firm - before.firm
        assert sum(move.ceiling for move in step.moves) == after.ceiling - before.ceiling
        seen.update(move.announcement for move in step.moves)

    adds_up()
    assert len(seen) == Announcement.objects.count()


def test_each_move_is_told_by_the_announcement_that_caused_it_and_when_it_was_posted(history):
    as_at = DAYS[-1]
    step = moves.step(Reading(as_at, MOMENTS[1]), Reading(as_at, MOMENTS[2]))
    [recorded] = Announcement.objects.filter(announced_on="2019-05-01").values_list("slug", flat=True)
    assert {move.announcement for move in step.moves} >= {recorded}
    assert {move.posted_at for move in step.moves} == {MOMENTS[2]}


def test_a_programme_that_was_joined_since_brings_its_money_in_whole(history):
    as_at, pot = DAYS[-1], Pot.objects.get(claims__announcement__announced_on="2018-05-01")
    step = moves.step(Reading(as_at, MOMENTS[3]), Reading(as_at, MOMENTS[4]), programme="lab")
    assert [(move.announcement, move.firm) for move in step.moves] == [(pot.reference.split("#")[0], 9 * 10**8)]


def test_between_the_same_readings_nothing_moved(history):
    reading = Reading(DAYS[-1], MOMENTS[-1])
    assert moves.step(reading, reading).moves == []
