"""Announcements and pots, served from their stored documents, and the log of what happened to these."""

from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from announcements import documents, filters
from announcements.choices import ChangeKind, Resource
from announcements.models import Announcement, AnnouncementDocument, Change, Pot, PotDocument
from healthfund.exports.columns import columns
from healthfund.exports.snapshots import CHUNK, snapshot

from ..errors import refuse
from ..export import PARAMETERS as FORMAT
from ..export import Export
from ..pagination import PageSize
from ..shape import Expansion
from . import views
from .base import StoredDetail, StoredList


class AnnouncementList(StoredList):
    documented = AnnouncementDocument
    serializer_class = documents.AnnouncementSerializer
    filterset_class = filters.AnnouncementFilter
    expansions = {
        "sources": Expansion(documents.SourceSerializer(many=True)),
        "claims": Expansion(documents.ClaimSerializer(many=True)),
        "figures": Expansion(documents.FigureSerializer(many=True)),
        "targets": Expansion(documents.PromisedSerializer(many=True)),
        "responses": Expansion(documents.AnsweredSerializer(many=True)),
        "organisation": Expansion(documents.OrganisationSerializer(), rows=views.Organisations.queryset),
        "programmes": Expansion(documents.ProgrammeSerializer(many=True), rows=views.Programmes.queryset),
    }

    def get_queryset(self):
        # What the list is ordered by.
        columns = ("slug", "announced_on", "title", "published_at", "updated_at")
        return Announcement.objects.published().only(*columns).latest_first()


class AnnouncementDetail(StoredDetail):
    """One announcement. With its sources, claims, figures, targets and responses."""

    serializer_class = documents.AnnouncementDetailSerializer
    expansions = {name: AnnouncementList.expansions[name] for name in ("organisation", "programmes")}

    def get_document(self, id):
        stored = AnnouncementDocument.objects.filter(announcement__slug=id).first()
        if stored is None:
            raise exceptions.NotFound(f"There is no announcement “{id}” here.")
        return stored


class PotList(StoredList):
    documented = PotDocument
    serializer_class = documents.PotSerializer
    filterset_class = filters.PotFilter
    expansions = {
        "claims": Expansion(documents.PotClaimSerializer(many=True)),
        "entries": Expansion(documents.EntrySerializer(many=True)),
    }

    def get_queryset(self):
        return Pot.objects.filter(document__isnull=False).only("reference", "name", "high").in_order()


class PotDetail(StoredDetail):
    """One pot. With the claims about it, its links, every entry it ever posted, and why it counts as it does."""

    serializer_class = documents.PotDetailSerializer
    expansions = {}

    def get_document(self, announcement, key):
        reference = f"{announcement}#{key}"
        stored = PotDocument.objects.filter(pot__reference=reference).first()
        if stored is None:
            raise exceptions.NotFound(f"There is no pot “{reference}” here.")
        return stored


class ChangeSerializer(serializers.Serializer):
    """That a public document appeared, changed or went. `url` is null where it went; `fingerprint` is the SHA-256 of
    the document as it was then, by which a copy can be told from what is served now."""

    cursor = serializers.IntegerField(source="pk")
    at = documents.Moment()
    kind = documents.Word(ChangeKind, allow_null=False)
    resource = documents.Word(Resource, allow_null=False)
    id = serializers.CharField(source="public_id")
    url = serializers.SerializerMethodField()
    fingerprint = documents.Text()

    def get_url(self, change) -> documents.Address | None:
        if change.kind == ChangeKind.WITHDRAWN:
            return None
        return documents.address(change.resource, *change.public_id.split("#"))


class ChangesSerializer(serializers.Serializer):
    """Some changes in their order, and where to go on; for the schema only."""

    latest = serializers.IntegerField(help_text="The newest cursor that there is.")
    cursor = serializers.IntegerField(help_text="That of the last change here: give it as `since` to go on.")
    more = serializers.BooleanField(help_text="Whether there are further changes already.")
    next = serializers.URLField(help_text="What came after; follow it as it is.")
    results = ChangeSerializer(many=True)


class ChangesForm(filters.ChangesForm):
    page_size = PageSize()


class ChangeList(APIView):
    """What happened to public documents, in order. Go on from `next`, which is there also when nothing is new yet: no
    change is missed and none comes twice, whoever writes meanwhile."""

    serializer_class = ChangesSerializer

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return ChangesForm().fields | Export.base_fields

    def get(self, request):
        asked, export = ChangesForm(request.query_params, also=FORMAT, blanks=False), Export.of(request)
        refuse(asked.faults + export.faults)
        if export.is_file:
            return export.response(self.documents(asked.of(Change.objects)), columns(ChangeSerializer()))
        # Read before the rows: they are never behind it.
        latest = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        size = asked.cleaned_data["page_size"]
        rows = list(asked.of(Change.objects)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        cursor = rows[-1].pk if rows else asked.cleaned_data["since"] or 0
        onward = request.query_params.copy()
        onward["since"] = cursor
        return Response(
            {
                "latest": latest,
                "cursor": cursor,
                "more": more,
                "next": request.build_absolute_uri(f"{request.path}?{onward.urlencode()}"),
                "results": ChangeSerializer(rows, many=True).data,
            }
        )

    def documents(self, changes):
        """Every change one by one, all of one state of the database."""
        with snapshot():
            for change in changes.iterator(chunk_size=CHUNK):
                yield ChangeSerializer(change).data
