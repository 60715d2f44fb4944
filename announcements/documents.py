"""How each thing that is public reads in JSON, and how its rows are fetched. What is not stated is null; ids are slugs, keys and `announcement#key` references.

Money is a decimal string in pounds with two places, exact to the penny ("412000000.00"), never a number. Money in a
claim's own currency stands beside its `currency` in the same way. `url` is an address of this API, `page` one of the
site; both are paths.
"""

import datetime
import functools
from collections import defaultdict
from typing import NewType

from django.db.models import Prefetch
from django.urls import reverse
from rest_framework import serializers

from programmes.choices import OrganisationKind, OrganisationStatus, RegionLevel
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Theme

from .choices import (
    Additionality,
    Bound,
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
    Status,
    Terms,
)
from .ledger import reasons
from .models import (
    AnnouncedTarget,
    Claim,
    ClaimLink,
    Figure,
    LedgerEntry,
    Pot,
    RegionSplit,
    Response,
    Source,
)

# What a method gives, for the schema; to Python they are texts.
Id = NewType("Id", str)
"""The public id of what the document is of: a slug, a key, or an `announcement#key` reference."""
Slug = NewType("Slug", str)
"""A slug or a key."""
Reference = NewType("Reference", str)
"""An announcement's slug and a key in it: `announcement#key`."""
Address = NewType("Address", str)
"""A path below `/api/v1/`."""
YearText = NewType("YearText", str)
"""A financial year, 2018-19."""
PoundsText = NewType("PoundsText", str)
"""Pounds, as `pounds` gives them."""


def pounds(pence):
    """Whole pence (or hundredths of another currency) as text in pounds: 41200000000 gives 412000000.00."""
    if pence is None:
        return None
    whole, part = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}{whole}.{part:02d}"


