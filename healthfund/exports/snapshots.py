"""One state of the database for all that is read into a file, however long that takes."""

from contextlib import contextmanager

from django.db import connection, transaction

CHUNK = 500
"""Rows that are held in memory at a time."""


@contextmanager
def snapshot():
    """Reads within see one state, whatever is written meanwhile, and hold up no writer. Inside a transaction that is
    open already, it is that transaction's state.

    PostgreSQL: REPEATABLE READ. SQLite: a deferred transaction, which in WAL mode reads what was there when it began;
    the portal's own kind of transaction (settings.py) would keep everybody else from writing.
    """
    if connection.in_atomic_block:
        yield
        return
    with _reading(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _reading():
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    kept, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        connection.transaction_mode = kept
