"""Tables that people send: the cells of a CSV file or a workbook, row by row, as a spreadsheet shows them.

Nothing is guessed and nothing is evaluated: a formula is told as one, with what it says. Opens no file and no network:
bytes in, rows out.
"""

import csv
import datetime
import io
import re
import zipfile
from decimal import Decimal
from typing import NamedTuple

import openpyxl

ROWS = 20_000
"""Rows under the header that one file may have."""
UNPACKED = 200 * 1024 * 1024
"""Bytes that a workbook may be of when it is unpacked."""

RISKY = re.compile(r"[=+\-@\t\r]|# ")
"""How a text begins that a spreadsheet would take for a formula, or a reader for what a file says of itself."""
MADE_HARMLESS = re.compile(rf"'+(?:{RISKY.pattern})")


class Unreadable(Exception):
    """The file is no table; the text says what to do."""


class Formula(str):
    """A cell that a spreadsheet computes, as the formula says it, or the error that it came to."""


Cell = str | Decimal | datetime.date | Formula


class Row(NamedTuple):
    """The cells of a row that hold anything, by column from 0; number: the row's as a spreadsheet counts, from 1."""

    number: int
    cells: dict[int, Cell]


def harmless(text):
    """A text as a CSV file may hold it: with an apostrophe before it where a spreadsheet would run it. `meant` undoes it."""
    return f"'{text}" if RISKY.match(text) or MADE_HARMLESS.match(text) else text


def meant(text):
    """The text that `harmless` was given."""
    return text[1:] if MADE_HARMLESS.match(text) else text


def read(data, sheet=""):
    """The rows of a file that hold anything, in order, header first. Tells workbooks from CSV by what is in them.

    data: bytes; sheet: which sheet of a workbook is read where it has one of this name, else the first.
    Raises Unreadable.
    """
    rows = _workbook(data, sheet) if data.startswith(b"PK\x03\x04") else _csv(data)
    if not rows:
        raise Unreadable("The file is empty.")
    if len(rows) > ROWS + 1:
        raise Unreadable(f"The file has more than {ROWS:,} rows: divide it, and import one after the other.")
    return rows


def _rows(lines, cell):
    rows = []
    for number, line in enumerate(lines, 1):
        cells = {place: found for place, value in enumerate(line) if (found := cell(value)) not in (None, "")}
        if cells and not (len(cells) == 1 and str(cells.get(0, "")).startswith("# ")):
            rows.append(Row(number, cells))
        if len(rows) > ROWS + 1:
            break
    return rows


# ------------------------------------------------------------------------------------------------- CSV


def _csv(data):
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is a workbook of the old kind (.xls) or a locked one: save it as .xlsx or CSV.")
    text = _text(data)
    if "\0" in text:
        raise Unreadable("This is neither CSV nor a workbook: save the table as CSV or .xlsx.")
    # The header says what separates; it holds nothing else of the kind.
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _rows(lines, lambda value: meant(value.strip()))
    except csv.Error as problem:
        raise Unreadable(f"Line {lines.line_num} is not CSV ({problem}): save the table again.") from None


def _text(data):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # What is UTF-8 by chance is not met with: its pairs of signs make no sense in Windows-1252.
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("The letters of this file cannot be read: save it as CSV in UTF-8, or as .xlsx.")


# -------------------------------------------------------------------------------------------- workbooks


def _workbook(data, name):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise Unreadable("This workbook unpacks to more than it may: save only the table, or take CSV.")
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        try:
            sheets = workbook.worksheets
            sheet = next((one for one in sheets if one.title.casefold() == name.casefold()), sheets[0])
            # What it says of its size may be wrong.
            sheet.reset_dimensions()
            return _rows(sheet.iter_rows(), _cell)
        finally:
            workbook.close()
    except Unreadable:
        raise
    except Exception as problem:
        # A file that only looks like a workbook makes its reader stumble in any way there is.
        raise Unreadable("This workbook cannot be read: open it, save it as .xlsx again, or take CSV.") from problem


def _cell(cell):
    value = cell.value
    if value is None:
        return None
    if cell.data_type in ("f", "e"):
        return Formula(getattr(value, "text", value) or "=")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        # As a spreadsheet shows it: 15 digits are meant, the rest is how the machine holds them.
        return Decimal(f"{value:.15g}")
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, str):
        return value.strip()
    return value if isinstance(value, datetime.date) else str(value)
