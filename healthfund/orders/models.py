import datetime
import hashlib
import secrets

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse

LARGE = {"csv": 20_000, "jsonl": 20_000, "xlsx": 1_000}
"""Files with more rows than this are ordered, by format; smaller ones are sent while somebody waits."""

KEPT = datetime.timedelta(hours=24)
"""How long a file is there once it is written, and an order that came to nothing says why."""

REMEMBERED = datetime.timedelta(days=7)
"""How long after that its address says what was there."""

FRESH = datetime.timedelta(minutes=10)
"""Whoever asks for the same within this time of its being written is given the same file."""

LOST = datetime.timedelta(seconds=20)
"""Whoever writes a file gives a sign of life each second; after so long without one, it is written anew."""

ATTEMPTS = 3
MOST = 100
"""So many orders are kept at a time, in whatever state: the folder has an end."""


class TooMany(Exception):
    """There is no room for another order now."""


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    WRITING = "writing", "Being written"
    READY = "ready", "Ready"
    FAILED = "failed", "Not written"


UNDER_WAY = (State.WAITING, State.WRITING)


def new_key():
    return secrets.token_urlsafe(16)


class OrderedFileQuerySet(models.QuerySet):
    def place(self, *, name, address, format, at):
        """The order for a file: one that is under way or fresh, or else a new one. Gives (order, whether it is new).

        name: the API's list; address: its whole address with the question and the format. Raises TooMany.
        """
        question = hashlib.sha256(address.encode()).hexdigest()
        fresh = Q(state=State.READY, finished_at__gt=at - FRESH)
        same = self.filter(Q(state__in=UNDER_WAY) | fresh, question=question)
        found = same.order_by("-pk").first()
        if found:
            return found, False
        if self.filter(Q(expires_at=None) | Q(expires_at__gt=at)).count() >= MOST:
            raise TooMany
        values = {"name": name, "address": address, "format": format, "ordered_at": at}
        try:
            with transaction.atomic():
                return self.create(question=question, **values), True
        except IntegrityError:
            # Somebody else ordered the same in this moment.
            return same.get(), False

    def take(self, *, at):
        """The order that is to be written next, in one's hands; None where one is being written already, or none waits."""
        self.filter(state=State.WRITING, seen_at__lte=at - LOST).update(state=State.WAITING)
        worn_out = self.filter(state=State.WAITING, attempts__gte=ATTEMPTS)
        worn_out.update(state=State.FAILED, error=OrderedFile.WORN_OUT, finished_at=at, expires_at=at + KEPT)
        first = self.filter(state=State.WAITING).order_by("pk").first()
        if first is None:
            return None
        try:
            with transaction.atomic():
                mine = self.filter(pk=first.pk, state=State.WAITING, attempts=first.attempts).update(
                    state=State.WRITING, attempts=F("attempts") + 1, seen_at=at, rows=0
                )
        except IntegrityError:
            # Another worker has just taken one.
            return None
        first.refresh_from_db()
        return first if mine else None

    def to_write(self, *, at):
        """Those that wait, or that somebody took and was killed."""
        return self.filter(Q(state=State.WAITING) | Q(state=State.WRITING, seen_at__lte=at - LOST))

    def expired(self, *, at):
        """Those whose time is over."""
        return self.filter(expires_at__lte=at)

    def forgotten(self, *, at):
        """Those whose address need no longer say what was there."""
        return self.filter(expires_at__lte=at - REMEMBERED)


class OrderedFile(models.Model):
    """A file of one of the API's lists, too large to wait for. Whoever knows its key may fetch it: the data is public.

    One at a time is being written, so that files never take all workers from the roll-ups.
    """

    WORN_OUT = "Whoever wrote it was stopped several times."
    BROKEN = "Something went wrong while it was written. It was noted, and nothing is lost."

    key = models.CharField(max_length=22, unique=True, default=new_key, editable=False)
    # what was asked for
    name = models.CharField(max_length=50, help_text="The list, as the API names it.")
    address = models.TextField(help_text="Where the API would give the same file.")
    format = models.CharField(max_length=5)
    question = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the address.")
    ordered_at = models.DateTimeField()
    # how it stands
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, help_text="The last sign of life of whoever writes it.")
    rows = models.PositiveBigIntegerField(default=0, help_text="How many are written.")
    rows_in_all = models.PositiveBigIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True, help_text="Why there is no file, for whoever ordered it.")
    # the file
    bytes = models.PositiveBigIntegerField(null=True)
    filename = models.CharField(max_length=100, blank=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    objects = OrderedFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question"],
                condition=Q(state__in=UNDER_WAY),
                name="order_once_under_way",
                violation_error_message="The same file is under way already.",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=State.WRITING),
                name="order_written_one_at_a_time",
                violation_error_message="Another file is being written.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values) & Q(format__in=sorted(LARGE)),
                name="order_words_known",
                violation_error_message="There is no such state or format.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNDER_WAY, finished_at=None, expires_at=None)
                | Q(state__in=[State.READY, State.FAILED], finished_at__isnull=False, expires_at__gt=F("finished_at")),
                name="order_that_ended_expires",
                violation_error_message="An order that came to its end has a day on which it is forgotten.",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.READY, bytes__isnull=False) & ~Q(filename=""))
                | (~Q(state=State.READY) & Q(bytes=None, filename="")),
                name="order_ready_has_a_file",
                violation_error_message="A file is there when it is ready, and not before.",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.FAILED) & ~Q(error="")) | (~Q(state=State.FAILED) & Q(error="")),
                name="order_failed_says_why",
                violation_error_message="An order that failed says why.",
            ),
        ]

    def __str__(self):
        return f"{self.name} as {self.format}"

    def get_absolute_url(self):
        return reverse("ordered-file", args=[self.key])

    @property
    def is_under_way(self):
        return self.state in UNDER_WAY

    @property
    def question_address(self):
        """Where the API answers the same question page by page; an address ends on its format."""
        return self.address[: -len(f"format={self.format}")].rstrip("?&")

    @property
    def stored_as(self):
        """The name of its file in the folder of ordered files."""
        return f"{self.key}.{self.format}"

    def has_expired(self, at):
        return self.expires_at is not None and at >= self.expires_at

    # In the hands of whoever writes it: each says whether it still is theirs

    def seen(self, *, rows, rows_in_all, at):
        """Give a sign of life, and tell how far it is."""
        return bool(self._mine().update(seen_at=at, rows=rows, rows_in_all=rows_in_all))

    def finish(self, *, rows, bytes, filename, at):
        ended = {"state": State.READY, "finished_at": at, "expires_at": at + KEPT}
        return bool(self._mine().update(rows=rows, rows_in_all=rows, bytes=bytes, filename=filename, **ended))

    def fail(self, *, why, at):
        ended = {"state": State.FAILED, "finished_at": at, "expires_at": at + KEPT}
        return bool(self._mine().update(error=why[:200], **ended))

    def _mine(self):
        return type(self).objects.filter(pk=self.pk, state=State.WRITING, attempts=self.attempts)
