import itertools
import json
from types import SimpleNamespace

import pytest

from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    DeflatorFactory,
    DeflatorSeriesFactory,
    ExchangeRateFactory,
    FigureFactory,
    LedgerEntryFactory,
    MembershipFactory,
    OrganisationFactory,
    PopulationFactory,
    PotFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
    ThemeFactory,
)
from tests.real import real_announcements
from tests.stored import keeping_documents


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_announcements() as facts:
        yield facts


@pytest.fixture
def facts(loaded, db):
    """Every real announcement, loaded and rolled up once a module; gives them as the files have them, by id."""
    return loaded


@pytest.fixture
def api(request, client, db):
    """Gets an address, whole or below /api/v1/, and gives the JSON of an answer that must be 200."""

    # Loading wrote the documents of the facts.
    with keeping_documents(written="facts" not in request.fixturenames) as write:

        def get(path="", **parameters):
            write()
            response = client.get(path if path.startswith(("/", "http")) else f"/api/v1/{path}", parameters)
            assert response.status_code == 200, response.content
            assert response["Content-Type"] == "application/json"
            return json.loads(response.getvalue())

        yield get


@pytest.fixture
def refused(client, db):
    """Gets an address and gives the errors of an answer that must be 400 problem JSON."""

    def get(path, **parameters):
        response = client.get(f"/api/v1/{path}", parameters)
        assert response.status_code == 400, response.content
        assert response["Content-Type"] == "application/problem+json"
        assert set(response.json()) == {"type", "title", "status", "detail", "errors", "request_id"}
        return response.json()["errors"]

    return get


@pytest.fixture
def crowd(db):
    """Makes announcements with everything that can hang on one, so many of each on each."""
    numbers = itertools.count()

    def make(announcements, each):
        made = []
        for _ in range(announcements):
            number = next(numbers)
            programmes = [ProgrammeFactory() for _ in range(each)]
            announcement = AnnouncementFactory(programmes=programmes, announcer=OrganisationFactory())
            outer = ClaimFactory(announcement=announcement, sector="charity")
            for index in range(each):
                SourceFactory(announcement=announcement)
                FigureFactory(announcement=announcement)
                target = TargetFactory()
                target.programmes.set(programmes)
                AnnouncedTargetFactory(announcement=announcement, target=target)
                claim = ClaimFactory(
                    announcement=announcement,
                    part_of=[outer.pot],
                    programmes=programmes,
                    tags=["ai", f"tag-{number}-{index}"],
                    regions=["wales", "scotland"],
                    splits={"wales": "£1m", "scotland": "£2m"},
                )
                ClaimFactory(announcement=announcement, pot=outer.pot, partly_in=[(PotFactory(), "£1", "£2")])
                LedgerEntryFactory(pot=outer.pot)
                MembershipFactory(pot=outer.pot)
                ResponseFactory(
                    announcement=announcement,
                    organisation=OrganisationFactory(),
                    claim=claim,
                    source=announcement.sources.first(),
                )
                PopulationFactory(region=RegionFactory(key="wales"), year=1000 + 10 * number + index)
                OrganisationFactory(successor=announcement.announcer, status="merged").covers.set(
                    [RegionFactory(key="wales"), RegionFactory(key="scotland")]
                )
                ThemeFactory(key=f"theme-{number}-{index}")
                series = DeflatorSeriesFactory()
                for year in range(2000, 2001 + index):
                    DeflatorFactory(series=series, year=year)
                ExchangeRateFactory(year=1000 + 10 * number + index)
            made.append(SimpleNamespace(announcement=announcement, pot=outer.pot, programme=programmes[0]))
        return made

    return make
