"""One line in the log for each request, and on every line the id of the request that it was written for.

The id is the visitor's own `X-Request-ID` where that is well formed, else a new one. It stands in the answer's header,
in problem documents, and in the lines of the tasks that the request causes (see `celery.py`).
"""

import contextlib
import logging
import re
import time
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
NOBODY = "-"

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=@-]{0,63}")
"""Nothing that ends a line, a field of it, or a JSON string."""

SECRET = re.compile(r"([?&][^=&]*(?:auth|code|csrf|key|pass|secret|session|sign|token)[^=&]*=)[^&]+", re.IGNORECASE)
"""A parameter whose name sounds secret. None of ours does: these are sent by mistake, and refused."""

KEY = re.compile(r"(/alerts/(?:confirm/)?)[A-Za-z0-9_-]{43}(?=/|$)")
"""A part of a path that lets whoever knows it change or stop somebody's alert."""

LONGEST_ADDRESS = 500

log = logging.getLogger("healthfund.request")
_cause = ContextVar("cause", default=NOBODY)


def cause():
    """The id of the request or task that is being worked for, "-" where there is none."""
    return _cause.get()


def work_for(name):
    """Whatever this thread logs from now on is logged for this request or task."""
    _cause.set(name)


@contextlib.contextmanager
def caused_by(name):
    """Whatever is logged within is logged for this request or task."""
    former = _cause.set(name)
    try:
        yield
    finally:
        _cause.reset(former)


class Cause(logging.Filter):
    """Lets every line through and gives it `cause`, for the format in the settings."""

    def filter(self, record):
        record.cause = cause()
        return True


def request_id(given):
    """The id of a request that came with this X-Request-ID, or with none."""
    return given if given and WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def address(request):
    """What was asked for, on one line and without secrets."""
    # Percent-encoded, so that it holds neither blanks nor line ends.
    shown = KEY.sub(r"\1…", SECRET.sub(r"\1…", request.get_full_path()))
    return shown if len(shown) <= LONGEST_ADDRESS else f"{shown[:LONGEST_ADDRESS]}…"


def asker(request):
    """Whose token or session the request came with, as far as somebody has looked; asks the database nothing."""
    token = getattr(request, "auth", None)
    if token is not None:
        return f"token={token.pk}"
    user = getattr(request, "_cached_user", None)
    return f"user={user.pk}" if user is not None and user.pk else "anonymous"


class RequestLog:
    """The outermost middleware: whatever is answered, or logged meanwhile, has the request's id."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        begun = time.monotonic()
        request.id = request_id(request.headers.get(HEADER))
        with caused_by(request.id):
            response = self.get_response(request)
            response[HEADER] = request.id
            if response.streaming and getattr(response, "file_to_stream", None) is None:
                response.streaming_content = self.streamed(request, response, begun, response.streaming_content)
            else:
                tell(request, response, begun)
        return response

    def streamed(self, request, response, begun, chunks):
        """The same chunks, with the line at their end: only then is it known how long they took, and whether all went."""
        ending = " cut short"
        try:
            while True:
                # Between two chunks the thread belongs to the server.
                with caused_by(request.id):
                    try:
                        chunk = next(chunks)
                    except StopIteration:
                        break
                yield chunk
            ending = ""
        finally:
            with caused_by(request.id):
                tell(request, response, begun, ending)


def tell(request, response, begun, ending=""):
    milliseconds = (time.monotonic() - begun) * 1000
    log.info(
        "%s %s %s %.0f ms %s%s",
        request.method,
        address(request),
        response.status_code,
        milliseconds,
        asker(request),
        ending,
    )
