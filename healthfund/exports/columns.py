"""Nested documents as flat rows. The columns follow from the serializers that shape the documents, so that there is one
source for both; nothing here knows any of them by name.

    a value                      a column                                  title
    an object                    its columns, with its name before each    organisation.id, amount.low
    a list of values             one column, joined with "; "              flags
    a list of what has an id     one column of the ids, joined             programmes.id
    any other list of objects    how many there are                        sources.count
    anything else                one column of JSON                        codes

`fields=programmes.name` names a column inside a list of objects, which is then joined in the same way.
"""

import datetime
import json
import types
import typing
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from rest_framework import serializers

from announcements import documents

SEPARATOR = "; "


class Kind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DAY = "day"
    MOMENT = "moment"
    JOINED = "joined"
    COUNT = "count"
    ANY = "any"


class Column(NamedTuple):
    """A column by its dotted name, what kind of value stands in it, and where in a document it is found."""

    name: str
    kind: Kind
    path: tuple[str, ...]

    def of(self, document):
        """The column's value in a document, as Python has it: None, str, bool, int, Decimal, date or aware datetime."""
        found = within(document, self.path)
        if self.kind is Kind.COUNT:
            return None if found is None else len(found)
        if found is None:
            return None
        return READ[self.kind](found)


def within(document, path):
    """What stands at a path; on the way through a list, the list of what stands there in each of its members."""
    for place, name in enumerate(path):
        if document is None:
            return None
        if isinstance(document, list):
            rest = [within(one, path[place:]) for one in document]
            return [inner for one in rest for inner in (one if isinstance(one, list) else [one])]
        document = document.get(name)
    return document


def joined(value):
    """A list of values as text; whatever is no such list as JSON, a bare value as itself."""
    if isinstance(value, list):
        if any(isinstance(one, (dict, list)) for one in value):
            return json.dumps(value, ensure_ascii=False)
        return SEPARATOR.join("" if one is None else as_text(one) for one in value) or None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    return as_text(value)


def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


READ = {
    Kind.TEXT: as_text,
    Kind.MONEY: Decimal,
    Kind.NUMBER: Decimal,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.DAY: lambda text: datetime.date.fromisoformat(str(text)),
    Kind.MOMENT: lambda text: datetime.datetime.fromisoformat(str(text)),
    Kind.JOINED: joined,
    Kind.ANY: joined,
}

FIELDS = [
    (documents.Pounds, Kind.MONEY),
    (documents.Number, Kind.NUMBER),
    (serializers.DecimalField, Kind.NUMBER),
    (serializers.IntegerField, Kind.INTEGER),
    (serializers.BooleanField, Kind.BOOLEAN),
    (serializers.DateTimeField, Kind.MOMENT),
    (serializers.DateField, Kind.DAY),
    ((serializers.JSONField, serializers.ListField, serializers.DictField), Kind.ANY),
]
HINTS = {str: Kind.TEXT, int: Kind.INTEGER, bool: Kind.BOOLEAN}


def columns(serializer, wanted=None, path=()):
    """The columns of a serializer's documents, in its order, as a list.

    wanted: the fields that are asked for, as a tree of names ({} asks for all that is in a field); None for all.
    """
    found = []
    for name, field in serializer.fields.items():
        if not wanted or name in wanted:
            found += _of_field(field, (*path, name), (wanted or {}).get(name))
    return found


def _of_field(field, path, wanted):
    hint = _hint(field)
    child = getattr(field, "child", None) or _member(hint)
    if isinstance(child, serializers.Serializer):
        return _of_list(child, path, wanted)
    if _is_document(hint):
        return columns(hint(), wanted, path)
    if isinstance(field, serializers.Serializer):
        return columns(field, wanted, path)
    return [Column(".".join(path), _kind(field, hint), path)]


def _of_list(child, path, wanted):
    if wanted:
        return [
            column if column.kind is Kind.COUNT else column._replace(kind=Kind.JOINED)
            for column in columns(child, wanted, path)
        ]
    if "id" in child.fields:
        return [Column(".".join((*path, "id")), Kind.JOINED, (*path, "id"))]
    return [Column(".".join((*path, "count")), Kind.COUNT, path)]


def _hint(field):
    """What a method or a JSON column gives by its annotation, without that it may be null; None for other fields."""
    if isinstance(field, serializers.SerializerMethodField):
        hint = typing.get_type_hints(getattr(type(field.parent), field.method_name)).get("return")
    else:
        hint = getattr(field, "hint", None)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    return getattr(hint, "__supertype__", hint)


def _member(hint):
    """The serializer of the documents that a hint says are in a list; None where it says no such thing."""
    [member] = typing.get_args(hint) if typing.get_origin(hint) is list else [None]
    return member() if _is_document(member) else None


def _is_document(hint):
    return isinstance(hint, type) and issubclass(hint, serializers.Serializer)


def _kind(field, hint):
    if hint is not None:
        return Kind.JOINED if typing.get_origin(hint) is list else HINTS.get(hint, Kind.ANY)
    return next((kind for classes, kind in FIELDS if isinstance(field, classes)), Kind.TEXT)
