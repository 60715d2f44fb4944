"""The laws of COUNTING.md on the whole product and its database: announcements in, totals out, in any order of work."""

import datetime
import json
import random

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from announcements import publishing
from announcements.choices import Measure
from announcements.facts import loading
from announcements.ledger import explain, posting, rollups, totals
from announcements.models import Announcement, LedgerEntry, Posting, Pot, RollupCell
from programmes import reference
from programmes.financial_years import FinancialYear
from tests.announcements.ledger.test_counting import cases, real_announcements, slots
from tests.newsroom import publish
from tests.reference import counter, generate
from tests.reference.places import FIXTURES

START = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.UTC)
DIMENSIONS = [name for name in totals.DIMENSIONS if name != "programme"]
VALUES = {
    "theme": ["ai", "digital", ["research", "estates"]],
    "region": ["uk", "england", "london"],
    "sector": ["government", "industry"],
    "additionality": ["new", "moved"],
    "announced_year": [FinancialYear(2019), FinancialYear(2020)],
    "money_year": [FinancialYear(2019), totals.NOT_STATED],
    "programme": ["alpha", "beta", totals.NOT_STATED],
    "public": [True, False],
}
quick = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def regions(db):
    reference.load(json.loads((FIXTURES / "reference.json").read_text()))


@pytest.fixture
def real_data(regions):
    """The real announcements, loaded and rolled up."""
    load(real_announcements())
    rollups.apply_unapplied(at=START)


def load(announcements, at=START):
    documents = [("case", {"format": "healthfund-facts/1", "announcements": announcements})]
    return loading.load(documents, at=at, today=at.date(), future_ok=True)


def entries():
    """What the ledger holds, as test_counting.slots gives it."""
    columns = (
        "effective_on",
        "pot__reference",
        "measure",
        "theme_id",
        "region_id",
        "sector",
        "additionality",
        "money_year",
    )
    rows = LedgerEntry.objects.order_by().values_list(*columns).annotate(f=Sum("firm"), c=Sum("ceiling"))
    return {
        (str(day), *rest, None if year is None else str(year)): (int(firm), int(ceiling))
        for day, *rest, year, firm, ceiling in rows
        if firm or ceiling
    }


def flags():
    return {(pot.reference, flag) for pot in Pot.objects.all() for flag in pot.flags}


class rolled_back:
    """A transaction that leaves nothing, so that each example starts from the same database."""

    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *error):
        if not error[0]:
            transaction.set_rollback(True)
        return self.atomic.__exit__(*error)


@quick
@given(announcements=cases)
def test_the_ledger_holds_what_the_rules_say(regions, announcements):
    with rolled_back():
        load(announcements)
        assert (entries(), flags()) == slots(announcements)


@quick
@given(announcements=cases, rng=st.randoms(use_true_random=False))
def test_the_order_of_entry_changes_nothing(regions, announcements, rng):
    """Loaded one by one, each as soon as what it refers to is there, or all at once: the same ledger."""
    with rolled_back():
        waiting = list(announcements)
        rng.shuffle(waiting)
        moment = START
        while waiting:
            group = next(loadable(waiting, {each["id"] for each in announcements} - {each["id"] for each in waiting}))
            moment += datetime.timedelta(hours=1)
            load(group, at=moment)
            waiting = [each for each in waiting if each not in group]
        assert (entries(), flags()) == slots(announcements)


def loadable(waiting, there):
    """Announcements that can be loaded next: each with those that it leads to and that are not there yet."""
    by_id = {each["id"]: each for each in waiting}
    for each in waiting:
        group, todo = {}, [each["id"]]
        while todo:
            name = todo.pop()
            if name not in there and name not in group:
                group[name] = by_id[name]
                todo += leads_to(by_id[name])
        yield list(group.values())


def leads_to(announcement):
    for claim in announcement["claims"]:
        named = [claim.get("about"), *(claim.get("part_of") or []), *(claim.get("includes") or [])]
        named += [share["pot"] for key in ("partly_in", "overlaps") for share in claim.get(key) or []]
        yield from (each.partition("#")[0] for each in named if each and "#" in each)


