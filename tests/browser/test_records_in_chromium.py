"""The pages of single things, promises and responses in a real browser: what is on them and where they lead."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def look(chromium, portal):
    """Opens a page."""
    contexts = []

    def visit(path, **options):
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.goto(portal + path)
        return page

    yield visit
    for context in contexts:
        context.close()


def test_without_javascript_the_split_the_tree_and_the_curve_are_there(look):
    page = look("/announcements/2025-07-16-life-sciences-sector-plan/", java_script_enabled=False)
    assert page.locator(".novelty rect").count() == 4
    assert page.locator(".claims .claims .claim").count() == 1
    page = look("/pots/2013-09-04-technology-fund-second-round/second-round/", java_script_enabled=False)
    assert page.locator(".web rect").count() == 4
    assert page.locator(".chart svg").count() == 2


def test_a_filter_of_promises_changes_the_list_and_the_address_and_the_address_gives_the_same(look):
    page = look("/promises/")
    page.locator("#ask-theme").select_option("ai")
    page.wait_for_url("**theme=ai**")
    page.wait_for_function("document.querySelector('.chosen') !== null")
    shown = page.locator("#found").inner_text()
    again = look("/" + page.url.split("/", 3)[3])
    assert again.locator("#found").inner_text() == shown


def test_a_number_of_the_matrix_leads_to_those_responses(look):
    page = look("/responses/")
    door = page.locator(".voices td a").first
    number = int(door.inner_text().split()[0])
    door.click()
    page.wait_for_url("**stance=**")
    assert page.locator("#list").inner_text() == f"{number} response{'' if number == 1 else 's'}"
