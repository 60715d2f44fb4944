"""What the API says of itself in OpenAPI 3.1, read from what answers: forms, filters, serializers and docstrings.

A view shows its parameters through `parameters()`, the form fields that read its query; a filter that is added to a
list appears by itself. A serializer method shows what it gives by its annotation, a stored column by the hint of its field.
What cannot be read from code are examples: `v1/examples.json` holds a question and its answer for each operation, which
tests ask again of the real announcements.
"""

import functools
import inspect
import json
import types
import typing
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from django import forms
from django.db.models import Choices
from django.utils.choices import CallableChoiceIterator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, append_meta, build_parameter_type
from drf_spectacular.settings import spectacular_settings
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from announcements import documents, filters
from announcements.filters import MISSING, NOT
from healthfund.exports.answering import MEDIA_TYPES, STREAMED

from . import examples
from .errors import MEDIA_TYPE, BadDocumentSerializer, BadParametersSerializer, ProblemSerializer
from .pagination import EXACT, LARGEST_PAGE, PAGE_SIZE, PageSize
from .shape import FieldNames, widened

COMMITTED = Path(__file__).parent / "v1" / "openapi.json"
"""What `manage.py openapi` writes, so that a change of the API is a visible difference."""

SLUG = r"^[-a-zA-Z0-9_]+$"
REFERENCE = r"^[-a-zA-Z0-9_]+#[-a-zA-Z0-9_]+$"
YEAR = r"^[0-9]{4}-[0-9]{2}$"
WORDS = r"^[^\x00]*\S[^\x00]*$"
POUNDS = r"^-?[0-9]+\.[0-9]{2}$"
NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"

PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "The request is not understood, such as for a parameter or value that is not known here.",
    HTTPStatus.UNAUTHORIZED: "The token that was sent is of no use, or none was sent where one is needed.",
    HTTPStatus.FORBIDDEN: "The token may not be used for this, or its user may not do it.",
    HTTPStatus.NOT_FOUND: "There is nothing public at this address.",
    HTTPStatus.CONFLICT: "What stands there already does not allow it.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "What was sent is not JSON.",
    HTTPStatus.LENGTH_REQUIRED: "It has to be said how long the document is that is sent.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The document that was sent is too large.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The document that was sent has faults; each stands here by its JSON pointer.",
    HTTPStatus.NOT_ACCEPTABLE: "The answer does not come in any media type that is accepted.",
    HTTPStatus.TOO_MANY_REQUESTS: "More was asked for than is answered a minute.",
}
HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "How to come back with a token."},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "The seconds after which more is answered."},
}


def text(pattern=None, **more):
    return {"type": "string"} | ({"pattern": pattern} if pattern else {}) | more


