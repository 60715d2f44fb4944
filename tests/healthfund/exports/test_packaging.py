"""The data package over the real announcements, judged by Frictionless's own library, row by row."""

import csv
import datetime
import hashlib
import json
import re
import zipfile
from decimal import Decimal

import frictionless
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from announcements.choices import Effect
from announcements.ledger import totals
from healthfund.celery import app
from healthfund.exports import packaging, parquet, tasks
from healthfund.exports.tables import TABLES
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    LedgerEntryFactory,
    PotFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
)
from tests.real import read, real_announcements

AT = datetime.datetime(2026, 11, 1, 12, 0, 5, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def facts(db):
    """Every real announcement, loaded and rolled up; gives them as the files have them."""
    with real_announcements() as facts:
        yield facts.values()


@pytest.fixture
def build(db, tmp_path):
    """Builds a package and gives its folder."""
    return lambda at=AT: packaging.build(tmp_path / "packages", at=at)


def rows(package, table):
    with (package / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def faults(package):
    """What Frictionless finds wrong with a package, every row of it, its keys, hashes and sizes."""
    report = frictionless.validate(str(package / packaging.DESCRIPTOR), limit_errors=5)
    return report.flatten(["title", "message"])


def test_package_of_the_real_announcements_is_valid_to_the_last_row_and_adds_up_to_the_totals(facts, build):
    package = build()
    assert faults(package) == []
    told = read(package / packaging.DESCRIPTOR)

    # Every file is what it says it is.
    for resource in told["resources"]:
        content = (package / resource["path"]).read_bytes()
        assert (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}") == (resource["bytes"], resource["hash"])
        if resource["format"] == "csv":
            assert len(rows(package, resource["name"])) == resource["rows"]

    # Nothing is lacking.
    count = {resource["name"]: resource.get("rows") for resource in told["resources"]}
    assert count["announcements"] == len(facts)
    for table, member in [
        ("claims", "claims"),
        ("sources", "sources"),
        ("figures", "figures"),
        ("responses", "responses"),
        ("announced_targets", "targets"),
    ]:
        assert count[table] == sum(len(said.get(member) or []) for said in facts), table
    assert {said["id"] for said in read(package / "facts.json")["announcements"]} == {said["id"] for said in facts}

    # Whoever has the file can add up what the portal adds up.
    entries = rows(package, "entries")
    assert len(entries) == count["entries"] > 1000
    for measure in ("said", "announced", "allocated", "spent"):
        for theme in (None, "ai"):
            found = [row for row in entries if row["measure"] == measure and (theme is None or row["theme"] == theme)]
            sums = tuple(sum(Decimal(row[end]) for row in found) * 100 for end in ("firm", "ceiling"))
            assert sums == totals.total(measure, **({"theme": theme} if theme else {}))
    day = "2019-12-31"
    known = sum(Decimal(row["firm"]) for row in entries if row["measure"] == "announced" and row["effective_on"] <= day)
    assert known * 100 == totals.total(as_at=datetime.date(2019, 12, 31)).firm > 0

    with zipfile.ZipFile(package / f"healthfund-{package.name}.zip") as whole:
        assert whole.testzip() is None
        assert set(whole.namelist()) == {resource["path"] for resource in told["resources"]} | {packaging.DESCRIPTOR}


def test_a_row_that_breaks_a_key_is_found(build):
    """The judge of the test above can find something."""
    ClaimFactory()
    package = build()
    assert faults(package) == []
    claims = package / "claims.csv"
    claims.write_text(claims.read_text().replace("#claim-", "#stranger-"))
    assert {"Hash Count Error", "Byte Count Error"} & {title for title, _ in faults(package)}
    told = read(package / packaging.DESCRIPTOR)
    for resource in told["resources"]:
        resource.pop("hash")
        resource.pop("bytes")
    (package / packaging.DESCRIPTOR).write_text(json.dumps(told))
    assert "ForeignKey Error" in {title for title, _ in faults(package)}


def test_an_empty_portal_is_a_valid_package(build):
    package = build()
    assert faults(package) == []
    assert [rows(package, table.name) for table in TABLES] == [[]] * len(TABLES)


def test_only_what_is_published_is_in_it(build):
    shown = ClaimFactory(announcement=AnnouncementFactory())
    for kind in ("draft", "withdrawn"):
        hidden = ClaimFactory(announcement=AnnouncementFactory(**{kind: True}), regions=["wales"], tags=["ai"])
        for factory in (SourceFactory, ResponseFactory, AnnouncedTargetFactory):
            factory(announcement=hidden.announcement)
    withdrawn = LedgerEntryFactory(pot=hidden.pot)
    package = build()
    assert faults(package) == []
    assert [row["id"] for row in rows(package, "announcements")] == [shown.announcement.slug]
    assert [row["id"] for row in rows(package, "claims")] == [shown.pot.reference]
    for table in ("sources", "responses", "targets", "announced_targets", "claim_tags"):
        assert rows(package, table) == []
    # Of a withdrawn announcement the ledger keeps its entries, and so the pot's name.
    pots = {row["id"]: (row["introduced"], row["announcement"]) for row in rows(package, "pots")}
    assert pots == {
        shown.pot.reference: ("true", shown.announcement.slug),
        withdrawn.pot.reference: ("false", ""),
    }


def test_what_hangs_on_an_announcement_is_named_by_its_place_there(build):
    announcement = AnnouncementFactory(programmes=["Lab", "Beds"])
    first, second = SourceFactory(announcement=announcement), SourceFactory(announcement=announcement)
    inner = ClaimFactory(
        announcement=announcement, part_of=[PotFactory()], programmes=["Lab"], splits={"wales": "£1.50"}
    )
    repeat = ClaimFactory(pot=inner.pot, effect=Effect.REPEATS)
    ResponseFactory(announcement=announcement, source=second, claim=inner)
    ResponseFactory(announcement=announcement, source=first)
    ResponseFactory(announcement=announcement)
    target = TargetFactory()
    for made in (announcement, repeat.announcement):
        AnnouncedTargetFactory(announcement=made, target=target)
    package = build()
    assert faults(package) == []
    slug = announcement.slug
    assert [row["id"] for row in rows(package, "sources")] == [f"{slug}/1", f"{slug}/2"]
    answers = [(row["source"], row["claim"]) for row in rows(package, "responses")]
    assert answers == [(f"{slug}/2", inner.pot.reference), (f"{slug}/1", ""), ("", "")]
    assert [row["id"] for row in rows(package, "links")] == [f"{inner.pot.reference}/1"]
    assert [row["amount"] for row in rows(package, "splits")] == ["1.50"]
    assert [(row["claim"], row["programme"]) for row in rows(package, "claim_programmes")] == [
        (inner.pot.reference, inner.programmes.get().slug)
    ]
    assert [row["id"] for row in rows(package, "targets")] == [target.slug]
    assert {(row["announcement"], row["target"]) for row in rows(package, "announced_targets")} == {
        (slug, target.slug),
        (repeat.announcement.slug, target.slug),
    }


# How packages come and go


def test_latest_is_the_newest_and_old_ones_go(build, tmp_path):
    folder = tmp_path / "packages"
    old, kept = build(AT - 15 * DAY), build(AT - 13 * DAY)
    (folder / "README").write_text("somebody's own")
    newest = build(AT)
    assert [package.name for package in packaging.packages(folder)] == [newest.name, kept.name]
    assert newest.name == "2026-11-01T120005Z"
    assert (folder / "latest").resolve() == newest
    assert not old.exists()
    assert (folder / "README").exists()


def test_a_build_that_fails_leaves_what_was_there(build, tmp_path, monkeypatch):
    before = build()
    monkeypatch.setattr(packaging, "TABLES", (*TABLES[:2], TABLES[2]._replace(rows=lambda: 1 / 0)))
    with pytest.raises(ZeroDivisionError):
        build(AT + DAY)
    assert sorted(path.name for path in (tmp_path / "packages").iterdir()) == [before.name, "latest"]
    assert (tmp_path / "packages" / "latest").resolve() == before


def test_a_second_package_of_the_same_second_is_refused(build):
    build()
    with pytest.raises(FileExistsError):
        build()


def test_command_and_task_build_one(db, tmp_path, monkeypatch, capsys):
    call_command("package", "--output", str(tmp_path / "here"))
    [package] = packaging.packages(tmp_path / "here")
    assert capsys.readouterr().out.strip() == str(package)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="No package was written"):
        call_command("package", "--output", str(tmp_path / "file"))
    monkeypatch.setattr(settings, "PACKAGES", tmp_path / "there")
    assert (tmp_path / "there" / tasks.build_package()).is_dir()


def test_a_package_is_built_every_night():
    app.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE["build-package"]["task"] == tasks.build_package.name in app.tasks


# Its tables


def test_every_table_says_what_each_column_is():
    for table in TABLES:
        names = [field.name for field in table.fields]
        assert len(set(names)) == len(names)
        assert set(table.key) <= set(names)
        assert all(re.fullmatch(r"[A-Z1].*\.", field.description) for field in table.fields), table.name
        before = {other.name: {field.name for field in other.fields} for other in TABLES}
        for link in table.references:
            assert link.field in names
            assert link.to in before[link.table]


@pytest.mark.skipif(not parquet.INSTALLED, reason="the extra parquet is not installed")
def test_parquet_says_the_same_as_csv(build):
    import pyarrow.parquet

    LedgerEntryFactory(firm=-12345, ceiling=5, money_year=2019)
    ClaimFactory(amount="£1.50")
    package = build()
    told = read(package / packaging.DESCRIPTOR)
    assert [one["name"] for one in told["parquet"]] == [table.name for table in TABLES]
    for one in told["parquet"]:
        content = (package / one["path"]).read_bytes()
        assert (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}") == (one["bytes"], one["hash"])
        assert pyarrow.parquet.read_metadata(package / one["path"]).num_rows == one["rows"]
    [entry] = pyarrow.parquet.read_table(package / "entries.parquet").to_pylist()
    [line] = rows(package, "entries")
    assert (entry["firm"], entry["money_year"]) == (Decimal("-123.45"), "2019-20")
    assert (Decimal(line["firm"]), line["effective_on"]) == (entry["firm"], str(entry["effective_on"]))
