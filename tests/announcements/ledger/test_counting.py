"""The counting itself, without a database: against the slow reference counter, and the laws of COUNTING.md."""

import copy
import datetime
import json
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from announcements.facts.replaying import as_claims
from announcements.ledger import counting
from tests.reference import counter, generate
from tests.reference.places import FIXTURES, TREE

GOLDEN = sorted((FIXTURES / "golden").glob("*.json"))
STAGES = ("announced", "allocated", "spent")


def real_announcements():
    return [
        announcement
        for path in sorted((FIXTURES / "facts").glob("*.json"))
        for announcement in json.loads(path.read_text())["announcements"]
    ]


def slots(announcements, measures=("said", *STAGES), besides=None):
    """Pence by everything that an entry carries but its cause: {slot: (firm, ceiling)}, and the flags that stand.

    besides: the id of an announcement whose claims are left out, though others may name their pots by them.
    """
    sums, flags = defaultdict(lambda: (0, 0)), set()
    claims = [claim for claim in as_claims(announcements) if claim.announcement != besides]
    for family in counting.families(claims):
        replayed = counting.replay(family, TREE)
        for entry in replayed.entries:
            key = entry.key
            if key.measure in measures:
                year = None if key.money_year is None else str(key.money_year)
                slot = (
                    str(entry.day),
                    key.pot,
                    str(key.measure),
                    key.theme,
                    key.region,
                    key.sector,
                    key.additionality,
                    year,
                )
                sums[slot] = (sums[slot][0] + entry.firm, sums[slot][1] + entry.ceiling)
        flags |= {(pot, str(flag)) for pot, stand in counting.flags(replayed.last).items() for flag in stand}
    return {slot: pair for slot, pair in sums.items() if any(pair)}, flags


def reference_slots(announcements):
    counted = counter.count(announcements)
    sums = defaultdict(lambda: (0, 0))
    for entry in counted.entries:
        slot = (entry.day, entry.pot, entry.measure, entry.theme, entry.region, entry.sector, entry.additionality)
        before = sums[*slot, entry.money_fy]
        sums[*slot, entry.money_fy] = (before[0] + entry.firm, before[1] + entry.ceiling)
    return {slot: pair for slot, pair in sums.items() if any(pair)}, counted.flags()


def by_day(announcements, measures=STAGES):
    """Grand totals by day and measure, as changes: {(day, measure): (firm, ceiling)}."""
    sums = defaultdict(lambda: (0, 0))
    for (day, _, measure, *_), (firm, ceiling) in slots(announcements, measures)[0].items():
        sums[day, measure] = (sums[day, measure][0] + firm, sums[day, measure][1] + ceiling)
    return {key: pair for key, pair in sums.items() if any(pair)}


cases = st.builds(
    lambda seed, size: generate.random_case(random.Random(seed), size), st.integers(0, 10**9), st.integers(2, 10)
)


# ---------------------------------------------------------------- against the reference


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_product_and_reference_agree_on_a_golden_case(path):
    announcements = json.loads(path.read_text())["announcements"]
    assert slots(announcements) == reference_slots(announcements)


def test_product_and_reference_agree_on_every_entry_of_the_real_data():
    announcements = real_announcements()
    product = slots(announcements)
    assert len(product[0]) > 2000
    assert product == reference_slots(announcements)


@settings(max_examples=300)
@given(cases)
def test_product_and_reference_agree_on_random_families(announcements):
    assert slots(announcements) == reference_slots(announcements)


# ---------------------------------------------------------------- the laws


def later(announcements, days=1):
    last = max(announcement["announced_on"] for announcement in announcements)
    return str(datetime.date.fromisoformat(last) + datetime.timedelta(days))


def announcement(day, *claims, name="added"):
    return {"id": f"{day}-{name}", "announced_on": day, "claims": list(claims)}


def total_claim(key, amount, **given):
    return {
        "key": key,
        "as_stated": None,
        "amount": amount,
        "currency": "GBP",
        "bound": "exact",
        "measure": "total",
    } | given


NEW = {"effect": "introduces", "sector": "government", "additionality": "new", "theme": "ai", "regions": ["england"]}


