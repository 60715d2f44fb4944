"""The shapes of answers that no serializer makes: for the schema only. Tests hold the answers against them."""

from rest_framework import serializers

from announcements.choices import Additionality, Measure, Sector, Status
from announcements.documents import (
    Address,
    AmountsSerializer,
    Key,
    Moment,
    Number,
    Page,
    Pounds,
    Stored,
    Word,
    Year,
    YearText,
)
from announcements.ledger.reasons import WHY
from announcements.ledger.totals import DIMENSIONS


class IndexSerializer(serializers.Serializer):
    """What there is, in short."""

    title = serializers.CharField()
    resources = Stored(dict[str, Address])
    parameters = serializers.CharField()
    money = serializers.CharField()


class TotalSerializer(serializers.Serializer):
    """A sum in both scenarios, in pounds; null where none of its money could be converted.

    `unconverted` is there where prices are asked for, `people` and `per_head` where shares per head are.
    """

    firm = Pounds(allow_null=True)
    ceiling = Pounds(allow_null=True)
    unconverted = AmountsSerializer(required=False)
    people = serializers.IntegerField(required=False, allow_null=True)
    per_head = AmountsSerializer(required=False, allow_null=True)


class TotalsRowSerializer(TotalSerializer):
    """A total for one value of each dimension that is grouped by, which alone are there; null is what is not stated."""

    theme = Key(required=False)
    region = Key(required=False)
    sector = Word(Sector, required=False)
    additionality = Word(Additionality, required=False)
    programme = Key(required=False)
    announced_year = Year(required=False, allow_null=True)
    money_year = Year(required=False, allow_null=True)


class SharesSerializer(serializers.Serializer):
    """Parts of a whole in both scenarios, to four places; null of nothing."""

    firm = Number(allow_null=True)
    ceiling = Number(allow_null=True)


class UndatedSerializer(AmountsSerializer):
    """Money whose year is not stated, and what share of the whole it is."""

    share = SharesSerializer()


class YearConvertedSerializer(serializers.Serializer):
    """The cash of one year, its index, and what the cash comes to; null where the series does not know the year."""

    year = Year()
    index = Number(allow_null=True)
    cash = AmountsSerializer()
    firm = Pounds(allow_null=True)
    ceiling = Pounds(allow_null=True)


class PricesSerializer(serializers.Serializer):
    """How cash was converted, so that anybody can do it again."""

    year = Year()
    series = serializers.CharField()
    release = serializers.CharField()
    unit = serializers.CharField()
    forecast_by = serializers.CharField(allow_null=True)
    index = Number()
    forecast_years = Stored(list[YearText])
    unconfirmed_years = Stored(list[YearText])
    unconverted_years = Stored(list[YearText])
    cash = AmountsSerializer()
    year_not_stated = UndatedSerializer()
    years = YearConvertedSerializer(many=True)


class HeadsSerializer(serializers.Serializer):
    """Whose heads the total was divided by."""

    year = serializers.IntegerField()
    people = serializers.IntegerField(allow_null=True)
    places = serializers.ListField(child=Key(allow_null=False))
    sources = Stored(list[str])
    unconfirmed = Stored(list[str])


class CountedSerializer(AmountsSerializer):
    """How many pots a total is the sum of, what they add up to in cash, and the address of their list."""

    pots = serializers.IntegerField()
    list = Page(allow_null=False)


class LeftOutSerializer(serializers.Serializer):
    """How many claims are left out for a reason, what they said (null where it is never added up), and their list."""

    reason = Word(list(WHY), allow_null=False)
    because = serializers.CharField()
    claims = serializers.IntegerField()
    said = AmountsSerializer(allow_null=True)
    list = Page(allow_null=False)

    class Meta:
        ref_name = "LeftOutClaims"


class RestsOnSerializer(serializers.Serializer):
    """What a total rests on: what is in it, and what is not, with why."""

    out = LeftOutSerializer(many=True)

    def get_fields(self):
        # A word that Python keeps to itself.
        return {"in": CountedSerializer()} | super().get_fields()


class TotalsAnswerSerializer(serializers.Serializer):
    """Sums of ledger entries, and the question as it was understood."""

    measure = Word(Measure, allow_null=False)
    as_at = serializers.DateField(allow_null=True)
    known_at = Moment(allow_null=True)
    by = serializers.ListField(child=serializers.ChoiceField(DIMENSIONS))
    where = Stored(dict[str, list[str] | bool])
    rule_version = serializers.IntegerField()
    rolled_up_at = Moment(allow_null=True)
    posted_at = Moment(allow_null=True)
    prices = PricesSerializer(allow_null=True)
    population = HeadsSerializer(allow_null=True)
    explanation = RestsOnSerializer(allow_null=True)
    total = TotalSerializer()
    entries = Page(allow_null=False)
    rows = TotalsRowSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class PublisherSerializer(serializers.Serializer):
    name = serializers.CharField()
    website = serializers.CharField()


class ThreeSixtySerializer(serializers.Serializer):
    """A file as the 360Giving Data Standard wants it; what a grant may hold stands in that standard's schema."""

    title = serializers.CharField()
    description = serializers.CharField()
    issued = serializers.DateField()
    publisher = PublisherSerializer()
    license = serializers.CharField()
    accessURL = serializers.URLField()
    downloadURL = serializers.URLField()
    grants = Stored(list[dict])


class FactsSerializer(serializers.Serializer):
    """The interchange document. What an announcement holds there is said by announcements/facts/schema.json."""

    format = serializers.ChoiceField(["healthfund-facts/1"])
    announcements = Stored(list[dict])


class OutcomeSerializer(serializers.Serializer):
    """What came of one announcement of a document. The addresses are null unless it is published."""

    id = Key(allow_null=False)
    change = serializers.CharField()
    status = Word(Status, allow_null=False)
    url = serializers.CharField(allow_null=True)
    page = serializers.CharField(allow_null=True)


class SubmittedSerializer(serializers.Serializer):
    """What came of a document."""

    dry_run = serializers.BooleanField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    announcements = OutcomeSerializer(many=True)


class WithdrawalSerializer(serializers.Serializer):
    """Why an announcement is taken back, in words that readers are shown."""

    reason = serializers.CharField(max_length=5000)


class WithdrawnSerializer(serializers.Serializer):
    """An announcement that was taken back."""

    id = Key(allow_null=False)
    status = Word(Status, allow_null=False)
    reason = serializers.CharField()


class MeaningSerializer(serializers.Serializer):
    """A word and what it means."""

    id = serializers.CharField()
    label = serializers.CharField()
    meaning = serializers.CharField()


class CodeListSerializer(serializers.Serializer):
    """A list of words with what each means."""

    id = Key(allow_null=False)
    url = Stored(Address)
    about = serializers.CharField()
    used_in = Stored(list[str])
    words = MeaningSerializer(many=True)


class CodeListsSerializer(serializers.Serializer):
    """Every list of words."""

    results = CodeListSerializer(many=True)
