"""The writers: what goes in comes out, exactly, and every file says what it is and whether it is whole."""

import csv
import datetime
import io
import json
import os
import tempfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from announcements.documents import pounds
from healthfund.exports import writers
from healthfund.exports.columns import Column, Kind
from healthfund.exports.statement import LICENCE, Statement

STATEMENT = Statement(
    "pots",
    "https://portal.example/api/v1/pots/?theme=ai&format=csv",
    datetime.datetime(2026, 11, 21, 23, 4, 5, tzinfo=datetime.UTC),
    rules=1,
    as_at=datetime.date(2020, 3, 31),
)
COLUMNS = [
    Column("name", Kind.TEXT, ("name",)),
    Column("amount", Kind.MONEY, ("amount",)),
    Column("on", Kind.DAY, ("on",)),
    Column("at", Kind.MOMENT, ("at",)),
    Column("people", Kind.INTEGER, ("people",)),
    Column("sure", Kind.BOOLEAN, ("sure",)),
]
ROW = {
    "name": "Genome; “UK”, £5m\nsecond line",
    "amount": "-1234567890123.05",
    "on": "2019-03-31",
    "at": "2026-11-01T12:00:00.123456Z",
    "people": 56,
    "sure": True,
}


def written(rows, columns=COLUMNS, write=writers.csv, statement=STATEMENT):
    return b"".join(write(iter(rows), columns, statement))


def read_csv(content):
    """(rows, what the file says of itself), where the lines that begin with "# " are the latter."""
    lines = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert {len(line) for line in lines} == {len(lines[0])}
    return [line for line in lines if not line[0].startswith("# ")], [line[0] for line in lines if line[0][:2] == "# "]


def workbook(rows, columns=COLUMNS, **kwargs):
    file = io.BytesIO()
    assert writers.xlsx(iter(rows), columns, STATEMENT, file, **kwargs) == len(rows)
    return openpyxl.load_workbook(file)


def failing(rows):
    yield from rows
    raise ConnectionError("the database went away")


# CSV


def test_csv_begins_with_its_header_and_ends_with_what_it_is():
    [header, row], said = read_csv(written([ROW]))
    assert header == ["name", "amount", "on", "at", "people", "sure"]
    assert row == [ROW["name"], ROW["amount"], "2019-03-31", "2026-11-01T12:00:00.123456Z", "56", "true"]
    assert said == [
        "# healthfund: pots",
        "# address: https://portal.example/api/v1/pots/?theme=ai&format=csv",
        "# counting rules: 1",
        "# as at: 2020-03-31",
        "# made at: 2026-11-21T23:04:05Z",
        f"# licence: {LICENCE.title} <{LICENCE.path}>",
        "# complete: 1 row",
    ]


@pytest.mark.parametrize("rows", [0, 1, writers.BATCH, writers.BATCH + 1])
def test_the_end_names_the_exact_number_of_rows(rows):
    found, said = read_csv(written([ROW] * rows))
    assert len(found) - 1 == rows
    assert said[-1] == f"# complete: {rows} {'row' if rows == 1 else 'rows'}"
    last = json.loads(written([ROW] * rows, write=writers.jsonl).splitlines()[-1])
    assert (last["_export"]["complete"], last["_export"]["rows"]) == (True, rows)


def test_nothing_stated_is_an_empty_cell():
    [_, row], _ = read_csv(written([dict.fromkeys(ROW)]))
    assert row == [""] * 6


@given(st.text(st.characters(codec="utf-8"), max_size=12))
@example("=HYPERLINK(1)")
@example("-2+3+cmd|' /C calc'!A0")
@example("# complete: 99 rows")
@settings(max_examples=60)
def test_no_text_in_csv_begins_like_a_formula_or_like_the_files_own_words(text):
    rows, said = read_csv(written([{"name": text}, {"name": "last"}], COLUMNS[:1] * 2))
    assert len(rows) == 3
    assert said[-1] == "# complete: 2 rows"
    told = rows[1][0]
    assert told in (text, f"'{text}")
    assert not told.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.integers(-(10**15), 10**15))
@settings(max_examples=60)
def test_money_is_exact_and_negative_money_is_a_number(pence):
    row = {"amount": pounds(pence)}
    [_, [told]], _ = read_csv(written([row], COLUMNS[1:2]))
    assert told == pounds(pence)
    assert Decimal(str(workbook([row], COLUMNS[1:2])["pots"]["A2"].value)) == Decimal(pence) / 100


