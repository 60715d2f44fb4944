import datetime

import pytest
from django.contrib.auth import get_user_model

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def anna(db):
    return get_user_model().objects.create_user("anna", is_staff=True)


@pytest.fixture
def ben(db):
    return get_user_model().objects.create_user("ben", is_staff=True)