def plain(number):
    """A decimal as text, without an exponent and without zeros that say nothing; None stays."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@functools.cache
def _shape(serializer):
    """One instance of a serializer class for everything: making one costs more than showing a row."""
    return serializer()


def shown(serializer, row):
    """A row as a serializer class tells it; None stays."""
    return None if row is None else _shape(serializer).to_representation(row)


def listed(serializer, rows):
    return [_shape(serializer).to_representation(row) for row in rows]


class Pounds(serializers.Field):
    """Pence in the model, pounds in JSON."""

    def to_representation(self, value):
        return pounds(value)


class Number(serializers.Field):
    def to_representation(self, value):
        return plain(value)


class Year(serializers.Field):
    """A financial year, 2018-19."""

    def to_representation(self, value):
        return str(FinancialYear(value))


class Text(serializers.Field):
    """Text, null where there is none."""

    def __init__(self, **kwargs):
        super().__init__(**{"allow_null": True} | kwargs)

    def to_representation(self, value):
        return str(value) or None


class Word(Text):
    """One of these words, null where there is none; `allow_null=False` promises that there is one."""

    def __init__(self, choices, **kwargs):
        super().__init__(**kwargs)
        self.choices = choices


class Key(Text):
    """A slug or a key, null where there is none."""


class Page(Text):
    """A path of the site, asked of the row itself, which costs less than finding out that it can be called."""

    def get_attribute(self, row):
        return row.get_absolute_url()


class Stored(serializers.Field):
    """What a JSON column holds, as it is; `hint` says its shape to the schema, as an annotation would."""

    def __init__(self, hint, **kwargs):
        super().__init__(**kwargs)
        self.hint = hint

    def to_representation(self, value):
        return value


class Moment(serializers.DateTimeField):
    """A moment in UTC."""

    def __init__(self, **kwargs):
        super().__init__(default_timezone=datetime.UTC, **kwargs)


# References


@functools.cache
def _pattern(name, parts):
    return reverse(f"api:{name}", args=["hole"] * parts).replace("hole", "{}")


def address(name, *parts):
    """The address here of something by the parts of its public id, which are letters, digits and hyphens."""
    return _pattern(name, len(parts)).format(*parts)


def slugged(name):
    """A function that gives the address of a row that is known by its slug."""
    return lambda row: address(name, row.slug)


def keyed(name):
    return lambda row: address(name, row.key)


def referred(name):
    return lambda row: address(name, *row.reference.split("#"))


def keyed_in_announcement(name):
    return lambda row: address(name, row.announcement.slug, row.key)


class Identified(serializers.Serializer):
    """The base of what has an address here. `known_by` is the attribute that is its public id."""

    known_by = "slug"
    address = None

    id = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    def get_id(self, row) -> Id:
        return getattr(row, type(self).known_by)

    def get_url(self, row) -> Address:
        return type(self).address(row)


class Addressed(Identified):
    """The base of what has a page on the site, too."""

    page = Page(source="get_absolute_url", allow_null=False)


class Said(Identified):
    """The base of what an announcement holds and is known by its key in it."""

    def get_id(self, row) -> Reference:
        return f"{row.announcement.slug}#{row.key}"


class OrganisationRef(Addressed):
    address = slugged("organisation")

    name = serializers.CharField()


class ProgrammeRef(Addressed):
    address = slugged("programme")

    name = serializers.CharField()


class AnnouncementRef(Addressed):
    address = slugged("announcement")

    title = serializers.CharField()
    announced_on = serializers.DateField()


class PotRef(Addressed):
    known_by, address = "reference", referred("pot")

    name = serializers.CharField()


# What exists


class ThemeSerializer(Addressed):
    known_by, address = "key", keyed("theme")

    name = serializers.CharField()
    description = Text()


class PopulationSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    people = serializers.IntegerField()
    source = Text()
    confirmed = serializers.BooleanField()


class CodeSerializer(serializers.Serializer):
    value = serializers.CharField()
    confirmed = serializers.BooleanField()


class RegionSerializer(Addressed):
    known_by, address = "key", keyed("region")

    name = serializers.CharField()
    level = Word(RegionLevel, allow_null=False)
    parent = Key(source="parent_id")
    codes = Stored(dict[str, CodeSerializer])
    populations = PopulationSerializer(many=True)


class IdentifierSerializer(serializers.Serializer):
    scheme = serializers.CharField()
    value = serializers.CharField()


class OrganisationSerializer(OrganisationRef):
    short_name = Text()
    other_names = Stored(list[str])
    kind = Word(OrganisationKind, allow_null=False)
    website = Text()
    website_confirmed = serializers.BooleanField()
    identifiers = Stored(list[IdentifierSerializer])
    status = Word(OrganisationStatus, allow_null=False)
    successor = OrganisationRef(allow_null=True)
    covers = serializers.SerializerMethodField()

    def get_covers(self, organisation) -> list[Slug]:
        return [region.key for region in organisation.covers.all()]


class ProgrammeSerializer(ProgrammeRef):
    description = Text()


# Published series, which are never counted


class ReadInSerializer(serializers.Serializer):
    """Where figures were read."""

    address = serializers.CharField(source="url")
    publisher = serializers.CharField()


class DeflatorSerializer(serializers.Serializer):
    year = Year()
    index = Number()
    forecast = serializers.BooleanField()
    confirmed = serializers.BooleanField()


class SeriesSerializer(serializers.Serializer):
    """A release of a price series: sums of year A in prices of year B are times index of B / index of A."""

    release = serializers.CharField()
    series = serializers.CharField()
    unit = serializers.CharField()
    forecast_by = Text()
    sources = ReadInSerializer(many=True)
    values = DeflatorSerializer(many=True)


class ListedPopulationSerializer(PopulationSerializer):
    """How many people live in a region, in the middle of a calendar year."""

    region = Key(source="region_id", allow_null=False)


class ExchangeRateSerializer(serializers.Serializer):
    """A published average of a calendar year, for reference: claims count by the rate that they state themselves."""

    currency = serializers.CharField()
    year = serializers.IntegerField()
    gbp_per_unit = Number()
    basis = serializers.CharField()
    source = Text()
    confirmed = serializers.BooleanField()


class AnnouncedTargetSerializer(Identified):
    """A target as part of the announcement that makes it."""

    address = slugged("target")

    metric = serializers.CharField()
    value = Number(allow_null=True)
    unit = serializers.CharField()
    due = Text()
    wording = serializers.CharField()
    note = Text()
    programmes = ProgrammeRef(many=True)


class PromisedSerializer(AnnouncedTargetSerializer):
    """The same, of the row that puts it in its place in the announcement."""

    def to_representation(self, announced):
        return super().to_representation(announced.target)


class TargetSerializer(AnnouncedTargetSerializer):
    announcements = serializers.SerializerMethodField()

    def get_announcements(self, target) -> list[AnnouncementRef]:
        return listed(AnnouncementRef, [announced.announcement for announced in target.announced_in.all()])


# What was said


class SourceSerializer(serializers.Serializer):
    # Not named url, which is an address of this API elsewhere.
    address = Text(source="url")
    publisher = serializers.CharField()
    published_on = serializers.DateField(allow_null=True)
    kind = Word(SourceKind, allow_null=False)


class ListedSourceSerializer(SourceSerializer):
    announcement = AnnouncementRef()


class FigureSerializer(serializers.Serializer):
    as_stated = serializers.CharField()
    what = serializers.CharField()
    kind = Word(FigureKind, allow_null=False)
    note = Text()


class ListedFigureSerializer(FigureSerializer):
    announcement = AnnouncementRef()


class AnsweredSerializer(Said):
    """A response as part of the announcement that it answers. `claim` is the id of the claim that it disputes."""

    address = keyed_in_announcement("response")

    organisation = OrganisationRef()
    person = Text()
    role = Text()
    stance = Word(Stance, allow_null=False)
    summary = serializers.CharField()
    source = SourceSerializer(allow_null=True)
    claim = serializers.SerializerMethodField()
    note = Text()

    def get_claim(self, response) -> Reference | None:
        return f"{response.announcement.slug}#{response.claim.key}" if response.claim else None


class ResponseSerializer(AnsweredSerializer):
    announcement = AnnouncementRef()


class LinkSerializer(serializers.Serializer):
    """How the claim's pot stands to another one; low and high are the share in pounds, null where whole or unknown."""

    kind = Word(LinkKind, allow_null=False)
    pot = PotRef()
    low = Pounds(allow_null=True)
    high = Pounds(allow_null=True)


