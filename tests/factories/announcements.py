import datetime

import factory
from factory.django import DjangoModelFactory

from announcements.choices import (
    Additionality,
    Bound,
    Effect,
    FigureKind,
    LinkKind,
    Sector,
    SourceKind,
    Stance,
    Status,
)
from announcements.models import (
    AnnouncedTarget,
    Announcement,
    Claim,
    ClaimLink,
    Figure,
    Pot,
    RegionSplit,
    Response,
    Source,
)
from announcements.models.response import key_for

from .money import pence
from .programmes import OrganisationFactory, ProgrammeFactory, RegionFactory, TargetFactory, ThemeFactory

PUBLISHED_AT = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)


class AnnouncementFactory(DjangoModelFactory):
    """A published announcement of 1 January 2020 without sources and claims.

    announced_on: a date or ISO text; draft=True, withdrawn=True; programmes: programmes or their names.
    """

    class Meta:
        model = Announcement
        skip_postgeneration_save = True

    class Params:
        number = factory.Sequence(lambda n: n)
        draft = factory.Trait(status=Status.DRAFT, published_at=None)
        withdrawn = factory.Trait(status=Status.WITHDRAWN, withdrawn_reason="It never happened.")

    announced_on = datetime.date(2020, 1, 1)
    slug = factory.LazyAttribute(lambda announcement: f"{announcement.announced_on}-announcement-{announcement.number}")
    title = factory.LazyAttribute(lambda announcement: f"Announcement {announcement.number}")
    summary = "Money was announced."
    announcer = factory.SubFactory(OrganisationFactory, name="Department of Health and Social Care")
    status = Status.PUBLISHED
    published_at = PUBLISHED_AT

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        if isinstance(kwargs["announced_on"], str):
            kwargs["announced_on"] = datetime.date.fromisoformat(kwargs["announced_on"])
        return kwargs

    @factory.post_generation
    def programmes(self, create, given):
        if create and given:
            self.programmes.set(_programmes(given))


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    announcement = factory.SubFactory(AnnouncementFactory)
    position = factory.LazyAttribute(lambda source: source.announcement.sources.count())
    url = factory.Sequence(lambda n: f"https://www.example.org/news/{n}")
    publisher = "GOV.UK"
    published_on = factory.SelfAttribute("announcement.announced_on")
    kind = SourceKind.PRESS_RELEASE


class ClaimFactory(DjangoModelFactory):
    """A claim, in an announcement of its own unless one is given.

    Without `pot` it introduces one: government, new, digital, in England. With `pot` it repeats that pot and leaves
    its description alone, unless told otherwise. amount, low, high: pence or text such as £412m; of low and high
    follows the bound. What is a relation may be given in short:
    theme, tags, regions: keys or rows; programmes: names or rows (then the claim is for these alone);
    part_of, includes: pots; partly_in, overlaps: pots, or (pot, low, high); splits: {region key: amount};
    profile: {"2018-19": amount}.
    """

    class Meta:
        model = Claim
        skip_postgeneration_save = True

    class Params:
        number = factory.Sequence(lambda n: n)

    announcement = factory.SubFactory(AnnouncementFactory)
    position = factory.LazyAttribute(lambda claim: claim.announcement.claims.count())
    key = factory.LazyAttribute(lambda claim: f"claim-{claim.number}")
    name = factory.LazyAttribute(lambda claim: f"Claim {claim.number}")
    as_stated = ""
    amount = factory.LazyAttribute(lambda claim: 10_000_000_000 if claim.low is None and claim.high is None else None)
    low = None
    high = None
    bound = factory.LazyAttribute(lambda claim: Bound.EXACT if claim.high is None else Bound.RANGE)
    pot = None
    introduces_pot = factory.LazyAttribute(lambda claim: claim.pot is None)
    effect = factory.LazyAttribute(lambda claim: Effect.INTRODUCES if claim.introduces_pot else Effect.REPEATS)
    sector = factory.LazyAttribute(lambda claim: Sector.GOVERNMENT if claim.introduces_pot else "")
    additionality = factory.LazyAttribute(lambda claim: Additionality.NEW if claim.introduces_pot else "")
    theme = factory.LazyAttribute(lambda claim: "digital" if claim.introduces_pot else None)

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        for field in ("amount", "low", "high"):
            kwargs[field] = pence(kwargs[field])
        if isinstance(kwargs["theme"], str):
            kwargs["theme"] = ThemeFactory(key=kwargs["theme"])
        if "profile" in kwargs:
            kwargs["profile"] = {year: pence(amount) for year, amount in kwargs["profile"].items()}
        if kwargs["pot"] is None:
            reference = f"{kwargs['announcement'].slug}#{kwargs['key']}"
            kwargs["pot"] = Pot.objects.create(reference=reference, name=kwargs["name"])
        return kwargs

    @factory.post_generation
    def regions(self, create, given):
        if create:
            wanted = given if given is not None else ["england"] * self.introduces_pot
            self.regions.set([RegionFactory(key=item) if isinstance(item, str) else item for item in wanted])

    @factory.post_generation
    def tags(self, create, given):
        if create and given:
            self.tags.set([ThemeFactory(key=item) if isinstance(item, str) else item for item in given])

    @factory.post_generation
    def programmes(self, create, given):
        if create and given is not None:
            self.all_programmes = False
            self.save()
            self.programmes.set(_programmes(given))

    @factory.post_generation
    def splits(self, create, given):
        for region, amount in (given or {}).items() if create else ():
            RegionSplitFactory(claim=self, region=RegionFactory(key=region), amount=amount)

    @factory.post_generation
    def part_of(self, create, given):
        _link(self, LinkKind.PART_OF, given)

    @factory.post_generation
    def includes(self, create, given):
        _link(self, LinkKind.INCLUDES, given)

    @factory.post_generation
    def partly_in(self, create, given):
        _link(self, LinkKind.PARTLY_IN, given)

    @factory.post_generation
    def overlaps(self, create, given):
        _link(self, LinkKind.OVERLAPS, given)


