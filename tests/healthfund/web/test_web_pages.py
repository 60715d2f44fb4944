"""Every page: what it shows, that its figures are the ledger's totals, and that many rows cost no more queries."""

import datetime
import html
import re
from urllib.parse import parse_qs
from urllib.robotparser import RobotFileParser

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from announcements.ledger import totals
from announcements.models import Announcement, Pot
from programmes.financial_years import FinancialYear
from programmes.models import Organisation, Programme
from tests.factories import (
    AnnouncedTargetFactory,
    AnnouncementFactory,
    ClaimFactory,
    OrganisationFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    SourceFactory,
    TargetFactory,
    ThemeFactory,
)
from tests.stored import write_documents

LISTS = [
    "/",
    "/money/",
    "/explore/",
    "/compare/",
    "/quality/",
    "/quality/no-period/",
    "/announcements/",
    "/themes/",
    "/regions/",
    "/programmes/",
    "/how-we-count/",
    "/promises/",
    "/responses/",
    "/organisations/",
]


def every_page():
    """An address of each type of page, of the first rows there are."""
    announcement = Announcement.objects.in_order().first()
    return [
        *LISTS,
        "/announcements/?theme=digital&q=announcement",
        "/announcements/?theme=ai&not_sector=industry&year=2018-19&ordering=-amount",
        "/announcements/money/?region=england",
        "/explore/?by=region&by=programme&measure=said",
        "/compare/?region=england&region=london",
        "/money/?measure=said&region=england&public=true&theme=digital&theme=ai",
        f"/money/?programme={Programme.objects.by_name().first().slug}",
        announcement.get_absolute_url(),
        Pot.objects.in_order().first().get_absolute_url(),
        "/themes/digital/",
        "/regions/england/",
        "/regions/london/",
        Programme.objects.by_name().first().get_absolute_url(),
        announcement.announcer.get_absolute_url(),
        Organisation.objects.get(name="The King's Fund").get_absolute_url(),
    ]


def words(response):
    """The text of a page as it is read, without tags."""
    body = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(body))


def figures(response):
    """Each figure of a page that says which total it is: (pence of both ends, the question)."""
    found = re.findall(r'<data value="(-?\d+) (-?\d+)" data-query="([^"]+)"', response.content.decode())
    return [((int(firm), int(ceiling)), html.unescape(asked)) for firm, ceiling, asked in found]


def total_of(asked):
    question = {name: values if len(values) > 1 else values[0] for name, values in parse_qs(asked).items()}
    if "announced_year" in question:
        question["announced_year"] = FinancialYear.parse(question["announced_year"])
    if "public" in question:
        question["public"] = question["public"] == "true"
    return tuple(totals.total(**question))


# Every page


@pytest.mark.django_db
def test_every_list_page_stands_before_anything_is_loaded(client):
    for address in LISTS:
        response = client.get(address)
        assert response.status_code == 200, address
        assert "<h1>" in response.content.decode()
    assert "Nothing has been announced here yet" in words(client.get("/"))
    assert "No announcements are published yet" in words(client.get("/announcements/"))


def test_announcements_that_are_not_added_up_yet_are_shown_without_a_headline_figure(client, db):
    ClaimFactory()
    assert "1 announcement, not added up yet" in words(client.get("/"))


def test_every_page_stands_with_data(client, crowd):
    crowd(3, each=2)
    for address in every_page():
        assert client.get(address).status_code == 200, address


def test_no_page_holds_inline_style_or_script_or_asks_another_host(client, crowd):
    crowd(2, each=2)
    for address in [*every_page(), "/announcements/?nonsense=1", "/nothing/"]:
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", page), address
        assert not re.search(r'(?:src|srcset|action)="(?:https?:)?//', page), address
        assert not re.search(r'<link[^>]+href="(?:https?:)?//', page), address


def test_no_page_repeats_an_id_and_every_table_has_a_caption_and_scopes(client, crowd):
    crowd(2, each=2)
    for address in every_page():
        page = client.get(address).content.decode()
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), address
        assert page.count("<table") == page.count("<caption"), address
        assert not re.search(r"<th(?=[ >])(?![^>]*scope=)", page), address
        assert page.count("<h1") == 1, address


