import pytest

from tests.announcements.admin.browsing import client_of, may

EVERYTHING = [
    f"{verb}_{model}"
    for verb in ("add", "change", "delete", "view")
    for model in (
        "announcedtarget",
        "announcement",
        "claim",
        "claimlink",
        "figure",
        "pot",
        "regionsplit",
        "response",
        "source",
        "target",
    )
]


@pytest.fixture
def editor(db):
    """Enters everything, and may not publish."""
    return client_of(may(*EVERYTHING))


@pytest.fixture
def publisher(db):
    """Enters everything and publishes."""
    return client_of(may("publish_announcement", *EVERYTHING))
