"""Keyset paging: a page begins after a row, not after a number of rows, so nothing is lost or repeated.

What is inserted or deleted between two requests moves no other row to another page, and rows that sort alike are told
apart by the unique end of the order (encode/django-rest-framework#6886).
"""

import datetime
import json
from typing import NamedTuple

from django import forms
from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, OrderBy, Q
from django.http import HttpResponse
from rest_framework.response import Response

from announcements.filters import StrictForm, refusal

from .manners import link
from .remembering import Remembered

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


class Column(NamedTuple):
    """One column of an order: its lookup path, its direction, and whether it may be NULL, which then sorts last."""

    path: str
    descending: bool
    nullable: bool

    def ordering(self, backwards):
        by = F(self.path)
        descending = self.descending != backwards
        if not self.nullable:
            return by.desc() if descending else by.asc()
        # Read backwards, what comes last comes first.
        last = {"nulls_first": True} if backwards else {"nulls_last": True}
        return by.desc(**last) if descending else by.asc(**last)

    def beyond(self, value, backwards):
        """The rows that this column alone puts after the value (before it, backwards), as a Q; None where none can be."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backwards else None
        side = "lt" if self.descending != backwards else "gt"
        rows = Q(**{f"{self.path}__{side}": value})
        return rows | Q(**{f"{self.path}__isnull": True}) if self.nullable and not backwards else rows

    def same(self, value):
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def value_of(self, row):
        for name in self.path.split("__"):
            row = None if row is None else getattr(row, name)
        if isinstance(row, (datetime.date, datetime.datetime)):
            return row.isoformat()
        return row if row is None or isinstance(row, (bool, int, str)) else str(row)


class Keyset:
    """The order of a queryset, as columns to page by. Raises TypeError where two rows could stand in the same place."""

    def __init__(self, queryset):
        query, model = queryset.query, queryset.model
        named = [self._named(by) for by in query.order_by]
        self.columns = [Column(name, descending, self._nullable(query, model, name)) for name, descending in named]
        if not self.columns or not self._unique(model, self.columns[-1]):
            raise TypeError(f"the order {query.order_by} of {model.__name__} does not end in something unique")
        self.salt = f"cursor {model.__name__} {' '.join('-' * descending + name for name, descending in named)}"

    @staticmethod
    def _named(by):
        """(path, whether descending) of what order_by was given: a name, or an F with its direction and NULL last."""
        if isinstance(by, str):
            return by.lstrip("-"), by.startswith("-")
        if not (isinstance(by, OrderBy) and isinstance(by.expression, F) and by.nulls_last):
            raise TypeError(f"a list cannot be paged by {by!r}")
        return by.expression.name, by.descending

    @staticmethod
    def _nullable(query, model, path):
        if path in query.annotations:
            return True
        for name in path.split("__"):
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
            if field.null:
                return True
            model = field.related_model
        return False

    @staticmethod
    def _unique(model, column):
        try:
            return column.path == "pk" or model._meta.get_field(column.path).unique
        except FieldDoesNotExist:
            return False

    def ordered(self, queryset, backwards):
        return queryset.order_by(*(column.ordering(backwards) for column in self.columns))

    def beyond(self, queryset, values, backwards):
        """The rows after the one with these values in the columns, or before it."""
        rows, same = Q(pk__in=[]), Q()
        for column, value in zip(self.columns, values, strict=True):
            further = column.beyond(value, backwards)
            if further is not None:
                rows |= same & further
            same &= column.same(value)
        first, value = self.columns[0], values[0]
        if not first.nullable:
            # Says again what follows from the rest, in a form that an index answers.
            rows &= first.same(value) | first.beyond(value, backwards)
        return queryset.filter(rows)

    def position(self, row):
        return [column.value_of(row) for column in self.columns]

    def cursor(self, row, backwards=False):
        """Where a page begins: an opaque word for `page`, good for this order only."""
        return signing.Signer(salt=self.salt).sign_object([int(backwards), self.position(row)], compress=True)

    def read(self, cursor):
        """(backwards, values) of a cursor. Raises BadSignature for anything that `cursor` did not give."""
        backwards, values = signing.Signer(salt=self.salt).unsign_object(cursor)
        return bool(backwards), values


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