class PotFactory(DjangoModelFactory):
    """A pot together with the claim that introduces it: everything else that is given describes that claim."""

    class Meta:
        model = Pot

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return ClaimFactory(**kwargs).pot


class ClaimLinkFactory(DjangoModelFactory):
    """A link from the pot of a claim to another pot; low and high: pence or text such as £5m."""

    class Meta:
        model = ClaimLink

    claim = factory.SubFactory(ClaimFactory)
    kind = LinkKind.PART_OF
    pot = factory.SubFactory(PotFactory)
    position = factory.LazyAttribute(lambda link: link.claim.links.count())

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        return kwargs | {field: pence(kwargs.get(field)) for field in ("low", "high")}


class RegionSplitFactory(DjangoModelFactory):
    class Meta:
        model = RegionSplit

    claim = factory.SubFactory(ClaimFactory)
    region = factory.SubFactory(RegionFactory)
    amount = "£1m"

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        return kwargs | {"amount": pence(kwargs["amount"])}


class FigureFactory(DjangoModelFactory):
    class Meta:
        model = Figure

    announcement = factory.SubFactory(AnnouncementFactory)
    position = factory.LazyAttribute(lambda figure: figure.announcement.figures.count())
    as_stated = "400"
    what = "jobs in the new plant"
    kind = FigureKind.JOBS


class ResponseFactory(DjangoModelFactory):
    class Meta:
        model = Response

    announcement = factory.SubFactory(AnnouncementFactory)
    position = factory.LazyAttribute(lambda response: response.announcement.responses.count())
    key = factory.LazyAttribute(
        lambda response: key_for(
            response.organisation.name, set(response.announcement.responses.values_list("key", flat=True))
        )
    )
    organisation = factory.SubFactory(OrganisationFactory, name="The King's Fund")
    stance = Stance.MIXED
    summary = "Welcome, and not enough."


class AnnouncedTargetFactory(DjangoModelFactory):
    class Meta:
        model = AnnouncedTarget

    announcement = factory.SubFactory(AnnouncementFactory)
    target = factory.SubFactory(TargetFactory)
    position = factory.LazyAttribute(lambda announced: announced.announcement.announced_targets.count())


def _programmes(given):
    return [ProgrammeFactory(name=item) if isinstance(item, str) else item for item in given]


def _link(claim, kind, given):
    for item in given or ():
        pot, low, high = item if isinstance(item, tuple) else (item, None, None)
        ClaimLinkFactory(claim=claim, kind=kind, pot=pot, low=low, high=high)