def test_figures_on_pages_equal_the_totals(client, crowd):
    crowd(4, each=2)
    seen = 0
    for address in every_page():
        for ends, asked in figures(client.get(address)):
            assert ends == total_of(asked), (address, asked)
            seen += 1
    assert seen > 100


def test_the_pots_that_make_up_a_section_add_up_to_its_total(client, crowd):
    crowd(4, each=2)
    for address, where in [("/themes/digital/", {"theme": "digital"}), ("/regions/england/", {"region": "england"})]:
        context = client.get(address).context
        pots = context["pots"]
        firm = sum(line.amounts.firm for line in pots["lines"]) + pots["rest"].firm
        ceiling = sum(line.amounts.ceiling for line in pots["lines"]) + pots["rest"].ceiling
        assert (firm, ceiling) == tuple(totals.total(**where)), address


def test_queries_stay_the_same_however_many_rows(client, crowd):
    def counted():
        numbers = []
        for address in every_page():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            numbers.append((address.split("?")[0].split("/")[1], len(queries)))
        return numbers

    crowd(8, each=2)
    few = counted()
    crowd(15, each=4)
    assert counted() == few
    assert max(number for _, number in few) <= 40


@pytest.mark.parametrize("address", LISTS)
def test_pages_are_only_read(client, db, address):
    assert client.post(address).status_code == 405


def test_what_is_entered_is_shown_as_text(client, db):
    announcement = AnnouncementFactory(title="<script>alert(1)</script>", summary="<b>bold</b>")
    page = client.get(announcement.get_absolute_url()).content.decode()
    assert "<script>" not in page
    assert "&lt;b&gt;bold" in page


# The front page


def test_the_headline_says_what_was_said_and_what_is_money(client, count):
    pot = ClaimFactory(amount="£412m").pot
    ClaimFactory(pot=pot, amount="£412m", effect="repeats")
    ClaimFactory(amount="£100m", bound="up_to")
    count()
    page = words(client.get("/"))
    assert "£824m to £924m was said. £412m to £512m is money." in page
    assert "rolled up 1 May 2024, 13:00" in page


def test_the_fall_narrows_to_public_new_and_allocated(client, count):
    ClaimFactory(amount="£10m")
    ClaimFactory(amount="£5m", additionality="unclear")
    ClaimFactory(amount="£3m", sector="industry")
    ClaimFactory(amount="£2m", effect="allocates")
    count()
    fall = client.get("/").context["fall"]
    assert [(line.label, line.amounts.firm // 10**8) for line in fall] == [
        ("Said", 20),
        ("Announced", 20),
        ("Public", 17),
        ("New", 12),
        ("Allocated", 2),
    ]


def test_years_without_money_between_others_are_not_left_out(client, count):
    for day in ["2016-05-01", "2019-05-01"]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day))
    count()
    rows = client.get("/").context["years"]["rows"]
    assert [str(row.year) for row in rows] == ["2016-17", "2017-18", "2018-19", "2019-20"]
    assert rows[1].announced == (0, 0)


def test_whole_budgets_stand_after_the_themes_and_the_largest_theme_first(client, count):
    ClaimFactory(amount="£1m", theme="ai")
    ClaimFactory(amount="£2m", theme="digital")
    ClaimFactory(amount="£9m", theme="whole-system")
    count()
    assert [line.label for line in client.get("/").context["themes"]] == ["Digital", "Ai", "Whole system"]


# What a total is made of


def sums(rows):
    return sum(row.amounts.firm for row in rows), sum(row.amounts.ceiling for row in rows)


