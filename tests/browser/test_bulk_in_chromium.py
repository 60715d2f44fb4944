"""Import, actions on many and reports in a real browser: every page by axe, at every width, in light and dark."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.announcements.intake.test_sheets import workbook
from tests.announcements.newsroom.test_importing import HEADER, rows

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SHOTS = os.environ.get("SHOTS")
"""A folder for pictures, where somebody wants to look at the pages."""


@pytest.fixture
def page(chromium, people):
    people.make(dora="Editor", ella="Editor")
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    people.log_in(page, "dora")
    # The admin's own pages of lists have styles of Django's that the policy blocks; ours complain of nothing.
    page.on("console", lambda said: said.type == "error" and "/list" in page.url and page.wrong.append(said.text))
    yield page
    context.close()


def judge(page, name):
    """The page stands up to axe in light and dark, and is never wider than the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # Colours go over slowly.
        page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => true)")
        found = Axe().run(page, options=AXE)
        assert found.response["violations"] == [], (name, scheme, found.generate_report())
        for width in (320, 375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    assert page.wrong == []


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def send(page, table):
    page.get_by_label("Table").set_input_files(
        {"name": "table.xlsx", "mimeType": "application/octet-stream", "buffer": workbook([HEADER, *table])}
    )
    press(page, "Look at it")


def test_table_is_mended_imported_and_handed_on(page, people):
    page.get_by_role("link", name="Import announcements").click()
    judge(page, "import")
    table = rows(12)
    table[3][8], table[7][0] = "Digitale", "31/02/2018"
    send(page, table)
    page.get_by_role("heading", name="2 rows to mend").wait_for()
    judge(page, "faults")
    table[3][8], table[7][0] = "Digital", "20/07/2018"
    page.get_by_role("link", name="send it again").click()
    send(page, table)
    assert page.get_by_text("12 new, 0 changed, 0 unchanged").count()
    judge(page, "preview")
    # By keyboard alone.
    page.get_by_label("Drafts go to").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Drafts made from table.xlsx: 12.").wait_for()
    for number in range(3):
        page.get_by_role("checkbox", name="Select this object for an action").nth(number).check()
    page.locator("select[name=action]").select_option(label="Assign")
    press(page, "Go")
    page.get_by_label("To", exact=True).select_option(label="ella")
    judge(page, "assign")
    press(page, "Assign these")
    page.get_by_text("Assign: 3 of 3 done.").wait_for()
    page.get_by_role("checkbox", name="Select this object for an action").first.check()
    page.locator("select[name=action]").select_option(label="Send to review")
    press(page, "Go")
    press(page, "Send these to review")
    page.get_by_role("heading", name="Not done, and why").wait_for()
    judge(page, "refused")
    page.goto(f"{people.portal}/admin/reports/")
    judge(page, "reports")
    page.get_by_role("link", name="Programmes gone quiet").click()
    page.get_by_label("Years").fill("5")
    press(page, "Show")
    page.get_by_role("link", name="CSV").wait_for()
    judge(page, "report")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("healthfund-report-stale-programmes")
