"""The resources: parse, one question to the domain, show."""

import datetime

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from rest_framework import views
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from announcements import documents, filters
from announcements.ledger import answers, reasons, totals
from announcements.models import (
    Claim,
    LedgerEntry,
    Pot,
)
from healthfund.exports import totals_table
from healthfund.remembering import Remembered
from programmes.models import Organisation, Population, Programme, Region, Theme

from ..errors import refuse
from ..export import PARAMETERS as FORMAT
from ..export import Export
from ..manners import dated
from ..pagination import as_json
from ..retirement import RETIREMENTS
from ..shape import Expansion
from . import serializers, shapes
from .base import Detail, List, Parameterless
from .sums import TotalsSerializer

LISTS = (
    "announcements",
    "pots",
    "programmes",
    "themes",
    "regions",
    "organisations",
    "claims",
    "links",
    "sources",
    "figures",
    "targets",
    "responses",
    "series",
    "populations",
    "exchange-rates",
    "codes",
    "entries",
    "totals",
    "packages",
    "changes",
    "facts",
)


class Index(Parameterless):
    """What there is. The resources by name, and the grammar of their parameters in words."""

    serializer_class = shapes.IndexSerializer

    def get(self, request):
        return Response(
            {
                "title": "healthfund, version 1",
                "resources": {name: reverse(f"api:{name}") for name in LISTS},
                "parameters": (
                    "Repeat a parameter to ask for any of several values; different parameters must all hold. "
                    "not_ before the name of such a parameter leaves out what it finds; _missing asks for what is not "
                    "stated. ordering sorts, with a minus the other way round; what is not stated comes last. "
                    "fields shows only some fields of each document (id,organisation.name), expand shows more. "
                    "Lists take page_size and cursor: follow next as it is. count is exact where count_is says so. "
                    "Unknown parameters and values are refused with what is allowed."
                ),
                "money": "Decimal strings in pounds, exact to the penny. Firm counts what is certain, ceiling the most.",
                "totals": (
                    "by groups, by any dimensions; prices=2024-25 shows real terms (deflator names a release), per=head "
                    "divides by the inhabitants of the places asked for (population_year names whose). Rows add up to "
                    "the total, but by programme, and per head. explain=true tells what the total rests on: the pots in it, "
                    "whose pages add up to it, and the claims left out, with why. rule_version names the rules of counting; the same "
                    "question with posted_at as known_at gives the same answer at any later day."
                ),
                "promise": (
                    "Within this version members, parameters and values are only added: take no notice of those you do "
                    "not know. It stays for two years from the day on which the next one is out. An address or "
                    "parameter that goes earlier is listed under retiring for a year or more, and says so wherever it "
                    "is used, by the headers Deprecation, Sunset and Link."
                ),
                "retiring": [retirement.as_json() for retirement in RETIREMENTS],
            }
        )


# What exists


class Themes:
    queryset = Theme.objects.by_name()
    serializer_class = documents.ThemeSerializer


class ThemeList(Themes, List):
    filterset_class = filters.ThemeFilter


class ThemeDetail(Themes, Detail):
    lookup_field = "key"
    expansions = {"totals": Expansion(TotalsSerializer("theme"))}


class Regions:
    queryset = Region.objects.in_tree_order().prefetch_related(
        Prefetch("populations", Population.objects.order_by("year"))
    )
    serializer_class = documents.RegionSerializer


class RegionList(Regions, List):
    filterset_class = filters.RegionFilter


class RegionDetail(Regions, Detail):
    lookup_field = "key"
    expansions = {"totals": Expansion(TotalsSerializer("region"))}


class Organisations:
    queryset = (
        Organisation.objects.by_name()
        .select_related("successor")
        .prefetch_related(Prefetch("covers", Region.objects.in_tree_order()))
    )
    serializer_class = documents.OrganisationSerializer


class OrganisationList(Organisations, List):
    filterset_class = filters.OrganisationFilter


class OrganisationDetail(Organisations, Detail):
    expansions = {
        "successor": Expansion(
            documents.OrganisationSerializer(allow_null=True),
            ("successor__successor", Prefetch("successor__covers", Region.objects.in_tree_order())),
        )
    }


class Programmes:
    queryset = Programme.objects.by_name()
    serializer_class = documents.ProgrammeSerializer


class ProgrammeList(Programmes, List):
    filterset_class = filters.ProgrammeFilter


class ProgrammeDetail(Programmes, Detail):
    expansions = {"totals": Expansion(TotalsSerializer("programme"))}


