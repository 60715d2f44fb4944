"""UK financial years, April to March, as a value object. Pure."""

import datetime
import re


class FinancialYear(int):
    """A UK financial year, known by the calendar year in which it starts.

    An integer, so that it sorts, adds and is stored as one: ``FinancialYear(2018)`` runs from 1 April 2018
    to 31 March 2019 and reads ``2018-19``.
    """

    @classmethod
    def parse(cls, text):
        """The year that ``2018-19`` names. Raises ValueError for any other text."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text) if isinstance(text, str) else None
        if not match or (int(match[1]) + 1) % 100 != int(match[2]):
            raise ValueError(f"{text!r} is not a financial year such as 2018-19")
        return cls(match[1])

    @classmethod
    def of(cls, day: datetime.date):
        """The year that a day lies in: the financial year begins on 1 April."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @property
    def starts_on(self):
        return datetime.date(self, 4, 1)

    @property
    def ends_on(self):
        return datetime.date(self + 1, 3, 31)

    def to(self, last):
        """The years from this one to the last, both included, in order; empty when the last is earlier."""
        return [FinancialYear(year) for year in range(self, last + 1)]

    def __str__(self):
        return f"{int(self):04d}-{(self + 1) % 100:02d}"

    __repr__ = __str__
