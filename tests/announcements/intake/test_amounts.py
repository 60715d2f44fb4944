from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from announcements.choices import MOST
from announcements.intake.amounts import Period, find, read
from programmes.financial_years import FinancialYear
from tests.real import FIXTURES
from tests.real import read as read_file

POUND = 100
MILLION = 10**6 * POUND
BILLION = 10**9 * POUND


@pytest.mark.parametrize(
    ("wording", "bound", "low", "high"),
    [
        ("£412m", "exact", 412 * MILLION, 412 * MILLION),
        ("£42-million", "exact", 42 * MILLION, 42 * MILLION),
        ("£130 M", "exact", 130 * MILLION, 130 * MILLION),
        ("£1,234,567.89", "exact", 123_456_789, 123_456_789),
        ("£700 thousand", "exact", 700_000 * POUND, 700_000 * POUND),
        ("45p", "exact", 45, 45),
        ("412m", "exact", 412 * MILLION, 412 * MILLION),
        ("half a billion", "exact", 500 * MILLION, 500 * MILLION),
        ("thirty-five million pounds", "exact", 35 * MILLION, 35 * MILLION),
        ("up to £50 million", "up_to", 0, 50 * MILLION),
        ("up to around £50 million", "up_to", 0, 50 * MILLION),
        ("75 per cent of up to £400 million", "up_to", 0, 300 * MILLION),
        ("more than £74 million", "at_least", 74 * MILLION, 74 * MILLION),
        ("£80m-plus", "at_least", 80 * MILLION, 80 * MILLION),
        ("exceeding fourteen million pounds", "at_least", 14 * MILLION, 14 * MILLION),
        ("nearly £6m", "about", 6 * MILLION, 6 * MILLION),
        ("a little over £61m", "about", 61 * MILLION, 61 * MILLION),
        ("£1.2-1.5bn", "range", 1200 * MILLION, 1500 * MILLION),
        ("£10–£20 million", "range", 10 * MILLION, 20 * MILLION),
        ("between £1.2bn and £1.5 billion", "range", 1200 * MILLION, 1500 * MILLION),
    ],
)
def test_reads_a_sum_as_worded(wording, bound, low, high):
    amount = read(wording)
    assert (amount.bound, amount.low, amount.high, amount.currency) == (bound, low, high, "GBP")


@pytest.mark.parametrize(
    "wording",
    [
        "no amount given",
        "2018",
        "5 million people",
        "hundreds of millions of pounds",
        "several hundred million pounds",
        "two hundred and fifty million pounds",
        "one or two million pounds",
        "from £5m to £8m",
        "£250m and £300m",
        "between £5m for Leeds and more for York",
        "half of £5m",
        "twice £5m",
        "-£5m",
        "£2 hundred million",
        "£5m million",
        "£5m or so",
        "£1.500",
        "£1.2.3m",
        "£1,23m",
        "£20m to £10m",
        "£5m dollars",
        "A$10m",
        "up to £5m or more",
        "more than $2bn (£16 billion)",
        f"£{MOST // 100 + 1}",
        f"£5m (${'9' * 40})",
    ],
)
def test_gives_nothing_where_the_words_leave_the_sum_open(wording):
    assert read(wording) is None


def test_a_sum_in_two_currencies_is_in_pounds_with_the_rate_that_both_come_to():
    for wording in ["$7.4 million (£5.7m)", "£5.7m (US$7.4 million)"]:
        amount = read(wording)
        assert (amount.amount, amount.currency) == (570_000_000, "GBP")
        assert (amount.foreign.currency, amount.foreign.high) == ("USD", 740_000_000)
        assert amount.foreign.rate == Decimal("0.770270270")


def test_a_foreign_sum_alone_stays_foreign():
    amount = read("€10m")
    assert (amount.amount, amount.currency, amount.foreign) == (10 * MILLION, "EUR", None)


