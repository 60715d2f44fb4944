"""The words this app chooses from, as fact files write them (facts/schema.json). Imports nothing of ours."""

from django.db.models import TextChoices

MOST = 10**15
"""No sum is of more hundredths than this (10 trillion): a larger one is a slip of scale, and would overflow totals."""


class Status(TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Role(TextChoices):
    """The groups of the staff, made by migration, each with what the one before it may do besides its own."""

    EDITOR = "Editor", "Editor: enters, changes and submits revisions, and looks at everything"
    REVIEWER = "Reviewer", "Reviewer: also approves, publishes, withdraws and merges"
    ADMINISTRATOR = "Administrator", "Administrator: also reference data, users, tokens of others, alerts and deleting"


class RevisionState(TextChoices):
    """Where a revision stands on its way to being public."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    SCHEDULED = "scheduled", "Scheduled"
    EMBARGOED = "embargoed", "Under embargo"
    PUBLISHED = "published", "Published"
    DISCARDED = "discarded", "Discarded"


WRITABLE_STATES = (RevisionState.DRAFT, RevisionState.IN_REVIEW)
WAITING_STATES = (RevisionState.SCHEDULED, RevisionState.EMBARGOED)
OPEN_STATES = (*WRITABLE_STATES, *WAITING_STATES)


class Did(TextChoices):
    """What somebody did to a thing, for its history."""

    CREATED = "created", "Created"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"
    SUBMITTED = "submitted", "Sent to review"
    SENT_BACK = "sent_back", "Sent back"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrew"
    DISCARDED = "discarded", "Discarded"
    REOPENED = "reopened", "Took up again"
    MERGED = "merged", "Merged"
    REVERTED = "reverted", "Reverted"
    IMPORTED = "imported", "Imported"


class Merged(TextChoices):
    """What can be merged into another of its kind."""

    ANNOUNCEMENT = "announcement", "Announcement"
    POT = "pot", "Pot"
    ORGANISATION = "organisation", "Organisation"


class SourceKind(TextChoices):
    PRESS_RELEASE = "press_release", "Press release"
    NEWS_ARTICLE = "news_article", "News article"
    WRITTEN_ANSWER = "written_answer", "Written answer"
    SPEECH = "speech", "Speech"
    STRATEGY = "strategy", "Strategy"
    BLOG = "blog", "Blog"
    REPORT = "report", "Report"


class Reached(TextChoices):
    """What came of looking whether an address is still there."""

    ANSWERS = "answers", "Answers"
    MOVED = "moved", "Answers at another address"
    GUARDED = "guarded", "Answers, but not to programs"
    FAILS = "fails", "Gives no page"
    NOT_ASKED = "not_asked", "Not an address that is asked"


class FigureKind(TextChoices):
    SAVING = "saving", "Saving"
    COST = "cost", "Cost"
    MARKET_SIZE = "market_size", "Market size"
    PAST_SPEND = "past_spend", "Past spending"
    JOBS = "jobs", "Jobs"
    BENEFICIARIES = "beneficiaries", "Beneficiaries"
    PERFORMANCE = "performance", "Performance"
    DEMAND = "demand", "Demand"
    OTHER = "other", "Other"


class Stance(TextChoices):
    WELCOMES = "welcomes", "Welcomes it"
    MIXED = "mixed", "Mixed"
    CRITICAL = "critical", "Critical"
    NEUTRAL = "neutral", "Neutral"


class Bound(TextChoices):
    EXACT = "exact", "Exactly"
    ABOUT = "about", "About"
    AT_LEAST = "at_least", "At least"
    UP_TO = "up_to", "Up to"
    RANGE = "range", "From low to high"


class ClaimMeasure(TextChoices):
    TOTAL = "total", "A sum over its period"
    PER_YEAR = "per_year", "A yearly sum"
    LEVEL = "level", "The height of a whole budget"
    RISE = "rise", "A budget's height above a baseline"
    BREAKDOWN = "breakdown", "A second way of dividing a pot"


class Terms(TextChoices):
    CASH = "cash", "Cash"
    REAL = "real", "Real terms"


class Effect(TextChoices):
    INTRODUCES = "introduces", "Introduces a pot"
    REPEATS = "repeats", "Repeats a pot"
    REVISES = "revises", "Revises a pot's amount"
    TOPS_UP = "tops_up", "Tops a pot up"
    ALLOCATES = "allocates", "Allocates money of a pot"
    SPENDS = "spends", "Spends money of a pot"
    CANCELS = "cancels", "Cancels a pot, or some of it"
    PROPOSES = "proposes", "Proposes or demands (never counted)"


MAY_INTRODUCE = frozenset({Effect.INTRODUCES, Effect.ALLOCATES, Effect.SPENDS, Effect.PROPOSES})


class Sector(TextChoices):
    GOVERNMENT = "government", "UK government"
    DEVOLVED_GOVERNMENT = "devolved_government", "Devolved government"
    LOCAL_NHS = "local_nhs", "Local NHS and councils"
    INDUSTRY = "industry", "Industry"
    CHARITY = "charity", "Charity"
    FOREIGN = "foreign", "Foreign"
    MIXED = "mixed", "Mixed, not divided by the source"
    UNKNOWN = "unknown", "Unknown"


PUBLIC_SECTORS = (Sector.GOVERNMENT, Sector.DEVOLVED_GOVERNMENT, Sector.LOCAL_NHS)


class Additionality(TextChoices):
    NEW = "new", "New"
    MOVED = "moved", "Moved from elsewhere"
    RESTORED = "restored", "Restored after a cut"
    ALREADY_ANNOUNCED = "already_announced", "Already announced"
    PARTLY_NEW = "partly_new", "Partly new"
    UNCLEAR = "unclear", "Unclear"


class Nature(TextChoices):
    CAPITAL = "capital", "Capital"
    REVENUE = "revenue", "Revenue"
    RESEARCH = "research", "Research"
    MIXED = "mixed", "Mixed"
    UNSPECIFIED = "unspecified", "Unspecified"


class Instrument(TextChoices):
    GRANT = "grant", "Grant"
    PROCUREMENT = "procurement", "Procurement"
    LOAN = "loan", "Loan"
    EQUITY = "equity", "Equity"
    GUARANTEE = "guarantee", "Guarantee"
    TAX_RELIEF = "tax_relief", "Tax relief"
    REBATE = "rebate", "Rebate"
    IN_KIND = "in_kind", "In kind"
    PRIVATE_INVESTMENT = "private_investment", "Private investment"
    UNSPECIFIED = "unspecified", "Unspecified"


class LinkKind(TextChoices):
    """How the pot of a claim shares money with another pot, seen from the claim."""

    PART_OF = "part_of", "lies whole in"
    INCLUDES = "includes", "holds whole"
    PARTLY_IN = "partly_in", "lies partly in"
    OVERLAPS = "overlaps", "holds a share of"


WHOLE_LINKS = frozenset({LinkKind.PART_OF, LinkKind.INCLUDES})
LINKS_TO_OUTER = frozenset({LinkKind.PART_OF, LinkKind.PARTLY_IN})


class Measure(TextChoices):
    """What a ledger entry adds to. Stages of the same money: never added to each other."""

    SAID = "said", "Said"
    ANNOUNCED = "announced", "Announced"
    ALLOCATED = "allocated", "Allocated"
    SPENT = "spent", "Spent"


class Flag(TextChoices):
    PARTS_EXCEED_WHOLE = (
        "parts_exceed_whole",
        "Its parts exceed it by more than rounding",
    )
    OPEN_ENDED = "open_ended", "Open-ended: at least, or yearly without an end"
    NO_AMOUNT = "no_amount", "No amount was stated"
    NO_RATE = "no_rate", "A sum in another currency, without a rate"
    NOT_SUMMABLE = (
        "not_summable",
        "A level, rise, breakdown or real-terms figure, never added",
    )
    OVERLAP_UNKNOWN = "overlap_unknown", "Shares an unknown part with another pot"
    PART_WITHOUT_YEAR = (
        "part_without_year",
        "No years are stated, though the whole around it has some",
    )


class Novelty(TextChoices):
    """What a pound that was said is, measured by what the ledger held before it was said."""

    NEW = "new", "New public money"
    ALREADY = "already", "Already announced"
    MOVED = "moved", "Moved or restored"
    OTHERS = "others", "Industry, charity and abroad"
    UNEXPLAINED = "unexplained", "Unexplained"


class ChangeKind(TextChoices):
    """What happened to something public."""

    CREATED = "created", "Published"
    EDITED = "edited", "Edited"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Resource(TextChoices):
    """What has a stored document."""

    ANNOUNCEMENT = "announcement", "Announcement"
    POT = "pot", "Pot"
