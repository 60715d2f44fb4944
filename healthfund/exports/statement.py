"""What a file says of itself. Pure."""

import datetime
from typing import NamedTuple


class Licence(NamedTuple):
    name: str
    title: str
    path: str


LICENCE = Licence(
    "OGL-UK-3.0",
    "Open Government Licence v3.0",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
)
"""Of all data that the portal gives away. The code has a licence of its own."""

COMPLETE = "complete"


class Statement(NamedTuple):
    """Where a file comes from. `name` is the list's, `address` the question as it was asked, `made_at` an
    aware moment, `rules` the version of the counting rules, `as_at` the day that was asked for and None where none was,
    `remarks` what else there is to say, as (name, text), `licence` None where it is not for everybody."""

    name: str
    address: str
    made_at: datetime.datetime
    rules: int | None = None
    as_at: datetime.date | None = None
    remarks: tuple[tuple[str, str], ...] = ()
    licence: Licence | None = LICENCE

    def lines(self):
        """(name, text) of each thing that it says, but for how many rows there are."""
        return [
            (name, text)
            for name, text in [
                ("healthfund", self.name),
                ("address", self.address),
                ("counting rules", None if self.rules is None else str(self.rules)),
                ("as at", (self.as_at or self.made_at.date()).isoformat()),
                ("made at", self.moment),
                *self.remarks,
                ("licence", self.licence and f"{self.licence.title} <{self.licence.path}>"),
            ]
            if text is not None
        ]

    @property
    def moment(self):
        """When it was made, in UTC: 2026-11-21T23:04:05Z."""
        return f"{self.made_at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"

    def filename(self, suffix):
        """What and when: healthfund-announcements-20261121T230405Z.csv."""
        return f"healthfund-{self.name}-{self.made_at.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}.{suffix}"


def ending(rows):
    """(name, text) of the last line of a file that has all its rows."""
    return COMPLETE, f"{rows} {'row' if rows == 1 else 'rows'}"


def cut_short(rows):
    """The same of a file that broke off after so many rows."""
    return "CUT SHORT", f"an error ended this file after {rows} {'row' if rows == 1 else 'rows'}; do not use it"
