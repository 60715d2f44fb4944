"""Factories for the models of both apps: the least data a test needs.

They write straight to the models: nothing is posted to the ledger until the test calls
`announcements.ledger.posting.post`. Announcements are published unless `AnnouncementFactory(draft=True)` or
`(withdrawn=True)`. Money is pence in the models; factories also read pounds as text: `ClaimFactory(amount="£412m")`.
"""

from .alerts import AlertFactory, AlertMailFactory, AlertMatchFactory
from .announcements import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    ClaimLinkFactory,
    FigureFactory,
    PotFactory,
    RegionSplitFactory,
    ResponseFactory,
    SourceFactory,
)
from .ledger import LedgerEntryFactory, MembershipFactory, PostingFactory, RollupCellFactory, RollupStateFactory
from .money import pence
from .programmes import (
    DeflatorFactory,
    DeflatorSeriesFactory,
    ExchangeRateFactory,
    OrganisationFactory,
    PopulationFactory,
    ProgrammeFactory,
    RegionFactory,
    TargetFactory,
    ThemeFactory,
)
from .tokens import KeptAnswerFactory, TokenFactory
from .webhooks import ChangeFactory, DeliveryFactory, UserFactory, WebhookFactory

__all__ = [
    "AlertFactory",
    "AlertMailFactory",
    "AlertMatchFactory",
    "AnnouncedTargetFactory",
    "AnnouncementFactory",
    "ChangeFactory",
    "ClaimFactory",
    "ClaimLinkFactory",
    "DeflatorFactory",
    "DeflatorSeriesFactory",
    "DeliveryFactory",
    "ExchangeRateFactory",
    "FigureFactory",
    "KeptAnswerFactory",
    "LedgerEntryFactory",
    "MembershipFactory",
    "OrganisationFactory",
    "PopulationFactory",
    "PostingFactory",
    "PotFactory",
    "ProgrammeFactory",
    "RegionFactory",
    "RegionSplitFactory",
    "ResponseFactory",
    "RollupCellFactory",
    "RollupStateFactory",
    "SourceFactory",
    "TargetFactory",
    "ThemeFactory",
    "TokenFactory",
    "UserFactory",
    "WebhookFactory",
    "pence",
]
