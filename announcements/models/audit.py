from django.db import models

from ..choices import Did


class AuditQuerySet(models.QuerySet):
    def of(self, thing, key):
        """What happened to one thing, the latest first."""
        return self.filter(thing=thing, key=key).order_by("-pk")


class AuditEntry(models.Model):
    """Who did what to a thing, when and why, and what the thing said afterwards.

    Keeps no foreign key, for it outlives what it tells of. Written by `auditing.note`, never changed.
    """

    at = models.DateTimeField(db_index=True)
    thing = models.CharField(max_length=20, help_text="What kind of thing, such as announcement.")
    key = models.CharField(max_length=240, help_text="Its public id.")
    label = models.CharField(max_length=300, help_text="What it was called.")
    verb = models.CharField(max_length=12, choices=Did)
    by = models.CharField(
        max_length=150, help_text="The user’s name; empty where the portal itself did it.", blank=True
    )
    why = models.TextField(blank=True)
    document = models.JSONField(null=True, help_text="What it said afterwards; empty where it went, or said the same.")

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["thing", "key"], name="audit_by_thing")]
        constraints = [models.CheckConstraint(condition=models.Q(verb__in=Did.values), name="audit_verb_known")]

    def __str__(self):
        return f"{self.by or 'healthfund'} {self.get_verb_display().lower()} {self.label}"
