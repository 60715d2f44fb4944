import pytest

from tests.real import real_announcements


@pytest.fixture(scope="module")
def every_real_one(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_announcements() as facts:
        yield facts


@pytest.fixture
def real(every_real_one, db):
    """Every real announcement by its id, as the files have them, loaded once for a module."""
    return every_real_one