@quick
@given(announcements=cases)
def test_every_dimension_adds_up_to_the_grand_total_stored_or_asked_anew(regions, announcements):
    with rolled_back():
        load(announcements)
        rollups.apply_unapplied(at=START)
        far = datetime.date(2100, 1, 1)
        for measure in Measure.values:
            whole = totals.total(measure)
            assert whole == totals.total(measure, as_at=far)
            for dimension in DIMENSIONS:
                stored = totals.by(dimension, measure=measure)
                assert (sum(row.firm for row in stored), sum(row.ceiling for row in stored)) == whole
                assert [row for row in stored if row[1:] != (0, 0)] == [
                    row for row in totals.by(dimension, measure=measure, as_at=far) if row[1:] != (0, 0)
                ]


@quick
@given(announcements=cases, data=st.data())
def test_every_total_is_the_sum_of_the_entries_and_of_the_pots_that_it_lists(regions, announcements, data):
    with rolled_back():
        load(announcements)
        rollups.apply_unapplied(at=START)
        names = st.sampled_from(
            ["theme", "region", "sector", "additionality", "announced_year", "money_year", "programme", "public"]
        )
        where = {name: data.draw(st.sampled_from(VALUES[name])) for name in data.draw(st.sets(names, max_size=2))}
        as_at = data.draw(st.sampled_from([None, *sorted({each["announced_on"] for each in announcements})]))
        asked = {"as_at": as_at and datetime.date.fromisoformat(as_at)} | where
        for measure in Measure.values:
            total = totals.total(measure, **asked)
            listed = totals.entries(measure, **asked).aggregate(f=Sum("firm"), c=Sum("ceiling"))
            assert total == (listed["f"] or 0, listed["c"] or 0)
            pots = list(totals.pots(measure, **asked))
            assert total == (sum(firm for _, firm, _ in pots), sum(ceiling for *_, ceiling in pots))
            assert len({pot for pot, *_ in pots}) == len(pots)


@quick
@given(announcements=cases)
def test_every_pot_explains_what_it_adds(regions, announcements):
    with rolled_back():
        load(announcements)
        for pot in Pot.objects.all():
            explanation = explain.explain(pot)
            added = pot.entries.filter(measure="announced").aggregate(f=Sum("firm"), c=Sum("ceiling"))
            assert explanation.own == (added["f"] or 0, added["c"] or 0)
            if explanation.amount:
                off = [sum(each.firm for each in explanation.shared), sum(each.ceiling for each in explanation.shared)]
                assert explanation.own == tuple(
                    max(0, end - shared) for end, shared in zip(explanation.amount, off, strict=True)
                )


@quick
@given(announcements=cases, data=st.data())
def test_a_correction_is_explained_by_what_was_posted_later(regions, announcements, data):
    """The total as at a day and as known then never changes; the total as at that day, known now, is the corrected one."""
    with rolled_back():
        load(announcements)
        day = data.draw(st.sampled_from(sorted({each["announced_on"] for each in announcements})))
        as_at = datetime.date.fromisoformat(day)
        then = totals.total(as_at=as_at, known_at=START)
        corrected = json.loads(json.dumps(announcements))
        for each in corrected:
            for claim in each["claims"]:
                if claim["amount"] is not None and claim["bound"] != "range":
                    claim["amount"] = str(int(float(claim["amount"])) + 7)
        later = START + datetime.timedelta(days=30)
        load(corrected, at=later)
        assert totals.total(as_at=as_at, known_at=START) == then
        now = totals.total(as_at=as_at)
        difference = LedgerEntry.objects.filter(posted_at=later, measure="announced", effective_on__lte=as_at)
        added = difference.aggregate(f=Sum("firm"), c=Sum("ceiling"))
        assert now == (then[0] + (added["f"] or 0), then[1] + (added["c"] or 0))
        assert entries() == slots(corrected)[0]


