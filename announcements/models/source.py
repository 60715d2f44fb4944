from django.db import models
from django.db.models import Q

from ..choices import SourceKind
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
