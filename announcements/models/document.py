from django.db import models
from django.db.models import Count, Q

from ..choices import ChangeKind, Resource


class Document(models.Model):
    """The JSON that the API serves of one public thing, stored as text in two parts.

    `head` is what lists show, `rest` what the whole document has beyond it; both are JSON objects. Written by
    `readside` in the transaction that posts, and by nothing else.
    """

    head = models.TextField(editable=False)
    rest = models.TextField(editable=False)
    fingerprint = models.CharField(max_length=64, editable=False, help_text="SHA-256 of head and rest.")
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True

    @property
    def whole(self):
        """The text of the whole document."""
        return self.head if self.rest == "{}" else f"{self.head[:-1]},{self.rest[1:]}"


class AnnouncementDocument(Document):
    """Of a published announcement. `largest` is the high end of its largest pot in pence, for ordering."""

    announcement = models.OneToOneField(
        "announcements.Announcement", models.CASCADE, primary_key=True, related_name="document"
    )
    largest = models.PositiveBigIntegerField(null=True, db_index=True, editable=False)

    def __str__(self):
        return f"document of announcement {self.pk}"


class PotDocument(Document):
    """Of a pot that a published announcement introduces."""

    pot = models.OneToOneField("announcements.Pot", models.CASCADE, primary_key=True, related_name="document")

    def __str__(self):
        return f"document of pot {self.pk}"


class Facet(models.Model):
    """A value by which a thing with a document is found: `filters` says which names there are and what they mean.

    Where a name has no value there is one row with the value `_missing`. A region is there with all that it lies in.
    `number` is for ranges: pence.
    """

    name = models.CharField(max_length=20)
    value = models.CharField(max_length=120)
    number = models.PositiveBigIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.name}={self.value}"


class AnnouncementFacet(Facet):
    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="facets")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "value", "announcement"], name="announcement_facet_once"),
        ]
        indexes = [
            models.Index(
                fields=["name", "number", "announcement"],
                condition=Q(number__isnull=False),
                name="announcement_facet_number",
            )
        ]


class PotFacet(Facet):
    pot = models.ForeignKey("announcements.Pot", models.CASCADE, related_name="facets")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "value", "pot"], name="pot_facet_once")]


class ChangeQuerySet(models.QuerySet):
    def since(self, cursor):
        """Those after a change's id, in order. Ids are commit-ordered, so whoever goes on from the last one that they
        saw misses none and sees none twice."""
        return self.filter(pk__gt=cursor).order_by("pk")

    def by_kind(self):
        """{kind: how many announcements} that changed so; only kinds that there are."""
        announcements = self.filter(resource=Resource.ANNOUNCEMENT).order_by()
        return dict(announcements.values_list("kind").annotate(number=Count("public_id", distinct=True)))


class Change(models.Model):
    """That a public document appeared, changed or went: the log that `/api/v1/changes/` and webhooks read.

    Written with the documents while the ledger's head is held, so ids become visible in their order. Keeps no foreign
    key, for it outlives what it tells of.
    """

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=10, choices=ChangeKind)
    resource = models.CharField(max_length=12, choices=Resource)
    public_id = models.CharField("id of the thing", max_length=240)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Of the document as it was then; empty where it went."
    )

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind_known"),
            models.CheckConstraint(condition=Q(resource__in=Resource.values), name="change_resource_known"),
        ]
        # What happened to one thing: the history on its page.
        indexes = [models.Index(fields=["resource", "public_id"], name="change_by_thing")]

    def __str__(self):
        return f"{self.kind} {self.resource} {self.public_id}"
