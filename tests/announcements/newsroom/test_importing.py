"""Announcements come in from a table, every fault is told at its cell, and what goes out comes back."""

import csv
import datetime
import io
import json

import openpyxl
import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.choices import Additionality, Bound, Effect, Sector
from announcements.facts.format import compact
from announcements.facts.loading import Change
from announcements.intake import sheets
from announcements.models import Announcement, AuditEntry, Revision
from announcements.newsroom import columns, importing
from announcements.newsroom.columns import COLUMNS, Names
from tests import factories as f
from tests.announcements.facts import samples
from tests.announcements.intake.test_sheets import workbook
from tests.factories.programmes import REFERENCE
from tests.real import FIXTURES, read

TODAY = datetime.date(2026, 11, 22)
REAL = [compact(record) for path in sorted(FIXTURES.glob("facts/*.json")) for record in read(path)["announcements"]]
KINDS = ("themes", "regions")
WITHOUT_COLUMNS = ("figures", "targets", "responses")

HEADER = ["Announced on", "Title", "SUMMARY", "announcer", "Source address", "publisher"]
HEADER += ["Claim name", "as stated", "Theme", "Region", "Payer", "How new"]
ROW = ["20/07/2018", "Scanners", "Hospitals get scanners.", "DHSC", "https://www.gov.uk/scanners", "GOV.UK"]
ROW += ["Scanners", "up to £1.5 million", "Digital", "England", "UK government", "new"]


def reference():
    """Themes and regions as the reference data calls them."""
    known = json.loads(REFERENCE.read_text(encoding="utf-8"))
    called = ({row[part].casefold(): row["key"] for row in known[kind] for part in ("key", "name")} for kind in KINDS)
    return Names(*called)