@pytest.mark.parametrize(
    ("wording", "per", "period"),
    [
        ("£50 million over three years", "", (3, None, None, None)),
        ("£50 million of new funding over the next 3 years", "", (3, None, None, None)),
        ("£30 million a year for five years", "year", (5, None, None, None)),
        ("£30 million per annum", "year", None),
        ("an annual £50m", "year", None),
        ("£20-million-a-year", "year", None),
        ("£5m a week", "week", None),
        ("up to £10m each", "each", None),
        ("£10m from 2019-20 to 2023-24", "", (5, 2019, 2023, None)),
        ("£10m in 2019/20", "", (1, 2019, 2019, None)),
        ("£10m over three years from 2019-20", "", (3, 2019, 2021, None)),
        ("£10m over the three years to 2023-24", "", (3, 2021, 2023, None)),
        ("£2 billion per year by 2014-15", "year", (None, None, 2014, None)),
        ("£2 billion by 2025", "", (None, None, None, 2025)),
        ("£10m over two years from 2019-20 to 2023-24", "", None),
        ("£10m for 2018-19 and 2021-22", "", None),
        ("£5 million for 18 year olds", "", None),
    ],
)
def test_reads_what_a_sum_is_paid_for(wording, per, period):
    amount = read(wording)
    assert (amount.per, amount.per_year) == (per, per == "year")
    assert amount.period == (period and Period(*period))


def test_finds_every_sum_of_a_text_with_its_place():
    text = (
        "In 2018 ministers set aside £412 million for 20 trusts, moreover £75m over three years for prescribing, of "
        "which up to £2m is for Wales.\nIt treats 5 million people, from £3 a dose, and saves 45 per cent."
    )
    found = find(text)
    assert [amount.wording for amount in found] == ["£412 million", "£75m over three years", "up to £2m", "£3 a dose"]
    assert all(text[amount.start : amount.end] == amount.wording for amount in found)


FORMS = {"": 1, "k": 10**3, " thousand": 10**3, "m": 10**6, " million": 10**6, "bn": 10**9, " billion": 10**9}
BEFORE = {
    "": "exact",
    "up to ": "up_to",
    "at least ": "at_least",
    "over ": "at_least",
    "around ": "about",
    "nearly ": "about",
}


@st.composite
def sums(draw):
    """A sum in hundredths of a scale, as written, and in pence."""
    form = draw(st.sampled_from(sorted(FORMS)))
    hundredths = draw(st.integers(1, 10**6 - 1))
    whole, rest = divmod(hundredths, 100)
    written = f"£{whole:{draw(st.sampled_from(['', ',']))}}" + (f".{rest:02d}" if rest else "") + form
    return written, hundredths * FORMS[form]


@given(sums(), st.sampled_from(sorted(BEFORE)), st.sampled_from(["", " a year", " over two years", " by 2030", "."]))
def test_a_written_sum_reads_back(one, before, after):
    written, pence = one
    amount = read(before + written + after)
    assert (amount.high, amount.bound) == (pence, BEFORE[before])
    assert amount.low == (0 if before == "up to " else pence)


@given(sums(), sums(), st.sampled_from(["{} to {}", "{}-{}", "between {} and {}", "{} – {}"]))
def test_a_written_range_reads_back(one, other, form):
    (low, least), (high, most) = sorted([one, other], key=lambda written: written[1])
    # A first end without a scale takes that of the second: £10-20m.
    if low[-1].isdigit() and not high[-1].isdigit():
        low, least = "£1", POUND * FORMS[next(form for form in FORMS if form and high.endswith(form))]
    amount = read(form.format(low, high))
    if least <= most:
        assert (amount.low, amount.high, amount.bound) == (least, most, "range")
    else:
        assert amount is None


@given(st.text(alphabet="£$€0123456789.,-– ()abmnk%\nforyeast", max_size=60))
@example("5 million poundſ")
@example("£" + "9" * 60 + "m")
def test_whatever_is_typed_is_read_or_refused(text):
    for amount in find(text):
        assert 0 <= amount.low <= amount.high <= MOST
        assert text[amount.start : amount.end] == amount.wording


