"""What is loaded is known by ids that stay, and that an empty portal gives again."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from announcements.facts.writing import continued
from announcements.models import AnnouncedTarget, Announcement, Response
from programmes.models import Target
from tests.factories import AnnouncementFactory

from .samples import FUND, announcement, changed, claim, document, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def answer(organisation, summary="Good."):
    return {"organisation": organisation, "stance": "welcomes", "summary": summary}


def promise(metric, due=None, **says):
    return {"metric": metric, "value": 1, "unit": "of them", "due": due, "wording": "We will."} | says


def answered(*answers):
    load(document(announcement(FUND, claim(), responses=list(answers))))
    return {response.key: response.summary for response in Response.objects.order_by("position")}


def promised(*promises):
    load(document(announcement(FUND, claim(), targets=list(promises))))
    return [announced.target.slug for announced in AnnouncedTarget.objects.order_by("position")]


def ids():
    return (
        sorted(Response.objects.values_list("announcement__slug", "key", "summary")),
        sorted(Target.objects.values_list("slug", "metric", "wording")),
    )


def test_responses_are_known_by_who_answers_and_targets_by_what_is_promised():
    load(full())
    assert sorted(Response.objects.values_list("key", flat=True)) == ["nhs-providers", "the-kings-fund"]
    assert sorted(Target.objects.values_list("slug", flat=True)) == ["hospitals-2030", "records", "waits"]


def test_loading_again_keeps_the_ids_and_an_empty_portal_gives_the_same():
    two = [answer("A union", "First."), answer("A union", "Second.")]
    document = changed(full(), "announcements[1].responses", two)
    document = changed(document, "announcements[1].targets", [promise("waits", wording="Shorter waits.")])
    load(document)
    first = ids()
    load(changed(document, "announcements[1].title", "Another title"))
    assert ids() == first
    Announcement.objects.all().delete()
    Target.objects.all().delete()
    load(document)
    assert ids() == first
    assert [key for slug, key, _ in first[0] if slug != FUND] == ["a-union", "a-union-2"]
    assert [slug for slug, *_ in first[1]] == ["hospitals-2030", "records", "waits", "waits-2"]


def test_a_response_keeps_its_key_wherever_it_comes_to_stand():
    assert list(answered(answer("A union"), answer("A union", "Bad."))) == ["a-union", "a-union-2"]
    assert answered(answer("A trust", "New."), answer("A union", "Bad."), answer("A union")) == {
        "a-trust": "New.",
        "a-union-2": "Bad.",
        "a-union": "Good.",
    }
    assert answered(answer("A union", "Bad.")) == {"a-union-2": "Bad."}
    assert answered(answer("A union", "Worse.")) == {"a-union-2": "Worse."}
    assert answered(answer("A trust", "Worse.")) == {"a-trust": "Worse."}


def test_a_target_keeps_its_slug_wherever_it_comes_to_stand():
    assert promised(promise("Beds", "2025"), promise("Beds", "2030")) == ["beds-2025", "beds-2030"]
    assert promised(promise("Nurses"), promise("Beds", "2030")) == ["nurses", "beds-2030"]
    assert promised(promise("Beds", "2035"), promise("Nurses", wording="Many.")) == ["beds-2030", "nurses"]


def test_a_promise_that_is_shared_stays_the_same_while_it_says_the_same():
    load(full())
    target = Target.objects.get(slug="hospitals-2030")
    AnnouncedTarget.objects.create(announcement=AnnouncementFactory(), target=target)
    load(changed(full(), "announcements[0].title", "Another title"))
    assert Announcement.objects.get(slug=FUND).announced_targets.get(position=0).target == target
    load(changed(full(), "announcements[0].targets[0].value", 48))
    assert Announcement.objects.get(slug=FUND).announced_targets.get(position=0).target.slug == "hospitals-2030-2"


def test_the_migrations_give_what_loading_gives():
    load(changed(full(), "announcements[0].responses", [answer("A union"), answer("A union", "Bad.")]))
    before = ids()
    # What they had before: nothing that tells them apart.
    for number, response in enumerate(Response.objects.order_by("-pk")):
        Response.objects.filter(pk=response.pk).update(key=f"x{number}")
    for number, target in enumerate(Target.objects.order_by("-pk")):
        Target.objects.filter(pk=target.pk).update(slug=f"x{number}")
    editor = SimpleNamespace(connection=connection)
    importlib.import_module("announcements.migrations.0009_response_key").give_keys(apps, editor)
    importlib.import_module("programmes.migrations.0003_target_slug").give_slugs(apps, editor)
    assert ids() == before


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)))
def test_each_thing_goes_on_from_one_row_that_is_like_it_at_most(before, given):
    numbered = list(enumerate(before))
    rows, left = continued(numbered, given, lambda row, item: row[1] == item, lambda row, item: row[1] % 2 == item % 2)
    kept = [row for row in rows if row is not None]
    assert sorted([*kept, *left]) == numbered
    for row, item in zip(rows, given, strict=True):
        if row is None:
            assert not any(other[1] % 2 == item % 2 for other in left)
        else:
            assert row[1] % 2 == item % 2
    # Whatever is said again goes on from what said it.
    exact = sum(min(before.count(value), given.count(value)) for value in set(given))
    assert sum(row is not None and row[1] == item for row, item in zip(rows, given, strict=True)) == exact
