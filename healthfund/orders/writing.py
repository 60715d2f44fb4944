"""Writing an ordered file: the API's own list, asked the same question, into the folder of ordered files."""

import logging
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import QueryDict
from django.urls import Resolver404, resolve

from healthfund.api.errors import BadParameters
from healthfund.api.export import Export
from healthfund.api.v1.base import List
from healthfund.exports.answering import write

from .models import OrderedFile

logger = logging.getLogger(__name__)

BEAT = 1
"""Seconds between two signs of life."""


class Superseded(Exception):
    """Somebody else has the order in hand by now."""


class Progress:
    """How many rows are written, and whether the order is still ours; shared with the thread that tells of it."""

    def __init__(self):
        self.rows, self.rows_in_all, self.lost = 0, None, False

    def counting(self, documents):
        """The same documents, counted as they pass. Raises Superseded where the order is no longer ours."""
        for document in documents:
            if self.lost:
                raise Superseded
            self.rows += 1
            yield document


class Question:
    """A question to one of the API's lists: `faults`, and where there are none its rows as a file has them."""

    def __init__(self, address):
        place = urlsplit(address)
        match = resolve(place.path)
        self.name, self.view = match.url_name, match.func.cls()
        query = QueryDict(place.query)
        self.export = Export(query, self.name, address)
        # No request: a list's documents never depend on who asks.
        self.view.request = self.view.format_kwarg = None
        self.rows, self.shape, self.faults = self.view.asked_for(query, self.export)

    @property
    def format(self):
        return self.export.cleaned_data["format"]


def is_list(name, path):
    """Whether one of the API's lists has this name and path."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.url_name == name and issubclass(getattr(match.func, "cls", object), List)


def write_next(*, clock):
    """Write the order that is due, if one is: gives it, or None. clock: gives the present moment."""
    order = OrderedFile.objects.take(at=clock())
    if order is None:
        return None
    try:
        _write(order, clock)
    except Superseded:
        logger.info("left order=%s to somebody else", order.pk)
    except BadParameters as refused:
        order.fail(why=" ".join(fault.message for fault in refused.faults), at=clock())
    except Exception:
        # Whoever ordered it is told, and may try again; what happened is for us.
        logger.exception("order=%s failed", order.pk)
        order.fail(why=OrderedFile.BROKEN, at=clock())
    return order


def sweep(*, at):
    """Remove the files whose time is over, what nobody finished, and orders that are long forgotten. Gives how many files."""
    # Listed before the orders are: no file is there before its order.
    files, swept = list(settings.ORDERED_FILES.glob("*")), 0
    expired = OrderedFile.objects.expired(at=at)
    kept = set(OrderedFile.objects.exclude(pk__in=expired.values("pk")).values_list("key", flat=True))
    for file in files:
        if file.name.split(".")[0] not in kept:
            file.unlink(missing_ok=True)
            swept += 1
    OrderedFile.objects.forgotten(at=at).delete()
    return swept


def _write(order, clock):
    settings.ORDERED_FILES.mkdir(parents=True, exist_ok=True)
    part = settings.ORDERED_FILES / f"{order.stored_as}.{order.attempts}"
    asked, progress = Question(order.address), Progress()
    if asked.faults:
        raise BadParameters(asked.faults)
    progress.rows_in_all = asked.rows.order_by().count()
    statement = asked.export.statement()
    documents = progress.counting(asked.view.documents(asked.shape.fetching(asked.rows), asked.shape))
    try:
        with _telling(order, progress, clock), part.open("wb") as file:
            write(asked.format, documents, asked.shape.columns(), statement, file)
        size = part.stat().st_size
        part.replace(settings.ORDERED_FILES / order.stored_as)
        if not order.finish(rows=progress.rows, bytes=size, filename=statement.filename(order.format), at=clock()):
            raise Superseded
    finally:
        part.unlink(missing_ok=True)
    # What an attempt that was killed left.
    for left in settings.ORDERED_FILES.glob(f"{order.stored_as}.*"):
        left.unlink(missing_ok=True)
    logger.info("wrote order=%s rows=%s bytes=%s", order.pk, progress.rows, size)


@contextmanager
def _telling(order, progress, clock):
    """A thread that gives signs of life, on a connection of its own: what is read for the file is one long reading."""
    ended = threading.Event()

    def tell():
        while not ended.wait(BEAT):
            try:
                told = order.seen(rows=progress.rows, rows_in_all=progress.rows_in_all, at=clock())
            except DatabaseError as error:
                # One that is missed does no harm: the next says more.
                logger.warning("no sign of life from order=%s: %s", order.pk, error)
            else:
                progress.lost = not told
        connection.close()

    thread = threading.Thread(target=tell, name=f"order {order.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
