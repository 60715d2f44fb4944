"""Published series that totals are shown with: deflators, populations, exchange rates. None of them is ever counted."""

from django.db import models
from django.db.models import Count, Q

from ..fields import FinancialYearField


class DeflatorSeriesQuerySet(models.QuerySet):
    def newest_first(self):
        """In the order of their loading, the last first."""
        return self.order_by("-pk")


class DeflatorSeries(models.Model):
    """One release of a price series, such as the GDP deflator of a given month."""

    series = models.CharField(max_length=200)
    release = models.CharField(max_length=200, unique=True)
    unit = models.CharField(max_length=100)
    forecast_by = models.CharField(max_length=200, blank=True)
    sources = models.JSONField(
        default=list,
        blank=True,
        help_text="Where the figures were read: address and publisher.",
    )

    objects = DeflatorSeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deflator series"

    def __str__(self):
        return self.release


class Deflator(models.Model):
    """The price level of one financial year in a series; sums of year A in prices of year B are times B / A."""

    series = models.ForeignKey(DeflatorSeries, models.CASCADE, related_name="values")
    year = FinancialYearField()
    index = models.DecimalField(max_digits=12, decimal_places=4)
    forecast = models.BooleanField(default=False)
    confirmed = models.BooleanField(default=False, help_text="Read in the source that is named.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="deflator_once_a_year"),
            models.CheckConstraint(
                condition=Q(index__gt=0),
                name="deflator_above_nil",
                violation_error_message="The index must be above 0.",
            ),
        ]

    def __str__(self):
        return f"{self.year}: {self.index}"


class PopulationQuerySet(models.QuerySet):
    def best_year(self):
        """The year of which most regions have a confirmed figure, the latest of several; None without figures."""
        confirmed = Count("pk", filter=Q(confirmed=True))
        years = self.order_by().values("year").annotate(confirmed_count=confirmed).order_by("-confirmed_count", "-year")
        return years.values_list("year", flat=True).first()


class Population(models.Model):
    """How many people live in a region, in a named year."""

    region = models.ForeignKey("programmes.Region", models.PROTECT, related_name="populations")
    year = models.PositiveSmallIntegerField(help_text="Of the mid-year estimate.")
    people = models.PositiveIntegerField()
    source = models.CharField(max_length=300)
    confirmed = models.BooleanField(default=False, help_text="Read in the source that is named.")

    objects = PopulationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "year"], name="population_once_a_year"),
            models.CheckConstraint(
                condition=Q(people__gt=0),
                name="population_above_nil",
                violation_error_message="Give how many people live there, above 0.",
            ),
        ]

    def __str__(self):
        return f"{self.region_id} {self.year}: {self.people}"


class ExchangeRate(models.Model):
    """A published average rate, for reference beside a claim. Claims count by the rate that they state themselves."""

    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    year = models.PositiveSmallIntegerField()
    gbp_per_unit = models.DecimalField(max_digits=12, decimal_places=6, help_text="Pounds for one unit.")
    basis = models.CharField(max_length=100)
    source = models.CharField(max_length=300, blank=True)
    confirmed = models.BooleanField(
        default=False,
        help_text="Read in the source that is named; a rate that is not is no rate.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "year"], name="exchange_rate_once_a_year"),
            models.CheckConstraint(
                condition=Q(gbp_per_unit__gt=0),
                name="exchange_rate_above_nil",
                violation_error_message="A rate is above 0.",
            ),
        ]

    def __str__(self):
        return f"{self.currency} {self.year}: {self.gbp_per_unit}"
