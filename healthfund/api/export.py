"""A list as a file: the whole of what a request asks for, in its order, instead of a page."""

import datetime
import tempfile

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

from announcements.filters import Fault, OneOf, StrictForm
from announcements.ledger.counting import RULES
from healthfund.exports import writers
from healthfund.exports.statement import Statement

from .pagination import PARAMETERS as PAGING

PARAMETERS = ("format",)
JSON = "json"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STREAMED = {"csv": writers.csv, "jsonl": writers.jsonl}


class Export(StrictForm):
    """What a request wants its list to be: JSON, or a file. Read `faults` before the rest."""

    format = OneOf(
        choices=[(JSON, "JSON, page by page"), ("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSON lines")],
        required=False,
    )

    def __init__(self, request):
        super().__init__(request.query_params, also=request.query_params, blanks=False)
        self.request = request

    @property
    def is_file(self):
        return self.cleaned_data.get("format") not in (None, "", JSON)

    @property
    def faults(self):
        """Those of the form, and where a file is asked for any parameter that asks for a page of it."""
        found = super().faults
        if found or not self.is_file:
            return found
        return [
            Fault(name, f"A file holds the whole list: leave {name} out, or ask for format={JSON}.")
            for name in PAGING
            if name in self.data
        ]

    def response(self, documents, columns, remarks=()):
        """The file, with `remarks` for its statement. CSV and JSON lines are sent while `documents` are read; a workbook is whole before it is sent."""
        suffix, statement = self.cleaned_data["format"], self._statement(remarks)
        headers = {"Content-Type": MEDIA_TYPES[suffix]}
        if suffix in STREAMED:
            headers["Content-Disposition"] = f'attachment; filename="{statement.filename(suffix)}"'
            return StreamingHttpResponse(STREAMED[suffix](documents, columns, statement), headers=headers)
        # Closed, and so gone, with the response.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            writers.xlsx(documents, columns, statement, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=statement.filename(suffix), headers=headers)

    def _statement(self, remarks):
        as_at = self.data.get("as_at")
        return Statement(
            self.request.resolver_match.url_name,
            self.request.build_absolute_uri(),
            timezone.now(),
            rules=RULES,
            as_at=as_at and datetime.date.fromisoformat(as_at),
            remarks=tuple(remarks),
        )
