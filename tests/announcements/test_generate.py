"""The generator: what it makes up, and how that is loaded."""

import datetime
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from announcements.choices import PUBLIC_SECTORS, Bound, Effect, Sector, Status
from announcements.facts import generating, loading
from announcements.facts.format import FORMAT, SCHEMA, SHAPE
from announcements.ledger import rollups, totals
from announcements.models import Announcement, ClaimLink, LedgerEntry, Posting, Pot
from programmes import reference
from programmes.documents import read
from tests.factories import ClaimFactory

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


def made(count, seed=1):
    return list(itertools.islice(generating.announcements(Random(seed), seed), count))


@pytest.fixture(scope="module")
def many():
    return made(4000)


@pytest.fixture(scope="module")
def claims(many):
    return [claim for announcement in many for claim in announcement["claims"]]


@pytest.fixture
def referred(db):
    reference.load(read(FIXTURES / "reference.json"))


def generate(count, *, seed=1, **options):
    """What the command says."""
    out = StringIO()
    call_command("generate", announcements=count, seed=seed, stdout=out, stderr=out, **options)
    return out.getvalue()


def real():
    """The real announcements."""
    for path in sorted((FIXTURES / "facts").glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["announcements"]


def document(records):
    return {"format": FORMAT, "announcements": records}


def names(record):
    """Organisations and programmes that an announcement speaks of."""
    speakers = [record["announcer"], *record.get("responses", [])]
    return {*record.get("programmes", []), *(speaker["organisation"] for speaker in speakers)}


# ------------------------------------------------------------------------------------------------ what is made up


def test_a_seed_makes_the_same_in_every_process():
    program = (
        "import itertools, json, random; from announcements.facts import generating;"
        "print(json.dumps(list(itertools.islice(generating.announcements(random.Random(7), 7), 300))))"
    )
    for hashes in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hashes}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
        assert json.loads(done.stdout) == made(300, seed=7)


def test_another_seed_makes_others():
    titles = [[record["title"] for record in made(50, seed)] for seed in (1, 2)]
    assert titles[0] != titles[1]


def test_what_is_made_has_the_shape_of_fact_files():
    assert SHAPE.errors(document(made(1000))) == []


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_made_is_without_fault(referred, seed):
    documents = [("generated", document(made(1500, seed)))]
    checked = loading.load(documents, at=NOW, today=generating.LAST, check=True)
    assert checked.counts == (1500, 0, 0)


def test_each_leans_only_on_those_before_it(many):
    known = set()
    for record in many:
        known |= {f"{record['id']}#{claim['key']}" for claim in record["claims"]}
        for claim in record["claims"]:
            for wanted in leads(claim):
                assert (wanted if "#" in wanted else f"{record['id']}#{wanted}") in known


def leads(claim):
    yield from filter(None, [claim.get("about"), *claim.get("part_of", []), *claim.get("includes", [])])
    yield from (share["pot"] for key in ("partly_in", "overlaps") for share in claim.get(key, []))


def test_ids_are_recognised_and_met_once(many):
    ids = [record["id"] for record in many]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(generating.GENERATED, each) for each in ids)
    assert not set(ids) & {record["id"] for record in made(4000, seed=2)}


def test_nothing_real_looks_generated_or_is_spoken_of(many):
    real_ids, real_names = set(), set()
    for record in real():
        real_ids.add(record["id"])
        real_names |= names(record)
    assert not any(re.fullmatch(generating.GENERATED, each) for each in real_ids)
    assert not real_names & set().union(*map(names, many))


def test_days_fill_2010_to_2026_and_no_more(many):
    days = [record["announced_on"] for record in many]
    assert generating.FIRST.isoformat() <= min(days)
    assert max(days) <= generating.LAST.isoformat()
    assert {day[:4] for day in days} == {str(year) for year in range(2010, 2027)}


