"""Compare: two to six of one kind side by side, each figure the same as a total of the API."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.ledger import totals
from programmes.governments import GOVERNMENTS
from programmes.models import Programme
from tests.factories import AnnouncementFactory, ClaimFactory, PopulationFactory, RegionFactory
from tests.healthfund.web.test_explore import of_api, told, words


def programmes(number):
    return "&".join(f"programme={slug}" for slug in Programme.objects.values_list("slug", flat=True)[:number])


def test_every_figure_is_a_total_of_the_api(client, crowd):
    crowd(4, each=2)
    for asked in ["theme=ai&theme=digital", "region=england&region=london&region=wales", programmes(2)]:
        found = told(client.get(f"/compare/?{asked}"))
        assert len(found) >= 10
        for firm, ceiling, question in found:
            assert of_api(client, question) == (firm, ceiling), question


def test_the_governments_together_have_all_that_was_announced_in_their_days(client, crowd):
    crowd(9, each=1)
    steps = {}
    for some in (list(GOVERNMENTS)[:4], list(GOVERNMENTS)[4:]):
        response = client.get("/compare/?" + "&".join(f"government={key}" for key in some))
        for label, _, figures in response.context["steps"]:
            steps.setdefault(label, []).extend(figure.amounts for figure in figures)
        for one in response.context["compared"]:
            assert client.get(one.list_address).status_code == 200
    for label, asked in [("Said", {"measure": "said"}), ("Announced", {}), ("Public", {"public": True})]:
        whole = totals.total(**asked)
        assert (sum(ends.firm for ends in steps[label]), sum(ends.ceiling for ends in steps[label])) == whole, label


def test_what_is_announced_on_the_day_of_a_change_is_the_incoming_governments(client, count):
    for day in ["2024-07-04", "2024-07-05"]:
        ClaimFactory(amount="£5m", announcement=AnnouncementFactory(announced_on=day))
    count()
    response = client.get("/compare/?government=sunak&government=starmer")
    assert [figure.amounts.firm for figure in response.context["steps"][1][2]] == [5 * 10**8] * 2
    assert "Labour, since 5 July 2024" in words(response)


def test_places_are_compared_for_each_inhabitant_too(client, count):
    ClaimFactory(amount="£30", regions=["wales"])
    ClaimFactory(amount="£30", regions=["london"])
    PopulationFactory(region=RegionFactory(key="wales"), year=2021, people=10)
    count()
    response = client.get("/compare/?region=wales&region=london")
    assert response.context["per_head"] == [(300, 300), None]
    assert "for each inhabitant of mid-2021" in words(response)


def test_years_between_the_first_and_the_last_are_not_left_out(client, count):
    for day, theme in [("2016-05-01", "ai"), ("2019-05-01", "digital")]:
        ClaimFactory(announcement=AnnouncementFactory(announced_on=day), theme=theme)
    count()
    rows = client.get("/compare/?theme=ai&theme=digital").context["years"]
    assert [str(year) for year, _ in rows] == ["2016-17", "2017-18", "2018-19", "2019-20"]


def test_one_is_added_and_taken_away_by_the_address(client, crowd):
    crowd(3, each=1)
    assert "What do you want to compare?" in words(client.get("/compare/"))
    response = client.get("/compare/?theme=ai")
    assert "Add at least one more" in words(response)
    page = response.content.decode()
    form = re.search(r'<form class="way".*?</form>', page, re.DOTALL)[0]
    assert '<input type="hidden" name="theme" value="ai">' in form
    assert '<option value="ai">' not in form
    [without] = {item.without for item in client.get("/compare/?theme=ai&theme=digital").context["chosen"]} - {"?theme=ai"}  # fmt: skip
    assert without == "?theme=digital"


def test_the_years_of_each_are_files(client, crowd):
    crowd(3, each=1)
    page = client.get("/compare/?theme=ai&theme=digital").content.decode()
    link = "/api/v1/totals/?by=announced_year&theme=ai&format=csv"
    assert link in html.unescape(page)
    assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("theme=ai&region=wales", "region"),
        ("theme=aii", "theme"),
        ("government=thatcher", "government"),
        ("kind=theme", "kind"),
        ("&".join(f"government={key}" for key in list(GOVERNMENTS)[:7]), "government"),
    ],
)
def test_what_cannot_be_compared_is_refused(client, crowd, asked, parameter):
    crowd(5, each=1)
    response = client.get(f"/compare/?{asked}")
    assert response.status_code == 400
    assert [refusal.fault.parameter for refusal in response.context["refusals"]] == [parameter]


def test_queries_stay_the_same_however_many_rows(client, crowd):
    def counted():
        numbers = []
        for asked in ["theme=ai&theme=digital", "region=england&region=wales", programmes(2), "government=may&government=johnson"]:  # fmt: skip
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/compare/?{asked}").status_code == 200
            numbers.append(len(queries))
        return numbers

    crowd(4, each=2)
    few = counted()
    crowd(6, each=3)
    assert counted() == few
    assert max(few) <= 25
