"""Rows in, bytes out, whatever their number: CSV, JSON lines and XLSX, each with what it says of itself.

What a file says stands at its end, under the rows: a reader that knows nothing of it finds the header in the first line,
and a file that broke off says so or has no end. `healthfund/DECISIONS.md` gives the reasons, and how to read each.

`documents` are dicts, or texts of JSON objects as they are stored; `columns` those of `columns.columns`.
"""

import csv as csv_format
import datetime
import io
import itertools
import json
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from announcements.intake.sheets import RISKY, harmless

from .columns import Kind
from .statement import cut_short, ending

BATCH = 200
"""Rows that are handed on together."""

SHEET_ROWS = 1_048_576
"""As many as one sheet of Excel holds."""

CELL = 32_767
"""Characters that one cell of Excel holds."""


def as_document(document):
    return json.loads(document) if isinstance(document, str) else document


# CSV


def csv(documents, columns, statement):
    """The bytes of a CSV file, piece by piece: header, rows, and lines that begin with "# ", as wide as the others.

    RFC 4180 in UTF-8. Money is a number of pounds with two places. An error ends the file with a line that says so, and
    is raised again.
    """
    buffer = io.StringIO()
    writer = csv_format.writer(buffer)

    def said(name, text):
        writer.writerow([f"# {name}: {text}", *[""] * (len(columns) - 1)])

    def written():
        piece = buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        return piece

    rows = 0
    writer.writerow([column.name for column in columns])
    yield written()
    try:
        for document in documents:
            found = as_document(document)
            writer.writerow([csv_cell(column.of(found)) for column in columns])
            rows += 1
            if rows % BATCH == 0:
                yield written()
    except Exception:
        said(*cut_short(rows))
        yield written()
        raise
    for line in statement.lines():
        said(*line)
    said(*ending(rows))
    yield written()


def csv_cell(value):
    """A value as CSV writes it; a text that a spreadsheet would run has an apostrophe before it, a number never."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(datetime.UTC).isoformat().removesuffix('+00:00')}Z"
    if isinstance(value, str):
        return harmless(value)
    return value if isinstance(value, int) else value.isoformat()


# JSON lines


def jsonl(documents, columns, statement):
    """The bytes of a file with one document a line, exactly as the API shows them, and a last line of another kind:
    {"_export": {"complete": true, "rows": 335, ...}}."""
    rows = 0
    said = {}
    for name, text in statement.lines():
        said.setdefault(name.replace(" ", "_"), []).append(text)
    said = {name: texts[0] if len(texts) == 1 else texts for name, texts in said.items()}
    try:
        while batch := list(itertools.islice(documents, BATCH)):
            rows += len(batch)
            yield "".join(f"{one if isinstance(one, str) else as_json(one)}\n" for one in batch).encode()
    except Exception:
        yield f"{as_json({'_export': {'complete': False, 'rows': rows} | said})}\n".encode()
        raise
    yield f"{as_json({'_export': {'complete': True, 'rows': rows} | said})}\n".encode()


def as_json(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)


# XLSX


def xlsx(documents, columns, statement, file, sheet_rows=SHEET_ROWS):
    """Writes a workbook into a binary file and gives the number of rows. Dates are dates and money is numbers; the rows
    stand in as many sheets as they need, before one named About. An error leaves no workbook.

    Each sheet lies in a file of its own until the end, so memory does not grow with the rows.
    """
    workbook = Workbook(write_only=True)
    try:
        rows, cut = _fill(workbook, documents, columns, statement, sheet_rows)
        _about(workbook, statement, rows, cut)
        workbook.save(file)
    finally:
        _discard(workbook)
    return rows


def _fill(workbook, documents, columns, statement, sheet_rows):
    rows = cut = 0
    documents = iter(documents)
    for number in itertools.count(1):
        batch = list(itertools.islice(documents, 1))
        if not batch and number > 1:
            break
        title = statement.name if number == 1 else f"{statement.name} {number}"
        sheet = _sheet(workbook, title, columns)
        filled = 1
        for document in itertools.chain(batch, itertools.islice(documents, sheet_rows - 2)):
            found = as_document(document)
            cells = [_cell(sheet, column, column.of(found)) for column in columns]
            cut += sum(was_cut for _, was_cut in cells)
            sheet.append([cell for cell, _ in cells])
            filled += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{filled}"
        rows += filled - 1
    return rows, cut


def _sheet(workbook, title, columns):
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(max(len(column.name) + 4, 14), 40)
    sheet.append([_bold(sheet, column.name) for column in columns])
    return sheet


def _bold(sheet, text):
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet, column, value):
    """What is put into a cell, and whether it was too long for one."""
    if value is None:
        return None, False
    if isinstance(value, datetime.datetime):
        # Excel knows no time zones; About says that moments are in UTC.
        return value.astimezone(datetime.UTC).replace(tzinfo=None), False
    if column.kind is Kind.MONEY:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "#,##0.00"
        return cell, False
    if not isinstance(value, str):
        return value, False
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    too_long = len(text) > CELL
    if too_long:
        text = f"{text[: CELL - 1]}…"
    return (_text(sheet, text) if RISKY.match(text) or text.startswith("#") else text), too_long


def _text(sheet, text):
    """A cell that is text whatever it looks like, and stays so when somebody edits it."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _about(workbook, statement, rows, cut):
    about = workbook.create_sheet("About")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 20, 100
    notes = [("moments", "in UTC"), ("money", "in pounds, or in the currency that stands beside it")]
    if cut:
        notes.append(("cells cut", f"{cut} texts are longer than a cell may be and end with …; take CSV or JSON lines"))
    for name, text in [*statement.lines(), *notes, ending(rows)]:
        about.append([_bold(about, name), _text(about, text)])


def _discard(workbook):
    """Removes what an unfinished workbook left in the folder for temporary files."""
    for sheet in workbook.worksheets:
        writer = sheet._writer
        if writer is not None and Path(writer.out).exists():
            if not sheet.closed:
                sheet.close()
            writer.cleanup()