class RateSerializer(serializers.Serializer):
    gbp_per_unit = Number(source="rate")
    on = serializers.DateField(source="rate_on")
    source = Text(source="rate_source")


class SplitSerializer(serializers.Serializer):
    region = Key(source="region_id", allow_null=False)
    amount = Pounds()


class ClaimSerializer(Said):
    """One figure as it was worded, and the pot it is about. What describes the pot is null where it leaves it alone.

    `programmes` are those that the claim is for, which may be fewer than the announcement's.
    """

    address = keyed_in_announcement("claim")

    key = Key(allow_null=False)
    name = serializers.CharField()
    as_stated = Text()
    amount = Pounds(allow_null=True)
    low = Pounds(allow_null=True)
    high = Pounds(allow_null=True)
    currency = serializers.CharField()
    rate = serializers.SerializerMethodField()
    bound = Word(Bound)
    measure = Word(ClaimMeasure, allow_null=False)
    terms = Word(Terms, allow_null=False)
    price_year = Year(allow_null=True)
    effect = Word(Effect, allow_null=False)
    introduces_pot = serializers.BooleanField()
    pot = PotRef()
    links = LinkSerializer(many=True)
    programmes = serializers.SerializerMethodField()
    sector = Word(Sector)
    funders = Stored(list[str])
    recipients = Stored(list[str])
    additionality = Word(Additionality)
    nature = Word(Nature)
    instrument = Word(Instrument)
    start_fy = Year(allow_null=True)
    end_fy = Year(allow_null=True)
    profile = serializers.SerializerMethodField()
    theme = Key(source="theme_id")
    tags = serializers.SerializerMethodField()
    regions = serializers.SerializerMethodField()
    splits = SplitSerializer(many=True)
    note = Text()

    def get_rate(self, claim) -> RateSerializer | None:
        return None if claim.rate is None else shown(RateSerializer, claim)

    def get_programmes(self, claim) -> list[Slug]:
        for_whom = claim.announcement if claim.all_programmes else claim
        return [programme.slug for programme in for_whom.programmes.all()]

    def get_profile(self, claim) -> dict[YearText, PoundsText] | None:
        return {year: pounds(amount) for year, amount in sorted(claim.profile.items())} or None

    def get_tags(self, claim) -> list[Slug]:
        return [theme.key for theme in claim.tags.all()]

    def get_regions(self, claim) -> list[Slug]:
        return [region.key for region in claim.regions.all()]


class AnnouncementSerializer(AnnouncementRef):
    """An announcement as lists show it."""

    year = serializers.SerializerMethodField()
    summary = serializers.CharField()
    organisation = OrganisationRef(source="announcer")
    person = Text()
    role = Text()
    programmes = ProgrammeRef(many=True)
    claim_count = serializers.SerializerMethodField()
    response_count = serializers.SerializerMethodField()
    published_at = Moment()
    updated_at = Moment()

    def get_year(self, announcement) -> YearText:
        return str(FinancialYear.of(announcement.announced_on))

    def get_claim_count(self, announcement) -> int:
        return len(announcement.claims.all())

    def get_response_count(self, announcement) -> int:
        return len(announcement.responses.all())


