"""When an alert is looked at next: pure, but for the enumeration that Django lends its labels."""

import datetime
from zoneinfo import ZoneInfo

from django.db.models import TextChoices

LONDON = ZoneInfo("Europe/London")
MORNING = datetime.time(7)
"""Daily and weekly mail is there before the day's work begins."""

GATHERED = datetime.timedelta(minutes=10)
"""How long what is published goes on being gathered after a mail: whoever publishes ten in a row causes two mails."""


class Rhythm(TextChoices):
    SOON = "soon", "Soon after each publication"
    DAILY = "daily", "Once a day, at 7 in the morning"
    WEEKLY = "weekly", "Once a week, on Monday at 7 in the morning"


def next_time(rhythm: str, now: datetime.datetime, *, told: bool = True) -> datetime.datetime:
    """The moment, aware and not before `now`, at which an alert that was looked at now is looked at again.

    told: whether there was anything to tell; whoever is told soon and was told nothing waits for nothing. Mornings are
    London's, also on the days on which the clocks change.
    """
    if rhythm == Rhythm.SOON:
        return now + GATHERED if told else now
    here = now.astimezone(LONDON)
    day = here.date()
    if here.time() >= MORNING:
        day += datetime.timedelta(days=1)
    if rhythm == Rhythm.WEEKLY:
        day += datetime.timedelta(days=-day.weekday() % 7)
    return datetime.datetime.combine(day, MORNING, LONDON).astimezone(datetime.UTC)