def written(rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([sheets.harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def drawn(*rows, header=HEADER, public=()):
    """(announcements, faults) of these rows."""
    known = {record["id"]: record for record in public}
    return importing.drawn(sheets.read(written([header, *rows])), reference(), lambda ids: known)


def row(**cells):
    """A row of every column, by what is given."""
    return [cells.get(name, "") for name in COLUMNS]


def one(*rows, **how):
    """The record of rows without a fault."""
    [announcement], faults = drawn(*rows, **how)
    assert faults == []
    assert announcement.composed.faults == []
    return announcement.record


def claim(**cells):
    """The claim that a row with these cells makes."""
    return one(row(announcement="2018-07-20-a", name="The fund", **cells), header=list(COLUMNS))["claims"][0]


def faults_of(**cells):
    _, faults = drawn(row(announcement="2018-07-20-a", name="The fund", **cells), header=list(COLUMNS))
    return [(fault.row, fault.column) for fault in faults]


# What a row makes


def test_row_makes_an_announcement_with_its_source_and_its_claim():
    assert one(ROW) == {
        "id": "2018-07-20-scanners",
        "announced_on": "2018-07-20",
        "title": "Scanners",
        "summary": "Hospitals get scanners.",
        "announcer": {"organisation": "DHSC"},
        "sources": [{"url": "https://www.gov.uk/scanners", "publisher": "GOV.UK", "kind": "press_release"}],
        "claims": [
            {
                "key": "scanners",
                "name": "Scanners",
                "as_stated": "up to £1.5 million",
                "amount": "1500000",
                "currency": "GBP",
                "bound": "up_to",
                "measure": "total",
                "effect": "introduces",
                "sector": "government",
                "additionality": "new",
                "theme": "digital",
                "regions": ["england"],
            }
        ],
    }


def test_rows_belong_together_by_id_by_day_and_title_or_by_standing_below():
    named = ["announcement", *HEADER]
    [announcement], faults = drawn(
        ["", *ROW],
        ["2018-07-20-new-scanners", *ROW[:6], "Second", "£2m", *ROW[8:]],
        ["2018-07-20-new-scanners", *[""] * 6, "Third", "£3m", *ROW[8:]],
        ["", *[""] * 6, "Fourth", "£4m", *ROW[8:]],
        header=named,
    )
    assert faults == []
    assert announcement.record["id"] == "2018-07-20-new-scanners"
    assert [found["key"] for found in announcement.record["claims"]] == ["scanners", "second", "third", "fourth"]
    assert announcement.rows == [2, 3, 4, 5]


def test_each_row_may_name_one_more_source_also_a_row_without_a_claim():
    record = one(ROW, [*[""] * 4, "https://www.example.org/more", "Paper", *[""] * 6], [*[""] * 4, ROW[4], *[""] * 7])
    assert [source["url"] for source in record["sources"]] == [ROW[4], "https://www.example.org/more"]
    assert len(record["claims"]) == 1


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"amount": "£412,000,000"}, {"amount": "412000000", "bound": "exact"}),
        ({"amount": "412m"}, {"amount": "412000000"}),
        ({"amount": "1 000 000.50"}, {"amount": "1000000.50"}),
        ({"amount": "half a billion"}, {"amount": "500000000"}),
        ({"amount": "up to £5m"}, {"amount": "5000000", "bound": "up_to"}),
        ({"amount": "£5m-£6m"}, {"amount": None, "low": "5000000", "high": "6000000", "bound": "range"}),
        ({"amount": "$5m"}, {"amount": "5000000", "currency": "USD"}),
        ({"as_stated": "£5m a year"}, {"amount": "5000000", "measure": "per_year"}),
        ({"as_stated": "£5m", "bound": "At least"}, {"amount": "5000000", "bound": "at_least"}),
        ({"as_stated": "£5m", "amount": "none"}, {"amount": None, "bound": "exact"}),
        ({"as_stated": "an undisclosed sum"}, {"amount": None}),
        ({"low": "£1m", "high": "2,000,000"}, {"low": "1000000", "high": "2000000", "bound": "range"}),
        ({"start_fy": "2018/19", "end_fy": "2019-2020"}, {"start_fy": "2018-19", "end_fy": "2019-20"}),
        ({"about": "2018-01-01-b#total"}, {"effect": "repeats", "about": "2018-01-01-b#total"}),
        ({"effect": "Tops a pot up"}, {"effect": "tops_up"}),
        ({"part_of": "total; 2018-01-01-b#x"}, {"part_of": ["total", "2018-01-01-b#x"]}),
        (
            {"overlaps": "total: £4m to £5m; x"},
            {
                "overlaps": [
                    {"pot": "total", "low": "4000000", "high": "5000000"},
                    {"pot": "x", "low": None, "high": None},
                ]
            },
        ),
        ({"profile": "2018-19: £1m; 2019-20: 2m"}, {"profile": {"2018-19": "1000000", "2019-20": "2000000"}}),
        (
            {"regions": "North East; london", "splits": "North East: 5; London: £6"},
            {
                "regions": ["north-east", "london"],
                "splits": [{"region": "north-east", "amount": "5"}, {"region": "london", "amount": "6"}],
            },
        ),
        ({"funders": 'A; "B; and C"'}, {"funders": ["A", "B; and C"]}),
        ({"claim_programmes": "none"}, {"programmes": []}),
    ],
)
def test_cells_are_read_as_people_write_them(cells, says):
    found = claim(**cells)
    assert {name: found.get(name) for name in says} == says


@pytest.mark.parametrize(
    "day", ["2018-07-20", "20/07/2018", "20 July 2018", "20th Jul 2018", "20.7.2018", "Friday, 20 July 2018"]
)
def test_days_are_read_as_they_are_written_here(day):
    assert one([day, *ROW[1:]])["announced_on"] == "2018-07-20"


def test_workbook_holds_days_and_numbers_and_what_was_taken_for_a_day():
    data = workbook(
        [
            ["announcement", "announced_on", "name", "amount", "start_fy"],
            ["2018-07-20-a", datetime.date(2018, 7, 20), "x", 412000000.5, datetime.date(2001, 2, 1)],
        ]
    )
    [announcement], faults = importing.drawn(sheets.read(data), reference(), lambda ids: {})
    assert faults == []
    assert announcement.record["announced_on"] == "2018-07-20"
    assert announcement.record["claims"][0]["amount"] == "412000000.50"
    assert announcement.record["claims"][0]["start_fy"] == "2001-02"


