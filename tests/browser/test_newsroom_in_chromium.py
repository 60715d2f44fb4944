"""The newsroom in a real browser: from an empty form to public money, two at the same record, and nothing typed lost."""

import json
import subprocess
import sys
import urllib.request
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.newsroom import NEW, OLD, Desk
from tests.browser.people import PROJECT

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LAB, LAB_NAME = "2019-08-08-nhs-ai-lab#ai-lab", "National Artificial Intelligence Lab"


@pytest.fixture(scope="module")
def logged_in(chromium, people):
    """What the browsers of an editor and a reviewer keep once they are in, by name."""
    people.make(anna="Editor", ben="Reviewer", cleo="Editor")
    kept = {}
    for name in ("anna", "ben", "cleo"):
        context = chromium.new_context()
        people.log_in(context.new_page(), name)
        kept[name] = context.storage_state()
        context.close()
    return kept


@pytest.fixture
def at_desk(chromium, logged_in, portal):
    """Puts somebody to a desk: a page of the newsroom in a browser of their own, which may complain of nothing."""
    contexts, wrong = [], []

    def sit_down(name, **context):
        context = chromium.new_context(storage_state=logged_in[name], **context)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: "Content Security Policy" in said.text and wrong.append(said.text))
        return Desk(page, portal)

    yield sit_down
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def totals(portal, environment):
    """Rolls up, and gives {measure: (firm, ceiling)} in pence of what the API answers."""

    def asked():
        command = [sys.executable, "manage.py", "rebuild_totals"]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
        found = {}
        for measure in ("announced", "allocated", "spent", "said"):
            with urllib.request.urlopen(f"{portal}/api/v1/totals/?measure={measure}", timeout=30) as answer:
                total = json.load(answer)["total"]
            found[measure] = tuple(int(Decimal(total[end]) * 100) for end in ("firm", "ceiling"))
        return found

    return asked


def less(after, before):
    return {name: tuple(a - b for a, b in zip(after[name], before[name], strict=True)) for name in after}


def public_figures(page, address):
    """{what the API is asked: (firm, ceiling)} of the figures on a public page."""
    page.goto(address)
    found = {}
    for figure in page.locator("data[data-query]").all():
        found[figure.get_attribute("data-query")] = tuple(map(int, figure.get_attribute("value").split()))
    return found


def stands_up_to_axe(page, widths=(1280, 375)):
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options=AXE)
        assert found.response["violations"] == [], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)


def test_from_an_empty_form_to_public_totals_that_change_by_exactly_the_preview(at_desk, totals, portal):
    before = totals()
    anna = at_desk("anna").open()
    shown_before = public_figures(at_desk("anna").page, f"{portal}/themes/ai/")
    anna.announcement()
    anna.claim(0, OLD, regions=())
    radar = anna.page.locator("#radar-0")
    radar.get_by_role("group", name=f"How it stands to {LAB_NAME}", exact=True).wait_for()
    assert "Same amount, Same programme: NHS AI Lab" in radar.inner_text()
    anna.judge(0, "The same money", LAB_NAME)
    assert anna.page.locator("[name='claims-0-about']").input_value() == LAB
    anna.press("Another sum")
    anna.claim(1, NEW)
    anna.press("Preview the count")
    anna.tick_off()
    anna.press("Preview the count")
    assert anna.words[0] == (
        "Adds nothing firm to announced public money for Artificial intelligence, in England; "
        "up to £21m may come on top."
    )
    seen = anna.counted()
    assert seen["announced"] == (0, 21 * 10**8)
    assert totals() == before, "a preview changes nothing"
    anna.press("Send to review")
    anna.page.get_by_text("is in review").wait_for()
    ben = at_desk("ben").open("/admin/announcements/revision/?state=in_review")
    ben.page.get_by_role("link", name="Artificial intelligence on the wards").click()
    ben.settle()
    assert ben.counted() == seen
    ben.press("Approve and publish")
    ben.page.get_by_text("is published").wait_for()
    after = totals()
    assert less(after, before) == {name: seen[name] for name in before}
    page = ben.page
    shown = public_figures(page, f"{portal}/themes/ai/")
    moved = {
        asked: tuple(a - b for a, b in zip(shown[asked], shown_before[asked], strict=True))
        for asked in shown_before.keys() & shown
    }
    assert seen["announced"] in moved.values(), "in what the page says of the theme"
    page.goto(f"{portal}/announcements/2025-11-10-artificial-intelligence-on-the-wards/")
    assert "£21m" in page.locator("main").inner_text()


