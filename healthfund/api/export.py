"""A list as a file: the whole of what a request asks for, in its order, instead of a page."""

import datetime

from django.utils import timezone

from announcements.filters import Fault, OneOf, StrictForm
from announcements.ledger.counting import RULES
from healthfund.exports.answering import answer
from healthfund.exports.statement import Statement

from .pagination import PARAMETERS as PAGING

PARAMETERS = ("format",)
JSON = "json"


class Export(StrictForm):
    """What a request wants its list to be: JSON, or a file. Read `faults` before the rest."""

    format = OneOf(
        choices=[(JSON, "JSON, page by page"), ("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSON lines")],
        required=False,
    )

    def __init__(self, query, name, address):
        """name, address: the list's, and the whole address at which it is asked."""
        super().__init__(query, also=query, blanks=False)
        self.name, self.address = name, address

    @classmethod
    def of(cls, request):
        """What a request to the API wants."""
        return cls(request.query_params, request.resolver_match.url_name, request.build_absolute_uri())

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
        """The file, with `remarks` for its statement."""
        return answer(self.cleaned_data["format"], documents, columns, self.statement(remarks))

    def statement(self, remarks=()):
        """What the file says of itself, made now."""
        as_at = self.data.get("as_at")
        return Statement(
            self.name,
            self.address,
            timezone.now(),
            rules=RULES,
            as_at=as_at and datetime.date.fromisoformat(as_at),
            remarks=tuple(remarks),
        )
