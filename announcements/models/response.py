from django.db import models
from django.db.models import Q

from programmes.names import free_slug

from ..choices import Stance
from .part import PartQuerySet

KEY = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
KEY_LENGTH = 80


def key_for(organisation, taken):
    """The key of a new response by the organisation of this name that is not among those taken in its announcement, and
    is added to them.

    Made of the full name, for the short one may be looked up only later. It is given once, for good.
    """
    return free_slug(organisation, taken, "response", KEY_LENGTH)


class Response(models.Model):
    """What a stakeholder said about an announcement, tied to the claim it answers where it answers one."""

    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="responses")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.CharField(
        max_length=KEY_LENGTH,
        editable=False,
        help_text="Its short name in the announcement, made of the organisation's when it is entered; never changed.",
    )
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

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "key"],
                name="response_key_once_an_announcement",
                violation_error_message="The announcement has a response of this key already.",
            ),
            models.CheckConstraint(
                condition=Q(key__regex=KEY),
                name="response_key_is_a_slug",
                violation_error_message="The key is small letters, digits and hyphens.",
            ),
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
