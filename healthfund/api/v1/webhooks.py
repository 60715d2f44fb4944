"""Webhooks and their log. Each is its owner's alone: to everybody else it does not exist."""

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics, permissions, serializers
from rest_framework.response import Response

from announcements import filters
from announcements.choices import Resource
from announcements.intake import fetching
from healthfund.models import Scope
from healthfund.webhooks import delivering, matching
from healthfund.webhooks.models import Delivery, DeliveryStatus, Webhook
from healthfund.webhooks.tasks import deliver_soon

from ..bodies import JSON, Unacceptable
from ..errors import refuse
from ..pagination import PARAMETERS, PageForm, Pager
from ..tokens import allow
from .base import Parameterless

MOST = 20
"""Webhooks of one owner."""

OFF = "Its owner switched it off."


# Documents


class WebhookSerializer(serializers.ModelSerializer):
    """A webhook as it stands; its secret is shown by nothing but what makes it."""

    resources = serializers.ListField(child=serializers.ChoiceField(Resource.choices))
    active = serializers.BooleanField(source="is_active")
    inactive_because = serializers.CharField(help_text="Why it is told nothing at present; empty where it is told.")
    next_attempt_at = serializers.DateTimeField(
        source="rests_until", allow_null=True, help_text="When it is tried again; null unless the last attempt failed."
    )
    former_secret_until = serializers.DateTimeField(
        source="former_until",
        allow_null=True,
        help_text="Until when the secret before the last rotation signs too; null where there was none, or no longer is.",
    )

    class Meta:
        model = Webhook
        fields = (
            "id",
            "address",
            "filter",
            "resources",
            "active",
            "inactive_because",
            "failing_since",
            "next_attempt_at",
            "former_secret_until",
            "created_at",
        )
        read_only_fields = fields


class NewSecretSerializer(WebhookSerializer):
    """A webhook with its secret, which is shown this once."""

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer):
    """A message and what came of it. `attempts` counts since it was last asked for."""

    message = serializers.JSONField(source="body_as_json", help_text="What is sent.")

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event",
            "type",
            "status",
            "attempts",
            "response_status",
            "milliseconds",
            "error",
            "created_at",
            "attempted_at",
            "ended_at",
            "message",
        )
        read_only_fields = fields


