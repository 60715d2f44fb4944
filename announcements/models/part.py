from django.db import models

from ..choices import Status


class PartQuerySet(models.QuerySet):
    """Rows that hang on an announcement, each in its place there."""

    def of_published(self):
        return self.filter(announcement__status=Status.PUBLISHED)

    def latest_first(self):
        return self.order_by("-announcement__announced_on", "-announcement__slug", "position", "pk")
