"""Every page type in a real browser, under the strict policy."""

from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "/": 200,
    "/announcements/": 200,
    "/announcements/?theme=ai&q=%22ai+lab%22&programme=nhs-ai-lab": 200,
    "/announcements/?theme=aii&nonsense=1": 400,
    "/announcements/2019-08-08-nhs-ai-lab/": 200,
    "/announcements/2023-03-28-life-sciences-manufacturing-first-awards/": 200,
    "/pots/2019-08-08-nhs-ai-lab/ai-lab/": 200,
    "/themes/": 200,
    "/themes/ai/": 200,
    "/regions/": 200,
    "/regions/england/": 200,
    "/regions/yorkshire-and-the-humber/": 200,
    "/programmes/": 200,
    "/programmes/nhs-ai-lab/": 200,
    "/organisations/hm-treasury/": 200,
    "/how-we-count/": 200,
    "/api/docs/": 200,
    "/api/guide/": 200,
    "/nothing-here/": 404,
}
WIDTHS = [320, 375, 1280]


@pytest.fixture
def open_page(chromium, portal):
    """Opens a page under the policy; gives it with the list of everything that went wrong in it."""
    contexts = []

    def visit(path, width=1280, scheme="light", **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **options)
        contexts.append(context)
        page, wrong = context.new_page(), []

        page.on(
            "request",
            lambda asked: (
                urlsplit(asked.url).netloc != urlsplit(portal).netloc
                and wrong.append(f"asked another host: {asked.url}")
            ),
        )
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status}: {answer.url}"))
        # What the browser says of a refused page itself is in the answers above.
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning")
                and "Failed to load resource" not in said.text
                and wrong.append(f"console: {said.text}")
            ),
        )
        answer = page.goto(portal + path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        return page, answer, wrong

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_loads_cleanly_and_never_scrolls_sideways(open_page, path, scheme):
    page, answer, wrong = open_page(path, scheme=scheme, java_script_enabled=True)
    assert answer.status == PAGES[path]
    assert [fault for fault in wrong if not fault.startswith(f"{PAGES[path]}: {page.url}")] == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "17px", "the stylesheet is there"


def test_light_and_dark_differ_and_the_ink_stands_out_in_both(open_page):
    grounds = set()
    for scheme in ["light", "dark"]:
        page, *_ = open_page("/", scheme=scheme)
        for selector in ["body", ".sub", ".sheet a", ".tag.old", ".fall small", "th"]:
            contrast = page.evaluate(CONTRAST, selector)
            assert contrast >= 4.5, (scheme, selector, contrast)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_on_the_map_stand_out_from_every_shade(open_page, scheme):
    page, *_ = open_page("/regions/", scheme=scheme)
    tiles = page.locator(".tiles a")
    assert tiles.count() == 12
    for place in range(tiles.count()):
        contrast = page.evaluate(CONTRAST, f".tiles li:nth-child({place + 1}) a")
        assert contrast >= 4.5, tiles.nth(place).inner_text()


def test_pages_are_whole_without_javascript(open_page):
    page, _, wrong = open_page("/", java_script_enabled=False)
    assert wrong == []
    assert page.locator("h1").inner_text().endswith("is money.")
    assert page.locator(".fall .bar rect").count() >= 5
    page.locator("summary").first.click()
    assert page.locator("details[open] table").first.is_visible()


def test_the_keyboard_skips_to_the_content(open_page):
    page, *_ = open_page("/announcements/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_keyboard_reaches_the_map_and_the_frames_that_scroll(open_page):
    page, *_ = open_page("/regions/")
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.tiles') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regions/*/")
    assert page.locator(".wide:not([tabindex='0'][role='region'][aria-label])").count() == 0


def test_the_search_in_the_head_finds(open_page):
    page, *_ = open_page("/")
    page.get_by_role("searchbox", name="Search announcements").fill('"ai lab" -budget')
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/announcements/?q=**")
    assert page.locator(".news li").count() > 0


def test_narrow_screens_lose_no_content(open_page):
    wide, *_ = open_page("/themes/ai/", width=1280)
    narrow, *_ = open_page("/themes/ai/", width=320)
    for selector in [".fall dd data", ".news a", ".bars data"]:
        shown = [page.locator(f"{selector}:visible").count() for page in (wide, narrow)]
        assert shown[0] == shown[1] > 0, selector
    years = narrow.locator(".yearbars li:visible").count()
    assert years == wide.locator("svg.years text:not(.soft)").count() > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_both_ends_of_a_pots_money_are_in_sight_at_every_width(open_page, width):
    page, *_ = open_page("/pots/2019-08-08-nhs-ai-lab/ai-lab/", width=width)
    cells = page.locator("table.stacked td.n")
    assert cells.count() > 10
    assert page.evaluate(OUT_OF_SIGHT) == []


def test_print_leaves_out_the_menu_and_keeps_the_bars(open_page):
    page, *_ = open_page("/")
    page.emulate_media(media="print")
    assert not page.locator("header nav").is_visible()
    assert page.locator(".fall .bar").first.is_visible()


CONTRAST = """selector => {
  const element = document.querySelector(selector)
  const parts = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = colour => parts(colour).slice(0, 3)
    .map(part => part / 255).map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [.2126, .7152, .0722][place], 0)
  let ground = element
  while (ground.parentElement && (parts(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement
  const pair = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)].sort((a, b) => b - a)
  return (pair[0] + .05) / (pair[1] + .05)
}"""

OUT_OF_SIGHT = """() => [...document.querySelectorAll("table.stacked :is(th, td)")].filter(cell => {
  const frame = cell.closest(".wide").getBoundingClientRect(), place = cell.getBoundingClientRect()
  return place.width && (place.right > frame.right + 1 || cell.scrollWidth > cell.clientWidth + 1)
}).map(cell => cell.textContent)"""
