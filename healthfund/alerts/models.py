import base64
import datetime
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower

from announcements.choices import Resource
from announcements.models import Change

from .rhythms import Rhythm, next_time

LEASE = datetime.timedelta(minutes=10)
"""Longer than one attempt takes, in which a mail server may be slow at each of ten steps."""

UNANSWERED = datetime.timedelta(days=3)
"""How long an address is kept that nobody confirmed."""

UNREACHABLE = datetime.timedelta(days=30)
"""How long mail to an address may fail until it is forgotten."""

KEPT = datetime.timedelta(days=30)
"""How long it is kept that a mail was sent; its text goes when it is."""

LONGEST_ADDRESS = 254
LONGEST_FILTER = 2000


def new_salt():
    return secrets.token_urlsafe(32)


def digest(token):
    """The SHA-256 by which a token is found. It is 256 random bits, so it needs no slower hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class AlertQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("pk")

    def confirmed(self):
        return self.filter(confirmed_at__isnull=False)

    def with_token(self, token):
        """The alert that a token belongs to, or None."""
        return self.filter(digest=digest(token)).first()

    def due(self, *, at):
        """Those that have mail waiting or may have something to tell now, and are in nobody's hands."""
        waiting = AlertMail.objects.waiting().filter(alert=OuterRef("pk"))
        newer = Change.objects.filter(pk__gt=OuterRef("cursor"), resource=Resource.ANNOUNCEMENT)
        return self.filter(
            Q(leased_until=None) | Q(leased_until__lte=at),
            Q(rests_until=None) | Q(rests_until__lte=at),
            # Only those that are told soon are asked at any time: the others' morning passes, news or not.
            Exists(waiting) | (Q(next_at__lte=at) & (~Q(rhythm=Rhythm.SOON) | Exists(newer))),
        )

    def claim(self, pk, *, at):
        """Take a due alert into one's hands: it, or None where it is not due or somebody else was first."""
        alert = self.due(at=at).filter(pk=pk).first()
        return alert if alert and alert.renew(at=at) else None

    def unanswered(self, *, at):
        return self.filter(confirmed_at=None, asked_at__lte=at - UNANSWERED)

    def unreachable(self, *, at):
        return self.filter(failing_since__lte=at - UNREACHABLE)


class Alert(models.Model):
    """That somebody wants to be written to about announcements: an address, a question, and how often.

    It counts from the moment at which whoever reads the address confirms it. Whoever stops it has it erased. Its place
    in the log of changes, its lease and its rest are columns of its row, each moved by compare-and-swap.
    """

    # what is wanted
    address = models.EmailField("e-mail address", max_length=LONGEST_ADDRESS)
    filter = models.CharField(
        max_length=LONGEST_FILTER,
        blank=True,
        help_text="Which announcements, as the query of their list: theme=ai&region=wales. Empty for all.",
    )
    rhythm = models.CharField("how often", max_length=10, choices=Rhythm)
    portal = models.CharField(max_length=500, help_text="This portal's address, as the reader reached it.")
    # its key
    salt = models.CharField(max_length=43, default=new_salt, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of its token.")
    # its life
    asked_at = models.DateTimeField(editable=False, help_text="When it was last asked for.")
    confirmed_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    # where it stands
    cursor = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="The id of the last change that was looked at for it."
    )
    known_at = models.DateTimeField(
        null=True, editable=False, help_text="The last posting whose money it was told of, or that was there before it."
    )
    next_at = models.DateTimeField(null=True, editable=False, help_text="When it is looked at next.")
    rests_until = models.DateTimeField(null=True, editable=False, help_text="When sending is tried again.")
    leased_until = models.DateTimeField(null=True, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = "e-mail alert"
        constraints = [
            models.UniqueConstraint(
                Lower("address"),
                "filter",
                name="alert_once_an_address",
                violation_error_message="The address has this alert.",
            ),
            models.CheckConstraint(
                condition=Q(address__contains="@"),
                name="alert_goes_to_an_address",
                violation_error_message="An alert goes to an e-mail address.",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values),
                name="alert_rhythm_known",
                violation_error_message="There is no such rhythm.",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="alert_token_hashed",
                violation_error_message="Only the SHA-256 of the token is kept.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, next_at__isnull=True)
                | Q(confirmed_at__isnull=False, next_at__isnull=False),
                name="alert_looked_at_once_confirmed",
                violation_error_message="A confirmed alert is looked at some time, any other never.",
            ),
        ]

    def __str__(self):
        return f"alert {self.pk}"

    @property
    def is_confirmed(self):
        return self.confirmed_at is not None

    # Its key

    @property
    def token(self):
        """What its links carry. Made anew each time from its salt and the portal's secret key, and kept nowhere."""
        made = hmac.digest(settings.SECRET_KEY.encode(), f"healthfund.alerts:{self.salt}".encode(), "sha256")
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def seal(self):
        """Have it found by its token."""
        self.digest = digest(self.token)

    def seal_again(self):
        """Have it found by the token that its next mail carries, where the portal's secret key has changed since."""
        if self.digest != digest(self.token):
            self.seal()
            type(self).objects.filter(pk=self.pk).update(digest=self.digest)

    # What its reader does

    def confirm(self, *, cursor, known_at, matching, at):
        """Have it told of whatever comes after a change and a posting. matching: ids of the announcements that it is
        about now. False where it is confirmed already."""
        with transaction.atomic():
            stands = {"cursor": cursor, "known_at": known_at, "next_at": next_time(self.rhythm, at, told=False)}
            if not self._unconfirmed().update(confirmed_at=at, **stands):
                return False
            self.matches.bulk_create([AlertMatch(alert=self, announcement_id=pk) for pk in matching], batch_size=500)
        self.refresh_from_db()
        return True

    def change_rhythm(self, rhythm, *, at):
        """Have it told in another rhythm from now on."""
        self.rhythm, self.next_at = rhythm, next_time(rhythm, at)
        self.save(update_fields=["rhythm", "next_at"])

    def _unconfirmed(self):
        return type(self).objects.filter(pk=self.pk, confirmed_at=None)

    # In the hands of whoever holds the lease: each says whether it still is theirs

    def renew(self, *, at):
        """Hold it for another while, as it stands now."""
        mine = type(self).objects.filter(pk=self.pk, leased_until=self.leased_until)
        if not mine.update(leased_until=at + LEASE):
            return False
        self.refresh_from_db()
        return True

    def release(self):
        return bool(self._mine().update(leased_until=None))

    def take(self, portion, mail, *, at):
        """Move past a portion of the changes and keep the mail that tells of it (None where nothing is to be told),
        both or neither. portion: `digest.Portion`."""
        with transaction.atomic():
            stands = {
                "cursor": portion.upto,
                "known_at": portion.known_at,
                "next_at": next_time(self.rhythm, at, told=mail is not None),
                "failing_since": None,
                "rests_until": None,
            }
            if not self._mine().filter(cursor=self.cursor, confirmed_at__isnull=False).update(**stands):
                return False
            self.matches.filter(announcement__in=portion.left).delete()
            self.matches.bulk_create(
                [AlertMatch(alert=self, announcement_id=pk) for pk in portion.entered], batch_size=500
            )
            if mail is not None:
                mail.save(force_insert=True)
        self.refresh_from_db()
        return True

    def went_well(self):
        return bool(self._mine().update(failing_since=None, rests_until=None))

    def went_wrong(self, *, failing_since, rests_until):
        return bool(self._mine().update(failing_since=failing_since, rests_until=rests_until))

    def _mine(self):
        return type(self).objects.filter(pk=self.pk, leased_until=self.leased_until)


