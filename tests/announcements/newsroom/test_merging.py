import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from announcements import publishing, readside
from announcements.choices import Did, RevisionState
from announcements.facts import dumping, golden, loading
from announcements.ledger import rollups, totals
from announcements.models import (
    Announcement,
    AuditEntry,
    Claim,
    Forward,
    LedgerEntry,
    Pot,
    Revision,
    RevisionVersion,
)
from announcements.newsroom import merging, rewriting, typed
from programmes.models import Organisation
from tests.announcements.facts.samples import AT, TODAY, announcement, claim, document
from tests.factories import OrganisationFactory, RegionFactory, ThemeFactory

LATER = AT + datetime.timedelta(hours=1)
FUND, AGAIN, MORE = "2020-01-10-fund", "2020-03-01-again", "2020-05-01-more"
ACT = {"why": "They are one.", "by": "reviewer", "at": LATER, "today": TODAY}
MILLION = 100_000_000


@pytest.fixture
def places(db):
    for key in ["digital", "ai"]:
        ThemeFactory(key=key)
    for key in ["london", "scotland"]:
        RegionFactory(key=key)
    OrganisationFactory(name="Department of Health and Social Care", slug="dhsc")


def load(*announcements):
    loading.load([("", document(*announcements))], at=AT, today=TODAY)


def pot(reference):
    return Pot.objects.get(reference=reference)


def merge_pots(kept, gone, **act):
    return merging.merge_pots(pot(kept), pot(gone), **ACT | act)


def records():
    return {row.slug: dumping.announcement(row) for row in dumping.prefetched(Announcement.objects.in_order())}


def announced():
    amounts = totals.total(as_at=TODAY)
    return amounts.firm // MILLION, amounts.ceiling // MILLION


def entries():
    """What the ledger comes to, pot by pot and entry by entry."""
    found = {}
    columns = ("effective_on", "pot__reference", "measure", "theme", "region", "sector", "additionality", "money_year")
    for *where, firm, ceiling in LedgerEntry.objects.values_list(*columns, "firm", "ceiling"):
        now = found.get(tuple(where), (0, 0))
        found[tuple(where)] = now[0] + firm, now[1] + ceiling
    return {where: amounts for where, amounts in found.items() if amounts != (0, 0)}


def agrees():
    rollups.apply_unapplied(at=LATER)
    return [*rollups.verify(), *readside.verify()] == []


# Pots


@pytest.fixture
def twice(places):
    """A fund of £100m, the same money taken for another pot, with a part, and an announcement that repeats it."""
    load(
        announcement(FUND, claim("total")),
        announcement(AGAIN, claim("same", theme="ai"), claim("part", amount="30000000", part_of=["same"])),
        announcement(MORE, claim("still", about=f"{AGAIN}#same", partly_in=None)),
    )


def test_of_two_pots_that_are_one_the_money_counts_once(twice):
    assert announced() == (200, 200)
    outcome = merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    assert (outcome.before["announced"], outcome.after["announced"]) == (
        (200 * MILLION, 200 * MILLION),
        (100 * MILLION, 100 * MILLION),
    )
    rollups.apply_unapplied(at=LATER)
    assert announced() == (100, 100)
    assert agrees()


def test_claims_and_links_go_to_the_pot_that_is_kept(twice):
    merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    now = records()
    same, part = now[AGAIN]["claims"]
    assert (same["about"], same["effect"], "theme" in same) == (f"{FUND}#total", "repeats", False)
    assert part["part_of"] == [f"{FUND}#total"]
    assert now[MORE]["claims"][0]["about"] == f"{FUND}#total"


def test_the_claim_that_introduced_it_may_have_another_effect(twice):
    merge_pots(f"{FUND}#total", f"{AGAIN}#same", effect="tops_up")
    assert announced_now() == (200, 200)


def announced_now():
    rollups.apply_unapplied(at=LATER)
    return announced()


def test_an_allocation_stays_one(places):
    load(announcement(FUND, claim("total")), announcement(AGAIN, claim("grant", effect="allocates", amount="5")))
    merge_pots(f"{FUND}#total", f"{AGAIN}#grant")
    assert records()[AGAIN]["claims"][0]["effect"] == "allocates"
    assert announced_now() == (100, 100)


def test_a_link_between_the_two_is_no_link_any_more(places):
    load(announcement(FUND, claim("total")), announcement(AGAIN, claim("part", part_of=[f"{FUND}#total"])))
    merge_pots(f"{FUND}#total", f"{AGAIN}#part")
    assert "part_of" not in records()[AGAIN]["claims"][0]


def test_the_pot_that_was_announced_first_is_the_one_to_keep(twice):
    with pytest.raises(merging.NotMergeable, match="the other way round"):
        merge_pots(f"{AGAIN}#same", f"{FUND}#total")


