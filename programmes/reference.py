"""Reference data in: themes, the region tree with populations, organisations, price series, exchange rates.

What is not confirmed is kept as such; whoever shows a value decides what that means.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from .documents import Fault, Faults, Shape, place, position, printable
from .financial_years import FinancialYear
from .models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Region,
    Theme,
)
from .names import free_slug

SCHEMA = json.loads(Path(__file__).with_name("reference_schema.json").read_text(encoding="utf-8"))
OUT_OF_THE_WAY = 10_000
"""Added to positions while regions change places, for no two may stand at one."""


def _wrong_financial_year(text):
    try:
        FinancialYear.parse(text)
    except ValueError as problem:
        return str(problem)
    return None


SHAPE = Shape(SCHEMA, {"financial-year": _wrong_financial_year})


class Loaded(NamedTuple):
    """How many rows were new, changed, or there already."""

    new: int
    changed: int
    unchanged: int

    def __str__(self):
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"


@transaction.atomic
def load(document, *, name="reference"):
    """Load a reference document, as json.loads gives it; gives Loaded. Loading twice changes nothing.

    Rows are known by key, name, release, or place and year; what the document does not speak of is left alone.
    Raises Faults, which call the document by its name; then nothing is written.
    """
    faults = SHAPE.errors(document)
    if not faults:
        faults = [*_themes_and_regions(document), *_organisations(document), *_series(document)]
        faults.sort(key=lambda fault: position(document, fault[0]))
    if faults:
        raise Faults(Fault(place(name, path), message) for path, message in faults)
    writer = _Writer()
    writer.write(document)
    return Loaded(writer.new, writer.changed, writer.unchanged)


# ------------------------------------------------------------------------------------------------ what is wrong


def _twice(document, section, what):
    """A fault for each record of a section that says again who it is."""
    seen = {}
    for index, record in enumerate(document.get(section, ())):
        key = what(record)
        if key in seen:
            yield (section, index), f"{printable(str(key))} is at {section}[{seen[key]}] already: keep one"
        seen.setdefault(key, index)


def _themes_and_regions(document):
    for section, model in [("themes", Theme), ("regions", Region)]:
        yield from _twice(document, section, lambda record: record["key"])
        yield from _twice(document, section, lambda record: record["name"])
        given = {record["key"] for record in document.get(section, ())}
        others = {row.name: row.key for row in model.objects.exclude(key__in=given)}
        for index, record in enumerate(document.get(section, ())):
            if record["name"] in others:
                yield (section, index, "name"), f"{others[record['name']]}, loaded already, has this name"
    above = set(Region.objects.values_list("key", flat=True)) - {r["key"] for r in document.get("regions", ())}
    for index, region in enumerate(document.get("regions", ())):
        here, parent = ("regions", index, "parent"), region["parent"]
        if (region["level"] == "country") != (parent is None):
            yield here, "is null for the country and names where every other region lies"
        elif parent is not None and parent not in above:
            yield here, f"{parent} is not above: list a region after the one it lies in"
        above.add(region["key"])
    roots = [index for index, region in enumerate(document.get("regions", ())) if region["parent"] is None]
    for index in roots[1:]:
        yield ("regions", index, "parent"), "is null a second time: the tree has one root"


def _organisations(document):
    yield from _twice(document, "organisations", lambda record: record["name"])
    given = document.get("organisations", ())
    names = {record["name"] for record in given}
    rows = list(Organisation.objects.exclude(name__in=names))
    known = names | {row.name for row in rows}
    regions = {region["key"] for region in document.get("regions", ())} | set(
        Region.objects.values_list("key", flat=True)
    )
    others = {other: row.name for row in rows for other in row.other_names}
    for index, record in enumerate(given):
        here, successor = ("organisations", index), record.get("successor")
        if successor is not None and successor not in known:
            yield (*here, "successor"), f"{printable(successor)} is not an organisation here: write its full name"
        if successor == record["name"]:
            yield (*here, "successor"), "is the organisation itself"
        if successor is not None and record["status"] == "active":
            yield (*here, "status"), "is active though there is a successor: write merged or closed"
        for number, region in enumerate(record.get("covers", ())):
            if region not in regions:
                yield (*here, "covers", number), f"{region} is not a region here"
        for number, other in enumerate(record.get("other_names", ())):
            if other in known and other != record["name"]:
                yield (*here, "other_names", number), f"{printable(other)} is an organisation of its own"
            elif others.setdefault(other, record["name"]) != record["name"]:
                yield (*here, "other_names", number), f"{printable(other)} is another name of {others[other]} already"


def _series(document):
    yield from _twice(document, "deflators", lambda record: record["release"])
    yield from _twice(document, "exchange_rates", lambda record: f"{record['currency']} {record['year']}")
    for index, series in enumerate(document.get("deflators", ())):
        seen = set()
        for number, value in enumerate(series["values"]):
            here = ("deflators", index, "values", number)
            if value["fy"] in seen:
                yield (*here, "fy"), f"{value['fy']} has a value already: keep one"
            seen.add(value["fy"])
            if not Decimal(value["index"]):
                yield (*here, "index"), "is 0: an index is above 0"
    for index, rate in enumerate(document.get("exchange_rates", ())):
        if not Decimal(rate["gbp_per_unit"]):
            yield ("exchange_rates", index, "gbp_per_unit"), "is 0: a rate is above 0"


# ------------------------------------------------------------------------------------------------------ writing


class _Writer:
    def __init__(self):
        self.new = self.changed = self.unchanged = 0

    def write(self, document):
        self._upsert(
            Theme,
            ("key",),
            [
                {"key": theme["key"], "name": theme["name"], "description": theme.get("description", "")}
                for theme in document.get("themes", ())
            ],
        )
        self._regions(document.get("regions", ()))
        self._organisations(document.get("organisations", ()))
        for series in document.get("deflators", ()):
            self._deflators(series)
        self._upsert(
            ExchangeRate,
            ("currency", "year"),
            [
                {
                    "currency": rate["currency"],
                    "year": rate["year"],
                    "gbp_per_unit": Decimal(rate["gbp_per_unit"]),
                    "basis": rate["basis"],
                    "source": rate.get("source") or "",
                    "confirmed": rate["confirmed"],
                }
                for rate in document.get("exchange_rates", ())
            ],
        )

    def _regions(self, regions):
        order = [region["key"] for region in regions]
        if not order:
            return
        positions = dict(Region.objects.in_tree_order().values_list("key", "position"))
        order += [key for key in positions if key not in set(order)]
        if any(positions.get(key, index) != index for index, key in enumerate(order)):
            Region.objects.update(position=F("position") + OUT_OF_THE_WAY)
            for index, key in enumerate(order):
                Region.objects.filter(key=key).update(position=index)
        self._upsert(
            Region,
            ("key",),
            [
                {
                    "key": region["key"],
                    "name": region["name"],
                    "level": region["level"],
                    "parent_id": region["parent"],
                    "codes": region.get("codes", {}),
                    "position": index,
                }
                for index, region in enumerate(regions)
            ],
            moved={key for index, key in enumerate(order) if positions.get(key, index) != index},
        )
        self._upsert(
            Population,
            ("region_id", "year"),
            [
                {
                    "region_id": region["key"],
                    "year": population["year"],
                    "people": population["value"],
                    "source": population["source"],
                    "confirmed": population["confirmed"],
                }
                for region in regions
                if (population := region.get("population"))
            ],
        )

    def _organisations(self, organisations):
        taken = set(Organisation.objects.values_list("slug", flat=True))
        slugs = dict(Organisation.objects.values_list("name", "slug"))
        # Successors may be listed later, so they are set when all are there; a row that changes only there counts once.
        wanted = {record["name"]: record.get("successor") for record in organisations}
        before = dict(Organisation.objects.values_list("name", "successor__name"))
        covers = {}
        for name, region in Organisation.objects.filter(covers__isnull=False).values_list("name", "covers"):
            covers.setdefault(name, set()).add(region)
        moved = {
            record["name"]
            for record in organisations
            if before.get(record["name"]) != record.get("successor")
            or covers.get(record["name"], set()) != set(record.get("covers", ()))
        }
        Organisation.objects.filter(name__in=[name for name in moved if before.get(name)]).update(successor=None)
        self._upsert(
            Organisation,
            ("name",),
            [
                {
                    "name": record["name"],
                    "slug": slugs.get(record["name"]) or free_slug(record["name"], taken, "organisation"),
                    "short_name": record.get("short_name") or "",
                    "other_names": record.get("other_names", []),
                    "kind": record["kind"],
                    "website": (record.get("website") or {}).get("url", ""),
                    "website_confirmed": (record.get("website") or {}).get("confirmed", False),
                    "identifiers": record.get("identifiers", []),
                    "status": record["status"],
                }
                for record in organisations
            ],
            moved=moved,
        )
        rows = {row.name: row for row in Organisation.objects.all()}
        for name in moved:
            rows[name].successor = rows.get(wanted[name])
        Organisation.objects.bulk_update([rows[name] for name in moved], ["successor"])
        through = Organisation.covers.through
        through.objects.filter(organisation__name__in=moved).delete()
        through.objects.bulk_create(
            through(organisation_id=rows[record["name"]].pk, region_id=region)
            for record in organisations
            if record["name"] in moved
            for region in dict.fromkeys(record.get("covers", ()))
        )

    def _deflators(self, series):
        self._upsert(
            DeflatorSeries,
            ("release",),
            [
                {
                    "release": series["release"],
                    "series": series["series"],
                    "unit": series["unit"],
                    "forecast_by": series.get("forecast_by") or "",
                    "sources": series.get("sources", []),
                }
            ],
        )
        row = DeflatorSeries.objects.get(release=series["release"])
        years = [FinancialYear.parse(value["fy"]) for value in series["values"]]
        gone, _ = row.values.exclude(year__in=years).delete()
        self.changed += gone
        self._upsert(
            Deflator,
            ("series_id", "year"),
            [
                {
                    "series_id": row.pk,
                    "year": year,
                    "index": Decimal(value["index"]),
                    "forecast": value["forecast"],
                    "confirmed": value["confirmed"],
                }
                for year, value in zip(years, series["values"], strict=True)
            ],
        )

    def _upsert(self, model, key, records, moved=frozenset()):
        """Write records that are known by the fields of the key; `moved`: keys that have changed in some other way."""
        found = {tuple(getattr(row, field) for field in key): row for row in model.objects.all()}
        new, changed = [], []
        for record in records:
            row = found.get(tuple(record[field] for field in key))
            if row is None:
                new.append(model(**record))
            elif any(getattr(row, field) != value for field, value in record.items()):
                for field, value in record.items():
                    setattr(row, field, value)
                changed.append(row)
            elif record[key[0]] in moved:
                self.changed += 1
            else:
                self.unchanged += 1
        model.objects.bulk_create(new)
        fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        model.objects.bulk_update(changed, fields)
        self.new += len(new)
        self.changed += len(changed)
