"""What happened to a record since it was first published here, and how to cite it."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format

from announcements.choices import ChangeKind, Measure
from announcements.models import Change, LedgerEntry

from .charts import Ends

HAPPENED = {
    ChangeKind.CREATED: "Published here",
    ChangeKind.EDITED: "What is told of it changed",
    ChangeKind.WITHDRAWN: "Withdrawn",
}


class Event(NamedTuple):
    """A moment at which a record changed: what happened, and by how much the ledger's announced money moved by it, in
    pence; None where it did not."""

    at: object
    words: str
    moved: Ends | None


class Citation(NamedTuple):
    """How a page is cited: in words, and its address with the day, which shows the state of that day for good."""

    text: str
    address: str


def of_announcement(announcement, claims):
    """The Events of an announcement, in order: the log of changes, and what each posting for its claims moved."""
    causes = [f"{announcement.slug}#{claim.key}" for claim in claims]
    entries = LedgerEntry.objects.filter(
        pot__in={claim.pot_id for claim in claims}, cause__in=causes, measure=Measure.ANNOUNCED
    )
    return _events("announcement", announcement.slug, entries)


def of_pot(pot):
    """The Events of a pot, in order."""
    return _events("pot", pot.reference, pot.entries.filter(measure=Measure.ANNOUNCED))


def citation(request, who, title, day, as_at):
    """The Citation of a page. who said it; day: on which; as_at: the day of the state that is cited."""
    address = f"{request.build_absolute_uri(request.path)}?as_at={as_at:%Y-%m-%d}"
    text = f"{who}, “{title}”, {written(day)}. In: healthfund, as at {written(as_at)}."
    return Citation(text, address)


def written(day):
    """`8 August 2019`."""
    return date_format(day, "j F Y")


def today():
    """The day it is here; read at the edge."""
    return timezone.localdate()


def _events(resource, public_id, entries):
    """A change and the posting that it came of have one moment."""
    moments = defaultdict(lambda: ["", None])
    for change in Change.objects.filter(resource=resource, public_id=public_id).order_by("pk"):
        moments[change.at][0] = HAPPENED[change.kind]
    sums = entries.order_by().values_list("posted_at").annotate(f=Sum("firm"), c=Sum("ceiling"))
    for at, firm, ceiling in sums:
        if firm or ceiling:
            moments[at][1] = Ends(int(firm), int(ceiling))
    return [Event(at, words or "Counted anew", moved) for at, (words, moved) in sorted(moments.items())]
