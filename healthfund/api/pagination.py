"""The API's lists page by page, by keyset."""

import json

from django import forms
from django.core import signing
from django.http import HttpResponse
from rest_framework.response import Response

from announcements.filters import StrictForm, refusal
from healthfund.keyset import Keyset
from healthfund.remembering import Remembered

from .manners import link

PAGE_SIZE = 50
LARGEST_PAGE = 500
PARAMETERS = ("cursor", "page_size")
LONGEST_LINKS = 3000
"""Characters of a Link header, beyond which proxies refuse answers. The JSON has the same links."""
EXACT = "exact"
COUNTS = Remembered()
"""How many rows each question has."""
COMPACT = (",", ":")
"""JSON's separators as REST framework writes them."""


class PageSize(forms.Field):
    def to_python(self, value):
        if value in self.empty_values:
            return PAGE_SIZE
        if value.isascii() and value.isdigit() and len(value) < 10:
            if 1 <= int(value) <= LARGEST_PAGE:
                return int(value)
            meant = str(min(max(int(value), 1), LARGEST_PAGE))
        else:
            meant = None
        raise refusal(f"page_size is a whole number from 1 to {LARGEST_PAGE}.", nearest=meant)


class PageForm(StrictForm):
    """The two parameters of every list."""

    cursor = forms.CharField(max_length=4000)
    page_size = PageSize()

    def __init__(self, data, *, keyset, **kwargs):
        super().__init__(data, **kwargs)
        self.keyset = keyset

    def clean_cursor(self):
        cursor = self.cleaned_data["cursor"]
        if not cursor:
            return None
        try:
            return self.keyset.read(cursor)
        except signing.BadSignature:
            raise refusal(
                "This cursor is not one that this list gave: follow the next link as it is, or leave the cursor out "
                "to begin anew."
            ) from None


def as_json(text, headers=None):
    """An answer whose JSON is written already."""
    return HttpResponse(text, content_type="application/json", headers=headers)


class Pager:
    """One page of an ordered queryset, as a request asks for it. Read `faults` before `response`.

    version: see Remembered; read before the rows are, None to count them in any case.
    """

    def __init__(self, request, queryset, also, version=None):
        self.request, self.queryset, self.version = request, queryset, version
        self.keyset = Keyset(queryset)
        self.form = PageForm(request.query_params, keyset=self.keyset, also=also, blanks=False)

    @property
    def faults(self):
        return self.form.faults

    def response(self, show):
        """The page as JSON: how many rows there are, links to the pages beside it, and the rows as `show` makes them:
        documents, or the text of a JSON array of them.

        The number is always exact: `count_is` leaves room for an estimate, which nothing gives today.
        """
        rows, following, preceding = self._page()
        after = self._link(rows[-1]) if following else None
        before = self._link(rows[0], backwards=True) if preceding else None
        headers = as_header({"first": self._address(), "prev": before, "next": after})
        count = self._count()
        page = {"count": count, "count_is": EXACT, "next": after, "previous": before}
        results = show(rows)
        if isinstance(results, str):
            return as_json(f'{json.dumps(page, separators=COMPACT)[:-1]},"results":{results}}}', headers)
        return Response(page | {"results": results}, headers=headers)

    def _count(self):
        rows = self.queryset.order_by()
        return COUNTS.of(self.version, str(rows.query), rows.count) if self.version else rows.count()

    def _page(self):
        """The rows of the page, and whether there are rows after and before it."""
        size = self.form.cleaned_data["page_size"]
        backwards, values = self.form.cleaned_data["cursor"] or (False, None)
        queryset = self.keyset.ordered(self.queryset, backwards)
        if values is not None:
            queryset = self.keyset.beyond(queryset, values, backwards)
        # One more than is shown tells whether there are more.
        rows = list(queryset[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            # Whoever came back came from a later page.
            return rows[::-1], bool(rows), more
        return rows, more, bool(rows) and values is not None

    def _link(self, row, backwards=False):
        return self._address(cursor=self.keyset.cursor(row, backwards))

    def _address(self, **where):
        """This list with the same parameters, where `where` says; else from its beginning."""
        parameters = self.request.query_params.copy()
        parameters.pop("cursor", None)
        parameters.update(where)
        query = f"?{parameters.urlencode()}" if parameters else ""
        return self.request.build_absolute_uri(f"{self.request.path}{query}")


def as_header(links):
    """{relation: address, or None} as a Link header, or none where it would get too long."""
    header = ", ".join(link(address, relation) for relation, address in links.items() if address)
    return {"Link": header} if len(header) <= LONGEST_LINKS else {}
