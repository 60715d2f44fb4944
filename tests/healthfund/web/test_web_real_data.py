"""The pages over the real announcements: every figure is a total, every door opens, every pot's sum is its working."""

import functools
import html
import math
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import resolve

from announcements.models import Announcement, Pot
from programmes.models import Organisation, Programme, Region, Theme
from tests.real import real_announcements

FIGURE = re.compile(r'<data value="(-?\d+) (-?\d+)" data-query="([^"]+)"')


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_announcements():
        yield


@pytest.fixture
def portal(loaded, client, db):
    """The client of a portal that holds every real announcement."""
    return client


def total_of(portal, asked):
    """Pence of both ends of what the API's totals answer: for each head where that is asked for."""
    total = portal.get(f"/api/v1/totals/?{asked}").json()["total"]
    shown = total["per_head"] if "per=head" in asked else total
    return tuple(int(Decimal(shown[end]) * 100) for end in ("firm", "ceiling"))


def every(nth, rows):
    return [row.get_absolute_url() for row in rows[::nth]]


def test_every_figure_is_a_total_and_every_door_leads_somewhere(portal):
    pages = [
        *[
            "/",
            "/?region=england&announced_year_from=2019-20&announced_year_to=2022-23",
            "/?prices=2024-25",
            "/?public=true&additionality=new&additionality=unclear",
            "/?public=false&theme=medicines",
            "/?theme=digital&theme=ai&per=head&as_at=2022-03-31",
            "/?sector=government&prices=2018-19&per=head&region=scotland",
            "/money/",
            "/money/?prices=2024-25&per=head",
            "/money/?measure=said&region=england",
            "/announcements/",
            "/themes/",
            "/regions/",
            "/programmes/",
            "/how-we-count/",
        ],
        *every(1, Theme.objects.by_name()),
        *every(1, Region.objects.in_tree_order()),
        *every(20, Programme.objects.by_name()),
        *every(20, Announcement.objects.published().in_order()),
        *every(40, Pot.objects.introduced().in_order()),
        *every(10, Organisation.objects.by_name()),
    ]
    figures, known = 0, functools.cache(functools.partial(total_of, portal))
    for address in pages:
        response = portal.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        for firm, ceiling, asked in FIGURE.findall(page):
            assert (int(firm), int(ceiling)) == known(html.unescape(asked)), (address, asked)
            figures += 1
        for door in re.findall(r'href="(/[^"?#]*)', page):
            assert door.startswith("/static/") or resolve(door), (address, door)
    assert figures > 1000


def test_figures_are_the_sum_of_the_pots_behind_them_and_what_the_api_gives(portal):
    page = portal.get("/").content.decode()
    doors = re.findall(r'<a class="figure" href="/money/([^"]+)"><data value="(-?\d+) (-?\d+)" data-query', page)
    assert len(doors) > 50
    assert 'class="figure" href="/api/' not in page
    for door, firm, ceiling in doors:
        asked, ends = html.unescape(door), (int(firm), int(ceiling))
        shown = portal.get(f"/money/{asked}").context
        for end, wanted in enumerate(ends):
            rows = sum(row.amounts[end] for row in shown["rows"])
            assert rows + shown["rest"][end] == shown["total"][end] == wanted, door
        total = portal.get(f"/api/v1/totals/{asked}").json()["total"]
        assert (Decimal(total["firm"]) * 100, Decimal(total["ceiling"]) * 100) == ends, door


@pytest.mark.parametrize("asked", ["prices=2024-25", "prices=2015-16&per=head&theme=ai", "per=head&region=wales"])
def test_a_converted_figure_opens_down_to_the_cash_it_is_made_of(portal, asked):
    shown = portal.get(f"/money/?{asked}").context
    assert tuple(shown["figure"]) == total_of(portal, asked)
    answer = shown["answer"]
    if answer.in_prices:
        years = answer.in_prices.years
        for end in ("firm", "ceiling"):
            assert sum(getattr(year.cash, end) for year in years) == getattr(shown["total"], end)
            assert sum(getattr(year.converted, end) for year in years if year.converted) == getattr(answer.total, end)
    if answer.heads:
        half = Fraction(1, 2)
        assert shown["figure"].firm == math.floor(Fraction(answer.total.firm, answer.total.people) + half)


def test_pots_are_what_their_working_gives(portal):
    for pot in Pot.objects.introduced().in_order()[::30]:
        context = portal.get(pot.get_absolute_url()).context
        explanation = context["explanation"]
        announced = [stage["ends"] for stage in context["stages"] if stage["measure"] == "announced"]
        assert tuple(explanation.own) == (announced[0] if announced else (0, 0)), pot.reference
        if explanation.amount is not None:
            for end in ("firm", "ceiling"):
                taken = sum(getattr(row, end) for row in context["working"])
                assert max(0, getattr(explanation.amount, end) - taken) == getattr(explanation.own, end), pot.reference