def test_effects_come_about_as_often_as_in_life(claims):
    effects = Counter(claim["effect"] for claim in claims)
    assert set(effects) == set(Effect)
    share = {effect: count / len(claims) for effect, count in effects.items()}
    assert 0.05 < share["repeats"] < 0.25
    assert 0.08 < share["allocates"] < 0.35
    assert 0.5 < share["introduces"] < 0.8
    assert share["cancels"] < 0.03


def test_bounds_come_about_as_often_as_in_life(claims):
    bounds = Counter(claim["bound"] for claim in claims)
    assert set(bounds) == set(Bound)
    assert 0.05 < bounds["up_to"] / len(claims) < 0.15
    assert bounds["exact"] / len(claims) > 0.65


def test_amounts_are_heavy_tailed(claims):
    amounts = sorted(
        int(claim["amount"]) for claim in claims if claim["effect"] == "introduces" and claim["amount"] is not None
    )
    total, median = sum(amounts), amounts[len(amounts) // 2]
    assert 1_000_000 < median < 30_000_000
    assert sum(amounts[-len(amounts) // 100 :]) > 0.25 * total
    assert amounts[-1] <= generating.LARGEST


def test_most_new_money_is_public(claims):
    paid = defaultdict(int)
    for claim in claims:
        if claim["effect"] == "introduces" and not claim.get("part_of"):
            paid[claim["sector"]] += Decimal(claim["amount"] or claim.get("high") or 0)
    assert set(paid) == set(Sector)
    assert 0.5 < sum(paid[sector] for sector in PUBLIC_SECTORS) / sum(paid.values()) < 0.97


def test_everything_that_a_fact_file_may_say_is_said(many, claims):
    for name, records in (("claim", claims), ("announcement", many)):
        assert SCHEMA["$defs"][name]["properties"].keys() - {"note"} == set().union(*records)
    assert any(response.get("claim") for record in many for response in record.get("responses", []))
    assert {claim["measure"] for claim in claims} == {"total", "per_year", "level", "rise", "breakdown"}


def test_themes_and_places_are_all_those_of_the_reference_data(claims):
    data = json.loads((FIXTURES / "reference.json").read_text(encoding="utf-8"))
    assert {claim["theme"] for claim in claims if "theme" in claim} == {theme["key"] for theme in data["themes"]}
    assert {region for claim in claims for region in claim.get("regions", [])} == {
        region["key"] for region in data["regions"]
    }


def test_there_are_several_hundred_programmes(many):
    assert 300 < len({name for record in many for name in record["programmes"]}) < 700


def test_link_families_are_small_and_a_few_are_of_some_forty_pots(many):
    sizes = sorted(Counter(families(many).values()).values())
    assert sizes[len(sizes) // 2] <= 6
    assert 25 <= sizes[-1] <= 45
    assert sum(size > 20 for size in sizes) / len(sizes) < 0.05


def families(records):
    """{pot: its family's root}."""
    root = {}

    def find(pot):
        root.setdefault(pot, pot)
        while root[pot] != pot:
            pot = root[pot]
        return pot

    for record in records:
        for claim in record["claims"]:
            ends = [claim["key"] if not claim.get("about") else claim["about"], *leads(claim)]
            first, *others = (find(end if "#" in end else f"{record['id']}#{end}") for end in ends)
            for other in others:
                root[find(other)] = find(first)
    return {pot: find(pot) for pot in list(root)}


# ------------------------------------------------------------------------------------------------ how it is loaded


@pytest.mark.usefixtures("referred")
def test_entries_and_cells_are_what_the_rules_say():
    said = generate(400, batch=150)
    assert said.splitlines()[-1].startswith("announcements of seed 1: 400 new in")
    assert Announcement.objects.published().count() == 400
    assert not Posting.objects.filter(run=None).exists()
    assert LedgerEntry.objects.count() > 400
    assert rollups.verify() == []


@pytest.mark.usefixtures("referred")
def test_batches_do_not_show_in_what_comes_out():
    found = []
    for batch in (120, 17):
        with transaction.atomic():
            generate(120, batch=batch)
            pots = set(Pot.objects.values_list("reference", "low", "high", "family"))
            found.append((totals.total(), pots, ClaimLink.objects.count()))
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert len(found[0][1]) > 100


@pytest.mark.usefixtures("referred")
def test_a_second_run_continues_and_says_so():
    generate(60, batch=30)
    entries = LedgerEntry.objects.count()
    said = generate(100, batch=30)
    assert "60 of 100 are there already: continuing after them" in said
    assert said.splitlines()[-1].startswith("announcements of seed 1: 40 new in")
    assert said.splitlines()[-1].endswith("60 were there")
    assert sorted(Announcement.objects.values_list("slug", flat=True)) == sorted(each["id"] for each in made(100))
    assert LedgerEntry.objects.count() > entries
    assert rollups.verify() == []


@pytest.mark.usefixtures("referred")
def test_a_third_run_changes_nothing():
    generate(50)
    before = Posting.objects.count(), LedgerEntry.objects.count()
    assert ": 0 new in" in generate(50)
    assert (Posting.objects.count(), LedgerEntry.objects.count()) == before


@pytest.mark.usefixtures("referred")
def test_what_an_editor_changed_is_left_as_it_is():
    generate(20)
    Announcement.objects.filter(slug=made(1)[0]["id"]).update(title="Corrected")
    generate(30)
    assert Announcement.objects.get(slug=made(1)[0]["id"]).title == "Corrected"


@pytest.mark.usefixtures("referred")
def test_a_batch_that_cannot_be_loaded_leaves_those_before_it():
    records = made(90)
    first = {record["id"] for record in records[:30]}
    leant_on = {
        wanted.partition("#")[0] for record in records[60:] for claim in record["claims"] for wanted in leads(claim)
    }
    generate(30, batch=30)
    gone = min(first & leant_on)
    Announcement.objects.filter(slug=gone).update(status=Status.WITHDRAWN, withdrawn_reason="Never said.")
    out = StringIO()
    with pytest.raises(CommandError, match="announcements were loaded; the next batch has faults"):
        call_command("generate", announcements=90, seed=1, batch=30, stdout=out, stderr=out)
    assert gone in out.getvalue()
    assert Announcement.objects.count() in (30, 60)


@pytest.mark.usefixtures("referred")
def test_two_seeds_stand_beside_each_other():
    generate(20, seed=1)
    generate(20, seed=2)
    assert Announcement.objects.count() == 40


@pytest.mark.usefixtures("referred")
def test_it_tells_rate_and_end_after_each_batch():
    lines = generate(30, batch=10).splitlines()
    assert len(lines) == 4
    for done, line in zip((10, 20, 30), lines, strict=False):
        assert re.fullmatch(rf"{done} of 30: [\d,]+ a second, about [\d,]+ s left", line)


@pytest.mark.usefixtures("referred")
def test_it_stays_away_from_what_was_not_generated():
    ClaimFactory()
    with pytest.raises(CommandError, match=r"not generated \(1\).* say --beside"):
        generate(5)
    assert Announcement.objects.count() == 1
    generate(5, beside=True)
    assert Announcement.objects.count() == 6


@pytest.mark.django_db
def test_without_reference_data_it_says_what_is_missing():
    out = StringIO()
    with pytest.raises(CommandError, match="0 announcements were loaded"):
        call_command("generate", announcements=5, seed=1, stdout=out, stderr=out)
    assert "load the reference data first" in out.getvalue()


@pytest.mark.parametrize("wrong", [["--announcements=0"], ["--seed=-1"], ["--batch=0"], ["--batch=5001"]])
def test_senseless_numbers_are_refused(wrong):
    with pytest.raises(CommandError, match="is not"):
        call_command("generate", *["--announcements=5", "--seed=1", *wrong])