# What is wrong


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"amount": "1,5"}, "amount"),
        ({"amount": "£5 or £6"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "£50 per patient"}, "amount"),
        ({"as_stated": "£5m and £6m"}, "as_stated"),
        ({"as_stated": "$5m", "currency": "GBP"}, "currency"),
        ({"low": "lots", "high": "5"}, "low"),
        ({"profile": "2018-19 1000000"}, "profile"),
        ({"splits": "london: lots"}, "splits"),
        ({"partly_in": "total: lots"}, "partly_in"),
    ],
)
def test_what_would_be_misread_is_told_at_its_cell(cells, column):
    assert faults_of(**cells) == [(2, column)]


def test_formula_is_named_and_not_evaluated():
    data = workbook([["announcement", "name", "amount"], ["2018-07-20-a", "x", "=SUM(A1:A3)"]])
    _, [fault] = importing.drawn(sheets.read(data), reference(), lambda ids: {})
    assert fault[:2] == (2, "amount")
    assert "=SUM(A1:A3)" in fault.message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([ROW, [*ROW[:2], "Otherwise.", *ROW[3:6], "Second", *ROW[7:]]], (3, "summary")),
        ([ROW, [*ROW[:5], "Somebody else", "Second", *ROW[7:]]], (3, "publisher")),
        ([[*ROW, "loose"]], (2, "announcement")),
    ],
)
def test_rows_that_contradict_one_another_are_told(rows, told):
    _, [fault] = drawn(*rows)
    assert fault[:2] == told


def test_key_that_is_used_twice_is_told_and_one_made_of_the_name_is_free():
    _, [fault] = drawn(
        row(announcement="2018-07-20-a", claim="x"), row(announcement="2018-07-20-a", claim="x"), header=list(COLUMNS)
    )
    assert fault[:2] == (3, "claim")
    assert [found["key"] for found in one(ROW, ROW)["claims"]] == ["scanners", "scanners-2"]


@pytest.mark.parametrize(
    ("header", "says"),
    [(["titel"], "name the columns"), (["title", "sumary"], "did you mean summary"), (["title", "Title"], "twice")],
)
def test_header_that_is_none_is_refused(header, says):
    with pytest.raises(sheets.Unreadable, match=says):
        drawn(header=header)


def test_every_column_says_what_it_is_for_and_no_two_answer_to_one_heading():
    headers = [columns.column_of(header) for column in COLUMNS.values() for header in (column.name, *column.also)]
    assert set(headers) == set(COLUMNS.values())
    assert len(columns.HEADERS) == sum(1 + len(column.also) for column in COLUMNS.values())
    assert all(column.says.endswith(".") for column in COLUMNS.values())


# What is public already


def test_what_no_cell_speaks_of_stays_as_it_is_public():
    record = samples.full()["announcements"][0]
    public = compact(record)
    [announcement], faults = drawn(
        row(announcement=samples.FUND, claim="part", theme="Artificial intelligence"),
        row(announcement=samples.FUND, name="One more", as_stated="£2m"),
        header=list(COLUMNS),
        public=[public],
    )
    assert faults == []
    *kept, more = announcement.record["claims"]
    assert kept == public["claims"]
    assert more["key"] == "one-more"
    rest = {key: value for key, value in announcement.record.items() if key != "claims"}
    assert rest == {key: value for key, value in public.items() if key != "claims"}


def test_new_figure_leaves_nothing_of_the_old_one():
    public = compact(samples.full()["announcements"][0])
    record = one(row(announcement=samples.FUND, claim="part", as_stated="£7m"), header=list(COLUMNS), public=[public])
    found = record["claims"][1]
    assert (found["amount"], found["bound"], found.get("low"), found.get("high")) == ("7000000", "exact", None, None)


# Out, and back in


def there_and_back(records):
    rows = written(importing.table(records))
    return importing.drawn(sheets.read(rows), reference(), lambda ids: {})