def test_a_merge_needs_a_reason_and_two(twice):
    with pytest.raises(merging.NotMergeable, match="Give the reason"):
        merge_pots(f"{FUND}#total", f"{AGAIN}#same", why=" ")
    with pytest.raises(merging.NotMergeable, match="one already"):
        merge_pots(f"{FUND}#total", f"{FUND}#total")


def test_a_merge_that_would_put_a_pot_inside_itself_is_refused_and_leaves_all_as_it_was(places):
    load(
        announcement(FUND, claim("total"), claim("middle", part_of=["total"])),
        announcement(AGAIN, claim("same", part_of=[f"{FUND}#middle"])),
    )
    before = records(), entries()
    with pytest.raises(merging.NotMergeable, match="inside itself"):
        merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    assert (records(), entries()) == before


def test_a_rehearsal_tells_the_totals_and_leaves_all_as_it_was(twice):
    before = records(), entries(), AuditEntry.objects.count()
    outcome = merging.rehearsed(merging.merge_pots, pot(f"{FUND}#total"), pot(f"{AGAIN}#same"), **ACT)
    assert outcome.after["announced"] == (100 * MILLION, 100 * MILLION)
    assert (records(), entries(), AuditEntry.objects.count()) == before
    assert not Forward.objects.exists()


def test_a_merge_is_in_the_history_of_all_that_it_changed(twice):
    merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    entry = AuditEntry.objects.get(thing="pot", verb=Did.MERGED)
    assert (entry.key, entry.by, entry.why) == (f"{AGAIN}#same", "reviewer", f"Into {FUND}#total: They are one.")
    changed = AuditEntry.objects.filter(thing="announcement", verb=Did.CHANGED, why="They are one.")
    assert {entry.key for entry in changed} == {AGAIN, MORE}


def test_forwards_lead_to_what_stands_also_after_a_second_merge(places):
    load(*(announcement(slug, claim("x")) for slug in (FUND, AGAIN, MORE)))
    merge_pots(f"{AGAIN}#x", f"{MORE}#x")
    merge_pots(f"{FUND}#x", f"{AGAIN}#x")
    assert Forward.objects.target("pot", f"{MORE}#x") == f"{FUND}#x"
    assert Forward.objects.target("pot", f"{AGAIN}#x") == f"{FUND}#x"
    assert Forward.objects.target("pot", f"{FUND}#x") is None


def test_a_withdrawn_announcement_speaks_of_the_pot_that_is_kept(twice):
    publishing.withdraw(announcement=Announcement.objects.get(slug=MORE), reason="Wrong.", by="r", at=AT)
    merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    assert Claim.objects.get(announcement__slug=MORE).pot == pot(f"{FUND}#total")


def revision(announcement, typed, base=None):
    return Revision.objects.create(
        announcement=announcement,
        typed=typed,
        base=base,
        state=RevisionState.DRAFT,
        begun_at=AT,
        saved_at=AT,
        moved_at=AT,
    )


def test_revisions_are_carried_along_with_what_was_typed_in_them(twice):
    base = records()[MORE]
    mine = typed.of(base) | {"title": "Half typed"}
    kept = revision(MORE, mine, base)
    new = revision("", {"claims": [{"key": "a", "links": [{"kind": "part_of", "pot": f"{AGAIN}#same"}]}]})
    other = revision("", {"title": "Nothing of it"})
    merge_pots(f"{FUND}#total", f"{AGAIN}#same")
    kept.refresh_from_db()
    assert (kept.version, kept.typed["title"]) == (2, "Half typed")
    assert kept.typed["claims"][0]["about"] == f"{FUND}#total"
    assert kept.base == records()[MORE]
    new.refresh_from_db()
    assert new.typed["claims"][0]["links"] == [{"kind": "part_of", "pot": f"{FUND}#total"}]
    other.refresh_from_db()
    assert other.version == 1
    assert RevisionVersion.objects.get(revision=new, version=2).by == "reviewer"


# Announcements


def merge_announcements(kept, gone, **act):
    row = Announcement.objects.get
    return merging.merge_announcements(row(slug=kept), row(slug=gone), **{"same": {}} | ACT | act)


@pytest.fixture
def doubled(places):
    """One announcement entered twice, the second time with a part more and a response, and another that leans on it."""
    target = {"metric": "hospitals", "value": 40, "unit": "hospitals", "due": "2030", "wording": "Forty"}
    answer = {"organisation": "The King's Fund", "stance": "mixed", "summary": "Hm.", "source": 1, "claim": "part"}
    url = "https://www.gov.uk/fund"
    one = {"url": url, "publisher": "GOV.UK", "kind": "press_release"}
    other = {"url": "https://news.example/fund", "publisher": "News", "kind": "news_article"}
    load(
        announcement(FUND, claim("total"), sources=[one], programmes=["Test beds"]),
        announcement(
            "2020-01-10-fund-again",
            claim("all"),
            claim("part", amount="30000000", part_of=["all"]),
            claim("total", amount="7000000"),
            sources=[one, other],
            programmes=["Accelerators"],
            targets=[target],
            responses=[answer],
        ),
        announcement(
            MORE, claim("still", about="2020-01-10-fund-again#all"), claim("x", amount="1000000", part_of=["still"])
        ),
    )


