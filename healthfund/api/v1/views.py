"""The resources: parse, one question to the domain, show."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from rest_framework import exceptions, views
from rest_framework.response import Response

from announcements import documents, filters
from announcements.choices import Status
from announcements.ledger import answers, totals
from announcements.ledger.explain import explain
from announcements.models import (
    AnnouncedTarget,
    Announcement,
    Claim,
    ClaimLink,
    Figure,
    LedgerEntry,
    Pot,
    RegionSplit,
    Source,
)
from announcements.models import Response as Answer
from programmes.models import Organisation, Population, Programme, Region, Target, Theme

from ..errors import refuse
from ..manners import dated
from ..retirement import RETIREMENTS
from ..shape import Expansion
from . import serializers
from .base import Detail, List, Parameterless

LISTS = (
    "announcements",
    "pots",
    "programmes",
    "themes",
    "regions",
    "organisations",
    "responses",
    "targets",
    "entries",
    "totals",
    "packages",
)


class Index(Parameterless):
    def get(self, request):
        return Response(
            {
                "title": "healthfund, version 1",
                "resources": {name: reverse(f"api:{name}") for name in LISTS},
                "parameters": (
                    "Repeat a parameter to ask for any of several values; different parameters must all hold. "
                    "not_ before the name of such a parameter leaves out what it finds; _missing asks for what is not "
                    "stated. ordering sorts, with a minus the other way round; what is not stated comes last. "
                    "fields shows only some fields of each document (id,organisation.name), expand shows more. "
                    "Lists take page_size and cursor: follow next as it is. count is exact where count_is says so. "
                    "Unknown parameters and values are refused with what is allowed."
                ),
                "money": "Decimal strings in pounds, exact to the penny. Firm counts what is certain, ceiling the most.",
                "totals": (
                    "by groups, by any dimensions; prices=2024-25 shows real terms (deflator names a release), per=head "
                    "divides by the inhabitants of the places asked for (population_year names whose). Rows add up to "
                    "the total, but by programme, and per head. rule_version names the rules of counting; the same "
                    "question with posted_at as known_at gives the same answer at any later day."
                ),
                "promise": (
                    "Within this version members, parameters and values are only added: take no notice of those you do "
                    "not know. It stays for two years from the day on which the next one is out. An address or "
                    "parameter that goes earlier is listed under retiring for a year or more, and says so wherever it "
                    "is used, by the headers Deprecation, Sunset and Link."
                ),
                "retiring": [retirement.as_json() for retirement in RETIREMENTS],
            }
        )


# What exists


class Themes:
    queryset = Theme.objects.by_name()
    serializer_class = documents.ThemeSerializer


class ThemeList(Themes, List):
    filterset_class = filters.ThemeFilter


class ThemeDetail(Themes, Detail):
    lookup_field = "key"


class Regions:
    queryset = Region.objects.in_tree_order().prefetch_related(
        Prefetch("populations", Population.objects.order_by("year"))
    )
    serializer_class = documents.RegionSerializer


class RegionList(Regions, List):
    filterset_class = filters.RegionFilter


class RegionDetail(Regions, Detail):
    lookup_field = "key"


class Organisations:
    queryset = (
        Organisation.objects.by_name()
        .select_related("successor")
        .prefetch_related(Prefetch("covers", Region.objects.in_tree_order()))
    )
    serializer_class = documents.OrganisationSerializer


class OrganisationList(Organisations, List):
    filterset_class = filters.OrganisationFilter


class OrganisationDetail(Organisations, Detail):
    lookup_field = "slug"


class Programmes:
    queryset = Programme.objects.by_name()
    serializer_class = documents.ProgrammeSerializer


class ProgrammeList(Programmes, List):
    filterset_class = filters.ProgrammeFilter


class ProgrammeDetail(Programmes, Detail):
    lookup_field = "slug"


class TargetList(List):
    """Targets that a published announcement makes."""

    serializer_class = documents.TargetSerializer
    filterset_class = filters.TargetFilter

    def get_queryset(self):
        made = AnnouncedTarget.objects.of_published()
        in_order = made.select_related("announcement").order_by("announcement__announced_on", "announcement__slug")
        return (
            Target.objects.by_due()
            .filter(pk__in=made.values("target"))
            .prefetch_related(Prefetch("programmes", Programme.objects.by_name()), Prefetch("announced_in", in_order))
        )


# What was said


def counted(model):
    """How many rows of a model an announcement has."""
    rows = model.objects.filter(announcement=OuterRef("pk")).order_by().values("announcement")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


class Announcements:
    lookup_field = "slug"

    def get_queryset(self):
        return (
            Announcement.objects.published()
            .latest_first()
            .select_related("announcer")
            .prefetch_related(Prefetch("programmes", Programme.objects.by_name()))
            .annotate(claim_count=counted(Claim), response_count=counted(Answer))
        )


def claims():
    """Claims with everything that their JSON shows, but for their announcement."""
    return Claim.objects.select_related("pot").prefetch_related(
        Prefetch("links", ClaimLink.objects.select_related("pot").order_by("position", "pk")),
        Prefetch("programmes", Programme.objects.by_name()),
        Prefetch("tags", Theme.objects.by_name()),
        Prefetch("regions", Region.objects.in_tree_order()),
        Prefetch("splits", RegionSplit.objects.order_by("region__position", "pk")),
    )


def whole(path, **source):
    """An organisation at a lookup path, as a document instead of a reference; `source` where the field is named otherwise."""
    return Expansion(
        documents.OrganisationSerializer(**source),
        (f"{path}__successor", Prefetch(f"{path}__covers", Region.objects.in_tree_order())),
    )


class AnnouncementDetail(Announcements, Detail):
    serializer_class = documents.AnnouncementDetailSerializer

    parts = {
        "sources": Prefetch("sources", Source.objects.order_by("position", "pk")),
        "claims": Prefetch("claims", claims().order_by("position", "pk")),
        "figures": Prefetch("figures", Figure.objects.order_by("position", "pk")),
        "targets": Prefetch(
            "announced_targets",
            AnnouncedTarget.objects.select_related("target")
            .order_by("position", "pk")
            .prefetch_related(Prefetch("target__programmes", Programme.objects.by_name())),
        ),
        "responses": Prefetch(
            "responses",
            Answer.objects.select_related("organisation", "source", "claim").order_by("position", "pk"),
        ),
    }

    def get_queryset(self):
        return super().get_queryset().prefetch_related(*self.parts.values())


class AnnouncementList(Announcements, List):
    serializer_class = documents.AnnouncementSerializer
    filterset_class = filters.AnnouncementFilter
    expansions = {
        "sources": Expansion(documents.SourceSerializer(many=True), (AnnouncementDetail.parts["sources"],)),
        "claims": Expansion(documents.ClaimSerializer(many=True), (AnnouncementDetail.parts["claims"],)),
        "figures": Expansion(documents.FigureSerializer(many=True), (AnnouncementDetail.parts["figures"],)),
        "targets": Expansion(
            documents.PromisedSerializer(many=True, source="announced_targets"),
            (AnnouncementDetail.parts["targets"],),
        ),
        "responses": Expansion(documents.AnsweredSerializer(many=True), (AnnouncementDetail.parts["responses"],)),
        "organisation": whole("announcer", source="announcer"),
        "programmes": Expansion(documents.ProgrammeSerializer(many=True)),
    }


class ResponseList(List):
    serializer_class = documents.ResponseSerializer
    filterset_class = filters.ResponseFilter
    expansions = {"organisation": whole("organisation")}

    def get_queryset(self):
        answers = Answer.objects.to_published().latest_first()
        return answers.select_related("announcement", "organisation", "source", "claim")


# What it adds up to


def claims_about_pots():
    """Published claims with everything that their JSON shows."""
    return (
        claims()
        .published()
        .in_order()
        .select_related("announcement", "pot")
        .prefetch_related(Prefetch("announcement__programmes", Programme.objects.by_name()))
    )


class PotList(List):
    queryset = Pot.objects.introduced().in_order()
    serializer_class = documents.PotSerializer
    filterset_class = filters.PotFilter
    expansions = {
        "claims": Expansion(
            documents.PotClaimSerializer(many=True, source="published_claims"),
            (Prefetch("claims", claims_about_pots(), to_attr="published_claims"),),
        ),
        "entries": Expansion(
            documents.EntrySerializer(many=True, source="entries_in_order"),
            (Prefetch("entries", LedgerEntry.objects.in_order(), to_attr="entries_in_order"),),
        ),
    }


class PotDetail(Parameterless):
    def get(self, request, announcement, key):
        reference = f"{announcement}#{key}"
        pot = Pot.objects.introduced().filter(reference=reference).first()
        if pot is None:
            raise exceptions.NotFound(f"There is no pot “{reference}” here.")
        about = claims_about_pots().filter(pot=pot)
        said_of_it = ClaimLink.objects.filter(pot=pot, claim__announcement__status=Status.PUBLISHED)
        links = sorted(
            [
                *(link for claim in about for link in claim.links.all()),
                *said_of_it.select_related("pot", "claim__pot", "claim__announcement"),
            ],
            key=lambda link: (
                link.claim.announcement.announced_on,
                link.claim.announcement.slug,
                link.claim.position,
                link.position,
            ),
        )
        entries = LedgerEntry.objects.filter(pot=pot).in_order()
        explanation = explain(pot)
        named = {other.pot for other in (*explanation.shared, *explanation.links)}
        neighbours = {other.reference: other for other in Pot.objects.filter(reference__in=named)}
        return Response(documents.pot_as_json(pot, about, links, entries, explanation, neighbours))


class EntryList(List):
    """The ledger entries that a total is the sum of, the oldest first; the questions are those of totals."""

    serializer_class = documents.ListedEntrySerializer

    def asked(self, parameters, also):
        form = filters.QuestionForm(parameters, also=also, blanks=False)
        rows = LedgerEntry.objects.none() if form.faults else totals.entries(**form.question)
        introduced = Exists(Pot.objects.introduced().filter(pk=OuterRef("pot")))
        return rows.in_order().select_related("pot").annotate(introduced=introduced), form.faults


class Totals(views.APIView):
    """Sums of ledger entries by any dimensions."""

    def get(self, request):
        asked = filters.TotalsForm(request.query_params, blanks=False)
        refuse(asked.faults)
        found = answers.answer(asked.cleaned_data["by"], asked.question, **asked.shown)
        response = Response(serializers.totals_as_json(found, entries_of(request.query_params)))
        # Series of prices and populations are loaded without a roll-up.
        return dated(response, None if found.in_prices or found.heads else found.rolled_up_at)


def entries_of(parameters):
    """The address of the entries that the total for the same parameters is the sum of."""
    question = parameters.copy()
    for name in filters.SHOWN:
        question.pop(name, None)
    return reverse("api:entries") + (f"?{question.urlencode()}" if question else "")
