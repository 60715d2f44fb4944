"""What of the API goes away, from when, and until when: one row each, from which the headers follow.

The policy stands in DECISIONS.md and, in short, at the index of the API.
"""

import datetime
from typing import NamedTuple

from django.utils.http import http_date


class Retirement(NamedTuple):
    """An address or a parameter that goes away.

    address: the name of the address (`api:themes`), or a namespace with its colon (`api:`) for all of a version.
    parameter: the parameter that goes, "" where the whole address does.
    deprecated_on, sunset_on: the day from which nobody should begin to use it, and the one on which it stops to work;
        both at midnight UTC.
    notice: the address of the text that says what to use instead.
    """

    address: str
    parameter: str
    deprecated_on: datetime.date
    sunset_on: datetime.date
    notice: str

    def concerns(self, request):
        name = request.resolver_match.view_name if request.resolver_match else ""
        at_home = name.startswith(self.address) if self.address.endswith(":") else name == self.address
        return at_home and (not self.parameter or self.parameter in request.GET)

    def as_json(self):
        """As the index lists it; `address` is null for the whole version."""
        return {
            "address": self.address.rpartition(":")[2] or None,
            "parameter": self.parameter or None,
            "deprecated_on": self.deprecated_on,
            "sunset_on": self.sunset_on,
            "notice": self.notice,
        }


RETIREMENTS: tuple[Retirement, ...] = ()
"""Nothing so far."""


def headers_of(request, retirements):
    """The headers for whatever a request uses that goes away, and the links (target, relation) to the notices.

    `Deprecation` is RFC 9745's date, `Sunset` RFC 8594's; of several the earliest of each.
    """
    used = [retirement for retirement in retirements if retirement.concerns(request)]
    if not used:
        return {}, []
    headers = {
        "Deprecation": f"@{moment(min(retirement.deprecated_on for retirement in used))}",
        "Sunset": http_date(moment(min(retirement.sunset_on for retirement in used))),
    }
    return headers, [(retirement.notice, "deprecation") for retirement in used]


def moment(day):
    """Seconds since 1970 at the day's beginning in UTC."""
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())
