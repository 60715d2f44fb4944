"""What the announcements of a list come to: what they said, what they brought in, and the money of that description.

The first two are of whole announcements: one about AI and estates counts with both. The third asks the totals for the
money itself, where the list is filtered by nothing but what money is described by.
"""

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from announcements.choices import Measure
from announcements.filters import MISSING, NOT, QuestionForm
from announcements.ledger import contributions, totals
from healthfund.remembering import Remembered

from . import facets, filtering, panels
from .charts import Ends

DESCRIBED_BY = {
    f"{no}{name}": f"{no}{of}"
    for no in ("", NOT)
    for name, of in [
        *((one, one) for one in ("theme", "region", "sector", "additionality", "programme")),
        ("year", "announced_year"),
    ]
}
"""Filters of the list of announcements by those of the totals."""

SUMS = Remembered()


class Sum(NamedTuple):
    """A figure of a list: its amounts in pence, what it is, the total of the API that it is, if any, and its door."""

    label: str
    note: str
    amounts: Ends
    query: str
    href: str


def sums(asked, chosen):
    """The Sums of an AnnouncementFilter without faults; chosen: what it is filtered by."""
    if not chosen:
        return [
            _of_everything("Said", "every time a sum was spoken of", Measure.SAID),
            _of_everything("Announced", "distinct money, each pound once", Measure.ANNOUNCED),
        ]
    door = reverse("announcements-money") + filtering.top(asked.data)
    found = _remembered(asked)
    shown = [
        Sum("Said in them", "every time one of them spoke of a sum", Ends(*found.said), "", door),
        Sum("First announced in them", "distinct money, as it stands now", Ends(*found.adds), "", door),
    ]
    form = described(asked)
    if form:
        total, query = Ends(*totals.total(**form.question)), form.data.urlencode()
        note = "distinct money of just that description, whoever spoke of it"
        shown.append(Sum("Money that fits", note, total, query, panels.money_address(query)))
    return shown


def described(asked):
    """The question to the totals for the money that a list's filters describe; None where they are about something else."""
    given = [(name, value) for name, values in asked.data.lists() if name in asked.filters for value in values]
    given = [(name, value) for name, value in given if name != "ordering" and value]
    if any(name not in DESCRIBED_BY or (value == MISSING and "programme" not in name) for name, value in given):
        return None
    query = urlencode(sorted([("measure", Measure.ANNOUNCED.value), *((DESCRIBED_BY[n], value) for n, value in given)]))
    form = QuestionForm(QueryDict(query))
    return None if not given or form.faults else form


def _of_everything(label, note, measure):
    query = panels.query(measure=measure)
    return Sum(label, note, Ends(*totals.total(measure)), query, panels.money_address(query))


def _remembered(asked):
    """The Contribution of the announcements asked for."""
    if asked.data.get("q"):
        return contributions.of(asked.qs)
    question = tuple((name, *sorted(asked.data.getlist(name))) for name in sorted(DESCRIBED_BY.keys() | asked.filters))
    return SUMS.of((facets.version(), totals.version()), question, lambda: contributions.of(asked.qs))
