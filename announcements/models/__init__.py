from .announcement import AnnouncedTarget, Announcement
from .audit import AuditEntry
from .claim import Claim, ClaimLink, RegionSplit
from .document import AnnouncementDocument, AnnouncementFacet, Change, PotDocument, PotFacet
from .doubts import Doubts
from .figure import Figure
from .forward import Forward
from .ledger import LedgerEntry, LedgerHead, Membership, Posting, Rehearsal, RollupCell, RollupState, RollupSum
from .pot import Pot
from .response import Response
from .revision import Revision, RevisionVersion
from .source import Source, SourceCheck

__all__ = [
    "Doubts",
    "AuditEntry",
    "Revision",
    "RevisionVersion",
    "PotFacet",
    "PotDocument",
    "Change",
    "AnnouncementFacet",
    "AnnouncementDocument",
    "AnnouncedTarget",
    "Announcement",
    "Claim",
    "ClaimLink",
    "Figure",
    "Forward",
    "LedgerEntry",
    "LedgerHead",
    "Membership",
    "Posting",
    "Pot",
    "RegionSplit",
    "Rehearsal",
    "Response",
    "RollupCell",
    "RollupState",
    "RollupSum",
    "Source",
    "SourceCheck",
]
