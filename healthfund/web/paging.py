"""Long lists a page at a time, by keyset: what is published meanwhile neither repeats nor drops a line."""

from typing import NamedTuple

from django.db.models import Q

SIZE = 25


class Page(NamedTuple):
    """The rows of a page, and the id after which the next one begins; "" at the end."""

    rows: list
    next: str


class NoSuchPlace(LookupError):
    """The id after which a page should begin is no announcement's; the text tells the reader."""


def page(announcements, after=""):
    """A page of announcements, latest first, that begins after the one with the id `after`, or at the top."""
    rows = announcements.latest_first()
    if after:
        day = rows.model.objects.filter(slug=after).values_list("announced_on", flat=True).first()
        if day is None:
            raise NoSuchPlace(f"There is no announcement “{after[:80]}” to go on after.")
        rows = rows.filter(Q(announced_on__lt=day) | Q(announced_on=day, slug__lt=after))
    shown = list(rows[: SIZE + 1])
    more = len(shown) > SIZE
    return Page(shown[:SIZE], shown[SIZE - 1].slug if more else "")
