"""What the audit log calls each kind of thing that is not an announcement, and what it keeps of one: a document.

A document is a dict of JSON values by the names of the fields. What it names of other things, it names by their public
ids, so that it can be read, and written back, when those have other rows.
"""

from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import Group, Permission
from django.db import models

from programmes.models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)


class Thing(NamedTuple):
    """A kind of thing: its name in the audit log, and the fields that make its public id."""

    name: str
    key: tuple[str, ...]


THINGS = {
    Organisation: Thing("organisation", ("slug",)),
    Programme: Thing("programme", ("slug",)),
    Target: Thing("target", ("slug",)),
    Theme: Thing("theme", ("key",)),
    Region: Thing("region", ("key",)),
    DeflatorSeries: Thing("deflator series", ("release",)),
    Population: Thing("population", ("region", "year")),
    ExchangeRate: Thing("exchange rate", ("currency", "year")),
    Group: Thing("group", ("name",)),
}
MODELS = {thing.name: model for model, thing in THINGS.items()}
WRITTEN_BACK = frozenset(MODELS) - {"group"}
"""What may be written back as it was. What a group may do is given anew, by hand."""


def name(row):
    """What the audit log calls things of this kind."""
    return THINGS[type(row)].name


def key(row):
    """The public id of a thing."""
    return " ".join(str(_told(row, field)) for field in THINGS[type(row)].key)


def find(thing, key):
    """The thing of this public id as it is now; None where it is gone or nothing is called so."""
    model = MODELS.get(thing)
    fields = THINGS[model].key if model else ()
    values = key.rsplit(" ", len(fields) - 1)
    if not fields or len(values) != len(fields):
        return None
    return model.objects.filter(**dict(zip(fields, values, strict=True))).first()


def all_of(thing):
    """All things of a kind, with what their documents name of others."""
    model = MODELS[thing]
    fields = _fields(model)
    return (
        model.objects.select_related(*(field.name for field in fields if field.is_relation and not field.many_to_many))
        .prefetch_related(*(field.name for field in fields if field.many_to_many))
        .order_by("pk")
    )


def document(row):
    """What is kept of a thing as it is now."""
    out = {}
    for field in _fields(type(row)):
        if field.many_to_many:
            others = getattr(row, field.name).all()
            if field.related_model is Permission:
                others = others.select_related("content_type")
            out[field.name] = sorted(_public(other) for other in others)
        else:
            out[field.name] = _told(row, field.name)
    if isinstance(row, DeflatorSeries):
        rows = Deflator.objects.filter(series=row).order_by("year")
        out["values"] = {str(each.year): str(each.index.normalize()) for each in rows}
    return out


def written_back(thing, document):
    """Write a thing as a document of it says, also one that is gone; gives its row.

    Raises ValidationError where it cannot be so any more, as when it names what is gone.
    """
    model = MODELS[thing]
    many = {}
    row = model.objects.filter(**{field: document[field] for field in THINGS[model].key}).first() or model()
    for field in _fields(model):
        if field.name not in document:
            continue
        value = document[field.name]
        if field.many_to_many:
            many[field.name] = [_row(field.related_model, each) for each in value]
        elif field.is_relation:
            setattr(row, field.attname, None if value is None else _row(field.related_model, value).pk)
        else:
            setattr(row, field.name, field.to_python(value))
    row.full_clean()
    row.save()
    for field, rows in many.items():
        getattr(row, field).set([each for each in rows if each])
    return row


def _row(model, public):
    return model.objects.get(**dict(zip(THINGS[model].key, [public], strict=True)))


def _fields(model):
    return [
        field
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if not (field.primary_key and isinstance(field, models.AutoField))
    ]


def _told(row, name):
    value = getattr(row, name)
    if isinstance(value, models.Model):
        return _public(value)
    value = row._meta.get_field(name).to_python(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if value is None or isinstance(value, str | int | float | list | dict) else str(value)


def _public(row):
    if isinstance(row, Permission):
        return f"{row.content_type.app_label}.{row.codename}"
    return key(row)
