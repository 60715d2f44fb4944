"""How long a receiver that does not take its messages is left alone, and when it is given up: pure."""

import datetime
import email.utils
import re

TRIES = 10
FIRST = datetime.timedelta(seconds=30)
LONGEST = datetime.timedelta(hours=12)
LONGEST_ASKED = datetime.timedelta(days=1)
DAYS = datetime.timedelta(days=5)
"""Who has taken nothing for so long is told nothing more."""


def pause(attempts, spread, asked=None):
    """The time from a failed attempt, the first of which is 1, to the next: 30 seconds, three times as long each time,
    12 hours at most.

    spread: a random number from 0 to 1, which moves it by a quarter either way, so that receivers that failed together
    are not asked together. asked: what the receiver's Retry-After wishes, which is kept up to a day.
    """
    usual = min(FIRST * 3 ** min(attempts - 1, 20), LONGEST) * (0.75 + spread / 2)
    return max(usual, min(asked or usual, LONGEST_ASKED))


def retry_after(text, at):
    """What a Retry-After header asks for, as a timedelta of at least nothing; None where it says nothing that is one."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return datetime.timedelta(seconds=int(text))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(moment - at, datetime.timedelta())