DOUBLE = "2020-01-10-fund-again"


def test_two_announcements_that_are_one_are_said_once(doubled):
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    now = records()[FUND]
    assert [claim["key"] for claim in now["claims"]] == ["total", "part", "total-2"]
    assert now["claims"][1]["part_of"] == [f"{FUND}#total"]
    assert [source["publisher"] for source in now["sources"]] == ["GOV.UK", "News"]
    assert [target["metric"] for target in now["targets"]] == ["hospitals"]
    assert [(r["source"], r["claim"]) for r in now["responses"]] == [(1, "part")]
    assert records()[MORE]["claims"][0]["about"] == f"{FUND}#total"
    assert announced_now() == (107, 107)
    assert agrees()


def test_claims_stay_with_the_programmes_that_they_were_for(doubled):
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    now = records()[FUND]
    assert now["programmes"] == ["Accelerators", "Test beds"]
    assert [claim["programmes"] for claim in now["claims"]] == [["Test beds"], ["Accelerators"], ["Accelerators"]]


def test_the_other_announcement_is_withdrawn_with_the_reason_and_forwarded(doubled):
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    gone = Announcement.objects.get(slug=DOUBLE)
    assert (gone.status, gone.withdrawn_reason) == (
        "withdrawn",
        f"The same as {FUND}, where all that it says is now. They are one.",
    )
    forwards = dict(Forward.objects.values_list("old", "new"))
    assert forwards == {
        DOUBLE: FUND,
        f"{DOUBLE}#all": f"{FUND}#total",
        f"{DOUBLE}#part": f"{FUND}#part",
        f"{DOUBLE}#total": f"{FUND}#total-2",
    }


def test_without_claims_that_are_the_same_all_of_them_move_and_no_total_changes(doubled):
    outcome = merge_announcements(FUND, DOUBLE)
    assert outcome.before["announced"] == outcome.after["announced"]
    assert agrees()


def test_a_promise_keeps_its_address(doubled):
    slug = Announcement.objects.get(slug=DOUBLE).targets.get().slug
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    assert Announcement.objects.get(slug=FUND).targets.get().slug == slug


def test_files_that_speak_of_what_was_merged_mean_what_it_is_now(doubled):
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    load(announcement("2020-07-01-late", claim("a", about=f"{DOUBLE}#all"), claim("b", about=f"{DOUBLE}#part")))
    assert [claim["about"] for claim in records()["2020-07-01-late"]["claims"]] == [f"{FUND}#total", f"{FUND}#part"]


def test_an_announcement_that_somebody_revises_is_not_merged_away(doubled):
    revision(DOUBLE, {})
    with pytest.raises(merging.NotMergeable, match="Somebody is revising"):
        merge_announcements(FUND, DOUBLE)


def test_a_revision_of_what_is_kept_gains_what_moved(doubled):
    base = records()[FUND]
    kept = revision(FUND, typed.of(base) | {"title": "Half typed"}, base)
    merge_announcements(FUND, DOUBLE, same={"all": "total"})
    kept.refresh_from_db()
    assert kept.typed["title"] == "Half typed"
    assert [claim["key"] for claim in kept.typed["claims"]] == ["total", "part", "total-2"]
    assert kept.base == records()[FUND]


def test_claims_that_others_spoke_of_earlier_do_not_move_to_a_later_day(doubled):
    load(announcement("2020-06-01-late", claim("a")))
    with pytest.raises(merging.NotMergeable, match="introduced later"):
        merge_announcements("2020-06-01-late", DOUBLE)


# Organisations


def merge_organisations(kept, gone, **act):
    row = Organisation.objects.get
    return merging.merge_organisations(row(name=kept), row(name=gone), **ACT | act)


@pytest.fixture
def renamed(places):
    """A department under two names, the second of which announces, pays, receives and answers."""
    kept, gone = "Department of Health and Social Care", "Dept of Health"
    OrganisationFactory(
        name=gone, slug="doh", short_name="DoH", other_names=["DHSS"], identifiers=[{"scheme": "X", "value": "1"}]
    ).covers.set([RegionFactory(key="london")])
    load(
        announcement(FUND, claim("total", funders=["DoH", kept], recipients=["Hospitals"])),
        announcement(
            AGAIN,
            claim("x", funders=["dhss"]),
            announcer={"organisation": gone},
            responses=[{"organisation": gone, "stance": "mixed", "summary": "Hm."}],
        ),
    )
    return kept, gone


