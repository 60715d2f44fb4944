"""Columns follow from the serializers, and are the same whatever stands in the rows."""

from decimal import Decimal

import pytest
from rest_framework import serializers

from announcements import documents
from healthfund.api.shape import tree
from healthfund.exports.columns import Kind, columns


class Part(serializers.Serializer):
    key = serializers.CharField()
    amount = documents.Pounds()


class Whole(serializers.Serializer):
    id = serializers.CharField()
    amount = documents.AmountSerializer(source="*")
    announcement = documents.AnnouncementRef()
    programmes = documents.ProgrammeRef(many=True)
    parts = Part(many=True)
    flags = documents.Stored(list[str])
    sure = serializers.BooleanField()
    about = serializers.SerializerMethodField()

    def get_about(self, row) -> list[str] | None:
        return None


DOCUMENT = {
    "id": "a#b",
    "amount": {"low": None, "high": "12.50"},
    "announcement": None,
    "programmes": [{"id": "lab", "name": "Lab"}, {"id": "beds", "name": "Beds"}],
    "parts": [{"key": "x", "amount": "1.00"}, {"key": "y", "amount": None}],
    "flags": ["one", "two"],
    "sure": False,
    "about": ["wales", "uk"],
}


def row(wanted=()):
    return {column.name: column.of(DOCUMENT) for column in columns(Whole(), tree(wanted))}


def test_objects_are_columns_of_their_own_and_lists_are_ids_counts_or_joined_values():
    assert row() == {
        "id": "a#b",
        "amount.low": None,
        "amount.high": Decimal("12.50"),
        **dict.fromkeys(f"announcement.{name}" for name in ("id", "url", "page", "title", "announced_on")),
        "programmes.id": "lab; beds",
        "parts.count": 2,
        "flags": "one; two",
        "sure": False,
        "about": "wales; uk",
    }


def test_fields_choose_columns_also_inside_lists():
    assert row(["programmes.name", "amount.high", "parts.key"]) == {
        "amount.high": Decimal("12.50"),
        "programmes.name": "Lab; Beds",
        "parts.key": "x; y",
    }
    assert row(["amount"]) == {"amount.low": None, "amount.high": Decimal("12.50")}


def test_what_is_no_list_of_values_is_json():
    [codes] = [column for column in columns(documents.RegionSerializer()) if column.name == "codes"]
    assert codes.of({"codes": {"ons": {"code": "W92000004"}}}) == '{"ons": {"code": "W92000004"}}'
    assert codes.of({"codes": {}}) is None


@pytest.mark.parametrize(
    ("serializer", "name", "kind"),
    [
        (documents.ListedEntrySerializer, "firm", Kind.MONEY),
        (documents.ListedEntrySerializer, "pot.id", Kind.TEXT),
        (documents.ListedEntrySerializer, "effective_on", Kind.DAY),
        (documents.ListedEntrySerializer, "posted_at", Kind.MOMENT),
        (documents.ListedEntrySerializer, "assumed", Kind.BOOLEAN),
        (documents.TargetSerializer, "value", Kind.NUMBER),
        (documents.TargetSerializer, "announcements.id", Kind.JOINED),
        (documents.ClaimSerializer, "rate.gbp_per_unit", Kind.NUMBER),
        (documents.AnnouncementSerializer, "claim_count", Kind.INTEGER),
        (documents.AnnouncementSerializer, "title", Kind.TEXT),
    ],
)
def test_kinds_follow_from_the_fields(serializer, name, kind):
    assert {column.name: column.kind for column in columns(serializer())}[name] == kind
