from django.db import models
from django.db.models import F, Q

from ..choices import OrganisationKind, OrganisationStatus


class OrganisationQuerySet(models.QuerySet):
    def by_name(self):
        return self.order_by("name", "pk")


class Organisation(models.Model):
    """Somebody who announces, pays or answers."""

    slug = models.SlugField(
        max_length=120,
        unique=True,
        help_text="The public name in addresses; never changed.",
    )
    name = models.CharField(max_length=200, unique=True, help_text="The full present name.")
    short_name = models.CharField(max_length=60, blank=True, help_text="What it is called in short, such as DHSC.")
    other_names = models.JSONField(
        default=list,
        blank=True,
        help_text="Earlier and other names by which announcements know it, as a list.",
    )
    kind = models.CharField(max_length=30, choices=OrganisationKind, default=OrganisationKind.OTHER)
    website = models.URLField(max_length=500, blank=True)
    website_confirmed = models.BooleanField(default=False, help_text="The address was opened and is theirs.")
    identifiers = models.JSONField(
        default=list,
        blank=True,
        help_text="Public identifiers, each with scheme and value.",
    )
    status = models.CharField(max_length=10, choices=OrganisationStatus, default=OrganisationStatus.ACTIVE)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        help_text="Who took over its work.",
    )
    covers = models.ManyToManyField(
        "programmes.Region",
        blank=True,
        related_name="organisations",
        help_text="The places it works for.",
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values),
                name="organisation_kind_known",
                violation_error_message="The kind is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrganisationStatus.values),
                name="organisation_status_known",
                violation_error_message="The status is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                name="organisation_not_its_own_successor",
                violation_error_message="An organisation cannot succeed itself.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(status=OrganisationStatus.ACTIVE),
                name="organisation_active_has_no_successor",
                violation_error_message="An active organisation has no successor: mark it merged or closed first.",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="organisation_named",
                violation_error_message="Give the organisation a name.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/organisations/{self.slug}/"
