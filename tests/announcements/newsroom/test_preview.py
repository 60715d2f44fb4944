"""What a preview says is what publishing then does, to the penny, and nothing of the preview itself stays."""

import copy
import itertools
from random import Random

import pytest
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from announcements import publishing
from announcements.choices import Flag, Measure
from announcements.facts import dumping, loading
from announcements.ledger import rollups
from announcements.models import Announcement, LedgerHead, Posting
from announcements.newsroom.preview import preview
from announcements.newsroom.telling import changed
from tests.announcements.facts.samples import AT, FUND, MORE, TODAY, announcement, claim, document, full
from tests.announcements.newsroom.totals import all_totals, assert_moved
from tests.factories import RegionFactory, ThemeFactory
from tests.reference.generate import THEMES, TREE, random_case

FEW = settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def places(db):
    """Every theme and region that the samples and the made-up cases speak of."""
    for key in {"digital", "ai", "genomics", "cancer", *THEMES}:
        ThemeFactory(key=key)
    for key in (*TREE, *itertools.chain(*TREE.values())):
        RegionFactory(key=key)


def publish(*records):
    loading.load([("", document(*records))], at=AT, today=TODAY)
    rollups.apply_unapplied(at=AT)


def looked(record, **how):
    return preview(record, at=AT, today=TODAY, **how)


def record(slug):
    return dumping.announcement(dumping.prefetched(Announcement.objects.filter(slug=slug)).get())


