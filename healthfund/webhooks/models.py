import datetime
import json
import secrets

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from announcements.choices import Resource
from announcements.intake.fetching import LONGEST
from announcements.models import Change

from . import signing

LEASE = datetime.timedelta(seconds=90)
"""Longer than one attempt takes: ten seconds, and what the machine's resolver needs to give up a name."""

ROTATION = datetime.timedelta(hours=24)
"""How long after a rotation messages are signed with the former secret too."""

KEPT = datetime.timedelta(days=30)
"""How long a delivery that has ended is kept."""


def new_secret():
    return signing.secret_of(secrets.token_bytes(signing.SECRET_BYTES))


class WebhookQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("pk")

    def due(self, *, at):
        """Those that have something to send, may send it now, and are in nobody's hands."""
        waiting = Delivery.objects.waiting().filter(webhook=OuterRef("pk"))
        newer = Change.objects.filter(pk__gt=OuterRef("cursor"))
        return self.filter(
            Q(leased_until=None) | Q(leased_until__lte=at),
            Q(rests_until=None) | Q(rests_until__lte=at),
            Exists(waiting) | Exists(newer),
            is_active=True,
            owner__is_active=True,
        )

    def claim(self, pk, *, at):
        """Take a due webhook into one's hands: it, or None where it is not due or somebody else was first."""
        webhook = self.due(at=at).filter(pk=pk).first()
        return webhook if webhook and webhook.renew(at=at) else None


class Webhook(models.Model):
    """An address that is told of changes.

    It is told in their order, one at a time, so the lease, the rest after a failure and the place in the log of
    changes are the webhook's and not the message's.
    """

    # what it is told
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    address = models.CharField(max_length=LONGEST)
    filter = models.CharField(
        max_length=2000, blank=True, help_text="Which announcements, as the query of their list: theme=ai&region=wales."
    )
    of_announcements = models.BooleanField(default=True, help_text="Whether it is told of announcements.")
    of_pots = models.BooleanField(default=False, help_text="Whether it is told of pots.")
    portal = models.CharField(max_length=LONGEST, help_text="This portal's address, as the owner reached it.")
    # its secrets
    secret = models.CharField(max_length=100, default=new_secret, editable=False)
    former_secret = models.CharField(max_length=100, blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    # its life
    is_active = models.BooleanField("active", default=True)
    inactive_because = models.CharField(max_length=500, blank=True, help_text="Why it is told nothing at present.")
    failing_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    # where it stands
    cursor = models.PositiveBigIntegerField(
        editable=False, help_text="The id of the last change that was looked at for it."
    )
    rests_until = models.DateTimeField(null=True, editable=False, help_text="When it is tried again.")
    leased_until = models.DateTimeField(null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(of_announcements=True) | Q(of_pots=True),
                name="webhook_is_told_something",
                violation_error_message="Say what it is told of: announcements, pots or both.",
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, inactive_because="") | (Q(is_active=False) & ~Q(inactive_because="")),
                name="webhook_inactive_says_why",
                violation_error_message="A webhook says why it is not active, and nothing where it is.",
            ),
            models.CheckConstraint(
                condition=Q(secret__startswith=signing.PREFIX),
                name="webhook_has_a_secret",
                violation_error_message="A webhook signs what it sends.",
            ),
            models.CheckConstraint(
                condition=Q(former_secret="", former_until=None)
                | Q(former_secret__startswith=signing.PREFIX, former_until__isnull=False),
                name="webhook_former_secret_ends",
                violation_error_message="A former secret is good until a certain time.",
            ),
        ]

    def __str__(self):
        return self.address

    @property
    def resources(self):
        """The Resources that it is told of."""
        told = {Resource.ANNOUNCEMENT: self.of_announcements, Resource.POT: self.of_pots}
        return [resource for resource in Resource if told[resource]]

    def secrets(self, at):
        """Those that sign at a moment, the present one first."""
        return [self.secret, self.former_secret] if self.former_until and at < self.former_until else [self.secret]

    # What its owner does

    def rotate(self, *, at):
        """Give it a new secret, beside which the former one signs for a day."""
        self.former_secret, self.former_until = self.secret, at + ROTATION
        self.secret = new_secret()
        self.save(update_fields=["secret", "former_secret", "former_until"])

    def activate(self):
        """Have it told again, from where it stopped."""
        self.is_active, self.inactive_because, self.failing_since, self.rests_until = True, "", None, None
        self.save(update_fields=["is_active", "inactive_because", "failing_since", "rests_until"])

    def deactivate(self, reason):
        """Have it told nothing until somebody activates it."""
        self.is_active, self.inactive_because = False, reason[:500]
        self.save(update_fields=["is_active", "inactive_because"])

    def wake(self):
        """Have it tried now, whatever went wrong before."""
        self.rests_until = None
        self.save(update_fields=["rests_until"])

    # In the hands of whoever holds the lease: each says whether it still is theirs

    def renew(self, *, at):
        """Hold it for another while, as it stands now."""
        mine = type(self).objects.filter(pk=self.pk, leased_until=self.leased_until, is_active=True)
        if not mine.update(leased_until=at + LEASE):
            return False
        self.refresh_from_db()
        return True

    def release(self):
        return bool(self._mine().update(leased_until=None))

    def take(self, changes, deliveries):
        """Move past these changes and keep what they come to, both or neither."""
        with transaction.atomic():
            if not self._mine().filter(cursor=self.cursor).update(cursor=changes[-1].pk):
                return False
            Delivery.objects.bulk_create(deliveries)
        self.cursor = changes[-1].pk
        return True

    def went_well(self):
        return bool(self._mine().update(failing_since=None, rests_until=None))

    def went_wrong(self, *, failing_since, rests_until, inactive_because):
        return bool(
            self._mine().update(
                failing_since=failing_since,
                rests_until=rests_until,
                is_active=not inactive_because,
                inactive_because=inactive_because,
            )
        )

    def _mine(self):
        return type(self).objects.filter(pk=self.pk, leased_until=self.leased_until)


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up"


class DeliveryQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(status=DeliveryStatus.WAITING)

    def in_order(self):
        return self.order_by("pk")

    def latest_first(self):
        return self.order_by("-pk")

    def outdated(self, *, at):
        return self.filter(ended_at__lte=at - KEPT)

    def replay(self):
        """Have them sent once more, with the same ids and bodies. Returns how many."""
        return self.update(status=DeliveryStatus.WAITING, attempts=0, ended_at=None)


class Delivery(models.Model):
    """A message to one webhook and what came of sending it: the log, and what can be sent again."""

    # the message
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=60, help_text="The id that receivers know it by when it comes again.")
    type = models.CharField(max_length=40)
    body = models.TextField(help_text="As it is sent each time.")
    created_at = models.DateTimeField()
    # what came of it
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since it was last asked for.")
    attempted_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True, help_text="Of the last answer, where there was one.")
    milliseconds = models.PositiveIntegerField(null=True, help_text="How long the last attempt took.")
    error = models.CharField(max_length=500, blank=True, help_text="What went wrong at the last attempt.")
    ended_at = models.DateTimeField(null=True, db_index=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event"],
                name="delivery_once_an_event",
                violation_error_message="The webhook has a delivery of this event.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values),
                name="delivery_status_known",
                violation_error_message="There is no such status.",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.WAITING, ended_at=None)
                | (~Q(status=DeliveryStatus.WAITING) & Q(ended_at__isnull=False)),
                name="delivery_ended_has_a_time",
                violation_error_message="A delivery that has ended has a time, and one that waits has none.",
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "id"], condition=Q(status="waiting"), name="delivery_waiting"),
        ]

    def __str__(self):
        return f"{self.event} to webhook {self.webhook_id}"

    @property
    def body_as_json(self):
        return json.loads(self.body)

    def attempted(self, **outcome):
        """Write down what came of an attempt; False where somebody else has written down theirs."""
        mine = type(self).objects.waiting().filter(pk=self.pk, attempts=self.attempts)
        return bool(mine.update(attempts=F("attempts") + 1, **outcome))
