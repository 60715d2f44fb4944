"""Explore: any total by any dimensions, the same figures as the API's, in a fixed number of queries."""

import csv
import html
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.ledger.totals import DIMENSIONS
from healthfund.web import panels
from programmes.models import Programme
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    DeflatorFactory,
    DeflatorSeriesFactory,
    PopulationFactory,
    RegionFactory,
)

PAIRS = [*([name] for name in DIMENSIONS), *map(list, itertools.permutations(DIMENSIONS, 2))]


def address(by=(), asked=""):
    return f"/explore/?{'&'.join([*(f'by={name}' for name in by), *([asked] if asked else [])])}"


def words(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def told(response):
    """Each figure that says which total it is: (pence of both ends, the question)."""
    found = re.findall(r'<data value="(-?\d+) (-?\d+)" data-query="([^"]+)"', response.content.decode())
    return {(int(firm), int(ceiling), html.unescape(asked)) for firm, ceiling, asked in found}


def of_api(client, asked):
    total = client.get(f"/api/v1/totals/?{asked}").json()["total"]
    return int(total["firm"].replace(".", "")), int(total["ceiling"].replace(".", ""))


def cells(response):
    """{(row key, column key): amounts} of the table."""
    table = response.context["table"]
    found = {}
    for row in table.rows:
        if not table.columns:
            found[(row.value.key,)] = row.sum.amounts
        for column, cell in zip(table.columns, row.cells, strict=True):
            if cell:
                found[row.value.key, column.key] = cell.amounts
    return found


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        ([], ""),
        (["programme"], ""),
        (["programme", "theme"], "theme=ai&theme=digital"),
        (["region", "money_year"], "region=england"),
        (["region", "sector"], "region_itself=london&region_itself=wales&not_theme=ai"),
        (["announced_year", "theme"], "measure=said&announced_year=2018-19&public=true"),
        (["additionality", "theme"], "as_at=2019-01-01"),
    ],
)
def test_every_figure_is_a_total_of_the_api_and_a_door_to_its_pots(client, crowd, by, asked):
    crowd(4, each=2)
    response = client.get(address(by, asked))
    found = told(response)
    assert len(found) > 1
    for firm, ceiling, question in found:
        assert of_api(client, question) == (firm, ceiling), question
        opened = client.get(f"/money/?{question}").context["total"]
        assert opened == (firm, ceiling), question


def test_any_two_dimensions_make_a_table_that_adds_up_where_nothing_overlaps(client, crowd):
    crowd(2, each=2)
    for by in PAIRS:
        context = client.get(address(by)).context
        rows, table = context["axes"][0], context["table"]
        whole = context["total"].amounts
        assert table.rows, by
        if "programme" not in by:
            assert sum(row.sum.amounts.firm for row in table.rows) == whole.firm, by
            assert sum(row.sum.amounts.ceiling for row in table.rows) == whole.ceiling, by
        elif len(by) == 2:
            assert (table.sums is None) == (rows.name == "programme"), by
            assert (table.rows[0].sum is None) == (rows.name != "programme"), by


def test_programmes_overlap_and_that_is_said(client, count):
    announcement = AnnouncementFactory(programmes=["One", "Other"])
    ClaimFactory(announcement=announcement, amount="£5m", regions=["london"])
    count()
    response = client.get(address(["programme"]))
    assert [row.sum.amounts.firm for row in response.context["table"].rows] == [5 * 10**8] * 2
    assert "figures by programme overlap, so there is no sum over them" in words(response)
    assert "All of it together, each pound once: £5m" in words(response)
    assert "<tfoot" not in response.content.decode()


def test_a_figure_that_the_grammar_cannot_ask_for_has_no_door(client, count):
    ClaimFactory(announcement=AnnouncementFactory(programmes=["One", "Other"]))
    count()
    response = client.get(address(["programme"], f"programme={Programme.objects.get(name='One').slug}"))
    of = {row.value.label: row.sum.door.href for row in response.context["table"].rows}
    assert of["One"].startswith("/money/?")
    assert of["Other"] == ""


@pytest.mark.parametrize("asked", ["prices=2020-21", "per=head", "prices=2020-21&per=head"])
@pytest.mark.parametrize("by", [["theme"], ["region"], ["region", "announced_year"], ["programme", "theme"]])
def test_real_terms_and_heads_are_those_of_the_api(client, crowd, by, asked):
    crowd(3, each=1)
    series = DeflatorSeriesFactory()
    for year in range(2010, 2030):
        DeflatorFactory(series=series, year=year, index=50 + 7 * (year - 2010))
    for number, key in enumerate(["uk", "england", "london", "wales"]):
        PopulationFactory(region=RegionFactory(key=key), year=2021, people=7 * (number + 3))
    response = client.get(address(by, asked))
    api = client.get(f"/api/v1/totals/?{'&'.join(f'by={name}' for name in by)}&{asked}").json()
    figure = "per_head" if "head" in asked else None
    ours = sorted(map(str, (ends and tuple(ends) for ends in cells(response).values())))
    theirs = [row[figure] if figure else row for row in api["rows"]]
    assert ours == sorted(str(ends and tuple(int(ends[end].replace(".", "")) for end in ("firm", "ceiling"))) for ends in theirs)  # fmt: skip
    assert not any("prices" in question for *_, question in told(response))


