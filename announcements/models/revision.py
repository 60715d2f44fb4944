from django.conf import settings
from django.db import models
from django.db.models import Q

from ..choices import OPEN_STATES, WAITING_STATES, RevisionState

CLOSED = (RevisionState.PUBLISHED, RevisionState.DISCARDED)


class RevisionQuerySet(models.QuerySet):
    def open(self):
        """Those that are being worked on, or wait for their moment."""
        return self.filter(state__in=OPEN_STATES)

    def due(self, at):
        """Those approved whose moment has come."""
        return self.filter(
            Q(publish_at=None) | Q(publish_at__lte=at),
            Q(embargo_until=None) | Q(embargo_until__lte=at),
            state__in=WAITING_STATES,
        ).order_by("pk")

    def typed(self):
        """Those in which something stands; an empty page that somebody opened is nothing to work on."""
        return self.exclude(typed={})

    def visible_to(self, user, *, all):
        """Those that somebody may see: what is under embargo, only those who wrote it, are to go on with it, or may see
        all."""
        return (
            self
            if all
            else self.filter(Q(embargo_until=None) | Q(author=user) | Q(assignee=user) | Q(state__in=CLOSED))
        )

    def latest_first(self):
        return self.order_by("-saved_at", "-pk")


class Revision(models.Model):
    """What an announcement is to say, from the first key pressed until it is public: `newsroom.revisions` has the verbs.

    Nothing public changes before it is approved and its moment has come. `typed` is what stands on the entry page
    (newsroom.typed), `base` the record that was public when it was begun, None where it is to be a new one.
    """

    # what it is about
    announcement = models.CharField(
        "announcement’s id",
        max_length=160,
        blank=True,
        db_index=True,
        help_text="Empty until an announcement has been written from it.",
    )
    title = models.CharField(max_length=300, blank=True)
    announced_on = models.DateField(null=True, blank=True)
    typed = models.JSONField(default=dict)
    base = models.JSONField(null=True)
    # where it stands
    state = models.CharField(max_length=10, choices=RevisionState, default=RevisionState.DRAFT)
    version = models.PositiveIntegerField(
        default=1, help_text="Counts what was saved: who saves an earlier one collides."
    )
    why = models.TextField(blank=True, help_text="Why the announcement changes, for its history.")
    said = models.TextField(blank=True, help_text="What the reviewer, or a moment that failed, said last.")
    publish_at = models.DateTimeField("publish at", null=True, blank=True)
    embargo_until = models.DateTimeField("under embargo until", null=True, blank=True)
    # who
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="revisions")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="assigned_revisions"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviewed_revisions"
    )
    writers = models.JSONField(default=list, help_text="Ids of everybody whose words it holds.")
    # when
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField(db_index=True)
    moved_at = models.DateTimeField(help_text="Since when it is in this state.")

    objects = RevisionQuerySet.as_manager()

    class Meta:
        permissions = [("approve_revision", "Can approve and send back revisions")]
        indexes = [models.Index(fields=["state", "moved_at"], name="revision_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RevisionState.values),
                name="revision_state_known",
                violation_error_message="The state is not one of the known ones.",
            ),
            models.UniqueConstraint(
                fields=["announcement"],
                condition=Q(state__in=OPEN_STATES) & ~Q(announcement=""),
                name="revision_open_once_an_announcement",
                violation_error_message="Somebody is revising this announcement already.",
            ),
            models.CheckConstraint(
                condition=~Q(state=RevisionState.EMBARGOED) | Q(embargo_until__isnull=False),
                name="revision_embargo_has_an_end",
                violation_error_message="Say until when it is under embargo.",
            ),
            models.CheckConstraint(
                condition=~Q(state=RevisionState.SCHEDULED) | Q(publish_at__isnull=False),
                name="revision_schedule_has_a_moment",
                violation_error_message="Say when it is to be published.",
            ),
        ]

    def __str__(self):
        return self.title or "Untitled announcement"

    @property
    def is_open(self):
        return self.state in OPEN_STATES

    @property
    def is_new(self):
        """Whether nothing is public yet that it would change."""
        return self.base is None

    @property
    def goes_live_at(self):
        """The moment from which it may be public; None where it may at once."""
        return max(filter(None, [self.publish_at, self.embargo_until]), default=None)


class RevisionVersion(models.Model):
    """What was typed at one version of a revision that is open, so that whoever saves beside somebody else loses nothing
    and sees whose words are whose."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    typed = models.JSONField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "version"], name="revision_version_once"),
        ]

    def __str__(self):
        return f"version {self.version} of revision {self.revision_id}"
