import datetime
import itertools

import pytest

from announcements import search
from announcements.ledger import posting, rollups
from announcements.models import Announcement, Pot
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    FigureFactory,
    OrganisationFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
)
from tests.stored import write_documents

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
REGIONS = ["uk", "england", "london", "north-west", "wales"]
THEMES = ["digital", "ai", "whole-system"]
SECTORS = ["government", "industry"]


@pytest.fixture
def count(db):
    """Posts and rolls up everything that is there, and indexes it for the search."""

    def run():
        posting.post(Pot.objects.values_list("pk", flat=True), at=AT)
        rollups.apply_unapplied(at=AT)
        write_documents()
        search.index(Announcement.objects.values_list("pk", flat=True))

    return run


@pytest.fixture
def crowd(count):
    """Makes announcements, each with so many of everything that can hang on one, spread over years, places and themes."""
    numbers = itertools.count()

    def make(announcements, each):
        for key in REGIONS:
            RegionFactory(key=key)
        for _ in range(announcements):
            number = next(numbers)
            announcement = AnnouncementFactory(
                announced_on=datetime.date(2016 + number % 7, 5, 1 + number % 28),
                announcer=OrganisationFactory(name="Ministry"),
                programmes=[f"Programme {number}-{one}" for one in range(each)],
            )
            whole = ClaimFactory(
                announcement=announcement,
                key="total",
                as_stated="£412 million",
                amount="£412m",
                theme=THEMES[number % 3],
                sector=SECTORS[number % 2],
                regions=[REGIONS[number % 5]],
                effect="introduces",
            )
            for one in range(each):
                part = ClaimFactory(
                    announcement=announcement,
                    as_stated="up to £10m",
                    amount="£10m",
                    bound="up_to",
                    effect="allocates",
                    part_of=[whole.pot],
                    theme=THEMES[one % 3],
                    regions=[REGIONS[one % 5]],
                )
                later = AnnouncementFactory(announced_on=datetime.date(2023, 6, 1 + number % 28))
                ClaimFactory(announcement=later, pot=whole.pot, amount="£400m", effect="repeats")
                ClaimFactory(announcement=announcement, amount=None, as_stated="")
                source = SourceFactory(announcement=announcement)
                FigureFactory(announcement=announcement)
                target = TargetFactory(programmes=announcement.programmes.all())
                AnnouncedTargetFactory(announcement=announcement, target=target, position=one)
                ResponseFactory(announcement=announcement, claim=part, source=source)
        count()

    return make
