from django.db import models
from django.db.models import Q

from ..choices import Stance, Status


class ResponseQuerySet(models.QuerySet):
    def to_published(self):
        return self.filter(announcement__status=Status.PUBLISHED)

    def latest_first(self):
        return self.order_by("-announcement__announced_on", "-announcement__slug", "position", "pk")


class Response(models.Model):
    """What a stakeholder said about an announcement, tied to the claim it answers where it answers one."""

    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="responses")
    position = models.PositiveSmallIntegerField(default=0)
    organisation = models.ForeignKey("programmes.Organisation", models.PROTECT, related_name="responses")
    person = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=200, blank=True)
    stance = models.CharField(max_length=10, choices=Stance)
    summary = models.TextField(help_text="What was said, in our own words.")
    source = models.ForeignKey(
        "announcements.Source",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="responses",
        help_text="Which of the announcement's sources it was read in.",
    )
    claim = models.ForeignKey(
        "announcements.Claim",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="responses",
        help_text="The claim of this announcement that it disputes or answers.",
    )
    note = models.TextField(blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stance__in=Stance.values),
                name="response_stance_known",
                violation_error_message="The stance is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=~Q(summary=""),
                name="response_summarised",
                violation_error_message="Say what was answered.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} {self.get_stance_display().lower()}"