class AnnouncementDetailSerializer(AnnouncementSerializer):
    note = Text()
    sources = SourceSerializer(many=True)
    claims = ClaimSerializer(many=True)
    figures = FigureSerializer(many=True)
    targets = PromisedSerializer(many=True, source="announced_targets")
    responses = AnsweredSerializer(many=True)


# The announcement whole, and how its rows are fetched


def claims():
    """Claims with everything that their JSON shows, but for their announcement."""
    return Claim.objects.select_related("pot").prefetch_related(
        Prefetch("links", ClaimLink.objects.select_related("pot").order_by("position", "pk")),
        Prefetch("programmes", Programme.objects.by_name()),
        Prefetch("tags", Theme.objects.by_name()),
        Prefetch("regions", Region.objects.in_tree_order()),
        Prefetch("splits", RegionSplit.objects.order_by("region__position", "pk")),
    )


def claims_about_pots():
    """Published claims with everything that their JSON shows, in order."""
    return (
        claims()
        .published()
        .in_order()
        .select_related("announcement", "pot")
        .prefetch_related(Prefetch("announcement__programmes", Programme.objects.by_name()))
    )


def whole_announcements(announcements):
    """A queryset of announcements with everything that their JSON shows; a fixed number of queries."""
    targets = AnnouncedTarget.objects.select_related("target").order_by("position", "pk")
    answers = Response.objects.select_related("organisation", "source", "claim").order_by("position", "pk")
    return announcements.select_related("announcer").prefetch_related(
        Prefetch("programmes", Programme.objects.by_name()),
        Prefetch("sources", Source.objects.order_by("position", "pk")),
        Prefetch("claims", claims().order_by("position", "pk")),
        Prefetch("figures", Figure.objects.order_by("position", "pk")),
        Prefetch(
            "announced_targets", targets.prefetch_related(Prefetch("target__programmes", Programme.objects.by_name()))
        ),
        Prefetch("responses", answers),
    )


def announcements(rows):
    """The documents of announcements as `whole_announcements` fetches them: (head, rest) of each."""
    heading = _shape(AnnouncementSerializer).fields.keys()
    for document in listed(AnnouncementDetailSerializer, rows):
        yield (
            {name: value for name, value in document.items() if name in heading},
            {name: value for name, value in document.items() if name not in heading},
        )


# What it adds up to


class AmountSerializer(serializers.Serializer):
    """The announced amount of a pot in pounds; both ends null where none was stated."""

    low = Pounds(allow_null=True)
    high = Pounds(allow_null=True)


class PotSerializer(PotRef):
    """A pot as lists show it."""

    announcement = serializers.SerializerMethodField()
    amount = AmountSerializer(source="*")
    flags = Stored(list[Flag])

    def get_announcement(self, pot) -> Slug:
        return pot.reference.partition("#")[0]


class PotClaimSerializer(ClaimSerializer):
    announcement = AnnouncementRef()


class PotLinkSerializer(serializers.Serializer):
    """That a part of the outer pot's money is the inner pot's, as one claim says. Without low and high and not whole,
    the share is unknown. Of several about two pots the last holds."""

    outer = serializers.SerializerMethodField()
    inner = serializers.SerializerMethodField()
    whole = serializers.BooleanField()
    low = Pounds(allow_null=True)
    high = Pounds(allow_null=True)
    claim = serializers.SerializerMethodField()
    announced_on = serializers.DateField(source="claim.announcement.announced_on")

    def get_outer(self, link) -> PotRef:
        return shown(PotRef, link.pot if link.to_outer else link.claim.pot)

    def get_inner(self, link) -> PotRef:
        return shown(PotRef, link.claim.pot if link.to_outer else link.pot)

    def get_claim(self, link) -> Reference:
        return f"{link.claim.announcement.slug}#{link.claim.key}"


class EntrySerializer(serializers.Serializer):
    """A ledger entry; firm and ceiling in pounds, signed."""

    measure = Word(Measure, allow_null=False)
    effective_on = serializers.DateField()
    posted_at = Moment()
    claim = Text(source="cause", allow_null=False)
    theme = Key(source="theme_id", allow_null=False)
    region = Key(source="region_id", allow_null=False)
    sector = Word(Sector, allow_null=False)
    additionality = Word(Additionality, allow_null=False)
    announced_year = Year()
    money_year = Year(allow_null=True)
    assumed = serializers.BooleanField()
    firm = Pounds()
    ceiling = Pounds()


