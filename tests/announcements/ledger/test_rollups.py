"""The stored roll-ups, alone and between the statements of others. Real processes race in tests/system."""

import contextlib
import datetime
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from announcements.choices import Measure
from announcements.ledger import posting, rollups, totals
from announcements.models import Claim, LedgerHead, Posting, RollupCell, RollupState, RollupSum
from tests.factories import (
    ClaimFactory,
    LedgerEntryFactory,
    MembershipFactory,
    PotFactory,
    ProgrammeFactory,
    RollupCellFactory,
    pence,
)
from tests.stored import write_documents

pytestmark = pytest.mark.django_db

FIRST = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
LATER = datetime.datetime(2024, 6, 1, 12, tzinfo=datetime.UTC)


def post(*pots, at=FIRST):
    return posting.post([pot.pk for pot in pots], at=at)


def state(amount, claim):
    """Correct the amount of a claim and post."""
    claim.amount = pence(amount)
    claim.save()
    return posting.post([claim.pot_id], at=LATER)


def cells():
    """{where: (firm, ceiling)} of the cells that are read."""
    live = RollupState.objects.get().generation
    return {
        row[:-2]: row[-2:]
        for row in RollupCell.objects.filter(generation=live).values_list(*rollups.COLUMNS, "firm", "ceiling")
    }


def everything():
    """All rows of the roll-ups and what the postings know of them."""
    return [list(model.objects.order_by("pk").values()) for model in (RollupCell, RollupState, Posting)]


@pytest.fixture
def family():
    """A whole with two parts and a range, in several themes, places and years; posted, not rolled up."""
    outer = PotFactory(amount="£100m", start_fy=2020, end_fy=2022, splits={"london": "£7m"})
    PotFactory(low="£10m", high="£20m", part_of=[outer], theme="ai", regions=["north-west"])
    inner = PotFactory(amount="£3m", part_of=[outer], theme="genomics", regions=["wales"], sector="charity")
    post(inner)
    return outer, inner


@contextlib.contextmanager
def just_before(fragment, act):
    """Has something happen right before the first statement that holds the fragment."""
    todo = [act]

    def watch(execute, sql, params, many, context):
        if todo and fragment in sql:
            todo.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not todo, f"no statement held {fragment}"


READS_CELLS = 'FROM "announcements_rollupsum"'
WRITES_CELLS = 'INSERT INTO "announcements_rollupcell"'

# Rolling up


def test_what_is_posted_comes_into_the_totals_when_it_is_rolled_up():
    post(PotFactory(amount="£412m"))
    assert totals.total() == (0, 0)
    assert rollups.apply_unapplied(at=LATER) == 1
    assert totals.total() == (pence("£412m"), pence("£412m"))
    assert totals.rolled_up_at() == LATER


def test_rolling_up_twice_changes_nothing(family):
    rollups.apply_unapplied(at=FIRST)
    before = everything()
    assert rollups.apply_unapplied(at=LATER) == 0
    assert everything() == before


def test_a_roll_up_takes_in_only_what_was_posted_since(family):
    rollups.apply_unapplied(at=FIRST)
    post(PotFactory(amount="£5m"))
    post(PotFactory(amount="£6m"))
    assert rollups.apply_unapplied(at=LATER) == 2
    assert totals.total().firm == pence("£111m")
    assert sorted(Posting.objects.values_list("run", flat=True)) == [1, 2, 2]


def test_totals_from_cells_equal_totals_from_entries(family):
    rollups.apply_unapplied(at=FIRST)
    for measure in Measure.values:
        for dimension in ("theme", "region", "sector", "additionality", "announced_year", "money_year"):
            from_entries = totals.by(dimension, measure=measure, as_at=datetime.date(2100, 1, 1))
            assert totals.by(dimension, measure=measure) == from_entries


def test_a_roll_up_that_fails_half_way_leaves_everything_as_it_was(family):
    before = everything()
    with pytest.raises(ZeroDivisionError), transaction.atomic(), just_before(WRITES_CELLS, lambda: 1 / 0):
        rollups.apply_unapplied(at=FIRST)
    assert everything() == before
    assert rollups.apply_unapplied(at=FIRST) == 1
    assert rollups.verify() == []


def test_money_that_is_taken_back_leaves_no_empty_cell_behind():
    claim = ClaimFactory(theme="ai")
    stays = PotFactory(theme="genomics", amount="£1m")
    post(claim.pot, stays)
    rollups.apply_unapplied(at=FIRST)
    claim.announcement.status = "draft"
    claim.announcement.save()
    post(claim.pot)
    rollups.apply_unapplied(at=LATER)
    assert totals.by("theme") == [(("genomics",), pence("£1m"), pence("£1m"))]


