from django.db import models
from django.db.models import Q

from ..choices import Status


class DoubtsQuerySet(models.QuerySet):
    def open(self):
        """Those of published announcements with warnings that nobody has ticked off."""
        return self.filter(number__gt=0, announcement__status=Status.PUBLISHED)


class Doubts(models.Model):
    """What the checks of the newsroom warn of in a published announcement and nobody has ticked off, as it was last checked.

    Derived, and written anew by `newsroom.reports.recheck`: what is judged here leans on other announcements, too, so it
    is looked up rather than worked out for each reader.
    """

    announcement = models.OneToOneField(
        "announcements.Announcement", models.CASCADE, primary_key=True, related_name="doubts"
    )
    found = models.JSONField(default=list, help_text="Each {rule, message, key, since}.")
    number = models.PositiveSmallIntegerField(default=0, help_text="How many.")
    since = models.DateField(null=True, help_text="The day on which the oldest was found.")
    checked_at = models.DateTimeField(db_index=True)

    objects = DoubtsQuerySet.as_manager()

    class Meta:
        # No page shows it by itself.
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(number=0, since__isnull=True) | Q(number__gt=0, since__isnull=False),
                name="doubts_have_a_day",
                violation_error_message="Doubts have the day on which they were found; without any there is none.",
            ),
        ]

    def __str__(self):
        return f"{self.announcement_id}: {self.number}"
