"""Documents for what factories wrote past the verbs: readers are served from them alone."""

from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from announcements import readside

READS = ("SELECT", "SAVEPOINT", "RELEASE", "EXPLAIN")


def write_documents():
    """Write every document and facet anew, without a word in the log of queries that a test may be counting."""
    counted, connection.force_debug_cursor = connection.force_debug_cursor, False
    try:
        readside.rebuild(at=timezone.now())
    finally:
        connection.force_debug_cursor = counted


@contextmanager
def keeping_documents(*, written=True):
    """Gives a function that writes every document anew where anything was written since it was last called.

    written: whether anything was before its first call.
    """
    written = [written]

    def watch(execute, sql, *rest):
        written[0] = written[0] or not sql.lstrip().startswith(READS)
        return execute(sql, *rest)

    def write():
        if written[0]:
            write_documents()
            written[0] = False

    with connection.execute_wrapper(watch):
        yield write