def held(record):
    """What of a record the columns hold."""
    return {key: value for key, value in record.items() if key not in WITHOUT_COLUMNS}


def test_every_real_announcement_comes_back_from_a_table():
    announcements, faults = there_and_back(REAL)
    assert faults == []
    assert [one.record for one in announcements] == [held(record) for record in REAL]


words = st.text("abc ;:\"'=+-£5m1,\n#é", min_size=1, max_size=8).filter(lambda text: text.strip() == text)
keys = st.from_regex(r"[a-z]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
sums = st.integers(0, 10**12).map(lambda pence: importing.money.in_digits(pence))
years = st.integers(1990, 2040).map(lambda year: f"{year}-{(year + 1) % 100:02}")
shares = st.one_of(
    st.fixed_dictionaries({"pot": keys, "low": st.none(), "high": st.none()}),
    st.fixed_dictionaries({"pot": keys, "low": sums, "high": sums}),
)
FIGURES = st.one_of(
    st.fixed_dictionaries(
        {"amount": st.none() | sums, "bound": st.sampled_from([b for b in Bound.values if b != "range"])}
    ),
    st.fixed_dictionaries({"amount": st.none(), "low": sums, "high": sums, "bound": st.just("range")}),
)


@st.composite
def claims(draw):
    kept = {
        "key": draw(keys),
        "name": draw(words),
        # A wording that names years gives them to a claim that has none.
        "as_stated": draw(st.none() | words),
        "currency": draw(st.sampled_from(["GBP", "USD"])),
        "measure": draw(st.sampled_from(["total", "level"])),
        "effect": draw(st.sampled_from(Effect.values)),
    } | draw(FIGURES)
    more = st.fixed_dictionaries(
        {},
        optional={
            "about": keys,
            "part_of": st.lists(keys, min_size=1, max_size=2, unique=True),
            "partly_in": st.lists(shares, min_size=1, max_size=2, unique_by=lambda share: share["pot"]),
            "programmes": st.lists(words, max_size=2, unique=True),
            "sector": st.sampled_from(Sector.values),
            "funders": st.lists(words, min_size=1, max_size=3, unique=True),
            "additionality": st.sampled_from(Additionality.values),
            "start_fy": years,
            "profile": st.dictionaries(years, sums, min_size=1, max_size=2),
            "theme": keys,
            "regions": st.lists(keys, min_size=1, max_size=2, unique=True),
            "splits": st.lists(
                st.fixed_dictionaries({"region": keys, "amount": sums}),
                min_size=1,
                max_size=2,
                unique_by=lambda split: split["region"],
            ),
            "note": words,
        },
    )
    return kept | draw(more)


@st.composite
def records(draw):
    day = draw(st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 1, 1))).isoformat()
    return {
        "id": f"{day}-{draw(keys)}",
        "announced_on": day,
        "title": draw(words),
        "summary": draw(words),
        "announcer": {"organisation": draw(words), "person": draw(st.none() | words)},
        "programmes": draw(st.lists(words, max_size=2, unique=True)),
        "sources": [
            {"url": f"https://example.org/{number}", "publisher": draw(words), "kind": "report", "published_on": day}
            for number in range(draw(st.integers(1, 3)))
        ],
        "claims": draw(st.lists(claims(), max_size=3, unique_by=lambda one: one["key"])),
        "note": draw(st.none() | words),
    }


@settings(max_examples=40)
@given(said=st.lists(records(), min_size=1, max_size=3, unique_by=lambda record: record["id"]))
def test_whatever_the_columns_can_hold_comes_back(said):
    announcements, faults = there_and_back(map(compact, said))
    assert faults == []
    assert [one.record for one in announcements] == list(map(compact, said))


# Judged against what is there


def rows(number, start=0):
    return [
        [
            "20/07/2018",
            f"Thing {n}",
            "Money was announced.",
            "DHSC",
            f"https://www.gov.uk/{n}",
            *ROW[5:7],
            f"£{n + 1}m",
            *ROW[8:],
        ]
        for n in range(start, start + number)
    ]


