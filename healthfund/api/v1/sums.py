"""What a theme, region or programme comes to, beside its own document."""

from rest_framework import serializers

from announcements.choices import Measure
from announcements.documents import Pounds, amounts_as_json
from announcements.ledger import totals


class SumsSerializer(serializers.Serializer):
    """What is firm, and what it may come to."""

    firm = Pounds()
    ceiling = Pounds()


class TotalsSerializer(serializers.Serializer):
    """What a theme, region or programme comes to today, by measure; a region with all that lies in it. dimension: which
    of them the row is."""

    said = SumsSerializer()
    announced = SumsSerializer()
    allocated = SumsSerializer()
    spent = SumsSerializer()

    def __init__(self, dimension, **kwargs):
        super().__init__(source="*", **kwargs)
        self.dimension = dimension

    def to_representation(self, row):
        of = row.slug if self.dimension == "programme" else row.pk
        return {str(measure): amounts_as_json(totals.total(measure, **{self.dimension: of})) for measure in Measure}