def test_two_who_write_on_the_same_record_lose_nothing_and_see_who_wrote_what(at_desk):
    anna, cleo = at_desk("anna").open(), at_desk("cleo")
    anna.type("title", "Beds for the north")
    anna.press("Save")
    cleo.open(anna.page.url.removeprefix(anna.portal))
    cleo.type("summary", "Beds were promised.")
    cleo.press("Save")
    anna.type("sources-0-publisher", "GOV.UK")
    anna.press("Save")
    told = anna.page.locator(".told").first.inner_text()
    assert "cleo wrote on it beside you" in told
    assert "Beds were promised." in told
    assert anna.page.locator("[name='summary']").input_value() == "Beds were promised."
    assert anna.page.locator("[name='sources-0-publisher']").input_value() == "GOV.UK"
    # The same field: hers stands on her page beside the other's, and nothing is saved before she saw both.
    cleo.open(anna.page.url.removeprefix(anna.portal))
    cleo.page.locator("[name='title']").fill("Beds for the south")
    cleo.press("Save")
    anna.page.locator("[name='title']").fill("Beds for the west")
    anna.press("Save")
    collision = anna.page.locator("#collision")
    assert "cleo saved this beside you" in collision.inner_text()
    assert collision.locator("tbody tr").first.locator("td").all_inner_texts() == [
        "Beds for the north",
        "Beds for the south",
        "Beds for the west",
    ]
    stands_up_to_axe(anna.page)
    anna.press("Save")
    assert not anna.page.locator("#collision").count()
    assert anna.page.locator("[name='title']").input_value() == "Beds for the west"


def test_typed_work_outlives_a_lost_session(at_desk, people):
    anna = at_desk("anna").open()
    anna.type("title", "Work")
    anna.press("Save")
    context = anna.page.context
    cookies = [cookie for cookie in context.cookies() if cookie["name"] == "sessionid"]
    context.clear_cookies(name="sessionid")
    anna.type("summary", "Nobody may lose this.")
    anna.page.locator("#signed-out").wait_for()
    # Signed in again in another window, she goes on here.
    context.add_cookies(cookies)
    anna.type("sources-0-publisher", "BBC")
    anna.settle()
    anna.page.locator("#signed-out").wait_for(state="hidden")
    # Or the page itself was lost: what was typed waits in the browser.
    context.clear_cookies(name="sessionid")
    anna.type("sources-0-url", "https://www.bbc.co.uk/news/1")
    anna.page.locator("#signed-out").wait_for()
    context.add_cookies(cookies)
    anna.page.reload()
    anna.page.get_by_role("button", name="Put it back").click()
    assert anna.page.locator("[name='summary']").input_value() == "Nobody may lose this."
    assert anna.page.locator("[name='sources-0-url']").input_value() == "https://www.bbc.co.uk/news/1"
    anna.press("Save")
    anna.page.reload()
    assert anna.page.locator("[name='sources-0-url']").input_value() == "https://www.bbc.co.uk/news/1"


def test_an_announcement_is_entered_and_sent_by_keyboard_alone(at_desk):
    anna = at_desk("anna").open()
    page = anna.page

    def go_to(selector, most=120):
        """Tab on until a field or button is reached."""
        for _ in range(most):
            if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")

    def fill(name, text):
        go_to(f"[name='{name}']")
        page.keyboard.type(text)

    page.locator("[name='announced_on']").focus()
    fill("announced_on", "11/11/2025")
    fill("title", "A study of sleep in night shifts")
    fill("summary", "It was welcomed.")
    fill("sources-0-url", "https://www.example.org/sleep-in-night-shifts")
    fill("sources-0-publisher", "Example")
    fill("announcer-organisation", "Department of Health and Social Care")
    fill("claims-0-name", "Sleep in night shifts")
    fill("claims-0-as_stated", "£1,234,567 in 2025-26")
    for name, letter in (("theme", "Health r"), ("sector", "UK"), ("additionality", "Unc")):
        fill(f"claims-0-{name}", letter)
    go_to("[name='claims-0-regions'][value='england']")
    page.keyboard.press("Space")
    anna.settle()
    go_to("button[value='preview']", most=250)
    page.keyboard.press("Enter")
    page.locator("#preview").wait_for()
    assert "£1,234,567" in anna.words[0]
    for warning in page.locator("#warnings input[type=text]").all():
        warning.focus()
        page.keyboard.type("It is so.")
    anna.settle()
    go_to("button[value='submit']", most=300)
    page.keyboard.press("Enter")
    page.get_by_text("is in review").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_entry_page_stands_up_to_axe(at_desk, scheme):
    anna = at_desk("anna", color_scheme=scheme).open()
    stands_up_to_axe(anna.page)
    anna.page.set_viewport_size({"width": 1280, "height": 900})
    anna.claim(0, OLD | {"theme": "ai"}, regions=())
    anna.press("Preview the count")
    stands_up_to_axe(anna.page)
    anna.press("Send to review")
    anna.page.locator("#refused").wait_for()
    stands_up_to_axe(anna.page)