class TrueOrFalse(serializers.BooleanField):
    """true or false and nothing that might be meant so."""

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WantedSerializer(serializers.Serializer):
    """What a webhook is to be. Unknown members are refused."""

    address = serializers.CharField(max_length=fetching.LONGEST, help_text="https://you.example/hook")
    filter = serializers.CharField(
        max_length=2000, allow_blank=True, required=False, help_text="The query of a list of announcements: theme=ai."
    )
    resources = serializers.ListField(
        child=serializers.ChoiceField(Resource.choices), required=False, allow_empty=False, min_length=1
    )
    active = TrueOrFalse(required=False, help_text="false has it told nothing until true.")

    def to_internal_value(self, data):
        if isinstance(data, dict) and (strangers := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError({name: [self._stranger(name)] for name in strangers})
        return super().to_internal_value(data)

    def _stranger(self, name):
        meant = filters.nearest(name, list(self.fields))
        return f"There is no member {filters.quoted(name)} here.{f' Did you mean {meant}?' if meant else ''}"

    def validate_address(self, address):
        try:
            fetching.parsed(address, fetching.house_policy())
        except fetching.Refused as refusal:
            raise serializers.ValidationError(str(refusal)) from None
        return address

    def validate_filter(self, query):
        if faults := matching.asked(query).faults:
            raise serializers.ValidationError([spoken(fault) for fault in faults])
        return query

    @property
    def values(self):
        """The columns that were given, by name; whether it is active is not among them."""
        given = dict(self.validated_data)
        given.pop("active", None)
        if "resources" in given:
            resources = given.pop("resources")
            given |= {"of_announcements": Resource.ANNOUNCEMENT in resources, "of_pots": Resource.POT in resources}
        return given


def spoken(fault):
    meant = f" Did you mean {fault.nearest}?" if fault.nearest else ""
    return f"{fault.parameter}: {fault.message}{meant}"


class Conflict(exceptions.APIException):
    status_code = 409


# Views


class Owner(permissions.BasePermission):
    """A token with the scope `webhooks`, for reading too."""

    def has_permission(self, request, view):
        allow(request, Scope.WEBHOOKS)
        return True


class Own:
    """For views of what belongs to whoever asks."""

    permission_classes = [Owner]
    parser_classes = [JSON]

    def own(self):
        return Webhook.objects.filter(owner=self.request.user)

    def webhook(self):
        return found(self.own(), self.kwargs["id"], "webhook")

    def wanted(self, **how):
        wanted = WantedSerializer(data=self.request.data, **how)
        if not wanted.is_valid():
            raise Unacceptable(wanted.errors)
        return wanted


def found(rows, pk, what):
    row = rows.filter(pk=pk).first()
    if row is None:
        raise exceptions.NotFound(f"You have no {what} {pk} here.")
    return row


class Page(Own, generics.GenericAPIView):
    """Rows of a queryset, filtered and paged. Unlike public lists they are not to be had as a file."""

    filterset_class = filters.StrictFilterSet

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return self.filterset_class(QueryDict(), Webhook.objects.none()).form.fields | PageForm.base_fields

    def get(self, request, **kwargs):
        query = request.query_params
        asked = self.filterset_class(query, self.get_queryset(), also=PARAMETERS, blanks=False)
        pager = Pager(request, asked.qs, also=query)
        refuse(asked.faults + pager.faults)
        return pager.response(lambda rows: self.get_serializer(rows, many=True).data)


class WebhookList(Page):
    """Your webhooks."""

    serializer_class = WebhookSerializer

    def get_queryset(self):
        return self.own().in_order()

    @extend_schema(request=WantedSerializer, responses={201: NewSecretSerializer})
    def post(self, request):
        """Make a webhook, which is told of what changes from now on. Its secret is shown this once."""
        wanted = self.wanted()
        if self.own().count() >= MOST:
            raise Conflict(f"You have {MOST} webhooks already, which is the most: remove one first.")
        made = Webhook(
            owner=request.user,
            portal=request.build_absolute_uri("/").rstrip("/"),
            created_at=timezone.now(),
            cursor=delivering.newest_change(),
            **wanted.values,
        )
        made.save()
        if wanted.validated_data.get("active") is False:
            made.deactivate(OFF)
        return Response(NewSecretSerializer(made).data, 201)


class WebhookDetail(Own, Parameterless):
    @extend_schema(responses=WebhookSerializer)
    def get(self, request, id):
        """One of your webhooks."""
        return Response(WebhookSerializer(self.webhook()).data)

    @extend_schema(request=WantedSerializer(partial=True), responses=WebhookSerializer)
    def patch(self, request, id):
        """Change what is given of a webhook. It is tried again at once, whatever went wrong before."""
        webhook, wanted = self.webhook(), self.wanted(partial=True)
        for name, value in wanted.values.items():
            setattr(webhook, name, value)
        webhook.save(update_fields=list(wanted.values))
        active = wanted.validated_data.get("active")
        if active is False:
            webhook.deactivate(OFF)
        elif active:
            webhook.activate()
        else:
            webhook.wake()
        deliver_soon(webhook)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(responses={204: None})
    def delete(self, request, id):
        """Remove a webhook, and its log."""
        self.webhook().delete()
        return Response(status=204)


class WebhookTest(Own, Parameterless):
    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request, id):
        """Send a message of the type `test`, after those that wait. What comes of it stands in the log."""
        webhook = active(self.webhook())
        message = delivering.queue_test(webhook, at=timezone.now())
        webhook.wake()
        deliver_soon(webhook)
        return Response(DeliverySerializer(message).data, 202)


class WebhookRotation(Own, Parameterless):
    @extend_schema(request=None, responses=NewSecretSerializer)
    def post(self, request, id):
        """Give it a new secret, shown this once. For 24 hours messages are signed with both."""
        webhook = self.webhook()
        webhook.rotate(at=timezone.now())
        return Response(NewSecretSerializer(webhook).data)


class DeliveryFilter(filters.StrictFilterSet):
    status = filters.Where(filters.any_of(DeliveryStatus.choices), lambda words: Q(status__in=words), label="Status")


class DeliveryList(Page):
    """The messages to a webhook, the latest first."""

    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter

    def get_queryset(self):
        return self.webhook().deliveries.latest_first()


class DeliveryReplay(Own, Parameterless):
    @extend_schema(request=None, responses={202: DeliverySerializer})
    def post(self, request, id, delivery):
        """Send a message once more, with its id and body, before those that wait."""
        webhook = active(self.webhook())
        message = found(webhook.deliveries, delivery, "delivery")
        Delivery.objects.filter(pk=message.pk).replay()
        message.refresh_from_db()
        webhook.wake()
        deliver_soon(webhook)
        return Response(DeliverySerializer(message).data, 202)


def active(webhook):
    if not webhook.is_active:
        raise Conflict(f"Nothing is sent to this webhook: {webhook.inactive_because} PATCH it with active: true first.")
    return webhook
