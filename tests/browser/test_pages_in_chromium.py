"""Every page type in a real browser, under the strict policy."""

import contextlib
import functools
import http.server
import threading
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PAGES = {
    "/": 200,
    "/?theme=ai&theme=digital&region=england&prices=2024-25&per=head&announced_year_from=2019-20": 200,
    "/?theme=aii": 400,
    "/money/?measure=announced&theme=ai": 200,
    "/money/?measure=announced&theme=ai&prices=2024-25&per=head": 200,
    "/explore/": 200,
    "/explore/?by=region&by=sector&per=head": 200,
    "/compare/": 200,
    "/compare/?theme=ai&theme=digital": 200,
    "/announcements/": 200,
    "/announcements/?theme=ai&q=%22ai+lab%22&programme=nhs-ai-lab": 200,
    "/announcements/?theme=aii&nonsense=1": 400,
    "/announcements/?theme=ai&region=wales&q=zebra": 200,
    "/announcements/money/?theme=ai": 200,
    "/changes/?kind=created": 200,
    "/announcements/2019-08-08-nhs-ai-lab/": 200,
    "/announcements/2023-03-28-life-sciences-manufacturing-first-awards/": 200,
    "/announcements/2025-07-16-life-sciences-sector-plan/?as_at=2025-08-01": 200,
    "/pots/2019-08-08-nhs-ai-lab/ai-lab/": 200,
    "/pots/2013-09-04-technology-fund-second-round/second-round/": 200,
    "/themes/": 200,
    "/themes/ai/": 200,
    "/regions/": 200,
    "/regions/england/": 200,
    "/regions/yorkshire-and-the-humber/": 200,
    "/embed/years/?theme=ai": 200,
    "/programmes/": 200,
    "/programmes/nhs-ai-lab/": 200,
    "/organisations/": 200,
    "/organisations/hm-treasury/": 200,
    "/promises/": 200,
    "/responses/?theme=ai": 200,
    "/how-we-count/": 200,
    "/api/docs/": 200,
    "/api/guide/": 200,
    "/nothing-here/": 404,
}
WIDTHS = [320, 375, 1280]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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
    # The viewer of the API's operations is not ours to mend, and has landmarks of its own.
    viewer = page.locator("#swagger").count()
    options = AXE | {"rules": {"landmark-no-duplicate-main": {"enabled": not viewer}}}
    found = Axe().run(page, context={"exclude": [["#swagger"]]} if viewer else None, options=options)
    assert found.response["violations"] == [], found.generate_report()


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


def test_every_page_says_the_same_without_javascript(open_page):
    scripted, *_ = open_page("/")
    plain, _, wrong = open_page("/", java_script_enabled=False)
    for path, status in PAGES.items():
        # Its operations are drawn by a script; the document is linked beside them.
        if status == 200 and path != "/api/docs/":
            said = []
            for page in (scripted, plain):
                page.goto(f"{origin(page)}{path}")
                said.append(page.locator("main").inner_text())
            assert said[0] == said[1], path
    assert wrong == []


def test_filters_change_the_front_page_in_place_and_the_address_brings_it_back(open_page):
    page, _, wrong = open_page("/")
    page.evaluate("window.still = true")
    whole = page.locator("h1").inner_text()
    page.locator("form.scope [name=theme]").select_option("ai")
    page.wait_for_url("**theme=ai**")
    page.wait_for_function("document.querySelector('.chosen')?.innerText.includes('Artificial intelligence')")
    part = page.locator("h1").inner_text()
    assert part != whole
    assert page.evaluate("window.still"), "the page was not loaded anew"
    fresh, *_ = open_page(urlsplit(page.url).path + "?" + urlsplit(page.url).query)
    assert fresh.locator("main").inner_text() == page.locator("main").inner_text()
    page.go_back()
    page.wait_for_function("title => document.querySelector('h1').innerText === title", arg=whole)
    assert wrong == []


def test_a_refused_filter_shows_the_page_that_says_what_is_wrong(open_page):
    page, *_ = open_page("/")
    page.evaluate("document.querySelector('[name=theme]').append(new Option('Ai', 'aii', true, true))")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("text=That cannot be asked")
    page.get_by_role("link", name="ai", exact=True).click()
    page.wait_for_url("**theme=ai**")


def test_a_chart_answers_the_pointer_under_the_strict_policy(open_page):
    page, _, wrong = open_page("/")
    chart = page.locator("[data-chart]").first
    chart.hover()
    page.wait_for_selector("[data-chart][data-state=ready]")
    chart.locator(".mark-rect path").nth(9).hover(force=True)
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "£" in page.locator("#vg-tooltip-element").inner_text()
    assert chart.locator("svg[role=img][aria-label]").count() == 1
    assert wrong == []


def test_the_keyboard_brings_a_chart_to_life_and_reaches_its_files(open_page):
    page, _, wrong = open_page("/themes/ai/")
    page.locator("[data-chart]").first.focus()
    page.wait_for_selector("[data-chart][data-state=ready]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "CSV"
    assert wrong == []


def test_a_chart_stands_in_a_frame_of_another_site_and_no_page_does(chromium, portal, tmp_path):
    (tmp_path / "index.html").write_text(
        f'<iframe src="{portal}/embed/years/"></iframe><iframe src="{portal}/"></iframe>'
    )
    with another_site(tmp_path) as address:
        context = chromium.new_context()
        page, refused = context.new_page(), []
        page.on("console", lambda said: refused.append(said.text))
        page.goto(address)
        page.frame_locator("iframe").first.locator("svg[role=img]").wait_for()
        assert any("frame-ancestors" in text for text in refused)
        context.close()


@contextlib.contextmanager
def another_site(folder):
    """The address of a site that serves a folder."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


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
    assert years == wide.locator("[data-chart^='/charts/years'] .role-axis-label text", has_text="-").count() > 0


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


def origin(page):
    address = urlsplit(page.url)
    return f"{address.scheme}://{address.netloc}"


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