@pytest.mark.parametrize(("write", "whole"), [(writers.csv, b"# complete"), (writers.jsonl, b'"complete":true')])
def test_a_file_that_breaks_off_says_so_in_its_last_line(write, whole):
    pieces = []
    with pytest.raises(ConnectionError):
        pieces.extend(write(failing([ROW] * 3), COLUMNS, STATEMENT))
    content = b"".join(pieces)
    last = content.splitlines()[-1]
    assert b"CUT SHORT: an error ended this file after 3 rows" in last or b'"complete":false,"rows":' in last
    assert whole not in content
    assert content.endswith(b"\n")


# JSON lines


def test_json_lines_are_the_documents_and_stored_texts_are_sent_as_they_are():
    text = '{"name":"as it   is stored"}'
    lines = written([ROW, text], write=writers.jsonl).decode().splitlines()
    assert json.loads(lines[0]) == ROW
    assert lines[1] == text
    assert json.loads(lines[2])["_export"]["licence"].startswith("Open Government Licence")
    assert read_csv(written([text]))[0][1][0] == "as it   is stored"


# XLSX


def test_workbook_has_real_dates_and_numbers_under_a_frozen_header_with_filters():
    book = workbook([ROW, dict.fromkeys(ROW)])
    assert book.sheetnames == ["pots", "About"]
    sheet = book["pots"]
    assert [cell.value for cell in sheet[1]] == ["name", "amount", "on", "at", "people", "sure"]
    name, amount, on, at, people, sure = (cell.value for cell in sheet[2])
    assert (name, people, sure) == (ROW["name"], 56, True)
    assert amount == -1234567890123.05
    assert sheet["B2"].number_format == "#,##0.00"
    assert on == datetime.datetime(2019, 3, 31)  # noqa: DTZ001 - as Excel has it
    assert at.replace(microsecond=0) == datetime.datetime(2026, 11, 1, 12)  # noqa: DTZ001
    assert [cell.value for cell in sheet[3]] == [None] * 6
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F3")


def test_workbook_says_what_it_is():
    about = {row[0].value: row[1].value for row in workbook([ROW])["About"]}
    assert about["address"] == STATEMENT.address
    assert about["counting rules"] == "1"
    assert about["complete"] == "1 row"
    assert LICENCE.path in about["licence"]


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-x", "@SUM(1)", "\t=1", "#N/A", "# x", "plain"])
def test_text_in_a_workbook_is_never_a_formula_and_never_changed(text):
    cell = workbook([{"name": text}], COLUMNS[:1])["pots"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert bool(cell.quotePrefix) == (text != "plain")


def test_rows_that_do_not_fit_go_to_further_sheets():
    rows = [{"name": f"row {number}"} for number in range(7)]
    book = workbook(rows, COLUMNS[:1], sheet_rows=4)
    assert book.sheetnames == ["pots", "pots 2", "pots 3", "About"]
    told = [row[0].value for sheet in book.worksheets[:3] for row in sheet.iter_rows(min_row=2)]
    assert told == [row["name"] for row in rows]
    assert [sheet["A1"].value for sheet in book.worksheets[:3]] == ["name"] * 3
    assert [sheet.auto_filter.ref for sheet in book.worksheets[:3]] == ["A1:A4", "A1:A4", "A1:A2"]
    assert workbook(rows[:6], COLUMNS[:1], sheet_rows=4).sheetnames == ["pots", "pots 2", "About"]
    assert workbook([], COLUMNS[:1]).sheetnames == ["pots", "About"]


def test_what_no_cell_can_hold_is_left_out_and_said():
    book = workbook([{"name": "a\x00\x0bb"}, {"name": "x" * 40_000}], COLUMNS[:1])
    assert book["pots"]["A2"].value == "ab"
    assert len(book["pots"]["A3"].value) == writers.CELL
    assert book["pots"]["A3"].value.endswith("…")
    assert {row[0].value: row[1].value for row in book["About"]}["cells cut"].startswith("1 texts")


def test_a_workbook_that_breaks_off_is_none_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = io.BytesIO()
    with pytest.raises(ConnectionError):
        writers.xlsx(failing([ROW] * 3), COLUMNS, STATEMENT, file)
    assert file.getvalue() == b""
    assert os.listdir(tmp_path) == []


def test_the_name_of_a_file_says_what_and_when():
    assert STATEMENT.filename("csv") == "healthfund-pots-20261121T230405Z.csv"
