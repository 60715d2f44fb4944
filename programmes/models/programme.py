from django.db import models
from django.db.models import Q


class ProgrammeQuerySet(models.QuerySet):
    def by_name(self):
        return self.order_by("name", "pk")


class Programme(models.Model):
    """A named undertaking that announcements speak of. Pots belong to programmes through their claims."""

    slug = models.SlugField(
        max_length=120,
        unique=True,
        help_text="The public name in addresses; never changed.",
    )
    name = models.CharField(max_length=200, unique=True, help_text="As announcements name it.")
    description = models.TextField(blank=True, help_text="What it is, in our own words.")

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="programme_named",
                violation_error_message="Give the programme a name.",
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/programmes/{self.slug}/"