def test_what_the_other_announced_paid_and_answered_is_of_the_one_that_is_kept(renamed):
    kept, gone = renamed
    key = Announcement.objects.get(slug=AGAIN).responses.get().key
    merge_organisations(kept, gone)
    now = records()
    assert now[AGAIN]["announcer"]["organisation"] == kept
    assert now[AGAIN]["responses"][0]["organisation"] == kept
    assert Announcement.objects.get(slug=AGAIN).responses.get().key == key
    assert now[FUND]["claims"][0]["funders"] == [kept]
    assert now[AGAIN]["claims"][0]["funders"] == [kept]
    assert agrees()


def test_the_one_that_is_kept_knows_the_names_identifiers_and_places_of_the_other(renamed):
    kept, gone = renamed
    merge_organisations(kept, gone)
    row = Organisation.objects.get(slug="dhsc")
    assert (row.short_name, row.other_names) == ("DoH", [gone, "DHSS"])
    assert row.identifiers == [{"scheme": "X", "value": "1"}]
    assert [region.key for region in row.covers.all()] == ["london"]
    assert not Organisation.objects.filter(name=gone).exists()
    assert Forward.objects.target("organisation", "doh") == "dhsc"


def test_a_name_that_others_go_by_too_stays_among_the_payers(renamed):
    kept, gone = renamed
    OrganisationFactory(name="Department of Health, Northern Ireland", short_name="DoH")
    merge_organisations(kept, gone)
    assert records()[FUND]["claims"][0]["funders"] == ["DoH", kept]


def test_merging_organisations_changes_no_total_and_is_noted_with_what_changed(renamed):
    kept, gone = renamed
    outcome = merge_organisations(kept, gone)
    assert outcome.before == outcome.after
    noted = AuditEntry.objects.filter(by="reviewer").values_list("thing", "key", "verb")
    assert set(noted) == {
        ("announcement", FUND, "changed"),
        ("announcement", AGAIN, "changed"),
        ("organisation", "doh", "merged"),
        ("organisation", "dhsc", "changed"),
    }


def test_successors_of_the_other_come_to_the_one_that_is_kept(renamed):
    kept, gone = renamed
    older = OrganisationFactory(status="merged", successor=Organisation.objects.get(name=gone))
    merge_organisations(kept, gone)
    older.refresh_from_db()
    assert older.successor.name == kept


# What holds of any merge of pots

AMOUNTS = st.sampled_from(["1000000", "5000000", "20000000"])


@st.composite
def ledgers(draw):
    """A few announcements with claims of all kinds about each other's pots, in order."""
    made, pots = [], []
    for number in range(draw(st.integers(2, 4))):
        slug = f"2020-0{number + 1}-01-a"
        claims = []
        for key in ("x", "y")[: draw(st.integers(1, 2))]:
            given = {"amount": draw(AMOUNTS), "theme": draw(st.sampled_from(["digital", "ai"]))}
            kind = draw(st.sampled_from(["new", "new", "about", "inside", "share", "allocates"])) if pots else "new"
            if kind == "about":
                effect = draw(st.sampled_from(["repeats", "revises", "tops_up", "cancels", "spends"]))
                given = {"amount": given["amount"], "about": draw(st.sampled_from(pots)), "effect": effect}
            elif kind == "inside":
                given["part_of"] = [draw(st.sampled_from(pots))]
            elif kind == "share":
                given["partly_in"] = [{"pot": draw(st.sampled_from(pots)), "low": "500000", "high": "900000"}]
            elif kind == "allocates":
                given["effect"] = "allocates"
            claims.append(claim(key, **given))
            if "about" not in given:
                pots.append(f"{slug}#{key}")
        made.append(announcement(slug, *claims))
    kept, gone = sorted(draw(st.permutations(pots).map(lambda order: order[:2]))) if len(pots) > 1 else (None, None)
    return made, kept, gone


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ledgers())
def test_a_merge_leaves_what_a_fresh_load_of_the_rewritten_records_would(places, ledger):
    made, kept, gone = ledger
    if kept is None:
        return
    with transaction.atomic():
        load(*made)
        before = entries()
        try:
            outcome = merge_pots(kept, gone)
        except merging.NotMergeable:
            assert entries() == before
        else:
            assert agrees()
            for now, was in zip(outcome.after["announced"], outcome.before["announced"], strict=True):
                assert now <= was
            said, merged = list(records().values()), entries()
            with transaction.atomic():
                golden.empty()
                load(*[rewriting.one_pot(record, gone, kept) for record in made])
                assert entries() == merged
                assert list(records().values()) == said
                transaction.set_rollback(True)
        transaction.set_rollback(True)
