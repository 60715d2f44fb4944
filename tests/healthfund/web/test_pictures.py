"""Charts outside of their pages: files, frames and what draws them."""

import csv
import io
import struct
import xml.etree.ElementTree as ElementTree

import pytest

from announcements.ledger import totals
from healthfund.web import drawing
from healthfund.web.pictures import CHARTS
from tests.healthfund.web.test_web_pages import figures


@pytest.fixture
def portal(client, crowd):
    crowd(3, each=1)
    return client


@pytest.mark.parametrize("name", ["fall", "years", "themes", "places", "programmes"])
def test_a_chart_is_to_be_had_as_picture_figures_document_and_frame(portal, name):
    drawn = portal.get(f"/charts/{name}.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "var(" not in drawn.content.decode()
    assert ElementTree.fromstring(drawn.content).tag.endswith("svg")
    picture = portal.get(f"/charts/{name}.png").content
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 600
    assert height > 100
    assert portal.get(f"/charts/{name}.json").json()["config"]["aria"] is False
    frame = portal.get(f"/embed/{name}/")
    assert "<svg" in frame.content.decode()
    assert "X-Frame-Options" not in frame.headers
    assert "frame-ancestors *" in frame["Content-Security-Policy"]


def test_charts_are_drawn_where_the_cache_is_away(portal, settings, tmp_path):
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"unix://{tmp_path / 'socket'}"}}
    assert "<svg" in portal.get("/charts/years.svg").content.decode()


def test_no_other_page_may_be_framed(portal):
    page = portal.get("/")
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_the_figures_of_a_chart_are_the_totals_to_the_penny(portal):
    lines = list(
        csv.reader(io.StringIO(b"".join(portal.get("/charts/fall.csv?theme=digital").streaming_content).decode()))
    )
    header, said, announced = lines[:3]
    assert header == ["label", "series", "firm", "ceiling"]
    total = totals.total(theme="digital")
    assert announced == ["Announced", "money", f"{total.firm / 100:.2f}", f"{total.ceiling / 100:.2f}"]
    assert lines[-1][0] == "# complete: 5 rows"
    assert any(line[0].startswith("# address: http://testserver/charts/fall.csv?theme=digital") for line in lines)


def test_a_chart_draws_what_its_page_shows(portal):
    page = portal.get("/themes/digital/")
    assert "/charts/years.csv?theme=digital" in page.content.decode()
    values = portal.get("/charts/years.json?theme=digital").json()["data"]["values"]
    assert values
    assert max(value["to"] for value in values if value["series"] == "announced") in {
        max(ends) for ends, _ in figures(page)
    }


def test_an_unknown_chart_or_question_is_refused(portal):
    assert portal.get("/charts/pies.svg").status_code == 404
    assert portal.get("/embed/pies/").status_code == 404
    refused = portal.get("/charts/years.svg?themes=ai")
    assert refused.status_code == 400
    assert "themes" in refused.content.decode()


def test_a_place_with_nothing_to_draw_still_has_a_chart(client, db):
    for name in CHARTS:
        if name in ("fall", "years", "themes", "places", "programmes"):
            assert client.get(f"/charts/{name}.svg").status_code == 200


def test_the_script_that_draws_is_kept_by_browsers_under_the_address_of_its_version(client):
    answer = client.get(f"/charts/vega-{drawing.VERSION}.js")
    assert "immutable" in answer["Cache-Control"]
    assert "export" in answer.content.decode()[-200:]
    assert client.get("/charts/vega-0.0.js").status_code == 404
