"""How much is answered a minute, to each address without a token and to each token, and the fields that say so.

Counted in the cache, which all processes of a portal share where its broker is Redis or Valkey. Without a cache there
is no limit: the portal goes on answering.
"""

import hashlib
import ipaddress
import logging
import time
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

log = logging.getLogger(__name__)

WINDOW = 60
"""Seconds that a count lasts; counts begin with the minute."""

PATIENCE = 10
"""Seconds for which a cache that failed is not asked again."""


class Counter:
    """Counts in the cache; says once when that is away and once when it is back."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.away_until = None

    def count(self, key):
        """How often this key was counted, now included; None where the cache is away."""
        if self.away_until is not None and self.clock() < self.away_until:
            return None
        try:
            number = self._increased(key)
        except (RedisError, OSError) as trouble:
            if self.away_until is None:
                log.warning("cache away, so nothing is limited: %s", trouble)
            self.away_until = self.clock() + PATIENCE
            return None
        if self.away_until is not None:
            log.info("cache back, limits hold again")
            self.away_until = None
        return number

    def _increased(self, key):
        for _ in range(2):
            try:
                return cache.incr(key)
            except ValueError:
                # Not there yet. It stays a little longer than it counts, whatever the clocks of two machines say.
                if cache.add(key, 1, 2 * WINDOW):
                    return 1
        return 1


counter = Counter()


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
        policy, who = ("token", request.auth.pk) if request.auth else ("anonymous", network(self.get_ident(request)))
        most = settings.API_RATES[policy]
        if not most:
            return True
        now = time.time()
        self.seconds_left = WINDOW - int(now) % WINDOW
        count = counter.count(f"rate:{policy}:{who}:{int(now) // WINDOW}")
        if count is None:
            return True
        request._request.rate_limit = Counted(policy, most, max(most - count, 0), self.seconds_left)
        return count <= most

    def wait(self):
        return self.seconds_left


def network(address):
    """What stands for a client in a count: its address, and of IPv6, where each has billions, its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # Whatever a proxy writes, nothing that a cache would refuse as a key. Who comes by a socket has no address.
        return hashlib.sha256((address or "").encode()).hexdigest()[:32]
    if parsed.version == 6:
        return str(parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def say_limits(get_response):
    """Middleware: the limit that a request was counted by stands in its answer, whatever the answer is."""

    def respond(request):
        response = get_response(request)
        if counted := getattr(request, "rate_limit", None):
            for name, value in counted.fields.items():
                response[name] = value
        return response

    return respond
