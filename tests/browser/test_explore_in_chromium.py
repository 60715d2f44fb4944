"""Explore, Compare, How we count and Data quality in a real browser: clean under the policy, by keyboard, without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PAGES = [
    "/explore/",
    "/explore/?by=region&per=head&theme=ai",
    "/compare/",
    "/compare/?government=johnson&government=sunak",
    "/compare/?region=wales&region=scotland",
    "/how-we-count/",
    "/quality/",
    "/quality/parts-exceed-whole/",
]


@pytest.fixture
def visit(chromium, portal):
    """Opens a page and gives it with the list of what went wrong in it."""
    contexts = []

    def open_page(path, **options):
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options))
        page, wrong = contexts[-1].new_page(), []
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        assert page.goto(portal + path).status == 200
        return page, wrong

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean_accessible_and_never_scrolls_sideways(visit, path, scheme):
    page, wrong = visit(path, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in (320, 375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    assert wrong == []


def test_a_choice_changes_the_table_and_the_address_in_place_and_keeps_the_focus(visit):
    page, wrong = visit("/explore/")
    page.get_by_label("Rows").focus()
    page.get_by_label("Rows").select_option("region")
    page.wait_for_url("**by=region**")
    page.get_by_role("heading", level=1, name="by place and year of announcement").wait_for()
    assert page.evaluate("document.activeElement.name") == "by"
    address, heading = page.url, page.locator("h1").inner_text()
    page.goto(address)
    assert page.locator("h1").inner_text() == heading
    assert wrong == []


def test_without_scripts_a_view_is_asked_cited_and_compared(visit):
    page, wrong = visit("/explore/", java_script_enabled=False)
    page.get_by_label("Columns").select_option("")
    page.get_by_role("button", name="Show").click()
    assert page.locator("table.pivot tbody tr").count() > 10
    page.get_by_role("link", name="Permanent address of this view").click()
    assert page.get_by_role("heading", name="It would be the same now").is_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    page.locator("#add-region").select_option("wales")
    page.locator("form.way", has=page.locator("#add-region")).get_by_role("button").click()
    page.locator("#add-region").select_option("scotland")
    page.get_by_role("button", name="Add").first.click()
    assert page.locator("h1").inner_text() == "Wales and Scotland, side by side."
    assert wrong == []
