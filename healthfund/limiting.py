"""How often somebody has done something, counted in the cache.

All processes of a portal share it where its broker is Redis or Valkey. Without a cache nothing is counted and nothing is
limited: the portal goes on answering.
"""

import hashlib
import ipaddress
import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

log = logging.getLogger(__name__)

PATIENCE = 10
"""Seconds for which a cache that failed is not asked again."""


class Counter:
    """Counts in the cache; says once when that is away and once when it is back."""

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.away_until = None

    def count(self, key, seconds):
        """How often this key was counted, now included; None where the cache is away. It is counted for so many seconds,
        and a little longer, whatever the clocks of two machines say."""
        if self.away_until is not None and self.clock() < self.away_until:
            return None
        try:
            number = self._increased(key, seconds)
        except (RedisError, OSError) as trouble:
            if self.away_until is None:
                log.warning("cache away, so nothing is limited: %s", trouble)
            self.away_until = self.clock() + PATIENCE
            return None
        if self.away_until is not None:
            log.info("cache back, limits hold again")
            self.away_until = None
        return number

    def _increased(self, key, seconds):
        for _ in range(2):
            try:
                return cache.incr(key)
            except ValueError:
                # Not there yet.
                if cache.add(key, 1, 2 * seconds):
                    return 1
        return 1


counter = Counter()


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


def network_of(request):
    """The same of whoever a request comes from, seen through as many proxies as the settings say."""
    return network(BaseThrottle().get_ident(request))
