"""The smallest portal in which no list of the API is empty, for tests of all of it."""

import datetime

from django.conf import settings

from announcements.choices import Effect, Instrument
from announcements.ledger import posting, rollups
from healthfund.exports import packaging
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    DeflatorFactory,
    ExchangeRateFactory,
    FigureFactory,
    OrganisationFactory,
    PopulationFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
)
from tests.stored import write_documents

AT = datetime.datetime(2026, 11, 1, 2, 30, tzinfo=datetime.UTC)


def write_everything():
    """Write it, with its ledger, its documents and a data package."""
    programme = ProgrammeFactory()
    payer = OrganisationFactory(name="UK Research and Innovation", website="https://www.ukri.org")
    payee = OrganisationFactory(name="Barts Health", successor=payer, status="merged")
    payee.covers.set([RegionFactory(key="wales")])
    announcement = AnnouncementFactory(programmes=[programme], announcer=payer)
    headline = ClaimFactory(announcement=announcement, amount="£10m")
    grant = ClaimFactory(
        announcement=announcement,
        part_of=[headline.pot],
        programmes=[programme],
        effect=Effect.ALLOCATES,
        instrument=Instrument.GRANT,
        funders=[payer.name],
        recipients=[payee.name],
        tags=["ai"],
        regions=["wales"],
        splits={"wales": "£1m"},
    )
    # Said again: left out of what was announced.
    ClaimFactory(pot=headline.pot, effect=Effect.REPEATS)
    SourceFactory(announcement=announcement)
    FigureFactory(announcement=announcement)
    target = TargetFactory()
    target.programmes.set([programme])
    AnnouncedTargetFactory(announcement=announcement, target=target)
    ResponseFactory(announcement=announcement, claim=grant, organisation=payee)
    PopulationFactory()
    DeflatorFactory()
    ExchangeRateFactory()
    posting.post_everything(at=AT)
    rollups.rebuild(at=AT)
    write_documents()
    packaging.build(settings.PACKAGES, at=AT)
