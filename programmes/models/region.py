from django.db import models
from django.db.models import F, Q

from ..choices import RegionLevel


class RegionQuerySet(models.QuerySet):
    def in_tree_order(self):
        """Each node before the nodes below it, siblings as the tree lists them."""
        return self.order_by("position", "key")

    def at_or_below(self, keys):
        """The keys of these regions and of all regions inside them, sorted. One query."""
        children = {}
        for key, parent in self.values_list("key", "parent"):
            children.setdefault(parent, []).append(key)
        found, todo = set(), list(keys)
        while todo:
            key = todo.pop()
            if key not in found:
                found.add(key)
                todo += children.get(key, [])
        return sorted(found)


class Region(models.Model):
    """A node of the tree of places: the United Kingdom, its nations, groupings in England, the nine regions."""

    key = models.SlugField(
        primary_key=True,
        max_length=40,
        help_text="The public name in addresses and files; never changed.",
    )
    name = models.CharField(max_length=100, unique=True)
    level = models.CharField(max_length=10, choices=RegionLevel)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveSmallIntegerField(
        unique=True,
        help_text="Place in the order of the tree, which decides odd pence.",
    )
    codes = models.JSONField(
        default=dict,
        blank=True,
        help_text="Codes by scheme (ons, itl1), each with whether it was confirmed.",
    )

    objects = RegionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=RegionLevel.values),
                name="region_level_known",
                violation_error_message="The level is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("key")),
                name="region_not_its_own_parent",
                violation_error_message="A region cannot lie in itself.",
            ),
            models.CheckConstraint(
                condition=Q(level=RegionLevel.COUNTRY, parent__isnull=True)
                | (~Q(level=RegionLevel.COUNTRY) & Q(parent__isnull=False)),
                name="region_has_parent_unless_country",
                violation_error_message="Every region but the country lies in another one.",
            ),
            models.UniqueConstraint(
                fields=["level"],
                condition=Q(parent__isnull=True),
                name="region_one_root",
                violation_error_message="The tree has its root already.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/regions/{self.key}/"
