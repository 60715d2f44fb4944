"""Long lists a page at a time, by keyset: what is published meanwhile neither repeats nor drops a line."""

import re
from typing import NamedTuple

from healthfund.keyset import Keyset

SIZE = 25


class Page(NamedTuple):
    """The rows of a page, and whether there are more after them."""

    rows: list
    more: bool


class NoSuchPlace(LookupError):
    """What a page should begin after is not there; the text tells the reader."""


def page(rows, after=None, size=SIZE):
    """A page of an ordered queryset, from its top or after the row `after`, which has the columns of that order."""
    keyset = Keyset(rows)
    rest = keyset.beyond(rows, keyset.position(after), backwards=False) if after else rows
    shown = list(rest[: size + 1])
    return Page(shown[:size], len(shown) > size)


def by_slug(rows, slug):
    """The row of a list with a slug, to begin a page after; None for "". Raises NoSuchPlace where there is none."""
    if not slug:
        return None
    # Only what can be a slug reaches the database: PostgreSQL refuses some characters.
    row = rows.filter(slug=slug).first() if re.fullmatch(r"[-\w]{1,200}", slug, re.ASCII) else None
    if row is None:
        raise NoSuchPlace(f"There is no “{slug[:80]}” in this list to go on after.")
    return row