class AlertMatch(models.Model):
    """That an alert's question found an announcement at the alert's place in the log of changes, so that its reader is
    told where it is found no more. Kept only for alerts with a filter: the others find whatever is published."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="matches")
    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "announcement"],
                name="alert_matches_once",
                violation_error_message="The alert has this announcement.",
            )
        ]

    def __str__(self):
        return f"alert {self.alert_id} finds announcement {self.announcement_id}"


class AlertMailQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(sent_at=None)

    def in_order(self):
        return self.order_by("pk")

    def outdated(self, *, at):
        return self.filter(sent_at__lte=at - KEPT)


class AlertMail(models.Model):
    """A mail to the reader of an alert: waiting with its text, or sent and without."""

    # the mail
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="mails")
    upto = models.PositiveBigIntegerField(
        null=True, help_text="The last change that it tells of; NULL where it asks for a confirmation."
    )
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField()
    # what came of it
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, help_text="What went wrong at the last attempt.")
    sent_at = models.DateTimeField(null=True, db_index=True)

    objects = AlertMailQuerySet.as_manager()

    class Meta:
        verbose_name = "alert mail"
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "upto"],
                name="alert_mail_once_a_change",
                violation_error_message="The alert has a mail that ends with this change.",
            ),
            models.CheckConstraint(
                condition=~Q(subject=""),
                name="alert_mail_has_a_subject",
                violation_error_message="A mail says what it is about.",
            ),
            models.CheckConstraint(
                condition=(Q(sent_at__isnull=True) & ~Q(text="") & ~Q(html=""))
                | Q(sent_at__isnull=False, text="", html=""),
                name="alert_mail_text_until_sent",
                violation_error_message="A mail that waits has its text; one that was sent has none any more.",
            ),
        ]
        indexes = [
            models.Index(fields=["alert", "id"], condition=Q(sent_at__isnull=True), name="alert_mail_waiting"),
        ]

    def __str__(self):
        return self.subject

    @property
    def message_id(self):
        """The same at every attempt, so that a mail that came twice is known to be one."""
        host = urlsplit(self.alert.portal).hostname or "localhost"
        about = f"to-{self.upto}" if self.upto is not None else f"asked-{self.pk}"
        return f"<alert-{self.alert_id}-{about}@{host}>"

    def attempted(self, **outcome):
        """Write down what came of an attempt; False where somebody else has written down theirs."""
        mine = type(self).objects.waiting().filter(pk=self.pk, attempts=self.attempts)
        return bool(mine.update(attempts=F("attempts") + 1, **outcome))
