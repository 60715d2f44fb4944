"""What announcements hold, across all of them: claims, links, sources, figures, targets, responses."""

from django.db.models import Prefetch

from announcements import documents, filters
from announcements.models import AnnouncedTarget, ClaimLink, Figure, Response, Source
from programmes.models import Programme, Region, Target

from ..shape import Expansion
from .base import Detail, KeyedDetail, List


class Claims:
    serializer_class = documents.PotClaimSerializer
    expansions = {"pot": Expansion(documents.PotSerializer())}

    def get_queryset(self):
        return documents.claims_about_pots().latest_first()


class ClaimList(Claims, List):
    """Every figure that was announced, as it was worded, the latest first."""

    filterset_class = filters.ClaimFilter


class ClaimDetail(Claims, KeyedDetail):
    """One claim. A figure as it was worded, and the pot it is about."""


class LinkList(List):
    """What claims state of the money that two pots share, in the order in which it was stated."""

    serializer_class = documents.PotLinkSerializer
    filterset_class = filters.LinkFilter

    def get_queryset(self):
        stated = ClaimLink.objects.published().in_order()
        return stated.select_related("pot", "claim__pot", "claim__announcement")


class SourceList(List):
    """Where announcements can be read, those of the latest first."""

    serializer_class = documents.ListedSourceSerializer
    filterset_class = filters.SourceFilter

    def get_queryset(self):
        return Source.objects.of_published().latest_first().select_related("announcement")


class FigureList(List):
    """Numbers that are not money announced, those of the latest announcements first."""

    serializer_class = documents.ListedFigureSerializer
    filterset_class = filters.FigureFilter

    def get_queryset(self):
        return Figure.objects.of_published().latest_first().select_related("announcement")


class Targets:
    serializer_class = documents.TargetSerializer
    expansions = {"programmes": Expansion(documents.ProgrammeSerializer(many=True))}

    def get_queryset(self):
        made = AnnouncedTarget.objects.of_published()
        in_order = made.select_related("announcement").order_by("announcement__announced_on", "announcement__slug")
        return (
            Target.objects.by_due()
            .filter(pk__in=made.values("target"))
            .prefetch_related(Prefetch("programmes", Programme.objects.by_name()), Prefetch("announced_in", in_order))
        )


class TargetList(Targets, List):
    """Targets that a published announcement makes, by the day that they are due."""

    filterset_class = filters.TargetFilter


class TargetDetail(Targets, Detail):
    """One target, with the announcements that make it."""


class Responses:
    serializer_class = documents.ResponseSerializer
    expansions = {
        "organisation": Expansion(
            documents.OrganisationSerializer(),
            ("organisation__successor", Prefetch("organisation__covers", Region.objects.in_tree_order())),
        ),
    }

    def get_queryset(self):
        answers = Response.objects.of_published().latest_first()
        return answers.select_related("announcement", "organisation", "source", "claim")


class ResponseList(Responses, List):
    """What was answered, to the latest announcements first."""

    filterset_class = filters.ResponseFilter


class ResponseDetail(Responses, KeyedDetail):
    """One response to an announcement."""