class EntryPotRef(PotRef):
    """A pot whose addresses are null where nothing published introduces it any longer."""

    page = Page(source="get_absolute_url")

    def get_url(self, pot) -> Address | None:
        return super().get_url(pot)


class ListedEntrySerializer(EntrySerializer):
    """An entry with its pot, whose addresses are null where nothing published introduces it any longer."""

    pot = serializers.SerializerMethodField()

    def get_pot(self, entry) -> EntryPotRef:
        pot = shown(PotRef, entry.pot)
        return pot if entry.introduced else pot | {"url": None, "page": None}


class AmountsSerializer(serializers.Serializer):
    """A sum in both scenarios, in pounds."""

    firm = Pounds()
    ceiling = Pounds()


class MovedSerializer(AmountsSerializer):
    """What one claim moved of a sum; `effect` is null of a claim about another pot that shares money with this one."""

    claim = serializers.CharField()
    effect = Word(Effect)


class CountedPotSerializer(EntryPotRef, AmountsSerializer):
    """A pot and what it adds to a total, claim by claim, which may be less than its amount now: money that lies in other
    pots is counted there, as the pot's own explanation tells, and money elsewhere than was asked for is in other totals.

    Takes the pot's entries that the total is made of as `counting`, and the claims about it as `about`.
    """

    amount = AmountSerializer(source="*")
    claims = serializers.SerializerMethodField()

    def to_representation(self, pot):
        pot.firm = sum(entry.firm for entry in pot.counting)
        pot.ceiling = sum(entry.ceiling for entry in pot.counting)
        shown = super().to_representation(pot)
        return shown if pot.introduced else shown | {"url": None, "page": None}

    def get_claims(self, pot) -> list[MovedSerializer]:
        effects = {f"{claim.announcement.slug}#{claim.key}": claim.effect for claim in pot.about}
        moved = {}
        for entry in pot.counting:
            sums = moved.setdefault(entry.cause, [0, 0])
            sums[0] += entry.firm
            sums[1] += entry.ceiling
        return [
            {"firm": pounds(firm), "ceiling": pounds(ceiling), "claim": cause, "effect": effects.get(cause)}
            for cause, (firm, ceiling) in moved.items()
        ]


class LeftOutSerializer(serializers.Serializer):
    """A published claim that does not count in a total, and why: in a word and in a sentence."""

    claim = serializers.SerializerMethodField()
    announcement = AnnouncementRef()
    pot = PotRef()
    as_stated = Text()
    effect = Word(Effect, allow_null=False)
    reason = Word(list(reasons.WHY), source="why", allow_null=False)
    because = serializers.SerializerMethodField()

    def get_claim(self, claim) -> Reference:
        return f"{claim.announcement.slug}#{claim.key}"

    def get_because(self, claim) -> str:
        return reasons.WHY[claim.why]


class RangeSerializer(serializers.Serializer):
    """The two ends of a sum, in pounds."""

    low = Pounds()
    high = Pounds()


class SharedSerializer(AmountsSerializer):
    """Money in this pot that is counted as another's: whole (its own money), a share of it, or its unpaid promise."""

    pot = PotRef()
    kind = serializers.ChoiceField(["whole", "share", "promise"])


class FlaggedSerializer(serializers.Serializer):
    flag = Word(Flag, allow_null=False)
    label = serializers.CharField()


class HoldingSerializer(serializers.Serializer):
    """A link that holds now: this pot holds the other one, or lies in it, whole or a share of it."""

    pot = PotRef()
    holds = serializers.BooleanField()
    whole = serializers.BooleanField()
    low = Pounds(allow_null=True)
    high = Pounds(allow_null=True)


class StepSaidSerializer(serializers.Serializer):
    """A claim about the pot; `uncounted` is why it is not counted, null where it is."""

    claim = serializers.SerializerMethodField()
    effect = Word(Effect, allow_null=False)
    uncounted = Text()

    def get_claim(self, said) -> Reference:
        return said.claim


class StepSerializer(serializers.Serializer):
    """A day that changed what the pot counts, or could have; `amount` is null while none is counted."""

    day = serializers.DateField()
    said = StepSaidSerializer(many=True)
    amount = RangeSerializer(allow_null=True)
    allocated = RangeSerializer()
    spent = RangeSerializer()
    own = AmountsSerializer()


