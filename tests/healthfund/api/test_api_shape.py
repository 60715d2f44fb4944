"""What of each document is shown: some fields only, or more than the list shows, at a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from announcements import documents
from announcements.models import Pot
from healthfund.api import shape
from healthfund.api.v1 import stored
from tests.factories import AnnouncementFactory, ClaimFactory, LedgerEntryFactory, PotFactory, ThemeFactory

from .lists import LISTS

EXPANSIONS = [(name, more) for name, view in LISTS.items() for more in view.expansions]


def names_in(document, within=""):
    """Every name in a document, those in nested documents with dots."""
    found = set()
    for one in document if isinstance(document, list) else [document]:
        if isinstance(one, dict):
            for name, value in one.items():
                found |= {within + name} | names_in(value, f"{within}{name}.")
    return found


# Only some fields


def test_only_the_fields_that_are_asked_for_are_shown(api):
    announcement = AnnouncementFactory(programmes=["Lab"])
    [shown] = api("announcements/", fields="id,organisation.name,programmes.id")["results"]
    assert shown == {
        "id": announcement.slug,
        "organisation": {"name": announcement.announcer.name},
        "programmes": [{"id": announcement.programmes.get().slug}],
    }
    assert api("announcements/", fields=["id", "organisation.name", "programmes.id"])["results"] == [shown]


def test_a_field_that_is_asked_for_as_a_whole_is_whole(api):
    AnnouncementFactory()
    whole = api("announcements/")["results"][0]["organisation"]
    for fields in ("organisation", "organisation,organisation.id", "organisation.id,organisation"):
        assert api("announcements/", fields=fields)["results"] == [{"organisation": whole}]


def test_nothing_stays_null(api, crowd):
    crowd(1, 1)
    shown = api("organisations/", fields="name,successor.id", page_size=500)["results"]
    assert {"name", "successor"} == set(shown[0])
    assert None in [one["successor"] for one in shown]
    assert any(one["successor"] and set(one["successor"]) == {"id"} for one in shown)


@pytest.mark.parametrize("name", LISTS)
def test_every_field_that_a_list_shows_can_be_asked_for_alone(api, crowd, name):
    crowd(1, 1)
    whole = api(f"{name}/", page_size=500)["results"]
    for field in whole[0]:
        assert api(f"{name}/", fields=field, page_size=500)["results"] == [{field: row[field]} for row in whole]


def test_fields_go_with_filters_orders_and_pages(api):
    for theme in ["ai", "ai", "ai", "digital"]:
        ClaimFactory(theme=theme)
    page = api("announcements/", fields="id", theme="ai", ordering="title", page_size=2)
    assert page["count"] == 3
    assert [set(row) for row in page["results"]] == [{"id"}, {"id"}]
    assert [set(row) for row in api(page["next"])["results"]] == [{"id"}]


def test_unknown_fields_are_refused_with_the_nearest(refused):
    AnnouncementFactory()
    [error] = refused("announcements/", fields="id,titel")
    assert (error["parameter"], error["nearest"]) == ("fields", "title")
    assert {"id", "organisation.name"} <= set(error["allowed"])
    assert refused("announcements/", fields="organisation.nam")[0]["nearest"] == "organisation.name"
    assert refused("announcements/", fields="")[0]["parameter"] == "fields"
    assert refused("announcements/", fields="id,")[0]["parameter"] == "fields"
    assert refused("announcements/", fields="id.name")[0]["parameter"] == "fields"


def test_fields_of_what_is_not_expanded_lead_to_the_expansion(refused, api):
    AnnouncementFactory()
    [error] = refused("announcements/", fields="id,claims.amount")
    assert error["message"] == "“claims.amount” is shown only with expand=claims."
    [error] = refused("announcements/", fields="organisation.website")
    assert "expand=organisation" in error["message"]
    assert api("announcements/", fields="id,claims.amount", expand="claims")["results"][0]["claims"] == []


# More than the list shows


def test_expanded_announcement_shows_what_its_detail_shows(api, crowd):
    [made, *_] = crowd(2, 2)
    parts = ["sources", "claims", "figures", "targets", "responses"]
    light = {row["id"]: row for row in api("announcements/", page_size=500)["results"]}
    shown = {row["id"]: row for row in api("announcements/", expand=",".join(parts), page_size=500)["results"]}
    detail = api(f"announcements/{made.announcement.slug}/")
    one = shown[made.announcement.slug]
    assert one == light[one["id"]] | {part: detail[part] for part in parts}
    assert all(one[part] for part in parts)


def test_expanded_organisation_and_programmes_are_whole_documents(api, crowd):
    [made] = crowd(1, 1)
    slug = made.announcement.announcer.slug
    rows = api("announcements/", expand=["organisation", "programmes"], page_size=500)["results"]
    [shown] = [row for row in rows if row["id"] == made.announcement.slug]
    assert shown["organisation"] == api(f"organisations/{slug}/")
    assert shown["programmes"] == [api(f"programmes/{made.programme.slug}/")]
    for answer in api("responses/", expand="organisation")["results"]:
        assert answer["organisation"] == api(answer["organisation"]["url"])


def test_expanded_pot_shows_the_claims_and_entries_of_its_detail(api):
    pot = PotFactory()
    LedgerEntryFactory(pot=pot, firm="£2m")
    ClaimFactory(pot=pot)
    ClaimFactory(pot=pot, announcement=AnnouncementFactory(draft=True))
    detail = api(f"pots/{pot.reference.replace('#', '/')}/")
    [shown] = [row for row in api("pots/", expand="claims,entries")["results"] if row["id"] == pot.reference]
    assert (shown["claims"], shown["entries"]) == (detail["claims"], detail["entries"])
    assert (len(shown["claims"]), len(shown["entries"])) == (2, 1)


def test_unknown_expansions_are_refused_with_the_nearest(refused):
    [error] = refused("announcements/", expand="claim")
    assert (error["parameter"], error["nearest"]) == ("expand", "claims")
    assert error["allowed"] == list(stored.AnnouncementList.expansions)
    assert refused("announcements/", expand="claims,")[0]["parameter"] == "expand"
    for name, view in LISTS.items():
        if not view.expansions:
            assert "expand" not in refused(f"{name}/", expand="claims")[0]["allowed"]


def queries(api, address, **parameters):
    with CaptureQueriesContext(connection) as captured:
        api(address, **parameters)
    return len(captured)


def test_each_expansion_asks_a_fixed_number_of_questions(api, crowd):
    def measured(name, more):
        asked = {
            "expand": more,
            "fields": more,
            "page_size": 40,
            "ordering": next(iter(LISTS[name].filterset_class.orders)),
        }
        return queries(api, f"{name}/", **asked)

    crowd(1, 1)
    few = {(name, more): measured(name, more) for name, more in EXPANSIONS}
    crowd(3, 3)
    for name, more in EXPANSIONS:
        assert measured(name, more) == few[name, more] <= queries(api, f"{name}/") + 8, (name, more)


def test_everything_at_once_asks_a_fixed_number_of_questions(api, crowd):
    ThemeFactory(key="cancer")
    asked = {
        "expand": ",".join(stored.AnnouncementList.expansions),
        "ordering": "-amount",
        "not_theme": ["_missing", "cancer"],
        "not_amount": "_missing",
        "amount_min": "0",
        "page_size": "20",
    }
    crowd(1, 1)
    Pot.objects.update(low=1, high=1)
    few = queries(api, "announcements/", **asked)
    crowd(3, 3)
    Pot.objects.update(low=1, high=1)
    # Asked first, before the number of rows is remembered.
    assert queries(api, "announcements/", **asked) == few <= 30
    assert api("announcements/", **asked)["count"] > 1


# The pure part

NAMES = shape.paths(documents.AnnouncementDetailSerializer())


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))
def test_what_is_kept_is_what_was_asked_for_and_what_is_in_it(asked):
    def document(serializer):
        made = {}
        for name, field in serializer.fields.items():
            inner = getattr(field, "child", field)
            nested = document(inner) if hasattr(inner, "fields") else 1
            made[name] = [nested, nested] if inner is not field else nested
        return made

    whole = document(documents.AnnouncementDetailSerializer())
    assert names_in(whole) == set(NAMES)
    shown = names_in(shape.kept(whole, shape.tree(asked)))
    around = {name.rsplit(".", n)[0] for name in asked for n in range(1, name.count(".") + 1)}
    inside = {name for name in NAMES if any(name.startswith(f"{one}.") for one in asked)}
    assert shown == set(asked) | around | inside
