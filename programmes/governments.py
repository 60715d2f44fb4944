"""The governments of the United Kingdom whose announcements are here, by the days on which they took office. Pure.

Source: GOV.UK, Past Prime Ministers <https://www.gov.uk/government/history/past-prime-ministers>. On the day of a change
what is announced is the incoming government's. A government that follows is one row more.
"""

import datetime
from typing import NamedTuple


class Government(NamedTuple):
    """A government from its first day to its last; the last is None while it is in office."""

    key: str
    name: str
    parties: str
    first: datetime.date
    last: datetime.date | None


_TOOK_OFFICE = [
    ("brown", "Brown", "Labour", datetime.date(2007, 6, 27)),
    ("cameron-clegg", "Cameron and Clegg", "Conservative and Liberal Democrat", datetime.date(2010, 5, 11)),
    ("cameron", "Cameron", "Conservative", datetime.date(2015, 5, 8)),
    ("may", "May", "Conservative", datetime.date(2016, 7, 13)),
    ("johnson", "Johnson", "Conservative", datetime.date(2019, 7, 24)),
    ("truss", "Truss", "Conservative", datetime.date(2022, 9, 6)),
    ("sunak", "Sunak", "Conservative", datetime.date(2022, 10, 25)),
    ("starmer", "Starmer", "Labour", datetime.date(2024, 7, 5)),
]
_LAST_DAYS = [first - datetime.timedelta(days=1) for *_, first in _TOOK_OFFICE[1:]]
GOVERNMENTS = {
    key: Government(key, name, parties, first, last)
    for (key, name, parties, first), last in zip(_TOOK_OFFICE, [*_LAST_DAYS, None], strict=True)
}
"""By key, the earliest first. No day is left out or in two of them."""
