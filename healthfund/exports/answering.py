"""A file as the answer to a request: rows of anything, in any of the formats."""

import tempfile

from django.http import FileResponse, StreamingHttpResponse

from . import writers

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STREAMED = {"csv": writers.csv, "jsonl": writers.jsonl}
TITLES = {"csv": "CSV", "xlsx": "Excel", "jsonl": "JSON lines"}
"""What readers are told of each format."""


def answer(suffix, documents, columns, statement):
    """The file as a response. CSV and JSON lines are sent while `documents` are read; a workbook is whole before it is sent."""
    headers = {"Content-Type": MEDIA_TYPES[suffix]}
    if suffix in STREAMED:
        headers["Content-Disposition"] = f'attachment; filename="{statement.filename(suffix)}"'
        return StreamingHttpResponse(STREAMED[suffix](documents, columns, statement), headers=headers)
    # Closed, and so gone, with the response.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        write(suffix, documents, columns, statement, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=statement.filename(suffix), headers=headers)


def write(suffix, documents, columns, statement, file):
    """Writes a file of this format, whole, into a binary file."""
    if suffix in STREAMED:
        for piece in STREAMED[suffix](documents, columns, statement):
            file.write(piece)
    else:
        writers.xlsx(documents, columns, statement, file)