class ExplanationSerializer(serializers.Serializer):
    """Why a pot counts as it does, as `explanation_as_json` tells it; for the schema only."""

    amount = RangeSerializer(allow_null=True)
    shared = SharedSerializer(many=True)
    own = AmountsSerializer()
    flags = FlaggedSerializer(many=True)
    links = HoldingSerializer(many=True)
    steps = StepSerializer(many=True)


class PotDetailSerializer(PotSerializer):
    """A pot with the claims about it, what they say of other pots, every entry it ever posted, and why."""

    claims = PotClaimSerializer(many=True)
    links = PotLinkSerializer(many=True)
    entries = EntrySerializer(many=True)
    explanation = Stored(ExplanationSerializer)


class Pots:
    """The documents of some pots, all fetched with a fixed number of queries.

    claims: {id: the published claims about it, in order}.
    """

    def __init__(self, pots):
        self.pots = {pot.pk: pot for pot in pots}
        self.claims, self.links, self.entries = defaultdict(list), defaultdict(list), defaultdict(list)
        for claim in claims_about_pots().filter(pot__in=self.pots):
            self.claims[claim.pot_id].append(claim)
        said_of_them = ClaimLink.objects.filter(pot__in=self.pots, claim__announcement__status=Status.PUBLISHED)
        stated = {link.pk: link for some in self.claims.values() for claim in some for link in claim.links.all()}
        stated |= {link.pk: link for link in said_of_them.select_related("pot", "claim__pot", "claim__announcement")}
        for link in sorted(stated.values(), key=_in_order):
            for end in {link.pot_id, link.claim.pot_id}:
                self.links[end].append(link)
        for entry in LedgerEntry.objects.filter(pot__in=self.pots).in_order():
            self.entries[entry.pot_id].append(entry)
        self.refs = {}

    def document(self, pot, explanation):
        """(head, rest) of one of them. The pots that the explanation names share money with it."""
        head = shown(PotSerializer, pot)
        rest = {
            "claims": listed(PotClaimSerializer, self.claims[pot.pk]),
            "links": listed(PotLinkSerializer, self.links[pot.pk]),
            "entries": listed(EntrySerializer, self.entries[pot.pk]),
            "explanation": explanation_as_json(explanation, self._neighbours(explanation)),
        }
        return head, rest

    def _neighbours(self, explanation):
        named = {other.pot for other in (*explanation.shared, *explanation.links)}
        lacking = named - self.refs.keys()
        if lacking:
            known = {pot.reference: pot for pot in self.pots.values()}
            known |= {pot.reference: pot for pot in Pot.objects.filter(reference__in=lacking - known.keys())}
            self.refs |= {reference: shown(PotRef, known[reference]) for reference in lacking}
        return self.refs


def _in_order(link):
    """Links stand in the order in which they were stated."""
    claim = link.claim
    return claim.announcement.announced_on, claim.announcement.slug, claim.position, link.position


def explanation_as_json(explanation, refs):
    """Amount less what is shared is own, in each scenario; own is the sum of the announced entries.

    The steps are the days that changed or could change it; links are those that hold now. refs: the pots that the
    explanation names, as PotRef tells them, by reference.
    """
    return {
        "amount": range_as_json(explanation.amount),
        "shared": [
            {"pot": refs[shared.pot], "kind": shared.kind} | amounts_as_json(shared) for shared in explanation.shared
        ],
        "own": amounts_as_json(explanation.own),
        "flags": [{"flag": flag, "label": label} for flag, label in explanation.flags.items()],
        "links": [
            {"pot": refs[link.pot], "holds": link.holds, "whole": link.whole}
            | {"low": pounds(link.low), "high": pounds(link.high)}
            for link in explanation.links
        ],
        "steps": [
            {
                "day": step.day,
                "said": [
                    {"claim": said.claim, "effect": said.effect, "uncounted": said.uncounted} for said in step.said
                ],
                "amount": range_as_json(step.amount),
                "allocated": range_as_json(step.allocated),
                "spent": range_as_json(step.spent),
                "own": amounts_as_json(step.own),
            }
            for step in explanation.steps
        ],
    }


def range_as_json(ends):
    """(low, high) in pence; None stays."""
    return None if ends is None else {"low": pounds(ends[0]), "high": pounds(ends[1])}


def amounts_as_json(amounts):
    """Anything with firm and ceiling in pence."""
    return {"firm": pounds(amounts.firm), "ceiling": pounds(amounts.ceiling)}
