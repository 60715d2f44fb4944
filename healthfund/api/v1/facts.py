"""The interchange document: out, for whatever is asked for, and in, through the same rules as the admin's pages."""

import contextlib
import json
import logging

from django.db import transaction
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status, views

from announcements import filters, publishing
from announcements.choices import Status
from announcements.facts import dumping, loading
from announcements.models import Announcement
from announcements.newsroom import revisions
from healthfund.exports.snapshots import snapshot
from programmes.documents import Shape

from ...models import Scope
from .. import bodies
from ..errors import refuse
from ..idempotency import HEADER, once
from ..tokens import allow, needs
from .shapes import FactsSerializer, SubmittedSerializer, WithdrawalSerializer, WithdrawnSerializer

log = logging.getLogger(__name__)

ONCE = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, pattern=r"^[!#-~]{1,255}$", description="With it, sent twice is done once."
)
ADD, CHANGE = "announcements.add_announcement", "announcements.change_announcement"
PUBLISH = "announcements.publish_announcement"

WITHDRAWAL = Shape(
    {
        "type": "object",
        "title": "a withdrawal with its reason",
        "properties": {
            "reason": {
                "type": "string",
                "pattern": r"^\s*\S[\s\S]*$",
                "maxLength": 5000,
                "title": "the reason in words, which readers are shown",
            }
        },
        "required": ["reason"],
        "additionalProperties": False,
    }
)


class SubmissionForm(filters.StrictForm):
    """What is to be done with a document."""

    dry_run = filters.YesOrNo()
    publish = filters.YesOrNo()


class NotYours(exceptions.PermissionDenied):
    """What only a publisher may change; with the places in the document."""

    def __init__(self, faults):
        self.members = bodies.BadDocument(faults).members | {"title": "Only a publisher may change these"}
        super().__init__(
            f"The document changes what is published, which takes the scope {Scope.PUBLISH} and the permission "
            f"{PUBLISH}; nothing was written."
        )


class Conflict(exceptions.APIException):
    """What the domain refuses, with all reasons."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, refused):
        super().__init__("This would leave something wrong; nothing was written.")
        self.members = {"reasons": refused.reasons}


class Facts(views.APIView):
    permission_classes = [needs(Scope.SUBMIT, ADD, CHANGE)]
    parser_classes = []

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return filters.AnnouncementFilter({}, Announcement.objects.none(), ordered=True).form.fields

    def post_parameters(self):
        return SubmissionForm.base_fields

    @extend_schema(responses=FactsSerializer)
    def get(self, request):
        """The published announcements that are asked for as one interchange document, the oldest first."""
        oldest_first = Announcement.objects.published().in_order()
        asked = filters.AnnouncementFilter(request.query_params, oldest_first, blanks=False, ordered=True)
        refuse(asked.faults)
        pieces = () if request.method == "HEAD" else in_one_state(asked.qs)
        return StreamingHttpResponse(pieces, content_type="application/json")

    @extend_schema(
        request={"application/json": FactsSerializer},
        responses={200: SubmittedSerializer, 201: SubmittedSerializer},
        parameters=[ONCE],
    )
    def post(self, request):
        """Take the announcements of an interchange document in, all or none: as drafts, or published."""
        form = SubmissionForm(request.query_params, blanks=False)
        refuse(form.faults)
        check, publish = bool(form.cleaned_data["dry_run"]), bool(form.cleaned_data["publish"])
        if publish:
            allow(request, Scope.PUBLISH, PUBLISH)
        body = bodies.read(request)
        return once(request, body, lambda: self.submit(request, body, check, publish))

    def submit(self, request, body, check, publish):
        now = timezone.now()
        try:
            loaded = self.load(request, bodies.parse(body), check, publish, now)
        except loading.PublisherNeeded as wrong:
            raise NotYours(wrong.faults) from None
        except loading.FactFaults as wrong:
            raise bodies.BadDocument(wrong.faults) from None
        counts = loaded.counts
        if not check:
            log.info("facts submitted publish=%s counts=%s by=%s token=%s", publish, counts, *signature(request))
        written = bool(counts.new or counts.changed) and not check
        document = {
            "dry_run": check,
            **counts._asdict(),
            "announcements": [outcome_as_json(request, outcome) for outcome in loaded.outcomes],
        }
        return text(document), status.HTTP_201_CREATED if written else status.HTTP_200_OK

    def load(self, request, document, check, publish, now):
        """Load it; what is a draft afterwards comes to the newsroom's work list."""
        with contextlib.nullcontext() if check else transaction.atomic():
            loaded = loading.load(
                [("", document)],
                at=now,
                today=timezone.localdate(now),
                check=check,
                publish=publish,
                may_publish=publish or may_publish(request),
                by=request.user,
            )
            if not check:
                drafts = [one for one in loaded.outcomes if one.status == Status.DRAFT]
                handed_in = [one.id for one in drafts if one.change != loading.Change.UNCHANGED]
                revisions.hand_in(handed_in, by=request.user, at=now, why="Handed in through the API.")
        return loaded


class Withdrawal(views.APIView):
    """Takes a published announcement back, with a reason that readers are shown."""

    permission_classes = [needs(Scope.PUBLISH, PUBLISH)]
    parser_classes = []

    @extend_schema(request={"application/json": WithdrawalSerializer}, responses=WithdrawnSerializer, parameters=[ONCE])
    def post(self, request, id):
        refuse(filters.StrictForm(request.query_params).faults)
        body = bodies.read(request)
        return once(request, body, lambda: self.withdraw(request, id, body))

    def withdraw(self, request, id, body):
        document = bodies.parse(body)
        if faults := WITHDRAWAL.faults(document, ""):
            raise bodies.BadDocument(faults)
        announcement = Announcement.objects.filter(slug=id).first()
        if announcement is None:
            raise exceptions.NotFound(f"There is no announcement “{id}” here.")
        try:
            publishing.withdraw(
                announcement=announcement, reason=document["reason"], by=request.user, at=timezone.now()
            )
        except publishing.Refused as refused:
            raise Conflict(refused) from None
        log.info("withdrawn announcement=%s by=%s token=%s", announcement.slug, *signature(request))
        return text(
            {"id": announcement.slug, "status": announcement.status, "reason": announcement.withdrawn_reason}
        ), status.HTTP_200_OK


def in_one_state(announcements):
    """The pieces of their document, all of one state of the database."""
    with snapshot():
        yield from dumping.pieces(announcements)


def may_publish(request):
    return request.auth.has(Scope.PUBLISH) and request.user.has_perm(PUBLISH)


def signature(request):
    """Who writes, for the log: the user's name and the token's id."""
    return request.user.get_username(), request.auth.pk


def outcome_as_json(request, outcome):
    """`url` is an address of this API and `page` one of the site; both answer only what is published."""
    public = outcome.status == Status.PUBLISHED
    url, page = reverse("api:announcement", args=[outcome.id]), Announcement(slug=outcome.id).get_absolute_url()
    return {
        "id": outcome.id,
        "change": outcome.change,
        "status": outcome.status,
        "url": request.build_absolute_uri(url) if public else None,
        "page": request.build_absolute_uri(page) if public else None,
    }


def text(document):
    return json.dumps(document, ensure_ascii=False)
