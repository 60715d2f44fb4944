"""A table that somebody sends is read as they see it: CSV of any make, and workbooks without evaluating anything."""

import csv
import datetime
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.intake import sheets
from announcements.intake.sheets import Formula, Row, Unreadable

TABLE = 'title,amount\n"Scanners, new",£5m\n\nBeds – more,£6m\n'
READ = [Row(1, {0: "title", 1: "amount"}), Row(2, {0: "Scanners, new", 1: "£5m"}), Row(4, {0: "Beds – more", 1: "£6m"})]


def workbook(rows, *more, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, others in more:
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_csv_is_read_in_whatever_letters_and_line_ends(encoding, line):
    assert sheets.read(TABLE.replace("\n", line).encode(encoding)) == READ


@pytest.mark.parametrize("sign", [";", "\t"])
def test_csv_may_be_separated_by_semicolons_or_tabs(sign):
    text = f'title{sign}amount\n"Scanners, new"{sign}£5m\n\nBeds – more{sign}£6m\n'
    assert sheets.read(text.encode()) == READ


def test_rows_keep_the_number_that_a_spreadsheet_gives_them_whatever_stands_in_a_cell():
    rows = sheets.read(b'a,b\n"two\nlines",1\n,\n3,4\n')
    assert [row.number for row in rows] == [1, 2, 4]


def test_what_a_file_says_of_itself_at_its_end_is_no_row():
    assert len(sheets.read(b"a,b\n1,2\n# complete: 1 row,\n")) == 2


def test_cells_of_a_workbook_are_what_they_show():
    moment = datetime.datetime(2018, 7, 20)  # noqa: DTZ001  Excel knows no zones
    [row] = sheets.read(workbook([[" A ", 412000000, 0.1 + 0.2, moment, True, None, "=A1*2", "#REF!"]]))
    assert row.cells == {
        0: "A",
        1: Decimal(412000000),
        2: Decimal("0.3"),
        3: datetime.date(2018, 7, 20),
        4: "true",
        6: "=A1*2",
        7: "#REF!",
    }
    assert [type(row.cells[place]) for place in (0, 6, 7)] == [str, Formula, Formula]


def test_text_of_a_workbook_that_begins_like_a_formula_is_text():
    book = openpyxl.Workbook()
    book.active["A1"].value = "=1+1"
    book.active["A1"].data_type = "s"
    out = io.BytesIO()
    book.save(out)
    [row] = sheets.read(out.getvalue())
    assert row.cells == {0: "=1+1"}
    assert type(row.cells[0]) is str


def test_sheet_of_the_name_is_read_else_the_first():
    data = workbook([["notes"]], ("announcements", [["table"]]))
    assert sheets.read(data, "Announcements")[0].cells == {0: "table"}
    assert sheets.read(data)[0].cells == {0: "notes"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (b"\xd0\xcf\x11\xe0rest", "old kind"),
        (b"PK\x03\x04rest", "cannot be read"),
        (b"a,b\0\n", "neither"),
        (b"\xff\xfea", "letters"),
        (b"a\x81b", "letters"),
        (b"a," + b"x" * 200_000, "not CSV"),
        (b"a\n" + b"1\n" * (sheets.ROWS + 1), "more than 20,000 rows"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, says):
    with pytest.raises(Unreadable, match=says):
        sheets.read(data)


def test_workbook_that_would_fill_the_machine_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(sheets, "UNPACKED", 1000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", "x" * 1001)
    with pytest.raises(Unreadable, match="unpacks"):
        sheets.read(out.getvalue())


@given(st.text(st.sampled_from("'=+-@# a\t"), max_size=5).filter(lambda text: text == text.strip() and text))
def test_harmless_text_is_no_formula_and_comes_back(text):
    written = sheets.harmless(text)
    assert not sheets.RISKY.match(written)
    assert sheets.meant(written) == text
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["a", "b"], ["x", written]])
    [_, row] = sheets.read(out.getvalue().encode())
    assert row.cells == {0: "x", 1: text}
