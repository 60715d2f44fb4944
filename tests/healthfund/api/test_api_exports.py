"""Every list as a file: the whole of what was asked for, in its order, however it is paged as JSON."""

import csv
import datetime
import io
import json

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    ClaimFactory,
    DeflatorFactory,
    DeflatorSeriesFactory,
    LedgerEntryFactory,
    PopulationFactory,
    RegionFactory,
    ThemeFactory,
)

from .lists import LISTS

FORMATS = ["csv", "jsonl", "xlsx"]


@pytest.fixture
def file(client, db):
    """Gets a list as a file and gives (the answer, its bytes)."""

    def get(name, **parameters):
        response = client.get(f"/api/v1/{name}/", parameters)
        assert response.status_code == 200, response.content
        return response, b"".join(response.streaming_content)

    return get


def rows_of(content):
    """The rows of a CSV file as dicts, and what its last line says."""
    lines = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    ids = [next(iter(line.values())) for line in lines]
    return [line for line, first in zip(lines, ids, strict=True) if first[:2] != "# "], ids[-1]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_file_in_each_format_with_every_row_in_order(api, crowd, file, name):
    crowd(2, 2)
    shown = api(f"{name}/", page_size=500)["results"]
    assert len(shown) > 1

    *lines, last = (json.loads(line) for line in file(name, format="jsonl")[1].splitlines())
    assert lines == shown
    assert (last["_export"]["complete"], last["_export"]["rows"]) == (True, len(shown))

    rows, end = rows_of(file(name, format="csv")[1])
    assert end == f"# complete: {len(shown)} rows"
    first = next(column for column in rows[0] if "." not in column and not isinstance(shown[0][column], bool))
    assert [row[first] for row in rows] == ["" if one[first] is None else str(one[first]) for one in shown]

    book = openpyxl.load_workbook(io.BytesIO(file(name, format="xlsx")[1]))
    assert book.sheetnames == [name, "About"]
    assert book[name].max_row == len(shown) + 1
    assert [cell.value for cell in book[name][1]] == list(rows[0])


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_list_is_a_file_without_rows(file, name, suffix):
    response, content = file(name, format=suffix)
    assert response["Content-Disposition"].startswith(f'attachment; filename="healthfund-{name}-2')
    assert response["Content-Disposition"].endswith(f'Z.{suffix}"')
    if suffix == "csv":
        assert rows_of(content) == ([], "# complete: 0 rows")


def test_filters_orders_fields_and_expansions_hold_in_files(api, file):
    for theme, amount in [("ai", "£1m"), ("ai", "£3m"), ("ai", "£2m"), ("digital", "£9m")]:
        ClaimFactory(theme=theme, amount=amount, splits={"wales": "£1"})
    asked = {"theme": "ai", "ordering": "-title", "expand": "claims", "fields": "id,claims.as_stated,claims.splits"}
    shown = api("announcements/", **asked)["results"]
    assert len(shown) == 3
    *lines, _ = (json.loads(line) for line in file("announcements", format="jsonl", **asked)[1].splitlines())
    assert lines == shown
    response, content = file("announcements", format="csv", **asked)
    rows, end = rows_of(content)
    assert list(rows[0]) == ["id", "claims.as_stated", "claims.splits.count"]
    assert [row["id"] for row in rows] == [one["id"] for one in shown]
    assert "theme=ai&ordering=-title" in content.decode()
    assert end == "# complete: 3 rows"


def test_money_in_files_is_exact(file):
    LedgerEntryFactory(firm=-123456789012345, ceiling=5)
    [row], _ = rows_of(file("entries", format="csv")[1])
    assert (row["firm"], row["ceiling"]) == ("-1234567890123.45", "0.05")


def test_as_at_is_stated_as_it_was_asked(file):
    LedgerEntryFactory()
    assert b"# as at: 2021-03-31," in file("entries", format="csv", as_at="2021-03-31")[1]


