"""What a total is made of: any question to the totals, opened down to the pots that are in it."""

import re
from typing import NamedTuple

from django.shortcuts import render
from django.views.decorators.http import require_safe

from announcements.choices import Status
from announcements.filters import MISSING, SHOWN, Fault, TotalsForm
from announcements.ledger import answers, totals
from announcements.models import Announcement, Claim, Pot
from announcements.models.pot import REFERENCE
from programmes.models import Programme

from . import filtering, panels
from .charts import Ends
from .paging import NoSuchPlace

SIZE = 50


class MoneyForm(TotalsForm):
    """A question to the totals, which is opened down to its pots; with the prices and heads of the figure that led here."""

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        for name in ("by", "explain"):
            del self.fields[name]

    @property
    def shown(self):
        return {name: self.cleaned_data.get(name) for name in ("in_prices", "heads_of")}

    @property
    def is_converted(self):
        """Whether the figure is another one than the cash that the pots come to."""
        return any(self.shown.values())


class Row(NamedTuple):
    """A pot and what it adds in pence; the announcement that introduces it, None where there is no page of it any longer."""

    pot: Pot
    amounts: Ends
    announcement: Announcement | None


@require_safe
def listing(request):
    after = request.GET.get(filtering.CURSOR, "")
    form = MoneyForm(request.GET, also=[filtering.CURSOR])
    asked = filtering.Asked(form, request.GET)
    if form.faults:
        return filtering.refuse(request, asked, form.faults, "announcements/refused.html")
    # One reading gives the pots and their sum, so that they agree whatever is posted meanwhile.
    found = panels.made_of(**form.question)
    try:
        start = _place(found, after) if after else 0
    except NoSuchPlace as error:
        return filtering.refuse(request, asked, [Fault(filtering.CURSOR, str(error))], "announcements/refused.html")
    shown = found[start : start + SIZE]
    rows, total = _rows(shown), panels.sum_of(found)
    names = {
        "programme": {MISSING: "none"}
        | dict(Programme.objects.filter(slug__in=request.GET.getlist("programme")).values_list("slug", "name")),
        "money_year": {MISSING: "no stated year"},
    }
    top = filtering.top(request.GET)
    answer = answers.answer([], form.question, **form.shown) if form.is_converted else None
    context = {
        "answer": answer,
        "figure": _figure(answer) or total,
        "measure": form.question["measure"],
        "chosen": [item for item in filtering.chosen(asked, names) if item.label != form.fields["measure"].label],
        "query": top.removeprefix("?"),
        "pots_query": filtering.without(request.GET, *SHOWN).removeprefix("?"),
        "total": total,
        "number": len(found),
        "entries": totals.entries(**form.question).count(),
        "rows": rows,
        "first": start + 1,
        "last": start + len(rows),
        "others": len(found) - len(rows),
        "rest": panels.sum_of([*found[:start], *found[start + SIZE :]]),
        "top": top if start else "",
        "onward": filtering.further(request.GET, rows[-1].pot.reference) if start + SIZE < len(found) else "",
    }
    return render(request, "overview/money.html", context)


def _figure(answer):
    """The figure that an Answer shows: for each head where it is asked for. None for no answer."""
    if answer is None:
        return None
    ends = answer.total.per_head if answer.heads else (answer.total.firm, answer.total.ceiling)
    return ends and Ends(*ends)


def _place(found, reference):
    """How many pots stand up to the one with the reference, itself included. Raises NoSuchPlace where it is not there."""
    # Only what can be a reference reaches the database: PostgreSQL refuses some characters.
    known = re.fullmatch(REFERENCE, reference, re.ASCII)
    pot = Pot.objects.filter(reference=reference).values_list("pk", flat=True).first() if known else None
    for place, (key, _) in enumerate(found, 1):
        if key == pot:
            return place
    raise NoSuchPlace(f"There is no pot “{reference[:80]}” in this sum to go on after.")


def _rows(shown):
    """The (pot id, Ends) as Rows, in their order."""
    keys = [pot for pot, _ in shown]
    pots = Pot.objects.in_bulk(keys)
    introducing = Claim.objects.filter(
        introduces_pot=True, pot__in=keys, announcement__status__in=[Status.PUBLISHED, Status.WITHDRAWN]
    )
    said_by = {claim.pot_id: claim.announcement for claim in introducing.select_related("announcement__announcer")}
    return [Row(pots[pot], ends, said_by.get(pot)) for pot, ends in shown]
