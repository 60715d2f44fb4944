"""The slow counter agrees with the golden cases, and the generator does what it says."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from tests.reference.counter import count, half_unit, misses
from tests.reference.generate import random_case

GOLDEN = sorted((Path(__file__).parents[2] / "fixtures" / "golden").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_case_comes_out_to_the_penny(path):
    assert misses(json.loads(path.read_text(encoding="utf-8"))) == []


def test_a_miss_is_told():
    case = json.loads(GOLDEN[0].read_text(encoding="utf-8"))
    case["expect"][0]["firm"] = "0.01"
    assert len(misses(case)) == 1


@pytest.mark.parametrize(
    ("wording", "amount", "pounds"),
    [
        ("£1.8bn", "1800000000", 50_000_000),
        ("£250 million", "250000000", 500_000),
        ("half a billion pound", "487000000", 500_000),
        ("£10-20 million", "20000000", 500_000),
        ("$19.5 million (£15 million)", "15000000", 500_000),
        ("£12,500,000", "12500000", 0.5),
        (None, "0.50", 0.05),
    ],
)
def test_a_figure_is_good_to_half_a_unit_of_its_last_digit(wording, amount, pounds):
    assert float(half_unit(wording, amount)) == pounds


def test_the_same_seed_gives_the_same_case():
    assert random_case(Random(7), 5) == random_case(Random(7), 5)
    assert random_case(Random(7), 5) != random_case(Random(8), 5)


@pytest.mark.parametrize("seed", range(40))
def test_own_money_of_a_random_case_adds_up_and_no_order_of_entry_matters(seed):
    rng = Random(seed)
    announcements = random_case(rng, rng.randint(1, 8))
    counted = count(announcements)
    assert count(announcements[::-1]).entries == counted.entries
    for measure in ("said", "announced", "allocated", "spent"):
        total = counted.total(measure)
        assert counted.total(measure, where={"region": "uk"}) == total
        for dimension in ("theme", "sector", "additionality", "money_fy"):
            values = {getattr(entry, dimension) for entry in counted.entries}
            parts = [counted.total(measure, where={dimension: value}) for value in values]
            assert (sum(firm for firm, _ in parts), sum(ceiling for _, ceiling in parts)) == total