def test_the_files_are_the_same_table(client, crowd):
    crowd(3, each=1)
    response = client.get(address(["theme", "region"], "measure=said&scenario=firm"))
    [link] = set(re.findall(r'"(/api/v1/totals/[^"]+format=csv)"', response.content.decode()))
    lines = b"".join(client.get(html.unescape(link)).streaming_content).decode().splitlines()
    rows = [row[1:3] for row in csv.reader(lines[1:]) if not row[0].startswith("# ")]
    assert sorted(map(tuple, rows)) == sorted(cells(response))


def test_the_chart_draws_the_sums_of_the_rows_and_is_a_file(client, crowd):
    crowd(3, each=1)
    for asked in ["by=theme&by=announced_year", "by=region&per=", "by=announced_year&measure=said&scenario=ceiling"]:
        context = client.get(f"/explore/?{asked}").context
        rows = [row.sum.amounts if row.sum else panels.NOTHING for row in context["table"].rows]
        drawn = [mark.ends for mark in context["picture"].figures]
        assert drawn == [(ends.ceiling, ends.ceiling) for ends in rows] if "ceiling" in asked else drawn == rows
        lines = b"".join(client.get(f"/charts/explore.csv?{asked}").streaming_content).decode().splitlines()
        assert len([line for line in lines[1:] if not line.startswith("# ")]) == len(rows)
    assert client.get("/charts/explore.svg?by=theme").status_code == 200
    assert client.get(address(["theme", "programme"])).context["picture"] is None
    assert client.get("/charts/explore.svg?by=them").status_code == 400


def test_one_end_alone_is_read_where_that_is_asked(client, count):
    ClaimFactory(amount=None, bound="range", low="£3m", high="£8m", theme="ai")
    count()
    assert "£3–8m" in words(client.get(address(["theme"])))
    firm = words(client.get(address(["theme"], "scenario=firm")))
    assert "£3m" in firm
    assert "£8m" not in firm.split("Theme")[-1]


def test_the_map_shows_what_lies_in_each_place_and_not_where_it_could_not_be_asked(client, count):
    ClaimFactory(amount="£3m", regions=["london"])
    ClaimFactory(amount="£5m", regions=["england"])
    count()
    places = {place.region.key: place for place in client.get(address(["region"])).context["places"]}
    assert places["england"].amounts == (8 * 10**8, 8 * 10**8)
    assert places["england"].itself == (5 * 10**8, 5 * 10**8)
    for other in [address(["theme"]), address(["region"], "region=london"), address(["region", "programme"])]:
        assert client.get(other).context["places"] is None, other


def test_rows_and_columns_change_places_and_the_form_keeps_what_was_asked(client, crowd):
    crowd(3, each=1)
    response = client.get(address(["theme", "region"], "theme=ai&theme=digital&not_sector=industry"))
    assert response.context["turned"].startswith("?by=region&by=theme&theme=ai")
    page = response.content.decode()
    assert '<option value="theme" selected>Theme</option>' in page
    assert '<option value="ai" selected>' in page
    assert '<input type="hidden" name="theme" value="digital">' in page
    assert '<input type="hidden" name="not_sector" value="industry">' in page


@pytest.mark.parametrize(
    ("asked", "parameter", "nearest"),
    [
        ("by=them", "by", "theme"),
        ("by=theme&by=region&by=sector", "by", None),
        ("scenario=frim", "scenario", "firm"),
        ("explain=true", "explain", None),
        ("them=ai", "them", "theme"),
        ("prices=2020-21", "prices", None),
        ("as_at=yesterday", "as_at", None),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_rest_kept(client, crowd, asked, parameter, nearest):
    crowd(1, each=1)
    response = client.get(f"/explore/?{asked}")
    assert response.status_code == 400
    [refusal] = response.context["refusals"]
    assert (refusal.fault.parameter, refusal.fault.nearest) == (parameter, nearest)
    assert client.get("/explore/" + refusal.without).status_code == 200


def test_nothing_counted_says_so(client, db):
    assert "No counted money yet." in words(client.get("/explore/"))


def test_queries_stay_the_same_however_many_rows(client, crowd):
    asked = [address(by) for by in ([], ["region"], ["programme", "theme"])] + [address(["theme"], "as_at=2030-01-01")]

    def counted():
        numbers = []
        for each in asked:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(each).status_code == 200
            numbers.append(len(queries))
            if each == asked[0]:
                assert not any('FROM "announcements_ledgerentry"' in query["sql"] for query in queries)
        return numbers

    crowd(4, each=2)
    few = counted()
    crowd(6, each=3)
    assert counted() == few
    assert max(few) <= 25
