"""What totals are shown with, and what the words of the documents mean."""

from django.db.models import Prefetch
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.response import Response

from announcements import documents, filters
from announcements.glossary import CODES
from programmes.models import Deflator, DeflatorSeries, ExchangeRate, Population

from . import shapes
from .base import List, Parameterless


class SeriesList(List):
    """Price series, each with its values: no total here is made with them unless it says so."""

    serializer_class = documents.SeriesSerializer
    filterset_class = filters.SeriesFilter
    queryset = DeflatorSeries.objects.order_by("release").prefetch_related(
        Prefetch("values", Deflator.objects.order_by("year"))
    )


class PopulationList(List):
    """How many people live where, in the order of the tree of regions."""

    serializer_class = documents.ListedPopulationSerializer
    filterset_class = filters.PopulationFilter
    queryset = Population.objects.order_by("region__position", "year", "pk")


class ExchangeRateList(List):
    """Published rates, for reference: claims count by the rate that they state themselves."""

    serializer_class = documents.ExchangeRateSerializer
    filterset_class = filters.ExchangeRateFilter
    queryset = ExchangeRate.objects.order_by("currency", "year", "pk")


def code_as_json(key):
    """A list of words with what each means."""
    found = CODES[key]
    return {
        "id": key,
        "url": reverse("api:code", args=[key]),
        "about": found.about,
        "used_in": list(found.used_in),
        "words": [
            {"id": word, "label": label, "meaning": found.meanings[word]} for word, label in found.choices.choices
        ],
    }


class CodeIndex(Parameterless):
    """Every list of words that the documents use, whole: they are few, and none comes without a new version."""

    serializer_class = shapes.CodeListsSerializer

    def get(self, request):
        return Response({"results": [code_as_json(key) for key in CODES]})


class CodeDetail(Parameterless):
    """One list of words, with what each means."""

    serializer_class = shapes.CodeListSerializer

    def get(self, request, id):
        if id not in CODES:
            raise exceptions.NotFound(f"There is no list of words “{id}” here; {reverse('api:codes')} has them all.")
        return Response(code_as_json(id))
