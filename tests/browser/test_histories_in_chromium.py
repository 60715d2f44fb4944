"""Histories and merges in a real browser: what changed, taken back up, and what a merge would change."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = [320, 375, 1280]


@pytest.fixture(scope="module")
def staff(people):
    people.make(harriet="Administrator")
    return people


@pytest.fixture(scope="module")
def contexts(chromium, staff):
    """A page in light and one in dark, both logged in; what their browsers complained of is kept."""
    found = {}
    for scheme in ("light", "dark"):
        page = chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}).new_page()
        page.wrong = []
        page.on("pageerror", lambda error, page=page: page.wrong.append(str(error)))
        page.on(
            "console",
            lambda said, page=page: said.type in ("error", "warning") and page.wrong.append(said.text),
        )
        staff.log_in(page, "harriet")
        found[scheme] = page
    yield found
    for page in found.values():
        page.context.close()


def judge(*pages):
    """The pages stand up to axe, are never wider than the screen, and their browsers complained of nothing."""
    for page in pages:
        found = Axe().run(page, context="#content", options=AXE)
        assert found.response["violations"] == [], found.generate_report()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.wrong == []


def test_a_change_is_seen_in_its_history_and_taken_back(contexts, staff):
    page, dark = contexts["light"], contexts["dark"]
    page.goto(f"{staff.portal}/admin/programmes/theme/ai/change/")
    page.get_by_label("Description").fill("Machines that learn from what they are shown in hospitals and elsewhere.")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("heading", name="Changed by harriet").wait_for()
    page.wrong.clear()
    dark.goto(page.url)
    judge(page, dark)
    page.get_by_role("button", name="Compare the two that are marked").click()
    page.get_by_role("heading", name="compared").wait_for()
    judge(page)
    page.get_by_role("button", name="Take this one back up").last.click()
    page.get_by_text("It says again what it said then.").wait_for()
    page.get_by_role("heading", name="Reverted by harriet").wait_for()


def test_before_two_pots_become_one_what_changes_is_seen(contexts, staff):
    page, dark = contexts["light"], contexts["dark"]
    page.goto(f"{staff.portal}/admin/announcements/pot/?q=2018-07-20-hospital-technology-package")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("heading", name="Where used").wait_for()
    page.get_by_role("link", name="Merge").click()
    # What the admin's own pages complain of is not told here.
    page.wrong.clear()
    page.get_by_role("textbox").last.fill("2019-08")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Found").wait_for()
    judge(page)
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Look at both").click()
    page.get_by_label("Why they are one").fill("Both tell of the same money.")
    page.get_by_role("button", name="See what it changes").click()
    page.get_by_role("heading", name="What it changes").wait_for()
    judge(page)
    dark.goto(page.url)
    dark.wrong.clear()
    dark.get_by_label("Why they are one").wait_for()
    judge(dark)
