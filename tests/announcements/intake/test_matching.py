import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from announcements.intake.matching import Said, Why, likely
from programmes.financial_years import FinancialYear
from tests.real import FIXTURES
from tests.real import read as read_file

MILLION = 10**6 * 100


def pot(key="pot", **given):
    return Said(key, **given)


def reasons(said, other):
    return [found.reasons for found in likely(said, [other])]


def test_the_same_amount_is_a_reason():
    assert reasons(pot(high=75 * MILLION), pot(high=75 * MILLION)) == [(Why.SAME_AMOUNT,)]


def test_an_amount_within_the_rounding_of_how_it_is_worded_is_a_reason():
    worded = pot(high=1800 * MILLION, as_stated="£1.8bn")
    assert reasons(worded, pot(high=1765 * MILLION, as_stated="£1,765m")) == [(Why.WITHIN_ROUNDING,)]
    assert reasons(worded, pot(high=1700 * MILLION, as_stated="£1,700m")) == []


def test_an_amount_that_few_pots_have_weighs_more():
    said, other = pot(high=75 * MILLION), pot("other", high=10 * MILLION)
    alone = likely(said, [pot(high=75 * MILLION), other])[0].score
    among_many = likely(said, [*(pot(str(place), high=75 * MILLION) for place in range(9)), other])[0].score
    assert among_many < alone == 30


def test_what_was_told_shortly_before_weighs_more_and_is_no_reason_alone():
    day = datetime.date(2018, 7, 20)
    said = pot(high=5, day=day)
    scores = [
        likely(said, [pot(high=5, day=day - datetime.timedelta(days=days))])[0].score for days in (9, 99, 300, 400)
    ]
    assert scores == [42, 38, 34, 30]
    assert reasons(said, pot(high=5, day=day)) == [(Why.SAME_AMOUNT, Why.RECENT)]
    assert likely(said, [pot(day=day), pot(high=60, day=day)]) == []


def test_a_pot_told_several_times_is_judged_by_the_likest_of_them():
    told = [pot("pot", high=240 * MILLION), pot("pot", high=43 * MILLION), pot("else", high=43 * MILLION, theme="x")]
    found = likely(pot(high=240 * MILLION), told)
    assert [(pot.key, pot.score) for pot in found] == [("pot", 30)]


def test_words_that_few_use_weigh_more():
    pots = [pot(str(place), name=f"Hospital fund {place}") for place in range(9)]
    found = likely(pot(name="Robotic hospital fund"), [*pots, pot("robotic", name="Robotic surgery")])
    assert found[0].key == "robotic"


def test_a_programme_that_few_pots_share_weighs_more():
    said = pot(programmes=frozenset({"Rare", "Common"}))
    pots = [pot(str(place), programmes=frozenset({"Common"})) for place in range(9)]
    first = likely(said, [*pots, pot("rare", programmes=frozenset({"Rare"}))])[0]
    assert (first.key, first.reasons) == ("rare", (Why.SAME_PROGRAMME,))


def test_the_same_words_in_another_order_are_a_reason():
    assert reasons(pot(name="Robotic surgery fund"), pot(name="Fund for robotic surgery")) == [(Why.ALIKE,)]
    assert reasons(pot(name="Robotic surgery fund"), pot(name="Winter beds")) == []


def test_years_and_theme_strengthen_other_reasons_and_are_none_alone():
    same = {"theme": "research", "first": 2018, "last": 2020}
    assert reasons(pot(**same), pot(**same)) == []
    assert reasons(pot(high=5, **same), pot(high=5, **same)) == [
        (Why.SAME_AMOUNT, Why.SAME_PERIOD, Why.SAME_THEME),
    ]
    assert Why.PERIODS_MEET in reasons(pot(high=5, **same), pot(high=5, first=2020, last=2022))[0]


def test_what_is_not_known_yet_speaks_for_nothing():
    assert likely(pot(), [pot(), pot(high=5, name="Winter beds", theme="research")]) == []


said_anything = st.builds(
    Said,
    key=st.text("ab", max_size=2),
    name=st.text("ab ", max_size=8),
    high=st.none() | st.integers(0, 5),
    programmes=st.frozensets(st.sampled_from("PQ")),
    theme=st.sampled_from([None, "t"]),
    first=st.none() | st.integers(2018, 2020),
    last=st.none() | st.integers(2018, 2020),
    day=st.none() | st.dates(datetime.date(2018, 1, 1), datetime.date(2020, 1, 1)),
)


@given(said_anything, st.lists(said_anything, max_size=8))
def test_the_best_come_first_and_each_has_its_reasons(said, pots):
    found = likely(said, pots)
    assert len(found) <= 5
    assert [pot.score for pot in found] == sorted((pot.score for pot in found), reverse=True)
    assert all(pot.reasons and 0 < pot.score <= 117 for pot in found)


def test_the_radar_shows_the_real_pot_of_a_repeat_among_its_first_five():
    """Of the 39 repeats of a pot of an earlier announcement, told by introductions alone, it names 38 among five."""
    repeats = list(real_repeats())
    assert len(repeats) == 39
    assert share(repeats, 1) > 0.9
    assert share(repeats, 5) > 0.95


def share(repeats, limit):
    named = [about in {found.key for found in likely(said, earlier, limit)} for said, about, earlier in repeats]
    return sum(named) / len(named)


def real_repeats():
    """Each repeat as (what it says, the key of its pot, every pot of earlier announcements, the latest first)."""
    announcements = [
        said for path in sorted((FIXTURES / "facts").glob("*.json")) for said in read_file(path)["announcements"]
    ]
    earlier = []
    for announcement in sorted(announcements, key=lambda said: (said["announced_on"], said["id"])):
        introduced = []
        for claim in announcement["claims"]:
            said = as_said(announcement, claim)
            about = claim.get("about")
            if claim["effect"] == "repeats" and about in {pot.key for pot in earlier}:
                yield said, about, list(earlier)
            if not about:
                introduced.append(said)
        earlier[:0] = introduced


def as_said(announcement, claim):
    high = claim["high"] if claim["bound"] == "range" else claim["amount"]
    first, last = (FinancialYear.parse(claim[year]) if claim.get(year) else None for year in ("start_fy", "end_fy"))
    return Said(
        key=f"{announcement['id']}#{claim['key']}",
        name=claim["name"],
        high=None if high is None else int(Decimal(high) * 100),
        as_stated=claim["as_stated"] or "",
        programmes=frozenset(claim.get("programmes") or announcement.get("programmes") or ()),
        theme=claim.get("theme"),
        first=first,
        last=last,
        day=datetime.date.fromisoformat(announcement["announced_on"]),
    )
