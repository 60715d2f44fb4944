"""What an editor tells a pot from its likes by: its amount, programmes and day."""

import datetime
from typing import NamedTuple

from programmes.money import grouped

TOLD_BY = ("claims__announcement__programmes", "claims__programmes")
"""What to prefetch where pots are told."""


class Told(NamedTuple):
    """A pot as editors read it; as text all of it in one line. day is None, and all but the name empty, where no
    announcement introduces it any more; status is empty for a published one."""

    name: str
    amount: str = ""
    programmes: tuple[str, ...] = ()
    day: datetime.date | None = None
    status: str = ""
    announcement: str = ""
    title: str = ""

    def __str__(self):
        if self.day is None:
            return f"{self.name} (no longer introduced)"
        programmes = ", ".join(self.programmes) or "no programme"
        status = f" ({self.status})" if self.status else ""
        return f"{self.name} · {self.amount} · {programmes} · {self.day:%-d %b %Y}{status}"


def told(pot):
    """The Told of a pot that was fetched with TOLD_BY."""
    first = next((claim for claim in pot.claims.all() if claim.introduces_pot), None)
    if first is None:
        return Told(pot.name)
    said = first.announcement
    programmes = said.programmes.all() if first.all_programmes else first.programmes.all()
    return Told(
        pot.name,
        money(pot.low, pot.high) if pot.high is not None else first.as_stated or "no amount",
        tuple(sorted(programme.name for programme in programmes)),
        said.announced_on,
        "" if said.is_published else said.get_status_display().lower(),
        said.slug,
        said.title,
    )


def money(pence, other=None):
    """One sum in pounds, or two where they differ, for a list; a dash where there is none."""
    if pence is None:
        return "–"
    one = f"£{grouped(pence)}".replace("£-", "-£")
    return one if other is None or other == pence else f"{one} to {money(other)}"
