"""What the words of each list of choices mean, for readers who have only the words."""

from typing import NamedTuple

from programmes.choices import OrganisationKind, OrganisationStatus, RegionLevel

from .choices import (
    Additionality,
    Bound,
    ChangeKind,
    ClaimMeasure,
    Effect,
    FigureKind,
    Flag,
    Instrument,
    LinkKind,
    Measure,
    Nature,
    Sector,
    SourceKind,
    Stance,
    Terms,
)


class CodeList(NamedTuple):
    """A list of words: what it is of, where it is used (resource.field), and {word: meaning} in their order."""

    choices: type
    about: str
    used_in: tuple
    meanings: dict


CODES = {
    "effect": CodeList(
        Effect,
        "What a claim does to the pot that it is about.",
        ("claims.effect",),
        {
            Effect.INTRODUCES: "The sum is announced for the first time: the pot begins with this figure.",
            Effect.REPEATS: "The same money is announced again: nothing is added.",
            Effect.REVISES: "The pot's amount is stated anew: this figure replaces the one before.",
            Effect.TOPS_UP: "Money is added to the pot, and to the pots that hold it whole.",
            Effect.ALLOCATES: "Money of the pot is given to somebody or something: counted as allocated.",
            Effect.SPENDS: "Money of the pot has been spent: counted as spent.",
            Effect.CANCELS: "Money is taken off the pot; without a figure, all of it.",
            Effect.PROPOSES: "Somebody asks for the money or suggests it: recorded, never counted.",
        },
    ),
    "bound": CodeList(
        Bound,
        "How precisely the figure was worded.",
        ("claims.bound",),
        {
            Bound.EXACT: "The figure itself.",
            Bound.ABOUT: "Roughly the figure; counted as the figure.",
            Bound.AT_LEAST: "The figure or more; counted as the figure, and flagged as open-ended.",
            Bound.UP_TO: "From nothing to the figure: nothing of it is firm, all of it is in the ceiling.",
            Bound.RANGE: "From a low figure to a high one: the low one is firm, the high one is the ceiling.",
        },
    ),
    "claim_measure": CodeList(
        ClaimMeasure,
        "What sort of sum a claim states.",
        ("claims.measure",),
        {
            ClaimMeasure.TOTAL: "A sum over its whole period.",
            ClaimMeasure.PER_YEAR: "A sum for each year of its period, multiplied out where first and last year are known.",
            ClaimMeasure.LEVEL: "How high a whole budget is: shown, never added.",
            ClaimMeasure.RISE: "How far a budget is above an earlier one: shown, never added.",
            ClaimMeasure.BREAKDOWN: "A second way of dividing money that is counted already: shown, never added.",
        },
    ),
    "terms": CodeList(
        Terms,
        "Whether prices are taken out of a figure.",
        ("claims.terms",),
        {
            Terms.CASH: "In the pounds of the years in which it is paid.",
            Terms.REAL: "In the prices of one year, without inflation: shown, never added to cash.",
        },
    ),
    "sector": CodeList(
        Sector,
        "Who pays.",
        ("claims.sector", "entries.sector", "totals.sector"),
        {
            Sector.GOVERNMENT: "Departments and public bodies of the United Kingdom. Public money.",
            Sector.DEVOLVED_GOVERNMENT: "The governments of Scotland, Wales and Northern Ireland. Public money.",
            Sector.LOCAL_NHS: "NHS trusts, boards and councils, out of their own budgets. Public money.",
            Sector.INDUSTRY: "Companies and private investors.",
            Sector.CHARITY: "Charities and foundations.",
            Sector.FOREIGN: "Payers abroad, such as the European Union.",
            Sector.MIXED: "Several of these, and the source does not say how much each pays.",
            Sector.UNKNOWN: "The source does not say who pays.",
        },
    ),
    "additionality": CodeList(
        Additionality,
        "How new the money is.",
        ("claims.additionality", "entries.additionality", "totals.additionality"),
        {
            Additionality.NEW: "Not in any earlier plan.",
            Additionality.MOVED: "Taken from another purpose.",
            Additionality.RESTORED: "Given back after a cut.",
            Additionality.ALREADY_ANNOUNCED: "Part of money that was announced before.",
            Additionality.PARTLY_NEW: "Some of it is new; the source does not say how much.",
            Additionality.UNCLEAR: "The source does not say, and nobody has found out.",
        },
    ),
    "nature": CodeList(
        Nature,
        "What sort of spending it is.",
        ("claims.nature",),
        {
            Nature.CAPITAL: "Buildings, equipment and other things that last.",
            Nature.REVENUE: "Running costs: staff, services, supplies.",
            Nature.RESEARCH: "Research and development.",
            Nature.MIXED: "Several of these, not divided by the source.",
            Nature.UNSPECIFIED: "The source was read for it and does not say.",
        },
    ),
    "instrument": CodeList(
        Instrument,
        "In which form the money is given.",
        ("claims.instrument",),
        {
            Instrument.GRANT: "Given, not to be paid back.",
            Instrument.PROCUREMENT: "Paid for goods or services.",
            Instrument.LOAN: "Lent, to be paid back.",
            Instrument.EQUITY: "Paid for a share of a company.",
            Instrument.GUARANTEE: "Paid only if somebody else does not pay.",
            Instrument.TAX_RELIEF: "Tax that is not asked for.",
            Instrument.REBATE: "Paid back by a supplier, such as on medicines.",
            Instrument.IN_KIND: "Goods, services or time in place of money.",
            Instrument.PRIVATE_INVESTMENT: "What a company spends on itself, such as on a plant.",
            Instrument.UNSPECIFIED: "The source was read for it and does not say.",
        },
    ),
    "link_kind": CodeList(
        LinkKind,
        "How the pot of a claim shares money with another one.",
        ("claims.links.kind",),
        {
            LinkKind.PART_OF: "All of the claim's pot is money of the other one.",
            LinkKind.INCLUDES: "All of the other pot is money of the claim's.",
            LinkKind.PARTLY_IN: "A share of the claim's pot is money of the other one.",
            LinkKind.OVERLAPS: "A share of the other pot is money of the claim's.",
        },
    ),
    "measure": CodeList(
        Measure,
        "What a total is of. These are stages of the same money: never add them to each other.",
        ("totals.measure", "entries.measure"),
        {
            Measure.SAID: "All that was said, repeats included: of each announcement each pound once.",
            Measure.ANNOUNCED: "Distinct money: each pound once, however often it was announced.",
            Measure.ALLOCATED: "What of it was given to somebody or something.",
            Measure.SPENT: "What of it was spent.",
        },
    ),
    "flag": CodeList(
        Flag,
        "What a reader of a pot's amount should know. A flag never changes a total.",
        ("pots.flags",),
        {
            Flag.PARTS_EXCEED_WHOLE: "What lies in the pot adds up to more than the pot, by more than rounding explains.",
            Flag.OPEN_ENDED: "The figure was worded as at least so much, or is yearly and no last year is known.",
            Flag.NO_AMOUNT: "The money was announced without a sum: unknown is not nil.",
            Flag.NO_RATE: "The sum is in another currency and no rate is stated, so it adds no pounds.",
            Flag.NOT_SUMMABLE: "A claim about it is a level, a rise, a breakdown or in real terms.",
            Flag.OVERLAP_UNKNOWN: "It shares money with another pot, and nobody says how much.",
            Flag.PART_WITHOUT_YEAR: "The pot around it has years and it has none.",
        },
    ),
    "stance": CodeList(
        Stance,
        "What somebody who responds thinks of an announcement.",
        ("responses.stance",),
        {
            Stance.WELCOMES: "For it, without weighty objections.",
            Stance.MIXED: "For some of it and against some of it, or for it with conditions.",
            Stance.CRITICAL: "Against it, or finds it wanting.",
            Stance.NEUTRAL: "Takes note of it.",
        },
    ),
    "source_kind": CodeList(
        SourceKind,
        "What sort of text a source is.",
        ("sources.kind",),
        {
            SourceKind.PRESS_RELEASE: "Published by the announcer itself for the press.",
            SourceKind.NEWS_ARTICLE: "Reported by a newspaper, broadcaster or trade journal.",
            SourceKind.WRITTEN_ANSWER: "A minister's written answer or statement to a parliament.",
            SourceKind.SPEECH: "The text of a speech.",
            SourceKind.STRATEGY: "A plan, white paper, budget or other policy paper.",
            SourceKind.BLOG: "A post on the announcer's or somebody else's site.",
            SourceKind.REPORT: "An audit, evaluation or study.",
        },
    ),
    "figure_kind": CodeList(
        FigureKind,
        "What a number is of that is not money announced.",
        ("figures.kind",),
        {
            FigureKind.SAVING: "Money that is expected to be saved.",
            FigureKind.COST: "What something costs now.",
            FigureKind.MARKET_SIZE: "How much a market is worth.",
            FigureKind.PAST_SPEND: "What was spent before the announcement.",
            FigureKind.JOBS: "How many people work or will work there.",
            FigureKind.BENEFICIARIES: "How many patients, staff or places it is for.",
            FigureKind.PERFORMANCE: "How well something works: waits, accuracy, uptake.",
            FigureKind.DEMAND: "How much of something is asked for or needed.",
            FigureKind.OTHER: "Anything else.",
        },
    ),
    "organisation_kind": CodeList(
        OrganisationKind,
        "What sort of body an organisation is.",
        ("organisations.kind",),
        {
            OrganisationKind.GOVERNMENT_DEPARTMENT: "A ministry of the United Kingdom's government.",
            OrganisationKind.DEVOLVED_GOVERNMENT: "The government of Scotland, Wales or Northern Ireland.",
            OrganisationKind.GOVERNMENT_UNIT: "A unit inside a department, or shared by several.",
            OrganisationKind.EXECUTIVE_AGENCY: "Part of a department, run at some distance from it.",
            OrganisationKind.ARMS_LENGTH_BODY: "A public body of its own that a department sponsors.",
            OrganisationKind.GOVERNMENT_COMPANY: "A company that the government owns.",
            OrganisationKind.INNOVATION_AGENCY: "Brings new products and methods into use.",
            OrganisationKind.RESEARCH_FUNDER: "Pays for research.",
            OrganisationKind.RESEARCH_COUNCIL: "One of the research councils of UK Research and Innovation.",
            OrganisationKind.RESEARCH_INSTITUTE: "Does research itself.",
            OrganisationKind.REGULATOR: "Sets and watches over rules.",
            OrganisationKind.PROGRAMME: "A programme that speaks for itself.",
            OrganisationKind.NETWORK: "Ties several bodies together.",
            OrganisationKind.CHARITY: "A registered charity.",
            OrganisationKind.THINK_TANK: "Studies policy and comments on it.",
            OrganisationKind.TRADE_ASSOCIATION: "Speaks for companies.",
            OrganisationKind.TRADE_UNION: "Speaks for those who work in a trade.",
            OrganisationKind.MEMBERSHIP_BODY: "Speaks for organisations or people who are its members.",
            OrganisationKind.ROYAL_COLLEGE: "Sets the standards of a medical profession and speaks for it.",
            OrganisationKind.OTHER: "Something else, or nobody has looked it up yet.",
        },
    ),
    "organisation_status": CodeList(
        OrganisationStatus,
        "Whether an organisation still works under its name.",
        ("organisations.status",),
        {
            OrganisationStatus.ACTIVE: "It does.",
            OrganisationStatus.MERGED: "Its work went to the successor.",
            OrganisationStatus.CLOSED: "It ended.",
        },
    ),
    "region_level": CodeList(
        RegionLevel,
        "How high a place stands in the tree of regions.",
        ("regions.level",),
        {
            RegionLevel.COUNTRY: "The United Kingdom, in which everything lies.",
            RegionLevel.NATION: "England, Scotland, Wales, Northern Ireland.",
            RegionLevel.GROUPING: "Several regions of England that sources name together.",
            RegionLevel.REGION: "One of the nine regions of England (ITL level 1).",
        },
    ),
    "change_kind": CodeList(
        ChangeKind,
        "What happened to something public.",
        ("changes.kind",),
        {
            ChangeKind.CREATED: "It was published.",
            ChangeKind.EDITED: "It says something else than before.",
            ChangeKind.WITHDRAWN: "It is no longer public.",
        },
    ),
}
"""Every list of words that the public documents use, by its key."""
