"""Data quality: each check finds what it names, its money is the ledger's, and its list is whole on pages and in files."""

import datetime
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements import quality
from announcements.choices import Reached
from announcements.ledger import totals
from announcements.models import Pot, SourceCheck
from tests.factories import AnnouncementFactory, ClaimFactory, SourceFactory
from tests.healthfund.web.test_explore import of_api, told, words

AT = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC)
GONE = {"outcome": Reached.FAILS, "status": 404, "checked_at": AT, "failures": 3, "failing_since": AT.date(), "failed_on": AT.date()}  # fmt: skip


def weak_and_sound():
    """A sound claim, and for each check of pots the name of the one pot that it finds."""
    years = {"start_fy": 2020, "end_fy": 2020}
    ClaimFactory(name="Sound", amount="£1m", **years)
    whole = ClaimFactory(name="Exceeded", amount="£10m", as_stated="£10.0m", **years).pot
    for _ in range(2):
        ClaimFactory(name="Half and more", amount="£8m", as_stated="£8.0m", part_of=[whole], **years)
    ClaimFactory(name="Open", amount="£2m", bound="at_least", **years)
    ClaimFactory(name="Unknown", amount=None, **years)
    ClaimFactory(name="Dollars", amount="£3m", currency="USD", **years)
    ClaimFactory(name="Undated", amount="£4m")
    ClaimFactory(name="Part", amount="£1m", part_of=[ClaimFactory(name="Dated", amount="£9m", **years).pot])
    ClaimFactory(name="Split", amount="£6m", start_fy=2020, end_fy=2022)
    ClaimFactory(name="Unclear", amount="£5m", additionality="unclear", **years)
    ClaimFactory(name="Joint", amount="£7m", sector="mixed", **years)
    ClaimFactory(name="Settlement", amount="£8m", theme="whole-system", **years)
    outer = ClaimFactory(name="Outer", amount="£20m", **years).pot
    ClaimFactory(name="Inner", amount="£20m", partly_in=[(outer, None, None)], **years)


FINDS = {
    "parts-exceed-whole": {"Exceeded"},
    "overlap-unknown": {"Outer", "Inner"},
    "open-ended": {"Open"},
    "no-amount": {"Unknown"},
    "no-rate": {"Dollars"},
    "no-period": {"Undated", "Part"},
    "part-without-year": {"Part"},
    "assumed-years": {"Split"},
    "unclear-newness": {"Unclear"},
    "joint-sums": {"Joint"},
    "no-theme": {"Settlement"},
}


def test_each_check_of_pots_finds_what_it_names_and_nothing_else(client, count):
    weak_and_sound()
    count()
    assert set(FINDS) == {check.key for check in quality.CHECKS.values() if check.of == "pots"}
    for key, names in FINDS.items():
        response = client.get(f"/quality/{key}/")
        assert {item.name for item in response.context["items"]} == names, key
        assert quality.CHECKS[key].mend in words(response)


def test_the_money_of_a_check_is_what_its_pots_add_and_a_total_of_the_api_where_it_has_a_question(client, count):
    weak_and_sound()
    count()
    asked = told(client.get("/quality/"))
    assert len(asked) == 4
    for firm, ceiling, question in asked:
        assert of_api(client, question) == (firm, ceiling)
    for line in client.get("/quality/").context["lines"]:
        items = client.get(f"/quality/{line.check.key}/").context["items"]
        if line.money is not None:
            assert line.money == (sum(item.amounts.firm for item in items), sum(item.amounts.ceiling for item in items))
            assert line.share == pytest.approx(line.money.ceiling * 100 / totals.total().ceiling, abs=0.01)


def test_announcements_that_nobody_can_read_again_are_found(client, db):
    cited, printed = AnnouncementFactory(), AnnouncementFactory(title="Only printed")
    SourceFactory(announcement=cited)
    SourceFactory(announcement=printed, url="")
    AnnouncementFactory(draft=True)
    assert [item.name for item in client.get("/quality/no-source/").context["items"]] == ["Only printed"]


def test_dead_links_are_those_that_failed_for_days_and_moved_ones_name_the_new_address(client, db):
    assert "Nobody has looked yet" in words(client.get("/quality/dead-links/"))
    assert "not looked at" in words(client.get("/quality/"))
    for number, fields in enumerate([GONE, GONE | {"failures": 2}, {"outcome": Reached.MOVED, "status": 200, "checked_at": AT, "moved_to": "https://new.example/"}]):  # fmt: skip
        source = SourceFactory(url=f"https://{number}.example/")
        SourceCheck.objects.create(url=source.url, **fields)
    [gone] = client.get("/quality/dead-links/").context["items"]
    assert (gone.elsewhere, gone.note) == ("https://0.example/", "Gives no page: answered 404, failing since 2 November 2026")  # fmt: skip
    [moved] = client.get("/quality/moved-links/").context["items"]
    assert moved.elsewhere == "https://new.example/"
    assert "3 addresses of sources were looked at" in words(client.get("/quality/"))


@pytest.mark.parametrize("make", [lambda: ClaimFactory(), lambda: SourceFactory(url="")])
def test_a_long_list_is_whole_on_its_pages_and_in_its_files(client, count, make):
    for _ in range(120):
        make()
    count()
    key = "no-period" if Pot.objects.exists() else "no-source"
    seen, address = [], f"/quality/{key}/"
    while address:
        context = client.get(address).context
        seen += [item.id for item in context["items"]]
        address = context["onward"] and f"/quality/{key}/{context['onward']}"
    assert len(seen) == len(set(seen)) == 120
    lines = b"".join(client.get(f"/quality/{key}.jsonl").streaming_content).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines[:-1]] == seen
    assert json.loads(lines[-1])["_export"]["rows"] == 120
    csv = b"".join(client.get(f"/quality/{key}.csv").streaming_content).decode()
    assert "# complete: 120 rows" in csv
    workbook = client.get(f"/quality/{key}.xlsx")
    assert workbook.status_code == 200
    assert b"".join(workbook.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("asked", ["theme=ai", "after=nothing", "after=%00"])
def test_what_cannot_be_asked_is_refused(client, db, asked):
    for key in ("no-period", "no-source", "dead-links"):
        response = client.get(f"/quality/{key}/?{asked}")
        assert response.status_code == 400, key
        [refusal] = response.context["refusals"]
        assert client.get(f"/quality/{key}/{refusal.without}").status_code == 200


def test_a_check_that_does_not_exist_is_not_there(client, db):
    assert client.get("/quality/perfection/").status_code == 404
    assert client.get("/quality/perfection.csv").status_code == 404


def test_queries_stay_the_same_however_many_rows(client, count):
    def counted():
        numbers = []
        for address in ["/quality/", *(f"/quality/{key}/" for key in quality.CHECKS)]:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            numbers.append(len(queries))
        return numbers

    def add():
        weak_and_sound()
        source = SourceFactory()
        SourceCheck.objects.create(url=source.url, **GONE)
        SourceFactory(url="")
        count()

    add()
    few = counted()
    for _ in range(2):
        add()
    assert counted() == few
    assert max(few) <= 40
