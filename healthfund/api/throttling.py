"""How much is answered a minute, to each address without a token and to each token, and the fields that say so.

Counted in the cache, which all processes of a portal share where its broker is Redis or Valkey. Without a cache there
is no limit: the portal goes on answering.
"""

import time
from typing import NamedTuple

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from healthfund.limiting import counter, network_of

WINDOW = 60
"""Seconds that a count lasts; counts begin with the minute."""


class Counted(NamedTuple):
    """What a request was counted by: the policy, its requests a minute, how many are left, for how many seconds."""

    policy: str
    most: int
    left: int
    seconds: int

    @property
    def fields(self):
        """As draft-ietf-httpapi-ratelimit-headers-11 writes it in the head of an answer."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.seconds}',
        }


class Limit(BaseThrottle):
    """So many requests a minute. The numbers are those of settings.API_RATES; 0 is no limit."""

    def allow_request(self, request, view):
        policy, who = ("token", request.auth.pk) if request.auth else ("anonymous", network_of(request))
        most = settings.API_RATES[policy]
        if not most:
            return True
        now = time.time()
        self.seconds_left = WINDOW - int(now) % WINDOW
        count = counter.count(f"rate:{policy}:{who}:{int(now) // WINDOW}", WINDOW)
        if count is None:
            return True
        request._request.rate_limit = Counted(policy, most, max(most - count, 0), self.seconds_left)
        return count <= most

    def wait(self):
        return self.seconds_left


def say_limits(get_response):
    """Middleware: the limit that a request was counted by stands in its answer, whatever the answer is."""

    def respond(request):
        response = get_response(request)
        if counted := getattr(request, "rate_limit", None):
            for name, value in counted.fields.items():
                response[name] = value
        return response

    return respond
