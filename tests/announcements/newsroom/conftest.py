import datetime

import pytest
from django.contrib.auth import get_user_model

from tests.real import real_announcements

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def anna(db):
    return get_user_model().objects.create_user("anna", is_staff=True)


@pytest.fixture
def ben(db):
    return get_user_model().objects.create_user("ben", is_staff=True)


@pytest.fixture(scope="module")
def every_real_one(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_announcements() as facts:
        yield facts


@pytest.fixture
def real(every_real_one, db):
    """Every real announcement by its id, as the files have them, loaded once for a module."""
    return every_real_one
