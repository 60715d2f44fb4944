from django.db import models
from django.db.models import F, Q

from ..choices import Merged


class ForwardQuerySet(models.QuerySet):
    def target(self, thing, key):
        """The public id of what a thing was merged into; None where it was not."""
        return self.filter(thing=thing, old=key).values_list("new", flat=True).first()


class Forward(models.Model):
    """What was merged into something else: its address leads there for good.

    Keeps no foreign key, for what it leads away from may be gone. A row always leads to what stands: a later merge of
    that leads the earlier ones on.
    """

    thing = models.CharField(max_length=12, choices=Merged)
    old = models.CharField("id of what was merged", max_length=240)
    new = models.CharField("id of what it is now", max_length=240)
    at = models.DateTimeField()

    objects = ForwardQuerySet.as_manager()

    class Meta:
        # No page shows it.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["thing", "old"], name="forward_once_a_thing"),
            models.CheckConstraint(condition=Q(thing__in=Merged.values), name="forward_thing_known"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="forward_leads_elsewhere"),
        ]

    def __str__(self):
        return f"{self.thing} {self.old} is now {self.new}"
