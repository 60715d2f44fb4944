from django.db import models


class ThemeQuerySet(models.QuerySet):
    def by_name(self):
        return self.order_by("name", "key")


class Theme(models.Model):
    """What money is for. A pot has one main theme, so themes add up."""

    key = models.SlugField(
        primary_key=True,
        max_length=40,
        help_text="The public name in addresses and files; never changed.",
    )
    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True, help_text="What belongs here, in one sentence.")

    objects = ThemeQuerySet.as_manager()

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/themes/{self.key}/"