class Newsroom(RuleBasedStateMachine):
    """Announcements are loaded, changed, withdrawn, published again and rolled up in any order."""

    loaded = Bundle("loaded")

    def __init__(self):
        super().__init__()
        self.savepoint = rolled_back()
        self.savepoint.__enter__()
        self.standing = {}
        self.waiting = []
        self.moment = START

    def teardown(self):
        self.savepoint.__exit__(None, None, None)

    def now(self):
        self.moment += datetime.timedelta(minutes=1)
        return self.moment

    @initialize(seed=st.integers(0, 10**9))
    def begin(self, seed):
        self.waiting = generate.random_case(random.Random(seed), 6)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def enter(self, data):
        groups = list(loadable(self.waiting, set(self.standing)))
        group = data.draw(st.sampled_from(groups))
        load(group, at=self.now())
        self.standing |= {each["id"]: each for each in group}
        self.waiting = [each for each in self.waiting if each["id"] not in self.standing]

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), pounds=st.integers(0, 10**6))
    def correct(self, data, pounds):
        each = json.loads(
            json.dumps(data.draw(st.sampled_from(sorted(self.standing.values(), key=lambda each: each["id"]))))
        )
        for claim in each["claims"]:
            if claim["bound"] != "range" and claim["amount"] is not None:
                claim["amount"] = str(pounds)
        load([each], at=self.now())
        self.standing[each["id"]] = each

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def withdraw_and_publish_again(self, data):
        slug = data.draw(st.sampled_from(sorted(self.standing)))
        announcement = Announcement.objects.get(slug=slug)
        try:
            publishing.withdraw(announcement=announcement, reason="A test.", by=None, at=self.now())
        except publishing.NotWithdrawable:
            return
        assert entries() == slots(list(self.standing.values()), besides=slug)[0]
        publish(Announcement.objects.get(slug=slug), at=self.now())

    @rule()
    def roll_up(self):
        rollups.apply_unapplied(at=self.now())
        rollups.apply_unapplied(at=self.now())

    @rule()
    def build_anew(self):
        rollups.rebuild(at=self.now())

    @rule()
    def post_again(self):
        before = Posting.objects.count()
        assert posting.post(Pot.objects.values_list("pk", flat=True), at=self.now()) is None
        assert Posting.objects.count() == before

    @invariant()
    def cells_entries_and_rules_agree(self):
        assert rollups.verify() == []
        assert entries() == slots(list(self.standing.values()))[0]


def test_whatever_is_done_in_whatever_order_cells_entries_and_rules_agree(regions):
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_posting_and_rolling_up_twice_changes_nothing(real_data):
    cells = list(RollupCell.objects.order_by("pk").values())
    assert posting.post(Pot.objects.values_list("pk", flat=True), at=START) is None
    assert rollups.apply_unapplied(at=START) == 0
    assert list(RollupCell.objects.order_by("pk").values()) == cells


def test_the_real_data_comes_out_as_the_reference_counter_says_in_every_dimension_on_three_days(real_data):
    counted = counter.count(real_announcements())
    dimensions = {
        "theme": "theme",
        "sector": "sector",
        "additionality": "additionality",
        "announced_year": "announced_fy",
        "money_year": "money_fy",
    }
    for as_at in (datetime.date(2016, 3, 31), datetime.date(2021, 11, 1), None):
        day = as_at and str(as_at)
        for measure in Measure.values:
            assert totals.total(measure, as_at=as_at) == counted.total(measure, day, {})
            assert totals.total(measure, as_at=as_at, public=True) == counted.total(measure, day, {"public": True})
            for dimension, name in dimensions.items():
                for row in totals.by(dimension, measure=measure, as_at=as_at):
                    value = row.key[0] if row.key[0] is None or isinstance(row.key[0], str) else str(row.key[0])
                    assert row[1:] == counted.total(measure, day, {name: value}), (measure, as_at, dimension, value)
            for region in counter.PARENT:
                assert totals.total(measure, as_at=as_at, region=region) == counted.total(
                    measure, day, {"region": region}
                )
        named = dict(programme_names())
        for row in totals.by("programme", as_at=as_at):
            wanted = {"programme": named.get(row.key[0])}
            assert row[1:] == counted.total("announced", day, wanted), (as_at, row)


def programme_names():
    from programmes.models import Programme

    return Programme.objects.values_list("slug", "name")


def test_the_real_data_comes_to_these_totals(real_data):
    """To the penny, in pence, as at 21 November 2026: a change here is a change of what healthfund says."""
    assert totals.total("said") == (26647818969000, 30018758969000)
    assert totals.total("announced") == (19518081069000, 20686521069000)
    assert totals.total("announced", public=True) == (18393149069000, 19323729069000)
    assert totals.total("announced", public=True, additionality="new") == (10108571069000, 10330771069000)
    assert totals.total("allocated") == (1800099969000, 1821339969000)
    assert totals.total("spent") == (230239000000, 236469000000)
