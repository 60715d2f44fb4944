"""The shape of a list's documents: only some fields of each (`fields=`), or more than the list shows (`expand=`)."""

import functools
from typing import NamedTuple

from django.db.models import QuerySet
from rest_framework import serializers

from announcements.filters import CommaSeparated, StrictForm, refusal
from healthfund.exports.columns import columns

PARAMETERS = ("fields", "expand")


class Expansion(NamedTuple):
    """More of each document: the serializer field that shows it, in place of one that has the same name or beside the
    others, and what the queryset must fetch for it, as arguments of prefetch_related.

    Of stored documents it is in the part that lists leave out, unless `rows` gives the queryset of those, known by
    their slugs, that are shown whole in place of the references to them.
    """

    field: serializers.Field
    prefetch: tuple = ()
    rows: QuerySet | None = None


def widened(serializer, expansions):
    """A serializer class that shows these expansions, {name: Expansion}, too."""
    fields = {name: expansion.field for name, expansion in expansions.items()}
    return type(serializer)(serializer.__name__, (serializer,), fields) if fields else serializer


def paths(serializer, within=""):
    """The names of a serializer's fields, and with dots of the fields in these: id, organisation, organisation.name."""
    found = []
    for name, field in serializer.fields.items():
        found.append(f"{within}{name}")
        inner = getattr(field, "child", field)
        if isinstance(inner, serializers.Serializer):
            found += paths(inner, f"{within}{name}.")
    return found


def kept(document, wanted):
    """A document or a list of them with only the wanted fields, as `tree` gives them; null stays null."""
    if isinstance(document, list):
        return [kept(one, wanted) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: kept(value, wanted[name]) if wanted[name] else value for name, value in document.items() if name in wanted
    }


def tree(names):
    """{"id": {}, "organisation": {"name": {}}} for id and organisation.name; a name alone asks for all that is in it."""
    found = {}
    # Whatever is in a field that is asked for as a whole is asked for with it.
    for name in sorted(names, key=len):
        node = found
        *outer, last = name.split(".")
        for part in outer:
            if part in node and not node[part]:
                break
            node = node.setdefault(part, {})
        else:
            node.setdefault(last, {})
    return found


class FieldNames(CommaSeparated):
    """Names of fields. `expansions` are those that are not asked for, by what they would add."""

    def __init__(self, *, names, further, **kwargs):
        super().__init__(choices=[(name, name) for name in names], **kwargs)
        self.further = further

    def validate(self, values):
        for value in values:
            if value in self.further:
                raise refusal(
                    f"“{value}” is shown only with expand={self.further[value]}.",
                    allowed=tuple(name for name, _ in self.choices),
                )
        super().validate(values)


class Shape(StrictForm):
    """What a request asks its documents to be, of a list with this serializer and these expansions, {name: Expansion}.

    Read `faults` before the rest.
    """

    def __init__(self, data, serializer, expansions, *, also):
        super().__init__(data, also=also, blanks=False)
        self.serializer, self.expansions = serializer, expansions
        if expansions:
            self.fields["expand"] = CommaSeparated(choices=[(name, name) for name in expansions], required=False)
        names, further = _names(serializer, tuple(expansions.items()), tuple(sorted(self._expanded(data))))
        self.fields["fields"] = FieldNames(names=names, further=further, required=False)

    def fetching(self, queryset):
        """The queryset with what the expansions need: a fixed number of queries for each."""
        lookups = [lookup for expansion in self._asked().values() for lookup in expansion.prefetch]
        return queryset.prefetch_related(*lookups) if lookups else queryset

    def show(self, rows, context):
        """The rows as documents of this shape."""
        return self.trimmed(widened(self.serializer, self._asked())(rows, many=True, context=context).data)

    @property
    def as_stored(self):
        """Whether neither fields nor expansions are asked for."""
        return not (self.cleaned_data["fields"] or self._asked())

    def show_stored(self, heads, rests):
        """Stored documents, parsed, of this shape. rests: what the lists leave out of each; read only if `beyond`."""
        asked = self._asked()
        documents = [
            head | {name: rest[name] for name in asked if asked[name].rows is None}
            for head, rest in zip(heads, rests, strict=True)
        ]
        for name, expansion in asked.items():
            if expansion.rows is not None:
                _show_whole(documents, name, expansion)
        return self.trimmed(documents)

    @property
    def beyond(self):
        """Whether anything is asked for that lists leave out of stored documents."""
        return any(expansion.rows is None for expansion in self._asked().values())

    def trimmed(self, documents):
        """Documents, or one, with only the fields that are asked for."""
        names = self.cleaned_data["fields"]
        return kept(documents, tree(names)) if names else documents

    def columns(self):
        """The columns of the same documents as flat rows."""
        return columns(widened(self.serializer, self._asked())(), tree(self.cleaned_data["fields"]))

    def _asked(self):
        return {name: self.expansions[name] for name in self.cleaned_data.get("expand") or []}

    def _expanded(self, data):
        """The expansions that are asked for, before anything is validated: they decide which fields there are."""
        given = {word.strip() for value in data.getlist("expand") for word in value.split(",")}
        return given & set(self.expansions)


@functools.cache
def _names(serializer, expansions, asked):
    """The names of the fields there are with these expansions, and {name: expansion} of those with the others."""
    every = dict(expansions)
    names = paths(widened(serializer, {name: every[name] for name in asked})())
    further = {}
    for other in every.keys() - set(asked):
        for name in paths(widened(serializer, {other: every[other]})()):
            if name not in names:
                further[name] = other
    return names, further


def _show_whole(documents, name, expansion):
    """Put rows, as the expansion shows them, in place of the references to them; null stays."""
    refs = [ref for document in documents for ref in _listed(document[name])]
    rows = expansion.rows.filter(slug__in={ref["id"] for ref in refs})
    field = getattr(expansion.field, "child", expansion.field)
    whole = {row.slug: field.to_representation(row) for row in rows}
    for document in documents:
        if isinstance(document[name], list):
            document[name] = [whole[ref["id"]] for ref in document[name]]
        elif document[name] is not None:
            document[name] = whole[document[name]["id"]]


def _listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]
