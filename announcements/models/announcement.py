from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from ..choices import Status

SLUG = r"^\d{4}-\d{2}-\d{2}(-[a-z0-9]+)+$"


class AnnouncementQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Status.PUBLISHED)

    def latest_first(self):
        return self.order_by("-announced_on", "-slug")

    def in_order(self):
        """As the counting takes them: by day, then by id."""
        return self.order_by("announced_on", "slug")


class Announcement(models.Model):
    """Somebody said something on a day. It adds nothing to any total by itself: its claims do."""

    # what was said
    slug = models.CharField(
        "id",
        max_length=160,
        unique=True,
        validators=[
            RegexValidator(
                SLUG,
                "Start with the day, then words in small letters: 2018-07-20-hospital-technology.",
            )
        ],
        help_text="The public name: the day, then a few words, such as 2018-07-20-hospital-technology. Never changed.",
    )
    announced_on = models.DateField(help_text="The day of the announcement itself, not of a report about it.")
    title = models.CharField(max_length=300, help_text="In our own words.")
    summary = models.TextField(help_text="What was said, in our own words.")
    note = models.TextField(blank=True, help_text="What a reader should know about how it was judged.")
    # who said it
    announcer = models.ForeignKey("programmes.Organisation", models.PROTECT, related_name="announcements")
    person = models.CharField(max_length=200, blank=True, help_text="Who spoke, where somebody is named.")
    role = models.CharField(max_length=200, blank=True)
    programmes = models.ManyToManyField(
        "programmes.Programme",
        blank=True,
        related_name="announcements",
        help_text="The programmes that it speaks of.",
    )
    targets = models.ManyToManyField(
        "programmes.Target",
        through="AnnouncedTarget",
        blank=True,
        related_name="announcements",
    )
    # where it stands
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        permissions = [
            ("publish_announcement", "Can publish and withdraw announcements"),
        ]
        indexes = [models.Index(fields=["announced_on", "slug"], name="announcement_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values),
                name="announcement_status_known",
                violation_error_message="The status is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG),
                name="announcement_id_starts_with_a_day",
                violation_error_message="The id starts with the day, then words in small letters.",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.PUBLISHED) | Q(published_at__isnull=False),
                name="announcement_published_has_a_time",
                violation_error_message="Publish through the action, which keeps the time.",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.WITHDRAWN) | ~Q(withdrawn_reason=""),
                name="announcement_withdrawn_has_a_reason",
                violation_error_message="Give the reason why it is withdrawn.",
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(summary=""),
                name="announcement_titled",
                violation_error_message="Give a title and a summary.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/announcements/{self.slug}/"

    @property
    def is_published(self):
        return self.status == Status.PUBLISHED


class AnnouncedTargetQuerySet(models.QuerySet):
    def of_published(self):
        """Those that a published announcement makes; drafts and withdrawn ones promise nothing."""
        return self.filter(announcement__status=Status.PUBLISHED)


class AnnouncedTarget(models.Model):
    """A promise as one announcement makes it, in its place among the promises of that announcement."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="announced_targets")
    target = models.ForeignKey("programmes.Target", models.CASCADE, related_name="announced_in")
    position = models.PositiveSmallIntegerField(default=0)

    objects = AnnouncedTargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "target"],
                name="target_once_an_announcement",
                violation_error_message="The announcement has this target already.",
            )
        ]

    def __str__(self):
        return f"{self.announcement_id}: {self.target_id}"
