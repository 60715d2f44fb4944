"""Sessions that end: so long after the last page, and so long after they began, whatever happens.

The end of each stands in its row, so a session that is over is not found, and nothing else needs to ask. Only pages that
look at the session at all prolong it, and write that down once a minute at most.
"""

import datetime
import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

BEGAN = "began"
"""When the session began, in seconds since 1970."""

MAY_LAG = 60
"""Seconds for which a row need not be written."""


class SessionStore(db.SessionStore):
    def create_model_instance(self, data):
        data.setdefault(BEGAN, int(time.time()))
        return super().create_model_instance(data)

    def get_session_cookie_age(self):
        """Seconds from now to the end, if no further page is asked for."""
        return _left(self.get(BEGAN, time.time()))

    def load(self):
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        now = timezone.now()
        end = now + datetime.timedelta(seconds=_left(data.get(BEGAN, 0)))
        if end - row.expire_date > datetime.timedelta(seconds=MAY_LAG):
            # Only the end: what another request of the same session has put into it stays.
            Session.objects.filter(pk=row.pk, expire_date__gt=now).update(expire_date=end)
        return data


def _left(began):
    longest = began + settings.SESSION_HOURS * 3600 - time.time()
    return max(min(settings.SESSION_COOKIE_AGE, int(longest)), 0)


def end_all(user):
    """End every session of a user; gives how many there were. Only the staff have sessions, so they are few."""
    rows = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [row.pk for row in rows if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    return Session.objects.filter(pk__in=theirs).delete()[0]
