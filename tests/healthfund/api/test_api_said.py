"""What announcements hold, across all of them, and what the words of it mean."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements import filters, glossary
from announcements.choices import Bound, Effect
from announcements.ledger import posting, rollups
from announcements.ledger.figures import to_pence
from announcements.models import Response
from programmes.models import Target
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    DeflatorFactory,
    ExchangeRateFactory,
    FigureFactory,
    LedgerEntryFactory,
    OrganisationFactory,
    PopulationFactory,
    PotFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
    ThemeFactory,
)

from .lists import LISTS


@pytest.fixture
def found(api):
    """The ids, or the values of another field, of what a list shows for these parameters."""

    def find(name, field="id", **parameters):
        return [row[field] for row in api(f"{name}/", page_size=500, **parameters)["results"]]

    return find


def ref(pot):
    return pot.reference


# What each is


def test_a_claim_has_an_address_of_its_own_and_says_what_its_announcement_shows(api):
    claim = ClaimFactory(key="total", splits={"wales": "£1"}, tags=["ai"])
    shown = api(f"claims/{claim.announcement.slug}/total/")
    assert shown["id"] == f"{claim.announcement.slug}#total"
    assert shown["announcement"]["id"] == claim.announcement.slug
    [told] = api(f"announcements/{claim.announcement.slug}/")["claims"]
    assert told == {name: value for name, value in shown.items() if name != "announcement"}
    assert api("claims/")["results"] == [shown]


def test_a_response_has_an_address_of_its_own(api):
    response = ResponseFactory(organisation=OrganisationFactory(name="A union"))
    shown = api(f"responses/{response.announcement.slug}/a-union/")
    assert (shown["id"], shown["summary"]) == (f"{response.announcement.slug}#a-union", response.summary)
    [told] = api(f"announcements/{response.announcement.slug}/")["responses"]
    assert told == {name: value for name, value in shown.items() if name != "announcement"}


def test_a_target_has_an_address_of_its_own(api):
    announced = AnnouncedTargetFactory(target=TargetFactory(metric="New hospitals", due="2030"))
    shown = api("targets/new-hospitals-2030/")
    assert [made["id"] for made in shown["announcements"]] == [announced.announcement.slug]
    [told] = api(f"announcements/{announced.announcement.slug}/")["targets"]
    assert told == {name: value for name, value in shown.items() if name != "announcements"}


def test_what_only_a_draft_says_is_nowhere(api, client):
    draft = AnnouncementFactory(draft=True)
    claim = ClaimFactory(announcement=draft, part_of=[PotFactory()])
    response = ResponseFactory(announcement=draft)
    target = AnnouncedTargetFactory(announcement=draft).target
    SourceFactory(announcement=draft)
    FigureFactory(announcement=draft)
    for name in ["links", "sources", "figures", "responses", "targets"]:
        assert api(f"{name}/")["count"] == 0, name
    assert claim.key not in [row["key"] for row in api("claims/")["results"]]
    for address in [
        f"claims/{draft.slug}/{claim.key}/",
        f"responses/{draft.slug}/{response.key}/",
        f"targets/{target.slug}/",
    ]:
        assert client.get(f"/api/v1/{address}").status_code == 404


def test_links_show_both_pots_from_whichever_end_they_were_stated(api):
    outer, inner = PotFactory(name="Outer"), PotFactory(name="Inner")
    for pot, how in [(inner, {"part_of": [outer]}), (outer, {"overlaps": [(inner, "£1", "£2")]})]:
        ClaimFactory(pot=pot, **how)
    first, second = api("links/", ordering="announced_on")["results"]
    for link in (first, second):
        assert (link["outer"]["name"], link["inner"]["name"]) == ("Outer", "Inner")
    assert [link["whole"] for link in (first, second)] == [True, False]
    assert (second["low"], second["high"]) == ("1.00", "2.00")


def test_published_series_are_shown_as_they_were_read(api):
    DeflatorFactory(
        series__sources=[{"url": "https://example.org/d", "publisher": "A treasury"}], year=2018, index=Decimal("88.5")
    )
    PopulationFactory(region=RegionFactory(key="wales"), year=2020, people=3000000)
    ExchangeRateFactory(currency="USD", year=2020, gbp_per_unit=Decimal("0.780000"))
    [series] = api("series/")["results"]
    assert series["sources"] == [{"address": "https://example.org/d", "publisher": "A treasury"}]
    assert series["values"] == [{"year": "2018-19", "index": "88.5", "forecast": False, "confirmed": True}]
    [people] = api("populations/")["results"]
    assert (people["region"], people["year"], people["people"]) == ("wales", 2020, 3000000)
    [rate] = api("exchange-rates/")["results"]
    assert (rate["currency"], rate["year"], rate["gbp_per_unit"]) == ("USD", 2020, "0.78")


# Finding


def test_claims_are_found_by_what_they_say(found):
    claim = ClaimFactory(key="a", bound=Bound.UP_TO, nature="capital", instrument="loan", currency="GBP")
    pot = claim.pot
    other = ClaimFactory(
        key="b",
        pot=pot,
        effect=Effect.REPEATS,
        measure="per_year",
        terms="real",
        announcement=AnnouncementFactory(announced_on="2021-05-01", announcer=OrganisationFactory(slug="a-trust")),
    )
    first, second = (f"{one.announcement.slug}#{one.key}" for one in (claim, other))
    for parameters in [
        {"effect": "repeats"},
        {"not_effect": "introduces"},
        {"measure": "per_year"},
        {"bound": "exact"},
        {"terms": "real"},
        {"nature": "_missing"},
        {"instrument": "_missing"},
        {"announcement": other.announcement.slug},
        {"organisation": "a-trust"},
        {"year": "2021-22"},
        {"announced_from": "2021-05-01"},
        {"not_nature": "capital"},
    ]:
        assert found("claims", **parameters) == [second], parameters
    for parameters in [{"nature": "capital"}, {"instrument": ["loan", "grant"]}, {"bound": "up_to"}]:
        assert found("claims", **parameters) == [first], parameters
    assert found("claims", pot=ref(pot)) == [second, first]
    assert found("claims", ordering="announced_on") == [first, second]


def test_claims_are_found_by_what_their_pot_is_for(found):
    pot = PotFactory(theme="ai", regions=["wales"], sector="charity", additionality="moved")
    LedgerEntryFactory(pot=pot, theme=ThemeFactory(key="genomics"), region=RegionFactory(key="scotland"))
    ClaimFactory(pot=pot, key="again")
    PotFactory()
    for parameters in [
        {"theme": "ai"},
        {"theme": "genomics"},
        {"region": "wales"},
        {"region": "scotland"},
        {"sector": "charity"},
        {"additionality": "moved"},
    ]:
        assert len(found("claims", **parameters)) == 2, parameters
    assert len(found("claims", programme="_missing")) == 3


@pytest.mark.parametrize(
    ("least", "most", "keys"),
    [
        ("79.39", "79.39", set()),
        ("79.40", "79.40", {"dollars"}),
        ("100", None, {"exact", "range", "year"}),
        ("150", "150", {"range"}),
        (None, "99.99", {"dollars"}),
        ("0", None, {"exact", "range", "year", "dollars"}),
    ],
)
def test_claims_are_found_by_their_figure_in_pounds(found, least, most, keys):
    ClaimFactory(key="exact", amount="£100")
    ClaimFactory(key="range", low="£50", high="£150")
    ClaimFactory(key="year", amount="£120", measure="per_year", start_fy=2020, end_fy=2022)
    rate = Decimal("0.79")
    ClaimFactory(
        key="dollars", amount=10050, currency="USD", rate=rate, rate_on=datetime.date(2020, 1, 1), rate_source="Bank"
    )
    assert to_pence(10050, 1, rate) == 7940
    ClaimFactory(key="no-rate", amount=10000, currency="EUR")
    ClaimFactory(key="none", amount=None)
    ends = {"amount_min": least, "amount_max": most}
    asked = {name: value for name, value in ends.items() if value is not None}
    assert set(found("claims", "key", **asked)) == keys
    assert set(found("claims", "key", amount="_missing")) == {"no-rate", "none"}
    assert set(found("claims", "key", currency=["USD", "EUR"])) == {"dollars", "no-rate"}
    by_amount = ["dollars", "exact", "year", "range"]
    assert found("claims", "key", ordering="amount")[:4] == by_amount
    assert found("claims", "key", ordering="-amount", **asked) == [key for key in by_amount[::-1] if key in keys] + (
        [] if asked else ["no-rate", "none"]
    )


def test_what_is_ordered_by_amount_is_paged_without_loss(api):
    for amount in (100, None, 300, None, 200):
        ClaimFactory(amount=amount)
    page, seen = api("claims/", ordering="-amount", page_size=2), []
    while True:
        seen += [row["amount"] for row in page["results"]]
        if not page["next"]:
            break
        page = api(page["next"])
    assert seen == ["3.00", "2.00", "1.00", None, None]


def test_sources_figures_links_and_responses_are_found_by_what_they_say(found):
    early, late = AnnouncementFactory(announced_on="2019-01-01"), AnnouncementFactory(announced_on="2020-01-01")
    SourceFactory(announcement=early, publisher="The Times", kind="news_article", published_on=None)
    SourceFactory(announcement=late, publisher="GOV.UK", published_on=datetime.date(2020, 1, 2))
    assert found("sources", "publisher") == ["GOV.UK", "The Times"]
    for parameters in [
        {"publisher": "The Times"},
        {"kind": "news_article"},
        {"published": "_missing"},
        {"announcement": early.slug},
        {"not_publisher": "GOV.UK"},
        {"q": "times"},
    ]:
        assert found("sources", "publisher", **parameters) == ["The Times"], parameters
    assert found("sources", "publisher", published_from="2020-01-02", published_to="2020-01-02") == ["GOV.UK"]
    assert found("sources", "publisher", ordering="published_on") == ["GOV.UK", "The Times"]

    FigureFactory(announcement=early, what="jobs", kind="jobs")
    FigureFactory(announcement=late, what="savings", kind="saving")
    assert found("figures", "what") == ["savings", "jobs"]
    assert found("figures", "what", kind="jobs") == found("figures", "what", announcement=early.slug) == ["jobs"]

    whole = ClaimFactory(announcement=early, part_of=[PotFactory()])
    share = ClaimFactory(announcement=late, overlaps=[(PotFactory(), "£1", "£2")])
    first, second = (f"{claim.announcement.slug}#{claim.key}" for claim in (whole, share))
    assert found("links", "claim") == [first, second]
    assert found("links", "claim", whole="true") == found("links", "claim", inner=ref(whole.pot)) == [first]
    assert found("links", "claim", whole="false") == found("links", "claim", outer=ref(share.pot)) == [second]
    for end in (whole.pot, whole.links.get().pot):
        assert found("links", "claim", pot=ref(end)) == [first]
    assert found("links", "claim", announcement=late.slug) == [second]

    response = ResponseFactory(announcement=early)
    ResponseFactory(announcement=late)
    assert found("responses", announcement=early.slug) == [f"{early.slug}#{response.key}"]


def test_organisations_are_found_by_what_they_do_and_where(found):
    announcer = AnnouncementFactory(announcer=OrganisationFactory(name="A")).announcer
    ResponseFactory(announcement=announcer.announcements.get(), organisation=OrganisationFactory(name="B"))
    OrganisationFactory(name="C").covers.add(RegionFactory(key="wales"))
    AnnouncementFactory(draft=True, announcer=OrganisationFactory(name="D"))
    assert found("organisations", "name", role="announcer") == ["A"]
    assert found("organisations", "name", role="responder") == ["B"]
    assert found("organisations", "name", role=["announcer", "responder"]) == ["A", "B"]
    assert found("organisations", "name", not_role=["announcer", "responder"]) == ["C", "D"]
    assert found("organisations", "name", covers="wales") == ["C"]
    assert found("organisations", "name", covers="_missing") == ["A", "B", "D"]


def test_populations_and_rates_are_found_by_place_currency_and_whether_they_were_read(found):
    PopulationFactory(region=RegionFactory(key="london"), confirmed=False)
    PopulationFactory(region=RegionFactory(key="wales"))
    assert found("populations", "region", region="england") == ["london"]
    assert found("populations", "region", confirmed="true") == ["wales"]
    assert found("populations", "region", confirmed="false") == ["london"]
    ExchangeRateFactory(currency="USD")
    ExchangeRateFactory(currency="EUR", confirmed=False)
    assert found("exchange-rates", "currency", currency="USD") == ["USD"]
    assert found("exchange-rates", "currency", confirmed="false") == ["EUR"]


@pytest.mark.parametrize(
    ("name", "parameters", "parameter", "nearest"),
    [
        ("claims", {"efect": "repeats"}, "efect", "effect"),
        ("claims", {"effect": "repeat"}, "effect", "repeats"),
        ("claims", {"currency": "gbp"}, "currency", "GBP"),
        ("claims", {"announcement": "2020-01-01-none"}, "announcement", None),
        ("claims", {"pot": "2020-01-01-none#a\x00"}, "pot", None),
        ("claims", {"amount_min": "2", "amount_max": "1"}, "amount_max", None),
        ("claims", {"announced_from": "2020-01-02", "announced_to": "2020-01-01"}, "announced_to", None),
        ("sources", {"publisher": "gov.uk"}, "publisher", "GOV.UK"),
        ("sources", {"published_from": "2020-01-02", "published_to": "2020-01-01"}, "published_to", None),
        ("links", {"whole": "yes"}, "whole", "true"),
        ("organisations", {"role": "announcers"}, "role", "announcer"),
    ],
)
def test_what_cannot_be_found_is_refused(refused, name, parameters, parameter, nearest):
    ClaimFactory()
    SourceFactory(publisher="GOV.UK")
    [error] = refused(f"{name}/", **parameters)
    assert (error["parameter"], error.get("nearest")) == (parameter, nearest)


# Shape


def test_a_detail_shows_only_the_fields_that_are_asked_for(api):
    claim = ClaimFactory(key="total")
    address = f"claims/{claim.announcement.slug}/total/"
    assert api(address, fields="key,pot.name") == {"key": "total", "pot": {"name": claim.pot.name}}
    whole = api(f"pots/{ref(claim.pot).replace('#', '/')}/")
    pot = api(address, expand="pot")["pot"]
    assert pot["flags"] == []
    assert pot == {name: whole[name] for name in pot}
    programme = ProgrammeFactory()
    assert api(f"programmes/{programme.slug}/", fields="id") == {"id": programme.slug}


def test_a_theme_region_or_programme_comes_to_what_totals_say(api):
    programme = ProgrammeFactory()
    pot = PotFactory(programmes=[programme], amount="£5m", regions=["wales"], theme="ai")
    at = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    posting.post([pot.pk], at=at)
    rollups.apply_unapplied(at=at)
    five, nothing = ({"firm": amount, "ceiling": amount} for amount in ("5000000.00", "0.00"))
    come_to = {"said": five, "announced": five, "allocated": nothing, "spent": nothing}
    for address in [f"programmes/{programme.slug}/", "themes/ai/", "regions/wales/", "regions/uk/"]:
        assert api(address, expand="totals")["totals"] == come_to
        assert "totals" not in api(address)
    assert api("regions/scotland/" if RegionFactory(key="scotland") else "", expand="totals")[
        "totals"
    ] == dict.fromkeys(come_to, nothing)


def test_a_merged_organisation_can_show_its_successor_whole(api):
    successor = OrganisationFactory(name="New", short_name="N")
    successor.covers.add(RegionFactory(key="wales"))
    merged = OrganisationFactory(name="Old", status="merged", successor=successor)
    shown = api(f"organisations/{merged.slug}/", expand="successor")
    assert shown["successor"] == api(f"organisations/{successor.slug}/")
    assert api(f"organisations/{successor.slug}/", expand="successor")["successor"] is None


def queries(api, address, **parameters):
    with CaptureQueriesContext(connection) as captured:
        api(address, **parameters)
    return len(captured)


def test_a_detail_asks_a_fixed_number_of_questions_whatever_it_shows(api, crowd):
    def addresses():
        announcement = Response.objects.latest("pk").announcement
        claim = announcement.claims.filter(links__isnull=False, splits__isnull=False).latest("pk")
        target = Target.objects.latest("pk")
        return {
            f"claims/{claim.announcement.slug}/{claim.key}/": {"expand": "pot"},
            f"responses/{announcement.slug}/{announcement.responses.latest('pk').key}/": {"expand": "organisation"},
            f"targets/{target.slug}/": {"expand": "programmes"},
            f"programmes/{target.programmes.first().slug}/": {"expand": "totals"},
            "regions/wales/": {"expand": "totals"},
            f"organisations/{announcement.announcer.slug}/": {"expand": "successor"},
        }

    crowd(1, 1)
    few = [queries(api, address, **how) for address, how in addresses().items()]
    crowd(2, 4)
    assert [queries(api, address, **how) for address, how in addresses().items()] == few
    assert max(few) <= 20


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (
            "claims",
            {"theme": "ai", "region": "wales", "programme": "_missing", "nature": "_missing", "amount_min": "1"},
        ),
        ("claims", {"currency": "GBP", "year": "2019-20", "q": "claim", "ordering": "-amount"}),
        ("sources", {"publisher": "GOV.UK", "kind": "press_release", "published_from": "2000-01-01"}),
        ("organisations", {"role": ["announcer", "responder"], "covers": "wales"}),
    ],
)
def test_finding_asks_a_fixed_number_of_questions(api, crowd, name, asked):
    crowd(1, 1)
    SourceFactory(publisher="GOV.UK")
    few = queries(api, f"{name}/", **asked)
    crowd(3, 3)
    assert queries(api, f"{name}/", **asked) == few <= 20


# Words


def test_every_word_of_every_list_is_explained():
    for key, codes in glossary.CODES.items():
        assert list(codes.meanings) == list(codes.choices), key
        assert all(codes.meanings.values()), key
        assert codes.used_in, key


def test_every_word_that_a_list_can_be_asked_for_is_explained(db):
    explained = {word for codes in glossary.CODES.values() for word in codes.choices.values}
    asked = {
        (name, parameter): {word for word, _ in found.field.choices} - {filters.MISSING}
        for name, view in LISTS.items()
        for parameter, found in view.filterset_class.base_filters.items()
        if type(found.field) is filters.AnyOf and parameter.removeprefix(filters.NOT) != "role"
    }
    assert asked["claims", "effect"]
    assert {place: words - explained for place, words in asked.items() if words - explained} == {}


def test_words_are_shown_with_their_meaning(api):
    effect = api("codes/effect/")
    assert effect in api("codes/")["results"]
    assert effect["words"][1] == {
        "id": "repeats",
        "label": "Repeats a pot",
        "meaning": "The same money is announced again: nothing is added.",
    }
    for codes in api("codes/")["results"]:
        assert api(codes["url"]) == codes