# Building anew


def test_a_rebuild_equals_what_was_rolled_up_step_by_step(family):
    rollups.apply_unapplied(at=FIRST)
    for amount in ("£50m", "£70m"):
        state(amount, Claim.objects.get(pot=family[0]))
        rollups.apply_unapplied(at=LATER)
    before = cells()
    rollups.rebuild(at=LATER)
    assert cells() == before
    assert RollupState.objects.get().generation == 1


def test_a_rebuild_mends_what_somebody_has_spoilt(family):
    rollups.apply_unapplied(at=FIRST)
    before = cells()
    RollupCell.objects.update(firm=F("firm") + 1)
    RollupCell.objects.filter(theme="ai").delete()
    rollups.rebuild(at=LATER)
    assert cells() == before


def test_a_rebuild_takes_in_what_waited(family):
    rollups.rebuild(at=FIRST)
    assert totals.total() == (pence("£93m") + pence("£10m") - pence("£3m"), pence("£100m"))
    assert not Posting.objects.filter(run=None).exists()


def test_a_rebuild_of_nothing_leaves_nothing():
    rollups.rebuild(at=FIRST)
    assert totals.total() == (0, 0)
    assert rollups.verify() == []


def test_a_roll_up_in_the_middle_of_a_rebuild_is_in_both(family):
    rollups.apply_unapplied(at=FIRST)

    def meanwhile():
        post(PotFactory(amount="£5m", theme="ai"))
        rollups.apply_unapplied(at=LATER)

    with just_before(WRITES_CELLS, meanwhile):
        rollups.rebuild(at=LATER)
    assert totals.total().ceiling == pence("£105m")
    assert rollups.verify() == []


def test_a_rebuild_in_the_middle_of_a_rebuild_loses_nothing(family):
    rollups.apply_unapplied(at=FIRST)
    before = cells()
    with just_before(WRITES_CELLS, lambda: rollups.rebuild(at=LATER)):
        rollups.rebuild(at=LATER)
    assert cells() == before


def test_a_rebuild_that_died_is_not_read_and_is_cleared_away_by_the_next(family):
    rollups.apply_unapplied(at=FIRST)
    before = cells()
    RollupState.objects.update(begun=1)
    RollupCellFactory(generation=1, firm="£5m")
    assert totals.total().ceiling == pence("£100m")
    rollups.rebuild(at=LATER)
    assert cells() == before
    assert not RollupCell.objects.filter(generation=1).exists()


def test_who_reads_while_a_rebuild_swaps_the_cells_reads_them_whole(family):
    rollups.apply_unapplied(at=FIRST)
    due = totals.total(), totals.by("theme")
    with just_before(READS_CELLS, lambda: rollups.rebuild(at=LATER)):
        total = totals.total()
    with just_before(READS_CELLS, lambda: rollups.rebuild(at=LATER)):
        by_theme = totals.by("theme")
    assert (total, by_theme) == due


def test_rebuilds_keep_no_more_than_two_sets_of_cells(family):
    for _ in range(4):
        rollups.rebuild(at=FIRST)
    assert RollupCell.objects.values("generation").distinct().count() <= 2


# Checking


@pytest.fixture
def rolled_up(family):
    rollups.apply_unapplied(at=FIRST)
    assert rollups.verify() == []
    return family


def found():
    """What verify finds, as the lines that its command prints; without the coarser sums of a cell that is wrong, too."""
    return [str(mismatch) for mismatch in rollups.verify() if mismatch.check != rollups.SUMS]


def test_what_waits_for_its_roll_up_is_no_mismatch(family):
    assert rollups.verify() == []


def test_a_changed_cell_is_named(rolled_up):
    RollupCell.objects.filter(theme="genomics", measure=Measure.ANNOUNCED).update(firm=1)
    assert found() == [
        "cell against entries: announced / genomics / wales / charity / new / 2019-20 / None: "
        "found (1, 300000000), due (300000000, 300000000)"
    ]


def test_a_lost_cell_is_named(rolled_up):
    RollupCell.objects.filter(theme="genomics", measure=Measure.SAID).delete()
    assert found() == [
        "cell against entries: said / genomics / wales / charity / new / 2019-20 / None: "
        "found (0, 0), due (300000000, 300000000)"
    ]