def test_totals_are_a_table_whose_rows_add_up_to_the_total_that_it_states(api, file):
    for theme, firm in [("ai", "£1.50"), ("ai", "£2"), ("digital", -125)]:
        LedgerEntryFactory(theme=ThemeFactory(key=theme), firm=firm, effective_on=datetime.date(2019, 5, 1))
    asked = {"by": "theme,money_year", "as_at": "2019-12-31"}
    told = api("totals/", **asked)
    response, content = file("totals", format="csv", **asked)
    rows, end = rows_of(content)
    assert rows == [
        {"measure": "announced", "theme": "ai", "money_year": "", "firm": "3.50", "ceiling": "3.50"},
        {"measure": "announced", "theme": "digital", "money_year": "", "firm": "-1.25", "ceiling": "-1.25"},
    ]
    assert end == "# complete: 2 rows"
    assert [row["firm"] for row in rows] == [row["firm"] for row in told["rows"]]
    assert f"# total: firm {told['total']['firm']}, ceiling {told['total']['ceiling']}" in content.decode()
    assert f"# counting rules: {told['rule_version']}," in content.decode()
    assert told["notes"][0] in content.decode()
    *lines, last = (json.loads(line) for line in file("totals", format="jsonl", **asked)[1].splitlines())
    assert lines == [{"measure": "announced"} | row for row in told["rows"]]
    assert last["_export"]["as_at"] == "2019-12-31"
    book = openpyxl.load_workbook(io.BytesIO(file("totals", format="xlsx", **asked)[1]))
    assert [row[3].value for row in book["totals"].iter_rows(min_row=2)] == [3.5, -1.25]


def test_a_single_total_is_one_row(file):
    LedgerEntryFactory(firm="£1.50", effective_on=datetime.date(2019, 5, 1))
    [row], _ = rows_of(file("totals", format="csv", as_at="2020-01-01")[1])
    assert row == {"measure": "announced", "firm": "1.50", "ceiling": "1.50"}


def test_totals_in_prices_and_per_head_have_their_columns(file):
    DeflatorFactory(series=DeflatorSeriesFactory(release="March"), year=2019, index=50)
    PopulationFactory(region=RegionFactory(key="uk"), year=2024, people=100)
    LedgerEntryFactory(firm="£1.50", money_year=2019)
    [row], _ = rows_of(file("totals", format="csv", prices="2019-20", per="head", as_at="2030-01-01")[1])
    assert list(row) == [
        "measure", "firm", "ceiling", "unconverted.firm", "unconverted.ceiling", "people",
        "per_head.firm", "per_head.ceiling",
    ]  # fmt: skip
    assert (row["firm"], row["people"], row["per_head.firm"]) == ("1.50", "100", "0.02")


def test_faults_of_a_question_and_of_its_format_are_told_together(refused):
    assert {error["parameter"] for error in refused("totals/", by="x", format="pdf")} == {"by", "format"}


def test_unknown_formats_are_refused_with_the_nearest(refused):
    [error] = refused("themes/", format="cvs")
    assert (error["parameter"], error["nearest"]) == ("format", "csv")
    assert error["allowed"] == ["json", "csv", "xlsx", "jsonl"]
    assert refused("themes/", format="")[0]["parameter"] == "format"
    assert refused("themes/", formt="csv")[0]["nearest"] == "format"


@pytest.mark.parametrize(("name", "value"), [("page_size", "5"), ("cursor", "x")])
def test_a_file_is_no_page(refused, api, name, value):
    [error] = refused("themes/", **{"format": "csv", name: value})
    assert error["parameter"] == name
    assert "whole list" in error["message"]
    assert api("themes/", format="json", page_size=5)["results"] == []


def test_faults_in_the_question_are_refused_before_a_file_is_begun(refused):
    assert {error["parameter"] for error in refused("pots/", format="csv", theme="x", fields="y")} == {
        "theme",
        "fields",
    }


@pytest.mark.parametrize("name", LISTS)
def test_a_file_asks_a_fixed_number_of_questions(file, crowd, name):
    ThemeFactory()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            file(name, format="jsonl")
        return len(captured)

    crowd(1, 1)
    few = queries()
    crowd(3, 3)
    assert queries() == few <= 12
