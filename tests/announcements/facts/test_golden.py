import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from announcements.models import Announcement, LedgerEntry, Posting, Pot, Rehearsal, RollupCell
from tests.reference import counter

GOLDEN = Path(__file__).parents[3] / "fixtures" / "golden"
CASES = sorted(GOLDEN.glob("*.json"))
MODELS = [Announcement, LedgerEntry, Posting, Pot, Rehearsal, RollupCell]


def golden(*paths):
    """What the command says of golden cases, and whether it let them pass."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("golden", *map(str, paths), stdout=out, stderr=err)
    except CommandError:
        return out.getvalue() + err.getvalue(), False
    return out.getvalue() + err.getvalue(), True


@pytest.fixture
def case():
    return json.loads((GOLDEN / "g07-hospital-technology-2018.json").read_text())


@pytest.fixture
def run(tmp_path):
    def run(case):
        path = tmp_path / "case.json"
        path.write_text(json.dumps(case))
        return golden(path)

    return run


def where(**filters):
    return {"measure": "announced", "as_at": None, "where": filters, "firm": "0.00", "ceiling": "0.00"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case_comes_out_to_the_penny(db, path):
    said, passed = golden(path)
    assert passed, said
    assert "MISS" not in said


def test_every_expectation_is_printed_with_what_came_out(db, case, run):
    said, _ = run(case)
    assert said.count("  ok ") == len(case["expect"])
    assert "announced as at 2018-07-20, everything: 4200000000.00 to 4200000000.00" in said


def test_a_penny_off_is_a_miss(db, case, run):
    case["expect"][0]["ceiling"] = "4200000000.01"
    said, passed = run(case)
    assert not passed
    assert "MISS announced as at 2016-12-31, everything: 4200000000.00 to 4200000000.00, expected" in said


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"programme": None}, "4200000000.00"),
        ({"programme": "No such programme"}, "0.00"),
        ({"money_fy": None}, "3788000000.00"),
        ({"region": "uk", "public": True}, "4200000000.00"),
        ({"region": "london"}, "0.00"),
        ({"public": False}, "0.00"),
    ],
)
def test_every_kind_of_filter_is_understood(db, case, run, where, found):
    case["expect"] = [{"measure": "announced", "as_at": None, "where": where, "firm": found, "ceiling": found}]
    said, passed = run(case)
    assert passed, said


@pytest.mark.parametrize("flag", [{"pot": "2016-02-07-nhs-technology-fund#additional", "flag": "no_amount"}])
def test_a_flag_that_does_not_stand_is_a_miss(db, case, run, flag):
    case["flags"] = [flag]
    said, passed = run(case)
    assert not passed
    assert f"MISS flag no_amount on {flag['pot']}: does not stand, expected stands" in said


def test_a_flag_that_stands_unlisted_is_a_miss(db, run):
    case = json.loads((GOLDEN / "t04-parts-exceed-whole.json").read_text())
    case["flags"] = []
    assert not run(case)[1]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"format": "healthfund-facts/1"}, "format: must be healthfund-golden/1"),
        ({"expect": None}, "expect: must be a list"),
        ({"expect": [{"measure": "printed"}]}, "expect[0].measure: must be one of said, announced, allocated, spent"),
        ({"expect": [{"measure": "said", "firm": 1.5}]}, "expect[0].firm: must be pounds as text"),
        ({"expect": [{"measure": "said", "where": {"colour": "red"}}]}, "expect[0].where: takes only theme"),
        ({"expect": [where(announced_fy="2018-20")]}, "expect[0].where.announced_fy: must be a financial year"),
        ({"expect": [where(money_fy=2018)]}, "expect[0].where.money_fy: must be a financial year"),
        ({"expect": [where(public="no")]}, "expect[0].where.public: must be true or false"),
        ({"expect": [where(public=None)]}, "expect[0].where.public: must be true or false"),
        ({"expect": [where(theme="digtal")]}, "expect[0].where.theme: must be the key of a theme"),
        ({"expect": [where(region=["uk"])]}, "expect[0].where.region: must be the key of a region"),
        ({"expect": [where(theme={"a": 1})]}, "expect[0].where.theme: must be the key of a theme"),
        ({"expect": [where(sector="public")]}, "expect[0].where.sector: must be one of government"),
        ({"expect": [where(additionality=None)]}, "expect[0].where.additionality: must be one of new"),
        ({"flags": [{"pot": "a", "flag": "b"}]}, "flags[0]: names a pot and one of"),
        ({"colour": "red"}, "colour: is not a key"),
        ({"announcements": [{"id": 5}]}, "announcements[0]."),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_with_the_place(db, case, run, change, place):
    said, passed = run(case | change)
    assert not passed
    assert place in said


def test_nothing_stays_and_what_was_there_is_untouched(db):
    golden(GOLDEN / "g13-forty-hospitals.json")
    assert [model.objects.count() for model in MODELS] == [0] * len(MODELS)
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    call_command("load_facts", "fixtures/facts/seeds.json", "fixtures/facts/2010-2014.json", "fixtures/facts/2015-2019.json",
                 "fixtures/facts/2020-2022.json", "fixtures/facts/2023-2026.json", verbosity=0, stdout=io.StringIO())  # fmt: skip
    before = [list(model.objects.order_by("pk").values()) for model in MODELS]
    said, passed = golden(*CASES)
    assert passed, said
    assert [list(model.objects.order_by("pk").values()) for model in MODELS] == before


def test_a_case_as_large_as_the_real_collection_passes(db, run):
    announcements = [
        each
        for path in sorted(Path("fixtures/facts").glob("*.json"))
        for each in json.loads(path.read_text())["announcements"]
    ]
    counted = counter.count(announcements)
    expect = [
        {"measure": measure, "as_at": as_at, "where": where}
        for measure in ("said", "announced", "allocated", "spent")
        for as_at in (None, "2016-03-31", "2020-12-31")
        for where in [{}, {"public": True}, *({"region": region} for region in counter.TREE)]
    ]
    for each in expect:
        firm, ceiling = counted.total(each["measure"], each["as_at"], each["where"])
        each |= {"firm": f"{firm / 100:.2f}", "ceiling": f"{ceiling / 100:.2f}"}
    flags = [{"pot": pot, "flag": flag} for pot, flag in sorted(counted.flags())]
    case = {"format": "healthfund-golden/1", "name": "Large", "says": "All at once."}
    said, passed = run(case | {"announcements": announcements, "expect": expect, "flags": flags})
    assert passed, said
