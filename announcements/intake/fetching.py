"""The one way out: HTTP to addresses that others gave us, and never into our own network.

A name is resolved here, once, every address that it stands for is judged, and the connection goes to the very address
that was judged, so an answer that changes between two look-ups changes nothing. Host, SNI and the certificate stay the
name's. No redirect is followed, no proxy is used, and both the time in all and the size of an answer are bounded.
"""

import functools
import ipaddress
import re
import socket
import time
from typing import NamedTuple

import httpcore
import httpx
from django.conf import settings

LONGEST = 500
"""Characters of an address."""

SCHEMES = {"http": 80, "https": 443}
MOST_ADDRESSES = 4
"""How many of a name's addresses are tried, one after another."""

PIECE = 16_384

# The special-purpose registry of IANA: what is no part of the public Internet. Python's own `is_global` changes from
# release to release and takes 64:ff9b::/96, behind which lies all of IPv4, for public.
NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in [
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own, and a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata, at a public address
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    ]
]
UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out. Outside lie loopback, link-local, unique local, multicast, IPv4 mapped and NAT64."""


class Refused(Exception):
    """The address is not one that we ask; the text tells whoever gave it why."""


class Unreachable(Exception):
    """Nobody gave an answer that is one; the text says what went wrong."""


class Policy(NamedTuple):
    """`allowed` are the "host:port" that are asked wherever they lie; everybody else is asked at these ports only."""

    allowed: frozenset = frozenset()
    ports: frozenset = frozenset({80, 443, 8080, 8443})


class Answer(NamedTuple):
    """Header names are in lower case; `body` is as it came, and `cut` where there was more of it."""

    status: int
    headers: dict
    body: bytes
    cut: bool


def house_policy():
    """The usual ports, and what this portal's OUTBOUND_ALLOW says."""
    return Policy(allowed=frozenset(settings.OUTBOUND_ALLOW))


def is_public(address):
    """Whether an IP address, as text, is one of the public Internet that everybody can ask."""
    address = ipaddress.ip_address(address)
    if address.version == 6 and address not in UNICAST:
        return False
    return not any(address in network for network in NOT_PUBLIC if network.version == address.version)


def parsed(address, policy):
    """An address as httpx.URL. Raises Refused for one that can be told by its text to be none that we ask."""
    if len(address) > LONGEST:
        raise Refused(f"An address has at most {LONGEST} characters.")
    if not re.fullmatch(r"[!-\[\]-~]+", address):
        raise Refused("An address has only ASCII characters, and no spaces or backslashes.")
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise Refused(f"This is not an address: {error}.") from None
    if url.scheme not in SCHEMES or not url.raw_host:
        raise Refused("An address begins with https:// or http:// and a host.")
    if re.match(r"[^/]*//[^/?#]*@", address):
        raise Refused("An address holds no user name or password.")
    if url.fragment:
        raise Refused("An address for programs has no fragment (#).")
    if place(url) in policy.allowed:
        return url
    if port(url) not in policy.ports:
        raise Refused(f"The port is one of {', '.join(map(str, sorted(policy.ports)))}.")
    name = host(url)
    if as_ip(name) is None and not re.fullmatch(r"[a-z0-9._-]+", name):
        raise Refused("The host of an address has letters, digits, dots and hyphens.")
    if as_ip(name) is None and re.fullmatch(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", name):
        raise Refused(f"{name} is no IP address in its usual spelling.")
    if re.fullmatch(r"(.*\.)?localhost\.?", name) or (as_ip(name) and not is_public(name)):
        raise Refused(f"{name} is not a public address.")
    return url


def host(url):
    """As it goes over the wire: in lower case, an international name in its ASCII form, an IPv6 address bare."""
    return url.raw_host.decode("ascii")


def port(url):
    return url.port or SCHEMES[url.scheme]


def place(url):
    """`host:port`, as OUTBOUND_ALLOW has it."""
    return f"[{host(url)}]:{port(url)}" if ":" in host(url) else f"{host(url)}:{port(url)}"


def as_ip(host):
    """The text of an IP address, or None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def look_up(host, port):
    """The IP addresses of a name, as texts. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} has no address: {error}") from None
    return list(dict.fromkeys(address[0] for *_, address in found))


def fetch(method, address, *, seconds, largest, headers=None, content=b"", policy=None, look_up=look_up, trust=None):
    """What an address answers, as an Answer.

    seconds: for all of it from the connection to the last byte; looking up a name, which the machine's resolver bounds,
    comes before. largest: bytes of the body that are read. trust: an ssl.SSLContext, where it is not the usual one.
    Raises Refused where the address is not one that we ask, and Unreachable where it gives no answer.
    """
    policy = policy or house_policy()
    url = parsed(address, policy)
    way = Way(place(url) in policy.allowed, seconds, look_up)
    # In parts, so that nobody reads the text a second time and otherwise.
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "healthfund"} | dict(headers or {})
    try:
        with (
            httpcore.ConnectionPool(ssl_context=trust or public_trust(), network_backend=way) as pool,
            pool.stream(method, target, headers=headers, content=content) as response,
        ):
            body, cut = beginning(response.iter_stream(), largest)
    except httpcore.TimeoutException:
        raise Unreachable(f"There was no whole answer within {seconds:g} seconds.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unreachable(f"The connection failed: {error}") from None
    names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Answer(response.status, names, body, cut)


def beginning(pieces, largest):
    """(the first bytes, whether there are more) of pieces of bytes, reading no more than it takes to tell."""
    read = b""
    for piece in pieces:
        read += piece
        if len(read) > largest:
            return read[:largest], True
    return read, False


@functools.cache
def public_trust():
    return httpx.create_ssl_context()


class Way(httpcore.NetworkBackend):
    """The way out: judges where a name leads before it connects there, and ends after so many seconds.

    anywhere: whether it may also lead into our own network.
    """

    def __init__(self, anywhere, seconds, look_up):
        self.anywhere, self.seconds, self.look_up = anywhere, seconds, look_up

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        addresses = self.judged(host, port)[:MOST_ADDRESSES]
        ends = time.monotonic() + self.seconds
        failure = httpcore.ConnectError(f"{host} has no address")
        for tried, address in enumerate(addresses):
            # One that does not answer leaves the others their share of the time.
            share = remaining(ends) / (len(addresses) - tried)
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, share, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return Bounded(stream, ends)
        raise failure

    def judged(self, host, port):
        """The IP addresses of the host. Raises Refused where any of them is not public."""
        literal = as_ip(host)
        addresses = [literal] if literal else self.look_up(host, port)
        if not self.anywhere and not all(map(is_public, addresses)):
            raise Refused(f"{host} leads to an address that is not public.")
        return addresses


class Bounded(httpcore.NetworkStream):
    """A stream all of whose work ends by `ends`, on the monotonic clock, however slowly the other side goes on."""

    def __init__(self, stream, ends):
        self.stream, self.ends = stream, ends

    def read(self, max_bytes, timeout=None):
        return self.stream.read(max_bytes, remaining(self.ends))

    def write(self, buffer, timeout=None):
        for begin in range(0, len(buffer), PIECE):
            self.stream.write(buffer[begin : begin + PIECE], remaining(self.ends))

    def close(self):
        self.stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return Bounded(self.stream.start_tls(ssl_context, server_hostname, remaining(self.ends)), self.ends)

    def get_extra_info(self, info):
        return self.stream.get_extra_info(info)


def remaining(ends):
    """The seconds until `ends`. Raises httpcore.ReadTimeout where there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
