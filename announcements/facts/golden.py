"""Golden cases: announcements with every total that they must come to, run on the real rules from an empty ledger."""

import datetime
import re
from decimal import Decimal
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from programmes import reference
from programmes.documents import Fault, Faults, read
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Target, Theme
from programmes.money import to_the_penny

from ..choices import Additionality, Flag, Measure, Sector
from ..ledger import rollups, totals
from ..models import Pot, Rehearsal
from . import loading, replaying

FORMAT = "healthfund-golden/1"
KEYS = {"format", "name", "says", "announcements", "expect", "flags"}
FILTERS = {
    "theme": "theme",
    "region": "region",
    "sector": "sector",
    "public": "public",
    "additionality": "additionality",
    "announced_fy": "announced_year",
    "money_fy": "money_year",
    "programme": "programme",
}


UNDERSTOOD = {  # what each filter takes, in words and as a check
    "theme": ("the key of a theme", lambda value: Theme.objects.filter(pk=value).exists()),
    "region": ("the key of a region", lambda value: Region.objects.filter(pk=value).exists()),
    "sector": (f"one of {', '.join(Sector.values)}", Sector.values.__contains__),
    "public": ("true or false", lambda value: isinstance(value, bool)),
    "additionality": (f"one of {', '.join(Additionality.values)}", Additionality.values.__contains__),
    "announced_fy": ("a financial year such as 2018-19", FinancialYear.parse),
    "money_fy": ("a financial year such as 2018-19, or null", FinancialYear.parse),
    "programme": ("the name of a programme, or null", lambda value: isinstance(value, str)),
}


class Outcome(NamedTuple):
    """One expectation and what came out, both as words; they differ on a miss."""

    what: str
    expected: str
    found: str

    @property
    def met(self):
        return self.expected == self.found

    def __str__(self):
        return f"{'ok  ' if self.met else 'MISS'} {self.what}: {self.found}" + (
            "" if self.met else f", expected {self.expected}"
        )


def run(case, *, name, at):
    """The Outcomes of a golden case, its totals first, then its flags. Nothing that it loads stays.

    Runs in a transaction that is rolled back, in which the ledger was emptied first; its announcements may be dated
    in the future. at: the moment of posting. Raises Faults for a case that cannot be read or loaded.
    """
    with transaction.atomic():
        empty()
        check(case, name)
        document = {"format": "healthfund-facts/1", "announcements": case["announcements"]}
        loading.load([(name, document)], at=at, today=at.date(), future_ok=True)
        rollups.apply_unapplied(at=at)
        outcomes = [total(expectation) for expectation in case["expect"]]
        if "flags" in case:
            outcomes += flags(case["flags"])
        transaction.set_rollback(True)
    return outcomes


def check(case, name):
    """Raise Faults where a document is no golden case."""
    if not isinstance(case, dict) or case.get("format") != FORMAT:
        raise Faults([Fault(f"{name}: format", f"must be {FORMAT}")])
    faults = [Fault(f"{name}: {key}", "is not a key of a golden case") for key in sorted(case.keys() - KEYS)]
    faults += [
        Fault(f"{name}: {key}", "must be a list")
        for key in ("announcements", "expect", "flags")
        if not isinstance(case.get(key, [] if key == "flags" else None), list)
    ]
    if not faults:
        for n, expectation in enumerate(case["expect"]):
            faults += [Fault(f"{name}: expect[{n}]{key}", message) for key, message in wrong(expectation)]
        for n, flag in enumerate(case.get("flags", [])):
            if not isinstance(flag, dict) or flag.keys() != {"pot", "flag"} or flag["flag"] not in Flag.values:
                faults.append(Fault(f"{name}: flags[{n}]", f"names a pot and one of {', '.join(Flag.values)}"))
    if faults:
        raise Faults(faults)


def wrong(expectation):
    """What is wrong with an expectation, as (path, message)."""
    if not isinstance(expectation, dict):
        return [("", "is not an object")]
    found = [
        (f".{key}", "is not a key of an expectation")
        for key in sorted(expectation.keys() - {"measure", "as_at", "where", "firm", "ceiling"})
    ]
    if expectation.get("measure") not in Measure.values:
        found.append((".measure", f"must be one of {', '.join(Measure.values)}"))
    for key in ("firm", "ceiling"):
        if not isinstance(text := expectation.get(key), str) or not re.fullmatch(r"-?\d+(\.\d{1,2})?", text):
            found.append((f".{key}", "must be pounds as text, such as 412000000.00"))
    try:
        day_of(expectation)
    except (TypeError, ValueError):
        found.append((".as_at", "must be a day such as 2018-07-20, or null"))
    where = expectation.get("where") or {}
    if not isinstance(where, dict) or where.keys() - FILTERS.keys():
        found.append((".where", f"takes only {', '.join(FILTERS)}"))
    else:
        found += [
            (f".where.{key}", f"must be {UNDERSTOOD[key][0]}") for key in where if not understood(key, where[key])
        ]
    return found


def understood(key, value):
    """Whether a filter's value is one that can be asked for; only a money year and a programme may be not stated."""
    try:
        return key in ("money_fy", "programme") if value is None else bool(UNDERSTOOD[key][1](value))
    except (TypeError, ValueError):
        return False


def empty():
    """Empty everything that was announced, and the ledger; only ever inside a transaction that is rolled back."""
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger is only emptied where it is rolled back")
    Rehearsal.objects.create()
    with connection.cursor() as cursor:
        for model in apps.get_app_config("announcements").get_models(include_auto_created=True):
            if model is not Rehearsal:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
    Target.objects.all().delete()
    if not (Theme.objects.exists() and Region.objects.exists()):
        path = settings.BASE_DIR / "fixtures" / "reference.json"
        reference.load(read(path), name=str(path))


def day_of(expectation):
    text = expectation.get("as_at")
    return None if text is None else datetime.date.fromisoformat(text)


def total(expectation):
    """The Outcome of one expected total."""
    where = expectation.get("where") or {}
    found = totals.total(
        expectation["measure"],
        as_at=day_of(expectation),
        **{FILTERS[key]: wanted(key, value) for key, value in where.items()},
    )
    return Outcome(
        replaying.in_words(expectation),
        f"{Decimal(expectation['firm']):.2f} to {Decimal(expectation['ceiling']):.2f}",
        f"{to_the_penny(found.firm)} to {to_the_penny(found.ceiling)}",
    )


def wanted(key, value):
    if value is None:
        return totals.NOT_STATED
    if key.endswith("_fy"):
        return FinancialYear.parse(value)
    if key == "programme":
        return Programme.objects.filter(name=value).values_list("slug", flat=True).first() or "-"
    return value


def flags(expected):
    """The Outcomes of the flags that must stand, and of any that stand beside them."""
    due = {(each["pot"], each["flag"]) for each in expected}
    standing = {(pot.reference, flag) for pot in Pot.objects.all() for flag in pot.flags}
    words = {True: "stands", False: "does not stand"}
    return [
        Outcome(f"flag {flag} on {pot}", words[(pot, flag) in due], words[(pot, flag) in standing])
        for pot, flag in sorted(due | standing)
    ]