# What it adds up to


class EntryList(List):
    """The ledger entries that a total is the sum of, the oldest first; the questions are those of totals."""

    queryset = LedgerEntry.objects.in_order()
    serializer_class = documents.ListedEntrySerializer

    def filters(self):
        return filters.QuestionForm().fields

    def asked(self, parameters, also):
        form = filters.QuestionForm(parameters, also=also, blanks=False)
        rows = LedgerEntry.objects.none() if form.faults else totals.entries(**form.question)
        introduced = Exists(Pot.objects.introduced().filter(pk=OuterRef("pot")))
        return rows.in_order().select_related("pot").annotate(introduced=introduced), form.faults


ANSWERS = Remembered()
"""Totals by the parameters as they came: (JSON, since when it has been so)."""


class Totals(views.APIView):
    """Sums of ledger entries by any dimensions. Every pound counts once; `firm` counts what is certain, `ceiling` the
    most it may come to."""

    serializer_class = shapes.TotalsAnswerSerializer

    def parameters(self):
        """The form field that reads each parameter, by name: what the schema shows."""
        return filters.TotalsForm().fields | Export.base_fields

    def get(self, request):
        query = request.query_params
        if {*filters.SHOWN - {"by"}, *FORMAT} & set(query):
            return self.answer(request)
        # All else rests on postings alone.
        text, changed_at = ANSWERS.of(totals.version(), query.urlencode(), lambda: self.kept(request))
        return dated(as_json(text), changed_at)

    def kept(self, request):
        """The answer as it can be given again: its text, and since when it has been so."""
        response = self.answer(request)
        return JSONRenderer().render(response.data).decode(), response.changed_at

    def answer(self, request):
        query = request.query_params
        asked, export = filters.TotalsForm(query, also=FORMAT, blanks=False), Export.of(request)
        refuse(asked.faults + export.faults)
        found = answers.answer(asked.cleaned_data["by"], asked.question, **asked.shown)
        known_at = found.question["known_at"] if found.explanation else None
        explanation = serializers.explanation_as_json(
            found.explanation,
            address("totals-pots", query, known_at),
            lambda reason: address("totals-left-out", query, reason=reason),
        )
        shown = serializers.totals_as_json(found, address("entries", query, known_at), explanation)
        if export.is_file:
            table = totals_table.documents(shown), totals_table.columns(shown)
            return export.response(*table, remarks=totals_table.remarks(shown))
        # Series of prices and populations are loaded without a roll-up, and claims that add nothing published without one.
        beside = found.in_prices or found.heads or found.explanation
        response = Response(shown)
        response.changed_at = None if beside else found.rolled_up_at
        return dated(response, response.changed_at)


def address(name, parameters, known_at=None, **further):
    """The address of a list that takes the same question; known_at, where given, is the moment that it was read at."""
    question = parameters.copy()
    for word in (*filters.SHOWN, *FORMAT):
        question.pop(word, None)
    if known_at:
        question["known_at"] = known_at.astimezone(datetime.UTC).isoformat()
    question.update(further)
    return reverse(f"api:{name}") + (f"?{question.urlencode()}" if question else "")


class CountedPotList(List):
    """The pots that a total is the sum of, as announced, each with what it adds; the questions are those of totals."""

    queryset = Pot.objects.in_order()
    serializer_class = documents.CountedPotSerializer

    def filters(self):
        return filters.QuestionForm().fields

    def asked(self, parameters, also):
        form = filters.QuestionForm(parameters, also=also, blanks=False)
        question = {} if form.faults else form.question
        rows = Pot.objects.none().in_order() if form.faults else reasons.pots(**question)
        introduced = Exists(Pot.objects.introduced().filter(pk=OuterRef("pk")))
        return rows.annotate(introduced=introduced).prefetch_related(
            Prefetch("entries", totals.entries(**question).in_order(), to_attr="counting"),
            Prefetch("claims", Claim.objects.select_related("announcement"), to_attr="about"),
        ), form.faults


class LeftOutList(List):
    """The published claims that do not count in a total, with why; the questions are those of totals, and reason."""

    queryset = Claim.objects.in_order()
    serializer_class = documents.LeftOutSerializer

    def filters(self):
        return filters.LeftOutForm().fields

    def asked(self, parameters, also):
        form = filters.LeftOutForm(parameters, also=also, blanks=False)
        rows = Claim.objects.none() if form.faults else form.among(reasons.claims(**form.question))
        return rows.in_order().select_related("announcement", "pot"), form.faults
