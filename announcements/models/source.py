from django.db import models
from django.db.models import Q

from ..choices import Reached, SourceKind
from .part import PartQuerySet


class Source(models.Model):
    """Where an announcement can be read."""

    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="sources")
    position = models.PositiveSmallIntegerField(default=0)
    url = models.URLField("address", max_length=2000, blank=True)
    publisher = models.CharField(max_length=200)
    published_on = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=SourceKind, default=SourceKind.PRESS_RELEASE)

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SourceKind.values),
                name="source_kind_known",
                violation_error_message="The kind is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=~Q(publisher=""),
                name="source_has_publisher",
                violation_error_message="Say who published it.",
            ),
        ]

    def __str__(self):
        return f"{self.publisher}, {self.get_kind_display().lower()}"


class SourceCheckQuerySet(models.QuerySet):
    def gone(self):
        """Those that failed on so many different days in a row, without an answer between, that they count as gone."""
        return self.filter(failures__gte=SourceCheck.GONE_AFTER)


class SourceCheck(models.Model):
    """When a source's address was last looked at, and what came of it: one row for each address, whoever cites it.

    It says something to editors and readers, and never blocks or changes anything.
    """

    GONE_AFTER = 3
    """On how many different days an address has to fail, one after another, to count as gone."""

    url = models.URLField("address", max_length=2000, unique=True)
    checked_at = models.DateTimeField(null=True, db_index=True, help_text="Empty until it was looked at.")
    outcome = models.CharField(max_length=10, choices=Reached, blank=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the server answered; empty without an answer.")
    said = models.CharField(max_length=300, blank=True, help_text="Why there was no answer.")
    moved_to = models.CharField(max_length=2000, blank=True, help_text="Where it answers now.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="On how many days in a row it failed.")
    failing_since = models.DateField(null=True)
    failed_on = models.DateField(null=True, help_text="The last of these days.")

    objects = SourceCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Reached.values]),
                name="source_check_outcome_known",
                violation_error_message="The outcome is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=False) | Q(outcome=""),
                name="source_check_outcome_has_a_moment",
                violation_error_message="What was not looked at has no outcome.",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True, failed_on__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False, failed_on__gte=models.F("failing_since")),
                name="source_check_failures_have_their_days",
                violation_error_message="Failures have a first and a last day; without any there are none.",
            ),
        ]

    def __str__(self):
        return self.url

    @property
    def is_gone(self):
        return self.failures >= self.GONE_AFTER