def judged(*rows, header=HEADER):
    return importing.judge(written([header, *rows]), today=TODAY)


@pytest.fixture
def known(db):
    for key in ["digital", "ai", "diagnostics"]:
        f.ThemeFactory(key=key)
    f.RegionFactory(key="north-east")


def test_table_is_judged_with_what_becomes_of_each_announcement(known):
    samples.load(samples.document(samples.announcement("2018-07-20-thing-1", samples.claim())))
    found = judged(*rows(2))
    assert found.faults == []
    assert found.changes == [Change.NEW, Change.CHANGED]
    assert (found.claims, found.money) == (2, (300_000_000, 300_000_000))
    assert Announcement.objects.count() == 1
    assert Revision.objects.count() == 0


def test_table_of_what_is_public_changes_nothing(known):
    samples.load(samples.document(importing.EXAMPLE), at=samples.AT, future_ok=True)
    found = importing.judge(written(importing.table([importing.EXAMPLE])), today=TODAY)
    assert (found.faults, found.changes) == ([], [Change.UNCHANGED])


def test_every_fault_is_told_at_its_cell_and_each_mistake_once(known):
    bad = rows(9)
    bad[0][0] = "31/02/2018"
    bad[1][1] = ""
    bad[2][7] = "3 or 4 million"
    bad[3][8] = "Digitale"
    bad[4][9] = "Atlantis"
    bad[5][10] = "tax payers"
    bad[6][4] = "gov.uk"
    bad[7][0] = "2031-01-01"
    found = judged(*bad)
    assert [(fault.row, fault.column) for fault in found.faults] == [
        (2, "announced_on"),
        (3, "title"),
        (4, "as_stated"),
        (5, "theme"),
        (6, "regions"),
        (7, "sector"),
        (8, "source"),
        (9, "announced_on"),
    ]
    assert (found.bad_rows, found.changes) == (8, None)
    assert all(fault.message.endswith(".") for fault in found.faults)


def test_links_lead_to_other_rows_and_to_what_is_public(known):
    samples.load(samples.document(samples.announcement("2018-01-01-old", samples.claim())))
    header = [*HEADER, "part of", "about"]
    found = judged(
        [*rows(1)[0], "2018-07-20-thing-1#scanners; 2018-01-01-old#total", ""],
        [*rows(1, 1)[0], "", ""],
        [*rows(1, 2)[0], "2018-01-01-old#sum", ""],
        header=header,
    )
    assert [(fault.row, fault.column) for fault in found.faults] == [(4, "part_of")]


def test_announcement_that_somebody_works_on_is_left_to_them(known):
    at = samples.AT
    for about in ({"announcement": "2018-07-20-thing-0"}, {"announced_on": "2018-07-20"}):
        Revision.objects.create(title="Thing 1", begun_at=at, saved_at=at, moved_at=at, **about)
    found = judged(*rows(3))
    assert [(fault.row, fault.column) for fault in found.faults] == [(2, "announcement"), (3, "announcement")]


def test_judging_costs_as_many_queries_however_many_rows(known):
    samples.load(samples.document(*(samples.announcement(f"2018-07-20-thing-{n}", samples.claim()) for n in range(30))))

    def queries(number):
        with CaptureQueriesContext(connection) as asked:
            assert judged(*rows(number)).faults == []
        return len(asked)

    assert queries(30) == queries(2)


# Written whole or not at all