def everything():
    """Every row of every table of ours and every id that is next, so that nothing can hide."""
    from django.apps import apps

    models = [
        model
        for label in ("announcements", "programmes", "healthfund")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return {model._meta.label: sorted(model._base_manager.values_list(), key=repr) for model in models}


# Exactly


def test_a_new_announcement_moves_every_total_by_what_its_preview_said(places):
    fund, more = full()["announcements"]
    publish(fund)
    seen, before = looked(more), all_totals()
    assert not seen.faults
    publish(more)
    assert_moved(seen, before, all_totals())
    assert seen.moved.total(Measure.SAID) != (0, 0)


def test_a_revision_is_compared_with_what_is_counted_now(places):
    publish(announcement(FUND, claim(programmes=["Test beds"]), programmes=["Test beds"]))
    revised = announcement(
        FUND, claim(amount="90000000", theme="ai", programmes=["Others"]), programmes=["Test beds", "Others"]
    )
    seen, before = looked(revised), all_totals()
    publish(revised)
    assert_moved(seen, before, all_totals())
    assert seen.public_already
    assert seen.moved.total() == (-(10**9), -(10**9))
    assert {row.key: row.firm for row in seen.moved.by("theme")} == {("digital",): -(10**10), ("ai",): 9 * 10**9}
    assert {row.key: row.firm for row in seen.moved.by("programme")} == {
        ("test-beds",): -(10**10),
        ("others",): 9 * 10**9,
    }


def test_what_was_withdrawn_is_seen_put_back(places):
    publish(announcement(FUND, claim()))
    said = record(FUND)
    publishing.withdraw(announcement=Announcement.objects.get(slug=FUND), reason="Wrong.", by="e", at=AT)
    rollups.apply_unapplied(at=AT)
    before = all_totals()
    seen = looked(said)
    assert not seen.public_already
    assert Announcement.objects.get(slug=FUND).withdrawn_reason == "Wrong."
    loading.load([("", document(said))], at=AT, today=TODAY, put_back=True)
    rollups.apply_unapplied(at=AT)
    assert_moved(seen, before, all_totals())


def edited(draw, said):
    """An announcement with one or two things changed, as an editor may."""
    said = copy.deepcopy(said)
    for _ in range(draw(st.integers(1, 2))):
        one = draw(st.sampled_from(said["claims"]))
        how = draw(st.sampled_from(["amount", "theme", "regions", "programmes", "sector", "years", "bound", "gone"]))
        if how == "gone" and len(said["claims"]) > 1:
            said["claims"].remove(one)
        elif how == "amount" and one.get("amount"):
            one["amount"] = str(draw(st.integers(1, 500)))
        elif how == "theme":
            one["theme"] = draw(st.sampled_from(THEMES))
        elif how == "regions" and not one.get("splits"):
            one["regions"] = [draw(st.sampled_from(TREE["england"]))]
        elif how == "programmes":
            said["programmes"] = draw(st.lists(st.sampled_from(["Alpha", "Beta", "New one"]), unique=True))
            for each in said["claims"]:
                each.pop("programmes", None)
        elif how == "sector":
            one["sector"] = draw(st.sampled_from(["government", "industry", "mixed"]))
        elif how == "years":
            one["start_fy"], one["end_fy"] = "2019-20", draw(st.sampled_from(["2019-20", "2021-22"]))
        elif how == "bound" and one.get("amount"):
            one["bound"] = draw(st.sampled_from(["exact", "up_to"]))
    return said


@FEW
@given(st.data(), st.integers(0, 10**6), st.integers(1, 6))
def test_any_edit_moves_every_total_by_what_its_preview_said(places, data, seed, size):
    case = random_case(Random(seed), size)
    with transaction.atomic():
        publish(*case)
        said = edited(data.draw, data.draw(st.sampled_from([said for said in case if said["claims"]])))
        before, rows = all_totals(), everything()
        seen = looked(said)
        assert everything() == rows
        if seen.faults:
            with pytest.raises(loading.FactFaults):
                publish(said)
        else:
            publish(said)
            assert_moved(seen, before, all_totals())
        transaction.set_rollback(True)


# Nothing stays


def test_nothing_of_a_preview_stays(places, django_capture_on_commit_callbacks):
    publish(full()["announcements"][0])
    before = everything()
    with django_capture_on_commit_callbacks() as asked:
        assert not looked(full()["announcements"][1]).faults
    assert everything() == before
    assert not asked
    # It can fail: the same, published, asks for a roll-up.
    with django_capture_on_commit_callbacks() as asked:
        publish(full()["announcements"][1])
    assert asked


@pytest.mark.django_db(transaction=True)
def test_outside_of_any_transaction_nothing_is_committed_and_nothing_is_held(places):
    LedgerHead.objects.all().delete()
    before = everything()
    assert looked(announcement(FUND, claim())).moved.total() == (10**10, 10**10)
    assert not connection.in_atomic_block
    assert everything() == before
    assert not Posting.objects.exists()


def test_what_the_api_remembers_is_of_what_is_public(places, client):
    """The posting that a preview takes back has the id, and may have the moment, of the one that follows it."""
    questions = ["/api/v1/totals/", "/api/v1/totals/?by=programme", "/api/v1/announcements/"]
    publish(announcement(FUND, claim()))

    def asked():
        return [client.get(question).json() for question in questions]

    before = asked()
    more = announcement(MORE, claim(), programmes=["Test beds"])
    looked(more)
    assert asked() == before
    publish(more)
    now = asked()
    assert now[0]["total"]["firm"] != before[0]["total"]["firm"]
    assert now[1]["rows"] != before[1]["rows"]
    assert now[2]["count"] == 2


# What is told besides


def test_faults_are_told_by_their_place_in_the_record(places):
    seen = looked(announcement(FUND, claim(amount="412m"), claim("other", about="2019-01-01-nothing#there")))
    assert [fault.path for fault in seen.faults] == [("claims", 0, "amount"), ("claims", 1, "about")]
    assert seen.faults[0].place == "claims[0].amount"
    assert not seen.words
    assert not seen.moved.cells
    assert not Posting.objects.exists()


def test_a_record_that_is_hardly_begun_is_told_what_it_lacks(places):
    assert {fault.path for fault in looked({"claims": []}).faults} >= {("id",), ("title",), ("announced_on",)}


def test_a_day_to_come_is_taken_only_where_it_is_asked_for(places):
    later = announcement("2024-06-01-later", claim())
    assert [fault.path for fault in looked(later).faults] == [("announced_on",)]
    assert looked(later, future_ok=True).moved.total() == (10**10, 10**10)


def test_pots_and_flags_that_change_are_told(places):
    publish(announcement(FUND, claim()))
    seen = looked(
        announcement(
            MORE,
            claim("more", about=f"{FUND}#total", effect="tops_up", amount="20000000"),
            claim("beside", bound="at_least"),
        )
    )
    assert [(pot.reference, pot.before, pot.after, pot.adds) for pot in seen.pots] == [
        (f"{FUND}#total", (10**10, 10**10), (12 * 10**9, 12 * 10**9), (2 * 10**9, 2 * 10**9)),
        (f"{MORE}#beside", None, (10**10, 10**10), (10**10, 10**10)),
    ]
    assert seen.raised == (("The beside", Flag.OPEN_ENDED),)
    publish(announcement(MORE, claim("beside", bound="at_least")))
    assert looked(announcement(MORE, claim("beside"))).lowered == (("The beside", Flag.OPEN_ENDED),)


def test_what_is_shown_of_it_begins_with_the_words(places):
    publish(announcement(FUND, claim()))
    said = announcement(MORE, claim("again", about=f"{FUND}#total"), claim("fresh", bound="up_to"))
    html = render_to_string("newsroom/_preview.html", {"preview": looked(said)})
    shown = " ".join(html.split())
    assert shown.index("Adds nothing firm to announced public money") < shown.index("<table>")
    assert '<th scope="row">Announced</th><td class="n">£0.00</td><td class="n">£100,000,000.00</td>' in shown
    assert '<th scope="row">The fresh</th><td class="n">–</td><td class="n">£0.00 to £100,000,000.00</td>' in shown
    html = render_to_string("newsroom/_preview.html", {"preview": looked(said | {"title": ""})})
    assert "<li>title: " in html
    assert "<table>" not in html


def test_a_preview_takes_as_many_queries_however_much_is_published(places):
    said = announcement(MORE, claim("again", about=f"{FUND}#total"), claim("fresh"))
    publish(announcement(FUND, claim()))
    looked(said)
    with CaptureQueriesContext(connection) as few:
        looked(said)
    for number in range(12):
        repeats = [claim(f"again-{n}", about=f"{FUND}#total") for n in range(3)]
        publish(announcement(f"2020-02-0{number % 9 + 1}-x{number}", *repeats, claim()))
    with CaptureQueriesContext(connection) as many:
        looked(said)
    assert len(many) == len(few)


# In words


@pytest.mark.parametrize(
    ("firm", "ceiling", "words"),
    [
        (412, 412, "Adds £412m to it: firm, and nothing on top."),
        (10, 30, "Adds £10m to it: firm, and up to £20m more on top."),
        (30, 10, "Adds £30m to it: firm, and £20m less may come on top."),
        (0, 50, "Adds nothing firm to it; up to £50m may come on top."),
        (0, -50, "Takes £50m off what may come on top of it."),
        (-20, -20, "Takes £20m off it."),
        (-20, 0, "Takes £20m off what is firm of it; up to £20m more may come on top."),
        (-20, -25, "Takes £20m off it, and £5m off what may come on top."),
    ],
)
def test_a_change_reads_as_a_sentence(firm, ceiling, words):
    assert changed((firm * 10**8, ceiling * 10**8), "it") == words


def test_new_money_reads_as_what_it_adds_and_for_whom(places):
    words = looked(announcement(FUND, claim(amount="412000000"), programmes=["Test beds"])).words
    assert words == (
        "Adds £412m to announced public money for Digital, in England: firm, and nothing on top.",
        "Adds £412m to what is announced for Test beds: firm, and nothing on top.",
        "Adds £412m to what was said: firm, and nothing on top.",
        "All of the £412m that it speaks of is new public money.",
    )


def test_programmes_that_change_alike_are_told_together(places):
    words = looked(announcement(FUND, claim(), programmes=["Test beds", "Accelerators"])).words
    assert words[1] == (
        "Adds £100m to what is announced for each of Accelerators and Test beds: firm, and nothing on top."
    )


def test_a_repeat_reads_as_nothing_new_with_where_it_was_announced(places):
    publish(announcement(FUND, claim()))
    words = looked(announcement(MORE, claim("again", about=f"{FUND}#total"))).words
    assert words[0] == (
        "Adds nothing to announced money: all of it was announced before, on 10 January 2020 as “The total”."
    )


def test_a_part_that_is_new_and_a_part_that_is_old_are_told_apart(places):
    publish(announcement(FUND, claim()))
    words = looked(announcement(MORE, claim("again", about=f"{FUND}#total"), claim("fresh", amount="12500000"))).words
    assert words[-1] == (
        "Of the £112.5m that it speaks of, £12.5m is new public money; £100m was announced before, on 10 January 2020 as "
        "“The total”."
    )


def test_money_that_only_moves_reads_as_where_to(places):
    publish(announcement(FUND, claim()))
    words = looked(announcement(FUND, claim(theme="ai", regions=["london"]))).words
    assert words[0] == (
        "Leaves announced public money as it is in total, and moves it between themes: Ai £100m more; Digital £100m less."
    )


def test_a_change_of_wording_alone_reads_as_no_change_of_totals(places):
    publish(announcement(FUND, claim()))
    assert looked(announcement(FUND, claim(), title="Another title")).words == ("No total changes.",)


def test_what_is_not_counted_is_named_with_the_reason(places):
    words = looked(announcement(FUND, claim(effect="proposes"))).words
    assert words == (
        "Adds nothing to announced money: nothing that it says is counted.",
        "“The total” is not counted. A proposal or demand: recorded, never counted.",
    )


def test_money_that_is_not_public_is_told_apart(places):
    words = looked(announcement(FUND, claim(), claim("beside", sector="industry", theme="ai"))).words
    assert words[:2] == (
        "Adds £100m to announced public money for Digital, in England: firm, and nothing on top.",
        "Adds £100m to announced money that is not public for Ai, in England: firm, and nothing on top.",
    )