MEANINGS = {
    "q": "Words that must all occur; of announcements also “words in quotes”, either OR other, and -word.",
    "year": "The financial year in which it was announced, written 2018-19.",
    "announced_from": "Announced on this day or later.",
    "announced_to": "Announced on this day or earlier.",
    "amount": "That no amount is stated.",
    "amount_min": "Of at least so many pounds.",
    "amount_max": "Of at most so many pounds.",
    "due_from": "Due on this day or later; a year or month counts where it touches the span.",
    "due_to": "Due on this day or earlier; a year or month counts where it touches the span.",
    "ordering": "What to sort by, with a minus the other way round; what is not stated comes last.",
    "measure": "Which measure of the money; they are stages of the same money and never added to each other.",
    "region": "A place and all that lies in it.",
    "region_itself": "A place without what lies in it.",
    "public": "Only public money, or only other.",
    "announced_year": "The financial year in which it was announced, written 2018-19.",
    "announced_year_from": "Announced in this financial year or later, written 2018-19.",
    "announced_year_to": "Announced in this financial year or earlier, written 2018-19.",
    "money_year": "The financial year that the money is for, written 2018-19.",
    "as_at": "Only what had taken effect by the end of this day.",
    "known_at": "Only what had been posted by this moment, or by the end of this day.",
    "by": "What to group by; there is a row for each combination that has entries.",
    "prices": "The financial year in whose prices the answer is, written 2018-19, or `cash`.",
    "deflator": "Which release of the price series converts it; by itself the newest.",
    "per": "Also what it comes to per head.",
    "population_year": "Of which year the population is that it is divided by.",
    "since": "Changes after this one; by itself, from the first on.",
    "changed_from": "Changes of this moment or later, or from the beginning of this day.",
    "changed_to": "Changes of this moment or earlier, or to the end of this day.",
    "kind": "Of this kind.",
    "resource": "Of this kind of document.",
    "explain": "Also what the answer rests on: the pots in it, and the claims left out, with why.",
    "reason": "Left out for this reason.",
    "dry_run": "Only says what would come of it.",
    "publish": "Publishes what is new, which takes the right to publish; by itself it stays a draft.",
    "fields": "Only these members of each document, with dots for members of members: `id,organisation.name`.",
    "expand": "More of each document.",
    "cursor": "Where the page begins, as the links `next` and `previous` give it.",
    # In words: a client made from a schema with a default sends it always, also where it asks for a file.
    "page_size": f"How many rows a page has; {PAGE_SIZE} where it is not said.",
    "format": "The list as it is paged, or the whole of it as a file, for which neither page_size nor cursor is given.",
}
"""What parameters ask for, where their labels on the site's forms are too short to say it."""


FILES = {
    media_type.partition(";")[0]: {"schema": text() if name in STREAMED else {}}
    for name, media_type in MEDIA_TYPES.items()
}
"""A list as a file, with `format`."""


# Values


HINTS = {
    documents.Slug: text(SLUG),
    documents.Reference: text(REFERENCE),
    documents.Address: text("^/api/v1/"),
    documents.YearText: text(YEAR),
    documents.PoundsText: text(POUNDS),
    str: text(),
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    dict: {"type": "object", "additionalProperties": {}},
}


@functools.singledispatch
def parameter_value(field):
    """The JSON Schema of what a form field takes from a query."""
    raise TypeError(f"nothing says what values {type(field).__name__} takes")


@parameter_value.register
def _(field: forms.CharField):
    # What is blank is refused where a parameter is given at all.
    return text(WORDS) | ({"maxLength": field.max_length} if field.max_length else {})


@parameter_value.register
def _(field: filters.PricesOf):
    return text(rf"^([0-9]{{4}}-[0-9]{{2}}|{filters.PricesOf.CASH})$")


@parameter_value.register
def _(field: filters.OneOf):
    if isinstance(field.choices, CallableChoiceIterator):
        # Which there are depends on the portal's data.
        return text(WORDS)
    return text(enum=[word for word, _ in field.choices])


@parameter_value.register
def _(field: filters.YesOrNo):
    return {"type": "boolean"}


@parameter_value.register
def _(field: filters.AnyOf):
    return _any(text(enum=[word for word, _ in field.choices]))


@parameter_value.register(filters.AnySlug)
@parameter_value.register(filters.AnyKey)
def _(field):
    return _any(text(SLUG))


@parameter_value.register
def _(field: filters.AnyKnown):
    return _any(text({"slug": SLUG, "reference": REFERENCE}.get(field.column, WORDS)))


@parameter_value.register
def _(field: filters.AnyYear):
    return _any(text(rf"^([0-9]{{4}}-[0-9]{{2}}|{MISSING})$" if field.missing else YEAR))


@parameter_value.register
def _(field: filters.OneYear):
    return text(YEAR)


@parameter_value.register
def _(field: FieldNames):
    return _any(text(r"^[a-z_]+(\.[a-z_]+)*$"))


@parameter_value.register
def _(field: filters.Day):
    return text(format="date")


@parameter_value.register
def _(field: filters.Moment):
    return {"anyOf": [text(format="date"), text(format="date-time")]}


@parameter_value.register
def _(field: filters.Money):
    return text(r"^[0-9]{1,15}(\.[0-9]{1,2})?$")


