"""Keyset paging: a page begins after a row, not after a number of rows, so nothing is lost or repeated.

What is inserted or deleted between two requests moves no other row to another page, and rows that sort alike are told
apart by the unique end of the order (encode/django-rest-framework#6886). Shared by pages and API.
"""

import datetime
from typing import NamedTuple

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, OrderBy, Q


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
