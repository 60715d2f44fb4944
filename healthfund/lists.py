"""Any list of the admin as a file: all that is listed, as it is filtered, searched and ordered.

Its columns are those of the list. One that shows sums in words names, as `in_files`, the fields that a file has instead.
"""

import datetime
import html
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import display_for_value, lookup_field
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from healthfund.exports import writers
from healthfund.exports.answering import MEDIA_TYPES, answer
from healthfund.exports.columns import Kind, joined
from healthfund.exports.snapshots import CHUNK, snapshot
from healthfund.exports.statement import Statement
from programmes.financial_years import FinancialYear

SUMS = {"amount", "low", "high", "firm", "ceiling"}
"""Fields that hold hundredths of pounds, or of the currency beside them."""


class Listed(NamedTuple):
    """A column of a list, as a writer takes it: `of` gives the value of a row."""

    name: str
    kind: Kind
    of: Callable


@require_safe
def file(request, app_label, model_name, suffix):
    """The list of a model as a file, for whoever may look at it."""
    page = next((page for model, page in admin.site._registry.items() if _is(model, app_label, model_name)), None)
    if page is None or suffix not in MEDIA_TYPES:
        raise Http404("There is no such list.")
    if not page.has_view_or_change_permission(request):
        raise PermissionDenied
    try:
        listed = page.get_changelist_instance(request)
    except IncorrectLookupParameters:
        raise BadRequest("The list does not know that question.") from None
    columns = _columns(page, listed)
    remarks = (("made for", str(request.user)),)
    statement = Statement(model_name, request.build_absolute_uri(), timezone.now(), remarks=remarks, licence=None)
    return answer(suffix, rows(listed.queryset, columns, suffix), columns, statement)


def rows(queryset, columns, suffix):
    """The rows of a queryset as the writer of a format takes them: whole, or for JSON as documents."""
    with snapshot():
        for row in queryset.iterator(chunk_size=CHUNK):
            yield {column.name: _in_json(column.of(row)) for column in columns} if suffix == "jsonl" else row


def _is(model, app_label, model_name):
    return (model._meta.app_label, model._meta.model_name) == (app_label, model_name)


def _in_json(value):
    return writers.csv_cell(value) if isinstance(value, (Decimal, datetime.date)) else value


# ------------------------------------------------------------------------------------------------- columns


def _columns(page, listed):
    """The columns of a list, its rows' public name first where they have one."""
    found = []
    for name in ("slug", "reference", *listed.list_display):
        if name in ("slug", "reference"):
            found += [_of_field(field) for field in page.opts.concrete_fields if field.name == name and field.unique]
        elif name != "action_checkbox":
            found += _shown(page, name)
    return list({column.name: column for column in reversed(found)}.values())[::-1]


def _shown(page, name):
    if name == "__str__":
        return [Listed(page.opts.model_name, Kind.TEXT, str)]
    try:
        return [_of_field(page.opts.get_field(name))]
    except FieldDoesNotExist:
        shown = name if callable(name) else getattr(page, name, None) or getattr(page.model, name, None)
        if fields := getattr(shown, "in_files", ()):
            return [_of_field(page.opts.get_field(field)) for field in fields]
        called = getattr(name, "__name__", name)
        return [Listed(called, Kind.ANY, lambda row: _plain(lookup_field(name, row, page)[2]))]


def _of_field(field):
    if field.name in SUMS and isinstance(field, models.BigIntegerField):
        return Listed(field.name, Kind.MONEY, lambda row: _units(getattr(row, field.name)))
    if field.choices:
        return Listed(field.name, Kind.TEXT, lambda row: str(getattr(row, f"get_{field.name}_display")()) or None)
    return Listed(field.name, Kind.ANY, lambda row: _plain(getattr(row, field.name)))


def _units(hundredths):
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


def _plain(value):
    """A value as a file has it: numbers, days and moments as they are, marked-up text without its marks, all else as text."""
    if value is None or value == "":
        return None
    if isinstance(value, FinancialYear):
        return str(value)
    if isinstance(value, (bool, int, Decimal, datetime.date)):
        return value
    if isinstance(value, SafeString):
        return html.unescape(strip_tags(value)).strip() or None
    if isinstance(value, models.Manager):
        value = list(value.all())
    if isinstance(value, (list, dict)):
        return joined([str(one) for one in value] if isinstance(value, list) else value)
    return str(display_for_value(value, "")) or None
