"""The API attacked by its own OpenAPI document. Ten thousand cases: `tests/benchmarks/attack.py`."""

import pytest
from django.db import transaction
from django.test import override_settings

from healthfund.api import schema
from tests.attacking import attack, write_portal

pytestmark = pytest.mark.django_db

OPERATIONS = {f"{method.upper()} {path}" for path, methods in schema.document()["paths"].items() for method in methods}


@pytest.fixture(scope="module")
def report(django_db_setup, django_db_blocker, tmp_path_factory):
    packages = override_settings(PACKAGES=tmp_path_factory.mktemp("packages"))
    with packages, django_db_blocker.unblock(), transaction.atomic():
        yield attack(write_portal(), seed=1, examples=2, scenarios=5)
        transaction.set_rollback(True)


def test_no_operation_answers_otherwise_than_it_is_described(report):
    assert report.failures == [], "\n\n".join(report.failures)


def test_every_operation_is_attacked_and_most_do_what_is_asked(report):
    assert report.asked == OPERATIONS
    assert len(report.done) > 0.8 * len(OPERATIONS), OPERATIONS - report.done
