"""How every answer under /api/ behaves: how long it keeps, whether it has changed, who may read it, where to read on.

Why it is so, and what of it is a promise, stands in DECISIONS.md. The rules are the small functions; `Manners` is the
middleware that applies them, outside of every view, so that refusals and streams behave alike.
"""

import contextlib
import hashlib
import time

from django.urls import NoReverseMatch, reverse
from django.utils.cache import has_vary_header, patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date

from .errors import MEDIA_TYPE, ROOT, problem
from .retirement import RETIREMENTS, headers_of

READING = ("GET", "HEAD")

# How long an answer keeps

NEVER = "no-store"
"""Refusals, writes, and whatever is answered to a token, which may see more than others."""

ASKED_AGAIN = "public, no-cache"
"""May be kept but is asked for again each time: whoever is told of a change reads these next, and must not see the
state before it. When nothing has changed that costs a 304."""

A_MINUTE = "public, max-age=60, stale-while-revalidate=60"
"""Everything else, which may be a minute old: totals are, for they are rolled up after the posting."""

ALWAYS_FRESH = {"api:announcement", "api:pot", "api:changes"}

VARY = ("Accept", "Accept-Encoding", "Authorization")
"""What an answer depends on besides its address; CORS adds Origin."""


def keeping(request, response):
    """The Cache-Control of an answer."""
    if request.method not in READING or response.status_code >= 400 or "Authorization" in request.headers:
        return NEVER
    if response.cookies or has_vary_header(response, "Cookie"):
        return f"private, {NEVER}"
    asked = request.resolver_match
    return ASKED_AGAIN if asked and asked.view_name in ALWAYS_FRESH else A_MINUTE


# Whether it has changed

SETTLED = 60
"""Seconds after which a moment is told. A change may be seen later than its own moment, when its posting has waited for
another, and two changes may share a second: both are over by then."""


def dated(response, at):
    """The answer, with the moment at which what it shows was last changed (None where nobody knows)."""
    if at is not None:
        response["Last-Modified"] = http_date(at.timestamp())
    return response


def tag(content):
    """A weak ETag: the same for the same answer, compressed or not, so that a 304 is about both."""
    return f'W/"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def known(request, response):
    """Whether the visitor has this answer already, as its ETag says, or for want of one the very same moment.

    Later moments than ours do not count as known: only what we said ourselves is sure to be about this answer.
    """
    if "If-None-Match" in request.headers:
        theirs = {etag.removeprefix("W/") for etag in parse_etags(request.headers["If-None-Match"])}
        return "ETag" in response and not theirs.isdisjoint({"*", response["ETag"].removeprefix("W/")})
    return request.headers.get("If-Modified-Since", "") == response.get("Last-Modified")


def emptied(response):
    """The same answer without content; what a stream would have read is closed with the answer."""
    if response.streaming:
        response.streaming_content = ()
    else:
        response.content = b""
    return response


def bodiless(response):
    """The answer to HEAD: the length of the content stays, where it is known, without the content."""
    length = response.get("Content-Length")
    emptied(response)
    if length is not None:
        response["Content-Length"] = length
    return response


OF_THE_CONTENT = (
    *("Content-Type", "Content-Length", "Content-Range", "Content-Disposition", "Content-Language"),
    *("Accept-Ranges", "Link"),
)


def unchanged(response):
    """The answer made a 304."""
    response.status_code = 304
    for name in OF_THE_CONTENT:
        del response[name]
    return emptied(response)


# What went wrong


def spoken(response):
    """A refusal that Django itself made, without a word for machines, as a problem with the same headers."""
    kept = {name: value for name, value in response.headers.items() if name not in OF_THE_CONTENT[:2]}
    return problem(response.status_code, f"{response.reason_phrase}.", headers=kept)


# Where to read on

ABOUT = [
    ("api:openapi", "service-desc"),
    ("api-guide", "service-doc help"),
]
"""What tells of the whole API, by the names of their addresses, with RFC 8631's relations."""


def link(target, relation):
    """One link of a Link header (RFC 8288); the target is an address as it goes over the wire."""
    return f'<{target}>; rel="{relation}"'


def about():
    """The links that every answer has."""
    links = []
    for name, relation in ABOUT:
        with contextlib.suppress(NoReverseMatch):
            links.append(link(reverse(name), relation))
    return links


# What a browser may do with it

NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""A document of data loads nothing and is shown in nobody's frame, whatever a browser takes it for."""


class Manners:
    """The middleware, outside of all that answers under /api/ and inside of compression and CORS."""

    def __init__(self, get_response, retirements=RETIREMENTS):
        self.get_response = get_response
        self.retirements = retirements

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path_info.startswith(ROOT):
            return response
        if response.status_code == 301 and request.method not in READING:
            # The address without its slash: what is sent in goes along.
            response.status_code = 308
        if response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE:
            response = spoken(response)
        response.setdefault("Cache-Control", keeping(request, response))
        patch_vary_headers(response, VARY)
        if not response.get("Content-Type", "").startswith("text/html"):
            response.setdefault("Content-Security-Policy", NOTHING)
        if "Last-Modified" in response and parse_http_date(response["Last-Modified"]) > time.time() - SETTLED:
            del response["Last-Modified"]
        retiring, notices = headers_of(request, self.retirements)
        for name, value in retiring.items():
            response[name] = value
        if request.method in READING and response.status_code in (200, 206):
            if not response.streaming:
                response.setdefault("ETag", tag(response.content))
            if known(request, response):
                return unchanged(response)
            if request.method == "HEAD":
                bodiless(response)
        before = filter(None, [response.get("Link")])
        response["Link"] = ", ".join([*before, *(link(*notice) for notice in notices), *about()])
        return response
