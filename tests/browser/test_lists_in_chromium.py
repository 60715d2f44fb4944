"""The list of announcements in a real browser: its facets by keyboard, in place, and without JavaScript."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(chromium, portal):
    """Opens a page; gives it and everything that it said was wrong."""
    contexts = []

    def visit(path, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        page, wrong = context.new_page(), []
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(portal + path)
        return page, wrong

    yield visit
    for context in contexts:
        context.close()


def test_facets_are_chosen_by_keyboard_in_place_and_the_way_back_undoes_it(visit):
    page, wrong = visit("/announcements/")
    every = page.locator("h1").inner_text()
    page.locator("#title-region").focus()
    page.keyboard.press("Enter")
    page.evaluate("window.stays = true")
    page.locator("#theme-ai").focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/announcements/?theme=ai")
    page.locator(".chosen").get_by_text("Artificial intelligence").wait_for()
    assert page.evaluate("window.stays"), "the page was not loaded anew"
    assert page.evaluate("document.activeElement.id") == "theme-ai"
    assert page.locator("#facet-region").is_visible(), "what was opened stays open"
    found = page.locator("h1").inner_text()
    assert found != every
    page.locator("#not-sector-industry").focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/announcements/?theme=ai&not_sector=industry")
    page.go_back()
    page.wait_for_url("**/announcements/?theme=ai")
    page.locator("#not-sector-industry:not(:checked)").wait_for()
    assert page.locator("h1").inner_text() == found
    assert page.locator("#theme-ai").is_checked()
    assert wrong == []


def test_an_address_reproduces_its_view(visit):
    address = "/announcements/?theme=ai&not_sector=industry&year=2019-20&amount_min=1000000&ordering=-amount"
    page, _ = visit(address)
    again, _ = visit(address)
    assert page.locator("#found").inner_text() == again.locator("#found").inner_text()
    for control in ["#theme-ai", "#not-sector-industry", "#year-2019-20"]:
        assert page.locator(control).is_checked(), control
    assert page.locator("#ask-ordering").input_value() == "-amount"
    assert page.locator("#ask-least").input_value() == "1000000"


def test_facets_work_without_javascript(visit):
    page, wrong = visit("/announcements/", java_script_enabled=False)
    page.locator("#theme-ai").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/announcements/?theme=ai")
    page.locator(".chosen a").first.click()
    page.wait_for_url(lambda address: "theme" not in address)
    assert wrong == []


def test_on_a_narrow_screen_the_filters_fold(visit):
    page, _ = visit("/announcements/", viewport={"width": 375, "height": 800})
    assert not page.locator("#ask-q").is_visible()
    page.get_by_text("Search and filter").click()
    assert page.locator("#ask-q").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_a_file_that_is_ordered_has_a_page_that_waits_for_it(visit):
    page, wrong = visit("/money/")
    page.get_by_role("button", name="Excel, large").click()
    page.wait_for_url("**/files/*/")
    assert page.locator("h1").inner_text() == "Your file is being written."
    with page.expect_response(lambda answer: "/files/" in answer.url):
        page.wait_for_timeout(2500)
    assert page.locator("progress").is_visible()
    assert wrong == []
