"""Golden cases counted by the rules alone: every one comes out, and a slip is told."""

import copy
import json
from pathlib import Path

import pytest

from announcements.facts.replaying import tried
from tests.reference.places import FIXTURES, TREE

CASES = sorted((FIXTURES / "golden").glob("*.json"))


def read(name):
    return json.loads(next(path for path in CASES if path.stem.startswith(name)).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: Path(path).stem)
def test_every_expectation_of_a_golden_case_agrees(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    found = tried(case, TREE)
    assert [one.what for one in found if not one.agrees] == []
    assert len(found) >= len(case["expect"]) > 0


def test_a_penny_off_and_a_flag_too_few_do_not_agree():
    case = copy.deepcopy(read("t04"))
    case["expect"][0]["ceiling"] = "0.01"
    case["flags"] = []
    assert [one.agrees for one in tried(case, TREE)].count(False) == 2


def test_what_a_rule_ignores_changes_nothing_and_what_it_counts_does():
    case = copy.deepcopy(read("t01"))
    case["announcements"][-1]["claims"][0]["effect"] = "tops_up"
    assert any(not one.agrees for one in tried(case, TREE))
