import os

import pytest
from hypothesis import settings as hypothesis_settings

# Two cores that other work shares make any deadline a lie.
hypothesis_settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis_settings.load_profile("house")


def pytest_configure():
    """What differs from the portal's own settings while its tests run."""
    from django.conf import settings

    from healthfund.celery import app

    # Publishing succeeds and reaches nobody; tests with a real broker and worker start processes of their own.
    app.conf.broker_url = "memory://"
    app.conf.broker_transport_options = {}
    # Nothing is limited but where a test says so.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.API_RATES = {"anonymous": 0, "token": 0}
    # Nothing has been collected: pages name the files as they are, and they are served from where they lie.
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Tests of the second factor turn it on.
    settings.TWO_FACTOR = False
    # Argon2 is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    """Tests take their rows back and give the same ids to others, which no portal does."""
    yield
    from healthfund.api.pagination import COUNTS
    from healthfund.api.v1.views import ANSWERS
    from healthfund.web.facets import NUMBERS
    from healthfund.web.panels import BY_PROGRAMME
    from healthfund.web.screen_sums import SUMS

    for remembered in (COUNTS, ANSWERS, BY_PROGRAMME, NUMBERS, SUMS):
        remembered.held = None, {}
