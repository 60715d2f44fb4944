"""Every real announcement, loaded once for a whole module of tests."""

import datetime
import json
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction

from announcements.facts import loading
from announcements.ledger import rollups
from programmes import reference

FIXTURES = Path(__file__).parents[1] / "fixtures"
AT = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def real_announcements():
    """Loads and rolls up every real announcement, gives them as the files have them, by id, and takes all back.

    What each test does is a savepoint inside of this transaction, so no test sees another's writing. A test that needs
    transactions of its own belongs into another module.
    """
    with transaction.atomic():
        reference.load(read(FIXTURES / "reference.json"))
        documents = [(path.name, read(path)) for path in sorted((FIXTURES / "facts").glob("*.json"))]
        loading.load(documents, at=AT, today=AT.date())
        rollups.rebuild(at=AT)
        yield {said["id"]: said for _, document in documents for said in document["announcements"]}
        transaction.set_rollback(True)
