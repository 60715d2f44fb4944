"""The way into the newsroom in a real browser: log-in, second factor, recovery codes, password, lock-out."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.people import PASSWORD

pytestmark = pytest.mark.browser

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDTHS = [320, 375, 1280]


@pytest.fixture(scope="module")
def staff(people):
    people.make(wilma="Editor", fred="Reviewer", barney="Editor", betty="Editor")
    return people


@pytest.fixture(params=["light", "dark"])
def page(request, chromium):
    """A new page that remembers what its browser complained of."""
    context = chromium.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            said.type in ("error", "warning")
            and "Failed to load resource" not in said.text
            and page.wrong.append(said.text)
        ),
    )
    yield page
    context.close()


def judge(page):
    """The page stands up to axe, is never wider than the screen, and its browser complained of nothing."""
    found = Axe().run(page, options=AXE)
    assert found.response["violations"] == [], found.generate_report()
    size = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    page.set_viewport_size(size)
    assert page.wrong == []


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def log_in(page, staff, name, password=PASSWORD):
    page.goto(f"{staff.portal}/account/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    press(page, "Log in")


def test_every_page_of_the_way_in_stands_up_to_axe_at_every_width(page, staff):
    page.goto(f"{staff.portal}/admin/")
    judge(page)
    log_in(page, staff, "wilma")
    page.get_by_role("heading", name="Set up your second factor").wait_for()
    assert page.locator("img.scan").evaluate("img => img.complete && img.naturalWidth > 0")
    judge(page)
    page.get_by_label("code").fill("no code")
    press(page, "Set up")
    page.locator(".errorlist").wait_for()
    judge(page)
    page.goto(f"{staff.portal}/account/logout/")
    judge(page)
    press(page, "Log out")


def test_the_newsroom_opens_with_a_code_and_shows_what_guards_the_account(page, staff):
    staff.log_in(page, "fred")
    assert page.get_by_text("healthfund newsroom").count()
    for path in ("second-factor/", "second-factor/recovery-codes/", "second-factor/recovery-codes/generate/"):
        page.goto(f"{staff.portal}/account/{path}")
        judge(page)
    for path in ("second-factor/totp/deactivate/", "password/", "again/", "second-factor/reauthenticate/"):
        page.goto(f"{staff.portal}/account/{path}")
        judge(page)
    page.goto(f"{staff.portal}/account/logout/")
    press(page, "Log out")
    log_in(page, staff, "fred")
    page.get_by_role("heading", name="Your code").wait_for()
    judge(page)


def test_whoever_guesses_is_locked_out_and_told_what_to_do(page, staff):
    for _ in range(5):
        log_in(page, staff, "barney", "wrong")
    page.get_by_role("heading", name="That was tried too often.").wait_for()
    judge(page)


def test_the_log_in_needs_no_mouse(page, staff):
    page.goto(f"{staff.portal}/account/login/")
    page.get_by_label("Username").focus()
    page.keyboard.type("fred")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").wait_for()
