from django.db import models
from django.db.models import Q

from ..choices import Status

REFERENCE = r"^\d{4}-\d{2}-\d{2}(-[a-z0-9]+)+#[a-z0-9]+(-[a-z0-9]+)*$"


class PotQuerySet(models.QuerySet):
    def introduced(self):
        """Pots that a published announcement introduces; of the others only their past entries are left."""
        return self.filter(claims__introduces_pot=True, claims__announcement__status=Status.PUBLISHED)

    def looked_for(self, words, *, high=None):
        """Those that an editor may mean, the latest announced first: every word is in name, reference or programmes, or
        the amount is `high` pence."""
        programme = "claims__announcement__programmes__name__icontains"
        said = Q()
        for word in words:
            named = Pot.objects.filter(**{programme: word}, claims__introduces_pot=True)
            said &= Q(name__icontains=word) | Q(reference__icontains=word) | Q(pk__in=named.values("pk"))
        return self.filter(said | Q(high=high) if high is not None else said).order_by("-reference")

    def in_order(self):
        """As they were announced: the reference starts with the day."""
        return self.order_by("reference")


class Pot(models.Model):
    """One distinct sum of money, however often it is announced.

    Its amount, description, links and entries all follow from the claims about it; what is kept here beside its name
    is only what `ledger.posting` derives for lists to show: amounts in pence, and flags.
    """

    reference = models.CharField(
        max_length=240,
        unique=True,
        help_text="The claim that introduces it: the announcement's id, #, the claim's key.",
    )
    name = models.CharField(max_length=300)
    low = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Announced amount now, low end, in pence."
    )
    high = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Announced amount now, high end, in pence."
    )
    family = models.CharField(
        max_length=240,
        blank=True,
        editable=False,
        db_index=True,
        help_text="The first pot of those that it shares money with, at any distance; empty where nothing published is left.",
    )
    flags = models.JSONField(default=list, editable=False, help_text="Flags that stand now, for the editor.")

    objects = PotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reference__regex=REFERENCE),
                name="pot_reference_names_a_claim",
                violation_error_message="The reference is an announcement's id, # and a claim's key.",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__isnull=False, high__isnull=False, low__lte=models.F("high")),
                name="pot_low_at_most_high",
                violation_error_message="The low end cannot be above the high one.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        announcement, _, key = self.reference.partition("#")
        return f"/pots/{announcement}/{key}/"
