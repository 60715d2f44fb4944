import functools
import json
from pathlib import Path

import factory
from factory.django import DjangoModelFactory

from programmes.choices import OrganisationKind
from programmes.models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)
from programmes.names import target_slug

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference.json"


@functools.cache
def _tree():
    """The known regions by key, each with its position: the order of the reference file."""
    regions = json.loads(REFERENCE.read_text(encoding="utf-8"))["regions"]
    return {region["key"]: region | {"position": place} for place, region in enumerate(regions)}


def _known(field, otherwise):
    return lambda region: _tree()[region.key][field] if region.key in _tree() else otherwise(region)


class ThemeFactory(DjangoModelFactory):
    """A theme; the same key gives the same row."""

    class Meta:
        model = Theme
        django_get_or_create = ("key",)

    key = "digital"
    name = factory.LazyAttribute(lambda theme: theme.key.replace("-", " ").capitalize())


class RegionFactory(DjangoModelFactory):
    """A region of the real tree, with every region it lies in; the same key gives the same row.

    A key that the tree does not know lies in the United Kingdom, after all the others.
    """

    class Meta:
        model = Region
        django_get_or_create = ("key",)

    class Params:
        number = factory.Sequence(lambda n: n)

    key = "england"
    name = factory.LazyAttribute(_known("name", lambda region: region.key.replace("-", " ").capitalize()))
    level = factory.LazyAttribute(_known("level", lambda region: "region"))
    position = factory.LazyAttribute(_known("position", lambda region: 1000 + region.number))

    @factory.lazy_attribute
    def parent(self):
        parent = _known("parent", lambda region: "uk")(self)
        return parent and RegionFactory(key=parent)


class OrganisationFactory(DjangoModelFactory):
    """An organisation; the same name gives the same row."""

    class Meta:
        model = Organisation
        django_get_or_create = ("name",)

    class Params:
        number = factory.Sequence(lambda n: n)

    name = factory.LazyAttribute(lambda organisation: f"Organisation {organisation.number}")
    slug = factory.LazyAttribute(lambda organisation: f"organisation-{organisation.number}")
    kind = OrganisationKind.OTHER


class ProgrammeFactory(DjangoModelFactory):
    """A programme; the same name gives the same row."""

    class Meta:
        model = Programme
        django_get_or_create = ("name",)

    class Params:
        number = factory.Sequence(lambda n: n)

    name = factory.LazyAttribute(lambda programme: f"Programme {programme.number}")
    slug = factory.LazyAttribute(lambda programme: f"programme-{programme.number}")


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = Target
        skip_postgeneration_save = True

    slug = factory.LazyAttribute(
        lambda target: target_slug(target.metric, target.due, set(Target.objects.values_list("slug", flat=True)))
    )
    metric = "new hospitals"
    value = 40
    unit = "hospitals"
    due = "2030"
    wording = "Forty new hospitals by 2030"

    @factory.post_generation
    def programmes(self, create, given):
        if create and given:
            self.programmes.set(given)


class DeflatorSeriesFactory(DjangoModelFactory):
    class Meta:
        model = DeflatorSeries

    series = "GDP deflator"
    release = factory.Sequence(lambda n: f"Release {n}")
    unit = "index, 2024-25 = 100"


class DeflatorFactory(DjangoModelFactory):
    class Meta:
        model = Deflator

    series = factory.SubFactory(DeflatorSeriesFactory)
    year = factory.Sequence(lambda n: 2000 + n % 50)
    index = 100
    confirmed = True


class PopulationFactory(DjangoModelFactory):
    class Meta:
        model = Population

    region = factory.SubFactory(RegionFactory)
    year = factory.Sequence(lambda n: 2000 + n)
    people = 56_536_419
    source = "ONS mid-year estimates"
    confirmed = True


class ExchangeRateFactory(DjangoModelFactory):
    class Meta:
        model = ExchangeRate

    currency = "USD"
    year = factory.Sequence(lambda n: 1990 + n)
    gbp_per_unit = "0.75"
    basis = "calendar-year average"
    source = "A bank"
    confirmed = True