def test_a_cell_that_no_entry_explains_is_named(rolled_up):
    RollupCellFactory(theme__key="cancer", firm="£2")
    assert found() == [
        "cell against entries: announced / cancer / england / government / new / 2019-20 / None: "
        "found (200, 200), due (0, 0)"
    ]


def test_a_changed_coarser_sum_is_named(rolled_up):
    RollupSum.objects.filter(measure=Measure.ANNOUNCED, level="sector additionality theme", first="charity").filter(
        third="genomics"
    ).update(ceiling=F("ceiling") + 1)
    assert list(map(str, rollups.verify())) == [
        "coarser sum against entries: announced / sector additionality theme / charity / new / genomics: "
        "found (300000000, 300000001), due (300000000, 300000000)"
    ]


def test_an_entry_that_is_marked_as_rolled_up_and_is_in_no_cell_is_named(rolled_up):
    made = post(PotFactory(theme="cancer", amount="£2"))
    Posting.objects.filter(pk=made.pk).update(run=1)
    assert [line.partition(" / england")[0] for line in found()] == [
        "cell against entries: announced / cancer",
        "cell against entries: said / cancer",
    ]


def test_an_entry_that_no_rule_explains_is_named(rolled_up):
    outer, _ = rolled_up
    LedgerEntryFactory(pot=outer, firm="£2", theme__key="cancer")
    [line] = found()
    assert line.startswith(f"entries against rules: 2020-01-01 / {outer.reference} / announced / cancer / england")
    assert "(-200, -200)" in line


def test_an_entry_of_a_pot_without_claims_is_named(rolled_up):
    claim = ClaimFactory()
    post(claim.pot)
    rollups.apply_unapplied(at=FIRST)
    claim.delete()
    lines = found()
    assert len(lines) == 2
    assert all(claim.pot.reference in line for line in lines)


def test_what_the_rules_say_and_nobody_posted_is_named(rolled_up):
    pot = PotFactory(amount="£2")
    lines = found()
    assert len(lines) == 2
    assert all(pot.reference in line and "(200, 200)" in line for line in lines)


def test_a_membership_that_no_rule_explains_is_named(rolled_up):
    outer, _ = rolled_up
    programme = ProgrammeFactory()
    MembershipFactory(pot=outer, programme=programme)
    assert found() == [
        f"memberships against rules: 2020-01-01 / {outer.reference} / {programme.pk}: found short by, due -1"
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite lets nobody write while somebody verifies")
def test_what_is_published_while_somebody_verifies_is_no_mismatch():
    LedgerHead.objects.get_or_create(pk=1)
    claim = ClaimFactory(amount="£100m")
    with transaction.atomic():
        post(claim.pot)

    def publish():
        try:
            with transaction.atomic():
                posting.lock()
                state("£70m", claim)
        finally:
            connection.close()

    publisher = threading.Thread(target=publish)

    def meanwhile():
        publisher.start()
        # Long enough to be through where nothing holds it; where something does, the wait is for nothing.
        publisher.join(2)

    try:
        with just_before('FROM "announcements_ledgerentry" INNER JOIN "announcements_pot"', meanwhile):
            assert rollups.verify() == []
    finally:
        publisher.join()
    assert totals.total(known_at=LATER).firm == pence("£70m")


# Commands


def test_verify_totals_says_that_all_agrees(rolled_up, capsys):
    write_documents()
    call_command("verify_totals")
    assert capsys.readouterr().out == "Cells = entries = rules, to the penny.\n"


def test_verify_totals_fails_with_the_cells_that_differ(rolled_up, capsys):
    RollupCell.objects.filter(theme="genomics").update(firm=1)
    write_documents()
    with pytest.raises(CommandError, match="2 differ") as refused:
        call_command("verify_totals")
    assert refused.value.returncode == 1
    assert capsys.readouterr().out.count("genomics / wales") == 2


def test_rebuild_totals_mends_what_verify_totals_found(rolled_up, capsys):
    RollupCell.objects.filter(theme="genomics").update(firm=1)
    call_command("rebuild_totals")
    write_documents()
    call_command("verify_totals")
    assert "£100,000,000.00 at the ceiling" in capsys.readouterr().out


def test_rebuild_totals_builds_from_a_ledger_that_does_not_follow_the_rules_and_verify_totals_still_fails(rolled_up):
    LedgerEntryFactory(pot=rolled_up[0], firm="£2")
    call_command("rebuild_totals")
    assert totals.total().ceiling == pence("£100m") + 200
    write_documents()
    with pytest.raises(CommandError, match="1 differ"):
        call_command("verify_totals")
