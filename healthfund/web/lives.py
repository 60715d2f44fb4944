"""A pot's life as a curve: what was announced, allocated and spent of it from each day on."""

from announcements.filters import AnyKnown, Day, StrictForm
from announcements.ledger.explain import explain
from announcements.models import Pot

from . import charts, history, panels
from .charts import Ends, Moment, Picture

SERIES = (("Announced", "amount"), ("Allocated", "allocated"), ("Spent", "spent"))


class LifeForm(StrictForm):
    """Which pot, and as at which day."""

    pot = AnyKnown(rows=Pot.objects.introduced, column="reference", what="the id of any pot", many=True, label="Pot")
    as_at = Day(label="As at")


def asked_for(form):
    """The Picture of the pot that a LifeForm without faults names; None where it names none, or several."""
    references, as_at = form.cleaned_data["pot"], form.cleaned_data["as_at"]
    pot = Pot.objects.filter(reference__in=references).first() if len(references) == 1 else None
    return pot and picture(pot, explain(pot, as_at=as_at), as_at)


def picture(pot, explanation, as_at=None):
    """The Picture of a pot's life by its Explanation; None where it never had a counted amount."""
    figures = moments(explanation.steps)
    if not figures:
        return None
    until = max(f"{as_at or history.today()}", figures[-1].day)
    query = panels.query(pot=pot.reference, as_at=as_at)
    return Picture("life", query, f"The life of {pot.name}", charts.steps(figures, until=until), figures)


def moments(steps):
    """What the Steps of an Explanation leave standing, series by series: from its first amount on, each day on which it
    changed. Read as firm and ceiling: what an announced amount is low and high."""
    found = []
    for series, name in SERIES:
        before = None
        for step in steps:
            ends = getattr(step, name)
            ends = Ends(*ends) if ends is not None else None
            if ends != before and ends is not None and (any(ends) or before is not None):
                found.append(Moment(f"{step.day:%Y-%m-%d}", series, ends))
                before = ends
    return found
