"""What the interfaces keep for themselves: the tokens of other systems, and the answers that they may ask for again."""

import datetime
import hashlib
import re
import secrets

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from .alerts.models import Alert, AlertMail, AlertMatch
from .orders.models import OrderedFile
from .webhooks.models import Delivery, Webhook

__all__ = ["Alert", "AlertMail", "AlertMatch", "Delivery", "KeptAnswer", "OrderedFile", "Scope", "Token", "Webhook"]


class Scope(models.TextChoices):
    """What a token may be used for. It never gives more than the permissions of the user who made it."""

    READ = "read", "read: more requests a minute; what is public can be read without any token"
    SUBMIT = "facts:submit", "facts:submit: send announcements in, as drafts"
    PUBLISH = "facts:publish", "facts:publish: publish, change and withdraw what is public"
    WEBHOOKS = "webhooks", "webhooks: ask to be told of changes"


PREFIX = "hf_"
SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
"""What a secret looks like: whoever scans for leaked ones can find it."""

USUAL_LIFE = datetime.timedelta(days=365)
LONGEST_LIFE = datetime.timedelta(days=731)
"""Two years, of which one may be a leap year."""

SEEN_AGAIN = datetime.timedelta(minutes=1)
"""How often it is written down at most that a token is in use."""

_WORDS = "|".join(map(re.escape, Scope.values))
SCOPES = rf"^({_WORDS})( ({_WORDS}))*$"


def digest(text):
    """The SHA-256 of a text or bytes in hexadecimal digits. A secret of 256 random bits needs no slower hash."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


class TokenQuerySet(models.QuerySet):
    def issue(self, *, user, name, scopes, at, expires_at=None):
        """Make a token; gives (token, secret). The secret is known to nobody afterwards but whom it is shown to."""
        token = self.model(
            user=user,
            name=name,
            scopes=" ".join(scopes),
            created_at=at,
            expires_at=expires_at or at + USUAL_LIFE,
        )
        secret = token.seal()
        token.save(force_insert=True)
        return token, secret

    def with_secret(self, secret):
        """The token of a secret with its user, in one query, or None. What cannot be a secret asks nobody."""
        if not SECRET.fullmatch(secret):
            return None
        return self.filter(digest=digest(secret)).select_related("user").first()

    def latest_first(self):
        return self.order_by("-created_at", "-pk")

    def revoke(self, *, at):
        """Make them useless from now on; gives how many were not already."""
        return self.filter(revoked_at=None).update(revoked_at=at)

    def seen(self, token, *, at):
        """Write down that a token is in use, at most once a minute however many ask."""
        if token.last_used_at is None or at - token.last_used_at >= SEEN_AGAIN:
            unwritten = Q(last_used_at=None) | Q(last_used_at__lte=at - SEEN_AGAIN)
            self.filter(unwritten, pk=token.pk).update(last_used_at=at)


class Token(models.Model):
    """A secret by which another system acts for a user, as far as scopes and the user's own permissions both go."""

    # what it is for
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, help_text="Which system uses it, such as “nightly import at the Trust”.")
    scopes = models.CharField(max_length=100, help_text="What it may be used for, with blanks between.")
    # the secret
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # its life
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(help_text="Two years away at most.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="token_named",
                violation_error_message="Say which system uses it.",
            ),
            models.CheckConstraint(
                condition=Q(scopes__regex=SCOPES),
                name="token_scopes_known",
                violation_error_message="Choose at least one scope, of those that there are.",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="token_secret_hashed",
                violation_error_message="Only the SHA-256 of the secret is kept.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST_LIFE),
                name="token_ends_within_two_years",
                violation_error_message="A token ends later than it begins, and within two years.",
            ),
        ]

    def __str__(self):
        return self.name

    def seal(self):
        """Give it a new secret, of which only the digest is kept; returns the secret."""
        secret = PREFIX + secrets.token_urlsafe(32)
        self.digest = digest(secret)
        return secret

    def has(self, scope):
        """Whether it has a scope."""
        return scope in self.scopes.split(" ")

    def trouble(self, at):
        """Why it is of no use at a moment, in words that say what to do; empty where it is."""
        if self.revoked_at is not None:
            return "This token was revoked: make a new one in the admin."
        if at >= self.expires_at:
            return f"This token expired on {self.expires_at:%-d %B %Y}: make a new one in the admin."
        if not self.user.is_active:
            return "The user of this token may not log in any more: ask the portal's administrator."
        return ""


class Superseded(Exception):
    """A request took so long that another has taken its key over; nothing of it may stay."""


class KeptAnswerQuerySet(models.QuerySet):
    def begin(self, *, token, key, request, at):
        """Claim a key for a request of this SHA-256. Gives (answer, True) to whoever is first, and has to finish it.

        Gives (answer, False) to whoever comes later, with what is kept by then. Who never finished, because its process
        was killed, and what is outdated makes way.
        """
        try:
            with transaction.atomic():
                return self.create(token=token, key=key, request=request, created_at=at), True
        except IntegrityError:
            kept = self.filter(token=token, key=key).first()
        if kept is None:
            # Given up meanwhile.
            return self.begin(token=token, key=key, request=request, at=at)
        if kept.makes_way(at):
            fresh = {"request": request, "status": None, "body": "", "created_at": at}
            mine = self.filter(pk=kept.pk, created_at=kept.created_at, status=kept.status).update(**fresh)
            kept.refresh_from_db()
            return kept, bool(mine)
        return kept, False

    def outdated(self, *, at):
        """Those that nobody can ask for any more."""
        return self.filter(created_at__lte=at - KeptAnswer.LIFE)


class KeptAnswer(models.Model):
    """What a write was answered, for whoever sends it again with the same Idempotency-Key because no answer came."""

    LIFE = datetime.timedelta(hours=24)
    GIVEN_UP = datetime.timedelta(minutes=5)
    """No request is worked on for so long: whoever began one was killed."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="answers")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="NULL while the request is being worked on.")
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token", "key"],
                name="answer_once_a_key",
                violation_error_message="The token has used this key.",
            ),
            models.CheckConstraint(
                condition=~Q(key="") & Q(request__regex=r"^[0-9a-f]{64}$"),
                name="answer_belongs_to_a_request",
                violation_error_message="An answer is kept by its key and the SHA-256 of its request.",
            ),
            models.CheckConstraint(
                # A comparison with NULL is unknown, which a check lets pass.
                condition=Q(status__isnull=True, body="")
                | (Q(status__isnull=False, status__gte=200, status__lt=500) & ~Q(body="")),
                name="answer_whole_or_not_yet",
                violation_error_message="An answer has its status and its body; one that is still worked on has neither.",
            ),
        ]

    def __str__(self):
        return self.key

    def makes_way(self, at):
        """Whether its key may be claimed again."""
        return at - self.created_at >= (self.GIVEN_UP if self.status is None else self.LIFE)

    def finish(self, body, status):
        """Keep what was answered. Raises Superseded where another request has claimed the key, after GIVEN_UP."""
        if not self._mine().update(status=status, body=body):
            raise Superseded(f"{self.key} was claimed by another request")

    def give_up(self):
        """Let whoever asks again begin anew."""
        self._mine().delete()

    def _mine(self):
        return KeptAnswer.objects.filter(pk=self.pk, created_at=self.created_at, status=None)