def walked(client, address):
    """Every page of a list of pots, from the largest on."""
    contexts = []
    while address:
        contexts.append(client.get(address).context)
        address = contexts[-1]["onward"] and "/money/" + contexts[-1]["onward"]
    return contexts


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("", {}),
        ("measure=said", {"measure": "said"}),
        ("theme=digital&theme=ai", {"theme": ["digital", "ai"]}),
        ("region=england", {"region": "england"}),
        ("region_itself=england", {"region_itself": "england"}),
        ("public=false", {"public": False}),
        ("announced_year=2018-19", {"announced_year": 2018}),
        ("programme=_missing", {"programme": "_missing"}),
        ("as_at=2018-06-01", {"as_at": datetime.date(2018, 6, 1)}),
        ("known_at=2000-01-01", {"known_at": datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)}),
    ],
)
def test_pots_of_a_total_add_up_to_it(client, crowd, asked, question):
    ClaimFactory(announcement=AnnouncementFactory(announced_on="2018-05-01"))
    crowd(7, each=2)
    response = client.get(f"/money/?{asked}")
    context = response.context
    assert context["total"] == sums(context["rows"]) == totals.total(**question)
    assert (context["total"] == (0, 0)) == (asked.startswith("known_at"))
    sizes = [max(row.amounts) for row in context["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert f"{context['total'].firm / 100:,.2f}" in words(response)


def test_figures_open_the_pots_they_are_made_of_and_those_the_words(client, count):
    claim = ClaimFactory(name="The fund", amount="£412m", bound="up_to", theme="ai")
    ClaimFactory(amount="£5m", theme="digital")
    count()
    page = client.get("/").content.decode()
    door = '<a class="figure" href="/money/?measure=announced&amp;theme=ai"><data value="0 41200000000"'
    assert door in page
    assert 'class="figure" href="/api/' not in page
    response = client.get("/money/?measure=announced&theme=ai")
    [row] = response.context["rows"]
    assert (row.pot, row.announcement) == (claim.pot, claim.announcement)
    assert "up to £412m announced" in words(response)
    assert "Firm £0.00, ceiling £412,000,000.00." in words(response)
    assert f'href="{claim.pot.get_absolute_url()}"' in response.content.decode()
    assert 'href="/api/v1/totals/?measure=announced&amp;theme=ai"' in response.content.decode()
    assert 'href="/api/v1/entries/?measure=announced&amp;theme=ai"' in response.content.decode()


def test_pages_of_a_total_hold_every_pot_once_and_each_page_adds_up(client, count):
    made = {ClaimFactory(amount=f"£{1 + number % 4}m", theme="ai").pot for number in range(110)}
    count()
    pages = walked(client, "/money/?theme=ai&region=")
    shown = [row.pot for page in pages for row in page["rows"]]
    assert [len(page["rows"]) for page in pages] == [50, 50, 10]
    assert len(shown) == 110
    assert set(shown) == made
    for page in pages:
        firm, ceiling = sums(page["rows"])
        assert (firm + page["rest"].firm, ceiling + page["rest"].ceiling) == totals.total(theme="ai")
    assert [page["top"] for page in pages] == ["", "?theme=ai", "?theme=ai"]
    assert "Pots 51 to 100 of 110" in words(client.get("/money/" + pages[0]["onward"]))
    others = client.get("/themes/ai/").content.decode()
    assert '<a href="/money/?measure=announced&amp;theme=ai">98 others</a>' in others


def test_what_was_asked_is_told_in_words_and_each_part_can_be_taken_away(client, crowd):
    crowd(1, each=1)
    programme = Programme.objects.by_name().first()
    address = f"/money/?measure=said&theme=digital&programme={programme.slug}&money_year=_missing&as_at=2030-01-01"
    response = client.get(address)
    assert {(item.label, item.value) for item in response.context["chosen"]} == {
        ("Theme", "Digital"),
        ("Programme", programme.name),
        ("Money of", "no stated year"),
        ("As at", "2030-01-01"),
    }
    assert "£812m said" in words(client.get("/money/?measure=said"))
    for item in response.context["chosen"]:
        assert client.get("/money/" + item.without).status_code == 200


def test_a_total_of_nothing_says_so(client, count):
    ThemeFactory(key="ai")
    assert "No counted money yet." in words(client.get("/money/"))
    assert "No counted money fits all of that." in words(client.get("/money/?theme=ai"))


@pytest.mark.parametrize(
    "asked",
    [
        "them=ai",
        "theme=aii",
        "by=theme",
        "measure=announce",
        "measure=said&measure=spent",
        "public=yes",
        "announced_year=2019",
        "programme=nothing",
        "as_at=today",
        "known_at=2020-01-01T00:00",
        "region=mars",
        "after=2020-01-01-nothing%23total",
        "after=%00",
    ],
)
def test_a_question_about_money_that_cannot_be_answered_is_refused(client, count, asked):
    ThemeFactory(key="ai")
    ClaimFactory(theme="ai")
    count()
    response = client.get(f"/money/?{asked}")
    assert response.status_code == 400
    [refusal] = response.context["refusals"]
    assert refusal.fault.parameter == asked.split("=")[0]
    assert client.get("/money/" + refusal.without).status_code == 200


def test_a_pot_that_was_withdrawn_since_says_so_where_its_money_was_counted(client, count):
    announcement = AnnouncementFactory(announced_on="2020-01-02", announcer=OrganisationFactory(name="The Office"))
    claim = ClaimFactory(announcement=announcement, name="The fund", amount="£5m")
    count()
    Announcement.objects.filter(pk=claim.announcement.pk).update(
        status="withdrawn", withdrawn_reason="It never happened."
    )
    response = client.get("/money/")
    assert "The fund The Office, 2 Jan 2020 , withdrawn since £5,000,000.00" in words(response)
    assert f'href="{claim.pot.get_absolute_url()}"' in response.content.decode()
    assert "This money was withdrawn." in words(client.get(claim.pot.get_absolute_url()))


# The list


def test_pages_of_the_list_hold_every_announcement_once(client, db):
    made = {AnnouncementFactory(announced_on=f"2020-0{1 + number % 3}-01").slug for number in range(60)}
    AnnouncementFactory(draft=True)
    seen, address = [], "/announcements/"
    while address:
        response = client.get(address)
        seen += [row.slug for row in response.context["page"].rows]
        address = response.context["onward"] and "/announcements/" + response.context["onward"]
    assert len(seen) == 60
    assert set(seen) == made
    days = [slug[:10] for slug in seen]
    assert days == sorted(days, reverse=True)


def test_the_next_page_keeps_the_filters(client, db):
    for _ in range(30):
        ClaimFactory(theme="ai")
    write_documents()
    response = client.get("/announcements/?theme=ai")
    assert response.context["onward"].startswith("?theme=ai&after=")
    assert client.get("/announcements/" + response.context["onward"]).context["count"] == 30


def test_the_form_keeps_what_was_asked_and_each_filter_can_be_taken_away(client, db):
    announcement = AnnouncementFactory(programmes=["Lab"])
    ClaimFactory(announcement=announcement, theme="ai")
    ThemeFactory(key="digital")
    write_documents()
    slug = Programme.objects.get().slug
    response = client.get(f"/announcements/?theme=ai&theme=digital&programme={slug}&year=2019-20")
    page = response.content.decode()
    assert response.context["count"] == 1
    for name, value in [("theme", "ai"), ("theme", "digital"), ("programme", slug), ("year", "2019-20")]:
        assert f'<input type="checkbox" name="{name}" id="{name}-{value}" value="{value}" checked>' in page
    chosen = {item.label + " " + item.value: item.without for item in response.context["chosen"]}
    assert chosen["Programme Lab"] == "?theme=ai&theme=digital&year=2019-20"
    assert chosen["Theme Ai"] == f"?theme=digital&programme={slug}&year=2019-20"


def test_what_is_left_out_and_what_is_not_stated_are_kept_and_can_be_taken_away(client, db):
    programme = ProgrammeFactory(name="Lab")
    AnnouncementFactory(programmes=[programme])
    AnnouncementFactory()
    write_documents()
    response = client.get(f"/announcements/?not_programme={programme.slug}&theme=_missing&not_amount=_missing")
    assert response.context["count"] == 0
    page = response.content.decode()
    for name, value in [("not_programme", programme.slug), ("theme", "_missing"), ("not_amount", "_missing")]:
        assert re.search(f'<input type="checkbox" name="{name}" id="[^"]+" value="{value}" checked>', page)
    chosen = {item.label + ": " + item.value: item.without for item in response.context["chosen"]}
    assert chosen["Not programme: Lab"] == "?theme=_missing&not_amount=_missing"
    assert {"Theme: Not stated", "Not amount: Not stated"} <= set(chosen)
    assert client.get(f"/announcements/?not_programme={programme.slug}").context["count"] == 1


def test_the_search_finds_words_and_says_what_it_did_not_understand(client, count):
    AnnouncementFactory(title="Robots for hospitals")
    AnnouncementFactory(title="Care homes")
    count()
    assert "1 announcement found" in words(client.get("/announcements/?q=robot+hospital"))
    response = client.get("/announcements/?q=%22robot")
    assert response.status_code == 400
    assert "A quotation mark is not closed" in words(response)


def test_a_filter_that_finds_nothing_says_so(client, db):
    AnnouncementFactory()
    ThemeFactory(key="ai")
    assert "No announcement fits all of that" in words(client.get("/announcements/?theme=ai"))


@pytest.mark.parametrize(
    ("query", "parameter", "nearest", "meant"),
    [
        ("theme=aii&year=2019-20", "theme", "ai", "?year=2019-20&theme=ai"),
        ("them=ai&year=2019-20", "them", "theme", "?year=2019-20&theme=ai"),
        ("theme=ai&theme=digitl", "theme", "digital", "?theme=ai&theme=digital"),
        ("year=2019", "year", "2019-20", "?year=2019-20"),
    ],
)
def test_a_bad_filter_is_refused_with_what_was_probably_meant(client, db, query, parameter, nearest, meant):
    ThemeFactory(key="ai")
    ThemeFactory(key="digital")
    response = client.get(f"/announcements/?{query}")
    [refusal] = response.context["refusals"]
    assert response.status_code == 400
    assert (refusal.fault.parameter, refusal.fault.nearest) == (parameter, nearest)
    assert parse_qs(refusal.meant[1:]) == parse_qs(meant[1:])
    assert client.get("/announcements/" + refusal.meant).status_code == 200
    assert client.get("/announcements/" + refusal.without).status_code == 200
    assert nearest in words(response)


def test_a_refusal_names_the_allowed_values(client, db):
    ThemeFactory(key="ai")
    assert "Allowed: ai" in words(client.get("/announcements/?theme=xyz"))


def test_a_page_after_an_announcement_that_is_not_there_is_refused(client, db):
    response = client.get("/announcements/?after=2020-01-01-nothing")
    assert response.status_code == 400
    assert "There is no announcement “2020-01-01-nothing”" in words(response)


# One announcement


def test_an_announcement_shows_its_claims_as_worded_and_why_one_does_not_count(client, db):
    announcement = AnnouncementFactory(person="A. Minister", role="Secretary of State")
    ClaimFactory(announcement=announcement, name="The fund", as_stated="half a billion pounds", amount="£500m")
    ClaimFactory(announcement=announcement, name="The demand", as_stated="£9bn", effect="proposes")
    ClaimFactory(announcement=announcement, name="The unknown", amount=None)
    SourceFactory(announcement=announcement, publisher="The Gazette")
    page = words(client.get(announcement.get_absolute_url()))
    for part in [
        "half a billion pounds",
        "A. Minister",
        "The Gazette",
        "A proposal or demand: recorded, never counted.",
    ]:
        assert part in page
    assert "No amount was stated: unknown is not nil." in page
    assert page.count("not counted") == 2


def test_responses_stand_by_stance_with_the_claim_they_answer(client, db):
    claim = ClaimFactory(key="total", name="The fund")
    ResponseFactory(announcement=claim.announcement, stance="critical", summary="Not new.", claim=claim)
    ResponseFactory(announcement=claim.announcement, stance="welcomes", summary="Splendid.")
    response = client.get(claim.announcement.get_absolute_url())
    assert [stance for stance, _ in response.context["stances"]] == ["welcomes", "critical"]
    assert 'href="#total"' in response.content.decode()


def test_a_draft_is_not_here_and_a_withdrawn_announcement_says_why(client, db):
    draft = ClaimFactory(announcement=AnnouncementFactory(draft=True))
    assert client.get(draft.announcement.get_absolute_url()).status_code == 404
    assert client.get(draft.pot.get_absolute_url()).status_code == 404
    withdrawn = AnnouncementFactory(withdrawn=True)
    response = client.get(withdrawn.get_absolute_url())
    assert response.status_code == 410
    assert "It never happened." in words(response)


# One pot


def test_a_pots_entries_add_up_to_the_figure_at_the_top(client, count):
    whole = ClaimFactory(amount="£100m", name="Whole").pot
    ClaimFactory(amount="£30m", name="Part", part_of=[whole])
    ClaimFactory(
        pot=whole, effect="revises", amount="£80m", announcement=AnnouncementFactory(announced_on="2021-01-01")
    )
    count()
    response = client.get(whole.get_absolute_url())
    announced = next(stage for stage in response.context["stages"] if stage["measure"] == "announced")
    assert response.context["explanation"].own == announced["ends"] == (50 * 10**8, 50 * 10**8)
    assert sum(entry.firm for entry in announced["entries"]) == 50 * 10**8
    page = words(response)
    assert "£50,000,000.00" in page
    assert "Its announced amount £80,000,000.00 £80,000,000.00 less Part" in page
    assert "holds whole Part" in page


def test_a_pot_tells_its_life_in_the_order_of_its_days(client, count):
    pot = ClaimFactory(amount="£100m", as_stated="£100m").pot
    for day, effect in [("2022-01-01", "cancels"), ("2021-01-01", "repeats")]:
        ClaimFactory(pot=pot, effect=effect, announcement=AnnouncementFactory(announced_on=day))
    count()
    life = client.get(pot.get_absolute_url()).context["life"]
    assert [line.effect for moment in life for line in moment.lines] == [
        "First announced here",
        "Said again",
        "Withdrawn",
    ]
    assert [moment.own.firm for moment in life] == [100 * 10**8, 100 * 10**8, 0]


def test_a_day_on_which_only_a_linked_pot_changed_is_in_its_life(client, count):
    whole = ClaimFactory(amount="£100m").pot
    later = AnnouncementFactory(announced_on="2021-01-01")
    ClaimFactory(announcement=later, amount="£30m", part_of=[whole])
    count()
    page = words(client.get(whole.get_absolute_url()))
    assert "Nothing was said of it; a pot that shares money with it changed." in page
    assert "its amount is £100m, and it adds £70m" in page


def test_the_working_of_a_pot_subtracts_to_what_it_adds(client, crowd):
    crowd(4, each=3)
    for pot in Pot.objects.introduced():
        context = client.get(pot.get_absolute_url()).context
        explanation = context["explanation"]
        if explanation.amount is None:
            assert explanation.own == (0, 0)
            continue
        for end in ("firm", "ceiling"):
            taken = sum(getattr(row, end) for row in context["working"])
            assert max(0, getattr(explanation.amount, end) - taken) == getattr(explanation.own, end), pot.reference


def test_a_pot_is_described_as_the_ledger_holds_it_now(client, count):
    pot = ClaimFactory(additionality="new", regions=["england"]).pot
    later = AnnouncementFactory(announced_on="2021-01-01")
    ClaimFactory(pot=pot, announcement=later, additionality="already_announced", regions=["london"])
    count()
    described = client.get(pot.get_absolute_url()).context["described"]
    assert described["additionalities"] == ["Already announced"]
    assert [region.key for region in described["regions"]] == ["london"]


def test_a_pot_that_adds_nothing_is_described_as_it_was_announced(client, count):
    pot = ClaimFactory(amount=None, theme="ai").pot
    count()
    response = client.get(pot.get_absolute_url())
    assert response.context["described"] is None
    assert "No counted amount was stated of it" in words(response)
    assert "Theme Ai" in words(response)


def test_a_pot_whose_flags_stand_says_so_in_words(client, count):
    pot = ClaimFactory(amount="£100m", bound="at_least").pot
    count()
    assert "Open-ended: at least, or yearly without an end" in words(client.get(pot.get_absolute_url()))


def test_the_latest_statement_about_two_pots_is_the_link_that_is_shown(client, count):
    outer, inner = ClaimFactory(name="Outer").pot, ClaimFactory(name="Inner").pot
    ClaimFactory(pot=inner, partly_in=[(outer, "£1m", "£2m")])
    later = AnnouncementFactory(announced_on="2022-01-01")
    ClaimFactory(pot=inner, announcement=later, partly_in=[(outer, "£3m", "£3m")])
    count()
    [link] = client.get(inner.get_absolute_url()).context["links"]
    assert (link.words, link.pot, link.share) == ("lies partly in", outer, (3 * 10**8, 3 * 10**8))
    [link] = client.get(outer.get_absolute_url()).context["links"]
    assert (link.words, link.pot) == ("holds a share of", inner)


# Places, programmes, organisations


def test_a_region_shows_what_lies_in_it_and_apart_what_lies_above(client, count):
    ClaimFactory(amount="£10m", regions=["london"])
    ClaimFactory(amount="£500m", regions=["england"])
    ClaimFactory(amount="£7m", regions=["uk"])
    RegionFactory(key="wales")
    count()
    context = client.get("/regions/london/").context
    assert context["fall"][1].amounts == (10 * 10**8, 10 * 10**8)
    assert [(place.region.key, place.itself.firm // 10**8) for place in context["above"]] == [
        ("england", 500),
        ("uk", 7),
    ]
    context = client.get("/regions/england/").context
    assert context["fall"][1].amounts == (510 * 10**8, 510 * 10**8)
    assert [place.region.key for place in context["inside"]] == ["england", "london"]


def test_programmes_with_money_stand_first_by_size_and_the_others_are_named(client, count):
    for name, amount in [("Small", "£1m"), ("Large", "£9m")]:
        ClaimFactory(announcement=AnnouncementFactory(programmes=[name]), amount=amount)
    ProgrammeFactory(name="Bare")
    count()
    context = client.get("/programmes/").context
    assert [line.label for line in context["counted"]] == ["Large", "Small"]
    assert [line.label for line in context["uncounted"]] == ["Bare"]


def test_a_programme_without_money_says_so(client, db):
    programme = ProgrammeFactory(name="Empty")
    assert "No counted money was announced for it yet" in words(client.get(programme.get_absolute_url()))


def test_a_programme_shows_the_promises_of_published_announcements_alone(client, db):
    programme = ProgrammeFactory(name="Lab")
    for how in ["draft", "withdrawn", "published"]:
        target = TargetFactory(programmes=[programme], wording=f"Promised in a {how} one")
        announcement = AnnouncementFactory(**({how: True} if how != "published" else {}))
        AnnouncedTargetFactory(announcement=announcement, target=target)
    page = words(client.get(programme.get_absolute_url()))
    assert "Promised in a published one" in page
    assert "Promised in a draft one" not in page
    assert "Promised in a withdrawn one" not in page


def test_an_organisation_is_shown_as_who_announces_and_who_answers(client, db):
    successor = OrganisationFactory(name="New body")
    body = OrganisationFactory(name="Old body", status="merged", successor=successor)
    announcement = AnnouncementFactory(announcer=body, title="Its own news")
    ResponseFactory(organisation=body, stance="critical", summary="Too little.")
    ResponseFactory(organisation=body, announcement=AnnouncementFactory(draft=True), summary="Unseen.")
    page = words(client.get(body.get_absolute_url()))
    for part in [announcement.title, "Too little.", "1 critical, 2019-20", "New body"]:
        assert part in page
    assert "Unseen." not in page
    assert "It took over from Old body" in words(client.get(successor.get_absolute_url()))


# Around the pages


def test_an_unknown_address_gets_a_page_that_helps(client, db):
    for address in ["/nothing/", "/themes/nothing/", "/pots/x/y/", "/regions/mars/", "/programmes/x/"]:
        response = client.get(address)
        assert response.status_code == 404, address
        assert "There is nothing at this address" in words(response)


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_error_pages_need_no_request_and_no_database(name):
    assert "healthfund" in render_to_string(name)


def test_robots_and_the_old_icon_address(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(response.content.decode().splitlines())
    for address in ("/", "/api/docs/", "/api/guide/"):
        assert rules.can_fetch("*", address), address
    for address in ("/admin/", "/api/", "/api/v1/themes/"):
        assert not rules.can_fetch("*", address), address
    assert client.get("/favicon.ico")["Location"].endswith("favicon.svg")


def test_the_menu_marks_where_the_reader_is(client, db):
    assert 'href="/themes/" aria-current="page"' in client.get("/themes/").content.decode()
    ThemeFactory(key="ai")
    assert 'href="/themes/" aria-current="true"' in client.get("/themes/ai/").content.decode()