@given(cases, st.data())
def test_repeating_a_claim_in_any_order_changes_nothing_but_what_was_said(announcements, data):
    made = [(each, claim) for each in announcements for claim in each["claims"]]
    assume(made)
    each, claim = data.draw(st.sampled_from(made))
    day = data.draw(st.sampled_from([each["announced_on"], later(announcements), later(announcements, 400)]))
    again = announcement(
        day,
        total_claim("again", "123456.78", effect="repeats", about=f"{each['id']}#{claim['key']}"),
        name=data.draw(st.sampled_from(["aaa", "zzz"])),
    )
    assert slots([*announcements, again], STAGES)[0] == slots(announcements, STAGES)[0]


@given(cases, st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_splitting_a_pot_into_components_changes_no_grand_total(announcements, parts):
    alone = [announcement("2021-01-01", total_claim("pot", str(sum(parts)), **NEW), name="alone")]
    split = announcement(
        "2021-01-02",
        *[
            total_claim(f"part-{n}", str(part), part_of=["2021-01-01-alone#pot"], **NEW | {"theme": "digital"})
            for n, part in enumerate(parts)
        ],
    )
    before = by_day([*announcements, *alone])
    assert by_day([*announcements, *alone, split]) == before


@given(cases, st.integers(0, 10**6))
def test_folding_families_into_a_package_adds_just_what_is_more(announcements, more):
    """An exact package around every pot that nothing holds adds what it has beyond them, in each scenario."""
    day = later(announcements)
    claims = as_claims(announcements)
    ends = {"firm": 0, "ceiling": 0}
    for (_, measure), (firm, ceiling) in by_day(announcements).items():
        if measure == "announced":
            ends = {"firm": ends["firm"] + firm, "ceiling": ends["ceiling"] + ceiling}
    pots = sorted({claim.pot for claim in claims})
    whole = -(-ends["ceiling"] // 100) + more
    package = announcement(day, total_claim("package", str(whole), includes=pots, **NEW))
    change = by_day([*announcements, package]).get((day, "announced"), (0, 0))
    assume(ends["firm"] <= ends["ceiling"])
    assert change == (whole * 100 - ends["firm"], whole * 100 - ends["ceiling"])


@given(cases, st.randoms(use_true_random=False))
def test_the_order_in_which_announcements_are_entered_changes_nothing(announcements, rng):
    shuffled = copy.copy(announcements)
    rng.shuffle(shuffled)
    assert slots(shuffled) == slots(announcements)


@settings(max_examples=200)
@given(cases)
def test_firm_is_at_most_the_ceiling_where_no_pot_shares_more_than_it_has(announcements):
    for family in counting.families(as_claims(announcements)):
        sums = {measure: [0, 0] for measure in STAGES}
        for day in counting.days(family, TREE):
            for entry in day.entries:
                if entry.key.measure in sums:
                    sums[entry.key.measure][0] += entry.firm
                    sums[entry.key.measure][1] += entry.ceiling
            for measure, (firm, ceiling) in sums.items():
                if not shares_more_than_it_has(family, day, measure):
                    assert firm <= ceiling


def shares_more_than_it_has(family, day, measure):
    whole = counting.Family(TREE)
    whole.pots, whole.links = day.pots, day.links
    for outer, inner in day.links:
        whole.neighbours[outer].add(inner)
    divided = whole.divide(measure, list(day.pots))
    if divided is None:
        return False
    for end, own in enumerate(divided):
        for pot, shared in own.shared.items():
            has = (day.pots[pot].stage(measure) or (0, 0))[end]
            if pot not in own.apart and sum(shared.values()) + sum(own.promised.get(pot, {}).values()) > has:
                return True
    return False


@given(cases)
def test_own_money_is_never_below_nothing_and_a_family_never_above_its_amounts(announcements):
    for family in counting.families(as_claims(announcements)):
        standing = Counter()
        for day in counting.days(family, TREE):
            for entry in day.entries:
                if entry.key.measure != "said":
                    standing[entry.key.measure, entry.key.pot, 0] += entry.firm
                    standing[entry.key.measure, entry.key.pot, 1] += entry.ceiling
            assert all(pence >= 0 for pence in standing.values())
            for measure in STAGES:
                amounts = sum((pot.stage(measure) or (0, 0))[1] for pot in day.pots.values())
                for end in (0, 1):
                    assert sum(standing[measure, pot, end] for pot in day.pots) <= amounts


@given(cases)
def test_a_family_of_whole_links_is_never_below_its_largest_pot(announcements):
    for family in counting.families(as_claims(announcements)):
        firm = ceiling = 0
        for day in counting.days(family, TREE):
            firm += sum(entry.firm for entry in day.entries if entry.key.measure == "announced")
            ceiling += sum(entry.ceiling for entry in day.entries if entry.key.measure == "announced")
            if all(link.whole for link in day.links.values()):
                amounts = [pot.read_amount for pot in day.pots.values() if pot.amount]
                assert firm >= max((low for low, _ in amounts), default=0)
                assert ceiling >= max((high for _, high in amounts), default=0)


@given(cases)
def test_a_past_day_replayed_says_what_was_said_then(announcements):
    for family in counting.families(as_claims(announcements)):
        whole = counting.replay(family, TREE).entries
        for until in {claim.day for claim in family}:
            then = [claim for claim in family if claim.day <= until]
            assert counting.replay(then, TREE).entries == [entry for entry in whole if entry.day <= until]
            assert counting.replay(family, TREE, until).entries == [entry for entry in whole if entry.day <= until]


# ---------------------------------------------------------------- one rule, one test, where goldens do not reach


def announced(*announcements):
    sums = [0, 0]
    for (_, measure), (firm, ceiling) in by_day(announcements).items():
        if measure == "announced":
            sums = [sums[0] + firm, sums[1] + ceiling]
    return sums[0] // 100, sums[1] // 100


def test_cancelling_a_promise_takes_its_high_end_off_the_low_end_of_an_exact_whole():
    package = announcement(
        "2020-01-01",
        total_claim("package", "100", **NEW),
        total_claim("promise", "50", **NEW | {"bound": "up_to", "part_of": ["package"]}),
        name="package",
    )
    over = announcement("2020-02-01", total_claim("over", None, effect="cancels", about="2020-01-01-package#promise"))
    assert announced(package) == (100, 100)
    assert announced(package, over) == (50, 100)


def test_a_cancelled_part_takes_no_more_off_its_whole_than_it_had():
    package = announcement(
        "2020-01-01",
        total_claim("package", "100", **NEW),
        total_claim("part", "30", **NEW, part_of=["package"]),
        name="package",
    )
    over = announcement("2020-02-01", total_claim("over", "40", effect="cancels", about="2020-01-01-package#part"))
    assert announced(package, over) == (70, 70)


def test_a_topped_up_part_stops_at_a_whole_that_the_same_announcement_revises():
    package = announcement(
        "2020-01-01",
        total_claim("package", "100", **NEW),
        total_claim("part", "30", **NEW, part_of=["package"]),
        name="package",
    )
    more = total_claim("more", "20", effect="tops_up", about="2020-01-01-package#part")
    revised = total_claim("revised", "110", effect="revises", about="2020-01-01-package#package")
    assert announced(package, announcement("2020-02-01", more)) == (120, 120)
    assert announced(package, announcement("2020-02-01", more, revised)) == (110, 110)


def test_a_proposals_links_never_hold():
    pots = announcement(
        "2020-01-01", total_claim("package", "100", **NEW), total_claim("other", "30", **NEW), name="package"
    )
    idea = announcement(
        "2020-02-01",
        total_claim(
            "idea", "30", effect="proposes", about="2020-01-01-package#other", part_of=["2020-01-01-package#package"]
        ),
    )
    assert announced(pots, idea) == (130, 130)


def test_what_is_allocated_of_a_promise_is_firm():
    pot = announcement("2020-01-01", total_claim("pot", "100", **NEW | {"bound": "up_to"}), name="pot")
    handed = announcement("2020-02-01", total_claim("handed", "40", effect="allocates", about="2020-01-01-pot#pot"))
    assert announced(pot) == (0, 100)
    assert announced(pot, handed) == (40, 100)


def test_allocations_inside_and_outside_lie_apart_at_the_ceiling_as_far_as_there_is_room():
    pots = announcement(
        "2020-01-01",
        total_claim("outer", "100", **NEW),
        total_claim("inner", "60", **NEW, part_of=["outer"]),
        total_claim("of-outer", "70", effect="allocates", about="outer"),
        total_claim("of-inner", "50", effect="allocates", about="inner"),
        name="pots",
    )
    assert by_day([pots])["2020-01-01", "allocated"] == (7000, 10000)
