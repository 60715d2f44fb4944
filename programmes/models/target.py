import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format

DUE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?\Z"
"""Its end is \\Z, which means the same on both engines and in Python; $ would let a line's end through on SQLite."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"


class TargetQuerySet(models.QuerySet):
    def overdue(self, today):
        """Those whose day is over, or whose year or month where no day was promised."""
        # Days, months and years compare as text: a year stands before its months, a month before its days.
        return self.filter(due__gt="", due__lt=f"{today:%Y-%m-%d}").exclude(due__in=[f"{today:%Y}", f"{today:%Y-%m}"])

    def by_due(self):
        """Earliest first; a year or a month stands before the days in it, targets without a day come last."""
        return self.annotate(undated=Q(due="")).order_by("undated", "due", "pk")


class Target(models.Model):
    """A measurable promise."""

    slug = models.CharField(
        "id",
        max_length=120,
        unique=True,
        editable=False,
        help_text="The public name in addresses, made of metric and due day when it is entered; never changed.",
    )
    metric = models.CharField(max_length=300, help_text="What is measured, such as new hospitals.")
    value = models.DecimalField(
        max_digits=20,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Left empty where no number was given.",
    )
    unit = models.CharField(max_length=150, help_text="What the number counts.")
    due = models.CharField(
        max_length=10,
        blank=True,
        validators=[RegexValidator(DUE, "Write a year, a month or a day: 2030, 2030-03 or 2030-03-31.")],
        help_text="As precise as it was promised: 2030, 2030-03 or 2030-03-31.",
    )
    wording = models.TextField(help_text="The promise in our own words.")
    note = models.TextField(blank=True)
    programmes = models.ManyToManyField("programmes.Programme", blank=True, related_name="targets")

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG),
                name="target_slug_is_a_slug",
                violation_error_message="The id is small letters, digits and hyphens.",
            ),
            models.CheckConstraint(
                condition=Q(due="") | Q(due__regex=DUE),
                name="target_due_is_a_date",
                violation_error_message="Write the due date as a year, a month or a day: 2030, 2030-03 or 2030-03-31.",
            ),
            models.CheckConstraint(
                condition=~Q(metric="") & ~Q(unit="") & ~Q(wording=""),
                name="target_says_what_it_promises",
                violation_error_message="Say what is measured, what the number counts, and the promise in our own words.",
            ),
        ]

    def __str__(self):
        return f"{self.metric}, due {self.due}" if self.due else self.metric

    @property
    def due_in_words(self):
        """`2030`, `March 2030` or `31 March 2030`, as precise as it was promised; "" without a day."""
        year, *rest = self.due.split("-")
        if not rest:
            return year
        day = datetime.date(int(year), int(rest[0]), int(rest[1]) if rest[1:] else 1)
        return date_format(day, "j F Y" if rest[1:] else "F Y")