@parameter_value.register
def _(field: filters.Cursor):
    return {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


@parameter_value.register
def _(field: PageSize):
    return {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}


def _any(items):
    return {"type": "array", "items": items, "minItems": 1}


def parameter(name, field):
    """A form field as a query parameter."""
    several = isinstance(field, forms.MultipleChoiceField)
    return build_parameter_type(
        name=name,
        location="query",
        schema=parameter_value(field),
        description=description_of(name, field),
        # Repeated, or for some with commas: the commas are what one would write.
        style="form" if several else None,
        explode=not isinstance(field, filters.CommaSeparated) if several else None,
    )


def description_of(name, field):
    """What a parameter asks for, in a few sentences."""
    if name.startswith(NOT):
        return f"Leaves out what `{name.removeprefix(NOT)}` finds."
    said = [MEANINGS.get(name) or f"{field.label or name.capitalize()}."]
    if isinstance(field, filters.AnyKnown):
        said.append(f"{field.what()[:1].upper()}{field.what()[1:]}.")
    elif isinstance(field, filters.AnySlug):
        said.append(f"Ids of {field.rows().model._meta.verbose_name_plural}.")
    elif isinstance(field, filters.AnyKey):
        said.append(f"Ids of {field.resource}.")
    if isinstance(field, filters.CommaSeparated):
        said.append("Several with commas between them.")
    elif isinstance(field, forms.MultipleChoiceField):
        said.append("Repeat it to ask for any of several values.")
    if _takes_missing(field):
        said.append(f"`{MISSING}` asks for what is not stated.")
    return " ".join(said)


def _takes_missing(field):
    return getattr(field, "missing", False) or (
        type(field) is filters.AnyOf and MISSING in [word for word, _ in field.choices]
    )


# Operations


class Schema(AutoSchema):
    """Of one operation. What `extend_schema` says of a view comes first."""

    def get_operation_id(self):
        """The name of the address, with the method before it where that is not GET: announcements, patch_webhook."""
        name = _names_of_addresses()[self.path_regex.lstrip("/")].replace("-", "_")
        return name if self.method == "GET" else f"{self.method.lower()}_{name}"

    def get_summary(self):
        """The first sentence of what the method or the view says of itself, or else what its rows are called."""
        return self._docstring()[0] or self._plain_summary()

    def get_description(self):
        return self._docstring()[1]

    def _docstring(self):
        """(first sentence without its full stop, the rest)."""
        said = _own_docstring(getattr(self.view, self.method.lower())) or _said_of(self.view)
        first, _, rest = said.partition("\n\n")
        sentence, _, further = first.partition(". ")
        return sentence.rstrip("."), "\n\n".join(part for part in (further, rest) if part)

    def _plain_summary(self):
        names = self.view.get_queryset().model._meta
        return str(names.verbose_name_plural).capitalize() if self._is_list_view() else f"One {names.verbose_name}"

    def _is_list_view(self, serializer=None):
        return self.method == "GET" and hasattr(self.view, "filterset_class")

    # Parameters

    def _get_filter_parameters(self):
        return [parameter(name, field) for name, field in self._names().items()]

    def _names(self):
        """The form field of each query parameter, by name."""
        reading = self.method == "GET"
        return getattr(self.view, "parameters" if reading else f"{self.method.lower()}_parameters", dict)()

    def _get_pagination_parameters(self):
        return []

    @cached_property
    def _example(self):
        return examples.read().get(self.get_operation_id(), {})

    def _get_request_body(self, direction="request"):
        body = super()._get_request_body(direction)
        if body and "body" in self._example:
            body["content"]["application/json"]["example"] = self._example["body"]
        return body

    def _get_parameters(self):
        parameters = super()._get_parameters()
        for one in parameters:
            given = self._example.get(one["in"], {})
            if one["name"] in given:
                one["example"] = given[one["name"]]
        return parameters

    # Answers

    def get_response_serializers(self):
        """A list's documents with all that they can be expanded by."""
        serializer = super().get_response_serializers()
        if expansions := getattr(self.view, "expansions", None):
            return _expandable(self.view.serializer_class, tuple(expansions.items()))
        return serializer

    def _get_paginator(self):
        return PageShape if self._is_list_view() else None

    def get_paginated_name(self, serializer_name):
        return f"{serializer_name}Page"

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        for status in self._refusals():
            bodies.setdefault(str(status.value), self._problem(status))
        if self.method == "GET":
            bodies["304"] = {"description": "What was asked for before, by its ETag, has not changed."}
        if "format" in self._names():
            bodies["200"]["content"] |= FILES
        if "answer" in self._example:
            first = min(status for status in bodies if status.startswith("2"))
            bodies[first]["content"]["application/json"]["example"] = self._example["answer"]
        return dict(sorted(bodies.items()))

    def _refusals(self):
        yield HTTPStatus.BAD_REQUEST
        yield HTTPStatus.UNAUTHORIZED
        if {} not in self.get_auth():
            yield HTTPStatus.FORBIDDEN
        if "{" in self.path or getattr(self.view, "may_be_missing", False):
            yield HTTPStatus.NOT_FOUND
        yield HTTPStatus.NOT_ACCEPTABLE
        if self._writes():
            yield HTTPStatus.CONFLICT
        if self.method in ("POST", "PUT", "PATCH"):
            yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
            if not self.map_parsers():
                # Read as bytes: see `bodies`.
                yield HTTPStatus.LENGTH_REQUIRED
                yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                yield HTTPStatus.UNPROCESSABLE_ENTITY
        yield HTTPStatus.TOO_MANY_REQUESTS

    def _problem(self, status):
        serializer = ProblemSerializer
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            serializer = BadDocumentSerializer
        if status == HTTPStatus.BAD_REQUEST:
            serializer = BadDocumentSerializer if self._writes() else BadParametersSerializer
        component = self.resolve_serializer(serializer, "response")
        headers = {name: {"description": said, "schema": text()} for name, said in HEADERS.get(status, {}).items()}
        return {"description": PROBLEMS[status], "content": {MEDIA_TYPE: {"schema": component.ref}}} | (
            {"headers": headers} if headers else {}
        )

    def _writes(self):
        return self.method not in SAFE_METHODS

    def get_auth(self):
        """Reading needs no token where the permissions say so, whatever writing at the same address needs."""
        schemes = super().get_auth()
        freely = any(getattr(one, "reads_freely", False) for one in self.view.get_permissions())
        return [*schemes, {}] if freely and not self._writes() else schemes

    # Values

    def _map_serializer_field(self, field, direction, bypass_extensions=False):
        schema = self._value(field)
        if schema is None:
            return super()._map_serializer_field(field, direction, bypass_extensions)
        return append_meta(schema, self._get_serializer_field_meta(field, direction))

    def _get_serializer_field_meta(self, field, direction):
        meta = super()._get_serializer_field_meta(field, direction)
        if direction == "response":
            # Everything in an answer is only read.
            meta.pop("readOnly", None)
        return meta

    def _map_basic_serializer(self, serializer, direction):
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "response":
            always = [name for name, field in serializer.fields.items() if field.required or field.read_only]
            schema["required"] = sorted(always)
        else:
            # Every document that is taken in is refused for a member that is not known.
            schema["additionalProperties"] = False
        schema.pop("description", None)
        return schema | ({"description": said} if (said := _said_of(serializer)) else {})

    def _value(self, field):
        """The JSON Schema of what a serializer field of ours gives; None where spectacular knows it."""
        match field:
            case documents.Pounds():
                return text(POUNDS)
            case documents.Number():
                return text(NUMBER)
            case documents.Year():
                return text(YEAR)
            case documents.Word():
                return text(enum=field.choices) if isinstance(field.choices, list) else self._hinted(field.choices)
            case documents.Key():
                return text(SLUG)
            case documents.Page():
                return text("^/")
            case documents.Text():
                return text()
            case documents.Stored():
                return self._hinted(field.hint)
            case serializers.SerializerMethodField():
                method = getattr(field.parent, field.method_name)
                hint = typing.get_type_hints(method)["return"]
                if hint is documents.Id:
                    hint = documents.Reference if field.parent.known_by == "reference" else documents.Slug
                return self._hinted(hint)
        return None

    def _hinted(self, hint):
        """The JSON Schema of what an annotation names: texts, choices, documents, and lists and objects of these."""
        if hint in HINTS:
            return dict(HINTS[hint])
        outer, inner = typing.get_origin(hint), typing.get_args(hint)
        if outer is list:
            return {"type": "array", "items": self._hinted(inner[0])}
        if outer is dict:
            keys = self._hinted(inner[0])
            names = {"propertyNames": {"pattern": keys["pattern"]}} if "pattern" in keys else {}
            return {"type": "object", "additionalProperties": self._hinted(inner[1])} | names
        if outer in (types.UnionType, typing.Union):
            stated = [self._hinted(one) for one in inner if one is not types.NoneType]
            either = stated[0] if len(stated) == 1 else {"anyOf": stated}
            return append_meta(either, {"nullable": types.NoneType in inner})
        if issubclass(hint, Choices):
            return self._words(hint)
        return self.resolve_serializer(hint, "response").ref

    def _words(self, choices):
        labels = "\n".join(f"* `{word}`: {label}" for word, label in choices.choices)
        component = ResolvedComponent(
            name=choices.__name__,
            type=ResolvedComponent.SCHEMA,
            schema=text(enum=choices.values, description=labels),
            object=choices,
        )
        self.registry.register_on_missing(component)
        return component.ref


class PageShape:
    """How `pagination.Pager` answers."""

    @staticmethod
    def get_paginated_response_schema(results):
        link = {"type": ["string", "null"], "format": "uri"}
        members = {
            "count": {"type": "integer", "minimum": 0, "description": "How many rows there are on all pages."},
            "count_is": text(enum=[EXACT], description="Whether the count is exact."),
            "next": link | {"description": "The next page; null on the last. Follow it as it is."},
            "previous": link | {"description": "The page before; null on the first."},
            "results": results,
        }
        return {"type": "object", "properties": members, "required": sorted(members)}


def _said_of(thing):
    """The paragraphs of a class's own docstring, each on one line."""
    return _own_docstring(type(thing))


def _own_docstring(thing):
    said = inspect.cleandoc(
        vars(thing).get("__doc__") or getattr(getattr(thing, "__func__", None), "__doc__", "") or ""
    )
    return "\n\n".join(" ".join(part.split()) for part in said.split("\n\n"))


@functools.cache
def _names_of_addresses():
    """{route: name} of every address of version 1."""
    from .v1.urls import urlpatterns

    return {f"api/v1/{address.pattern}": address.name for address in urlpatterns}


@functools.cache
def _expandable(serializer, expansions):
    """A serializer class with all these expansions, under a name of its own."""
    more = widened(serializer, dict(expansions))
    more.__name__ = f"Expandable{serializer.__name__}"
    more.__doc__ = serializer.__doc__
    return more


# The whole


def with_fields_optional(result, generator, request, public):
    """Documents that `fields` can cut promise no member: takes `required` from all that such an answer leads to."""
    components = result["components"]["schemas"]
    for operation in (one for path in result["paths"].values() for one in path.values()):
        if not any(one["name"] == "fields" for one in operation.get("parameters", [])):
            continue
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        page = components[answer["$ref"].rpartition("/")[2]]
        for name in _reached(page["properties"].get("results", answer), components):
            components[name].pop("required", None)
    return result


def _reached(schema, components, found=None):
    """The names of all components that a schema leads to."""
    found = set() if found is None else found
    if isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _reached(components[name], components, found)
        for inner in schema.values():
            _reached(inner, components, found)
    elif isinstance(schema, list):
        for inner in schema:
            _reached(inner, components, found)
    return found


def document():
    """The OpenAPI document of version 1, as dicts and lists. It follows from the code alone; no database is asked."""
    return spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(request=None, public=True)


def as_json(document):
    """The text that is committed and compared."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