MANY = 5000
BAD = range(7, MANY, MANY // 10)
"""Places of rows that are wrong, ten of them."""


def many(*, mended):
    """Rows of 5,000 announcements, of which ten are wrong in different ways unless they are mended."""
    table = rows(MANY)
    mistakes = [(7, "£5m or £6m"), (0, "31/02/2018"), (8, "Digitale"), (9, "Atlantis"), (10, "tax payers")]
    for number, place in enumerate(() if mended else BAD):
        column, wrong = mistakes[number % len(mistakes)]
        table[place][column] = wrong
    return table


@pytest.fixture
def editor(known):
    return f.UserFactory()


def test_of_5000_rows_the_ten_bad_ones_are_named_and_nothing_is_written(known):
    found = importing.judge(workbook([HEADER, *many(mended=False)]), today=TODAY)
    # The header is row 1.
    assert [fault.row for fault in found.faults] == [place + 2 for place in BAD]
    assert (len(found.announcements), found.claims, found.changes) == (MANY, MANY, None)
    assert not Revision.objects.exists()
    assert not Announcement.objects.exists()


def test_5000_rows_come_in_as_drafts_in_one_transaction_or_not_at_all(editor):
    found = judged(*many(mended=True))
    assert found.faults == []

    def queries(number):
        some = found._replace(announcements=found.announcements[:number], changes=found.changes[:number])
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            assert importing.bring_in(some, by=editor, at=samples.AT) == number
            transaction.set_rollback(True)
        return len(asked)

    # So many for each batch of 500, and no more for any.
    assert queries(1000) <= 2 * queries(500) < 200
    with pytest.raises(OperationalError), connection.execute_wrapper(broken_after(20)):
        importing.bring_in(found, by=editor, at=samples.AT)
    assert not Revision.objects.exists()
    assert not AuditEntry.objects.exists()
    assert importing.bring_in(found, by=editor, at=samples.AT, why="From the archive.") == MANY
    assert (
        Revision.objects.filter(state="draft", author=editor, assignee=editor, why="From the archive.").count() == MANY
    )
    assert AuditEntry.objects.filter(verb="imported").count() == MANY
    assert not Announcement.objects.exists()


def broken_after(number):
    """The database goes away after so many writes."""
    left = iter(range(number))

    def run(execute, sql, params, many, context):
        if sql.startswith("INSERT") and next(left, None) is None:
            raise OperationalError("the database went away")
        return execute(sql, params, many, context)

    return run


def test_draft_says_what_the_row_says_and_what_is_public_besides(editor):
    samples.load(samples.document(samples.announcement("2018-07-20-thing-1", samples.claim(note="Judged so."))))
    importing.bring_in(judged(*rows(2)), by=editor, at=samples.AT)
    new, changed = Revision.objects.order_by("title")
    assert (new.base, new.announcement, new.title) == (None, "", "Thing 0")
    assert (changed.announcement, changed.base["title"]) == ("2018-07-20-thing-1", "Announcement 2018-07-20-thing-1")
    assert [claim["key"] for claim in changed.typed["claims"]] == ["total", "scanners"]
    # Somebody has them in hand now, so the same table does not come in twice.
    assert [(fault.row, fault.column) for fault in judged(*rows(2)).faults] == [
        (2, "announcement"),
        (3, "announcement"),
    ]


def test_what_is_public_already_gets_no_draft(editor):
    importing.publish(judged(*rows(1)), by=editor, at=samples.AT, today=TODAY)
    assert Announcement.objects.published().get().title == "Thing 0"
    assert importing.bring_in(judged(*rows(2)), by=editor, at=samples.AT) == 1
    assert Revision.objects.get().title == "Thing 1"


def test_checks_warn_of_what_is_doubtful_and_of_sources_that_are_used_already(known):
    samples.load(
        samples.document(
            samples.announcement(
                "2018-01-01-old", sources=[{"url": "http://gov.uk/0/", "publisher": "GOV.UK", "kind": "report"}]
            )
        )
    )
    doubtful = rows(1)
    doubtful[0][11] = "unclear"
    found = judged(*doubtful)
    assert found.faults == []
    assert {(warning.row, warning.column) for warning in found.warnings} >= {(2, "source"), (2, "additionality")}


def test_template_comes_in_as_it_is(known):
    found = importing.judge(importing.template(), today=TODAY)
    assert found.faults == []
    assert [one.record for one in found.announcements] == [compact(importing.EXAMPLE)]
    explained = openpyxl.load_workbook(io.BytesIO(importing.template()))["Explanation"]
    assert explained.max_row == len(COLUMNS) + 1
