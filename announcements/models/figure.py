from django.db import models
from django.db.models import Q

from ..choices import FigureKind
from .part import PartQuerySet


class Figure(models.Model):
    """A number in an announcement that is not money announced: a saving, jobs, a market's size."""

    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField(default=0)
    as_stated = models.CharField(max_length=300, help_text="The number as it was worded.")
    what = models.CharField(max_length=500, help_text="What the number is of.")
    kind = models.CharField(max_length=20, choices=FigureKind, default=FigureKind.OTHER)
    note = models.TextField(blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=FigureKind.values),
                name="figure_kind_known",
                violation_error_message="The kind is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=~Q(as_stated="") & ~Q(what=""),
                name="figure_says_what",
                violation_error_message="Give the number as worded and what it is of.",
            ),
        ]

    def __str__(self):
        return f"{self.as_stated} {self.what}"