# What editors entered that the words alone do not say; each was judged from the rest of its source.
ROUGH_ELSEWHERE = {  # said to be about, at least or up to elsewhere in the source
    "2013-09-10-winter-money-53-trusts#hospital-capacity",
    "2014-08-01-100000-genomes-package#package",
    "2014-12-03-autumn-statement-nhs#nhs-2015-16",
    "2018-12-05-life-sciences-sector-deal-2#sector-deal",
    "2019-08-04-hospital-upgrades#capital-package",
    "2020-06-26-strength-in-places-health#liverpool",
    "2020-10-08-birmingham-health-innovation-campus#campus",
    "2021-03-18-nhs-covid-7bn#total",
    "2021-09-07-build-back-better-levy#total",
    "2021-12-01-people-at-the-heart-of-care#housing",
    "2022-03-02-health-research-manufacturing-260m#total",
    "2022-04-01-federated-data-platform-notice#platform",
    "2022-11-17-autumn-statement#care-2024",
    "2023-07-17-new-hospital-programme-audit#to-2030-31",
    "2023-11-14-technology-budget-raided#frontline",
    "2023-11-15-northern-ireland-encompass#encompass",
    "2025-03-03-northern-ireland-waiting-lists-pledge#pledge",
    "2025-04-07-health-data-research-service#government",
    "2025-04-07-health-data-research-service#wellcome",
    "2026-01-29-nihr-mental-health-research-groups#huddersfield",
    "2026-01-29-nihr-mental-health-research-groups#plymouth",
}
UNKNOWN_SHARE = {  # one sum for several things, entered as a range because the share of health is unknown
    "2017-06-26-northern-ireland-confidence-and-supply#health-and-education",
    "2018-03-08-northern-ireland-budget-health#health-and-education",
    "2018-03-08-northern-ireland-budget-health#mental-health-and-deprivation",
    "2025-02-11-research-ventures-catalyst#co-investment",
    "2025-02-11-research-ventures-catalyst#government",
    "2025-02-11-research-ventures-catalyst#total",
}
FOR_EACH = {  # a sum for each of several; how many stands elsewhere
    "2016-09-07-global-digital-exemplars#global-exemplars",
    "2016-09-07-global-digital-exemplars#national-exemplars",
    "2018-05-23-local-health-care-record-exemplars#first-three",
    "2018-06-27-local-health-care-record-exemplars-second#second-two",
    "2019-03-04-bhf-research-excellence#accelerator",
    "2020-10-06-health-foundation-adopting-innovation#hubs",
    "2021-03-18-digital-aspirants-second-wave#aspirants",
    "2021-03-18-digital-aspirants-second-wave#seed",
    "2022-09-26-longitude-prize-dementia-opens#discovery",
    "2022-09-26-longitude-prize-dementia-opens#finalists",
}
MENDED = {  # a slip of the source, or its rounder wording, that the editor put right
    "2019-04-25-northern-powerhouse-healthtech#northern-investments",  # more than $2bn (£16 billion)
    "2021-08-26-wales-covid-551m#total",  # more than half a billion pounds: £551m
    "2022-03-11-medicines-manufacturing-fund-allocated#allocated",  # £5,009m: £5.009m
}


def test_reading_agrees_with_what_editors_entered_save_where_the_words_do_not_say_it():
    """Of 804 wordings 764 (95.0 per cent) agree in amount, ends and bound, 785 (97.6) in amount and ends."""
    claims = {
        f"{said['id']}#{claim['key']}": claim
        for path in sorted((FIXTURES / "facts").glob("*.json"))
        for said in read_file(path)["announcements"]
        for claim in said["claims"]
        if claim["as_stated"]
    }
    differ = {key for key, claim in claims.items() if entered(claim) != as_read(claim["as_stated"])}
    amounts_differ = {key for key in differ if entered(claims[key])[:3] != as_read(claims[key]["as_stated"])[:3]}
    assert differ == ROUGH_ELSEWHERE | UNKNOWN_SHARE | FOR_EACH | MENDED
    assert amounts_differ == differ - ROUGH_ELSEWHERE
    assert 1 - len(differ) / len(claims) > 0.95
    assert 1 - len(amounts_differ) / len(claims) > 0.97


def entered(claim):
    amount, low, high = (
        None if claim.get(end) is None else int(Decimal(claim[end]) * 100) for end in ("amount", "low", "high")
    )
    return amount, low, high, claim["bound"], claim["currency"]


def as_read(wording):
    amount = read(wording)
    if amount is None:
        return None, None, None, "exact", "GBP"
    ends = (amount.low, amount.high) if amount.bound == "range" else (None, None)
    return amount.amount, *ends, amount.bound, amount.currency


def test_years_are_financial_years():
    assert isinstance(read("£10m in 2019-20").period.first, FinancialYear)
