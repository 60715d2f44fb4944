"""The editor's pages fit the screen, wide and narrow, also with the longest pot chosen."""

import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from tests import factories as f
from tests.announcements.admin.browsing import page

BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
MEASURE = """
import sys
from playwright.sync_api import sync_playwright
executable, width, cookie, *addresses = sys.argv[1:]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
    context = browser.new_context(viewport={"width": int(width), "height": 900})
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": addresses[0]}])
    window = context.new_page()
    for address in addresses:
        window.goto(address, wait_until="networkidle")
        choices = window.locator(".select2-container:visible")
        ends = [box["x"] + box["width"] for box in (each.bounding_box() for each in choices.all()) if box]
        print(int(max([window.evaluate("document.documentElement.scrollWidth"), *ends])))
    browser.close()
"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 375])
def test_page_of_a_claim_with_links_and_the_confirmation_fit(live_server, admin_client, width):
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("BROWSER TESTS NOT RUN: no Chromium on this machine (apt-get install chromium).")
    draft = f.AnnouncementFactory(draft=True)
    longest = f.PotFactory(name="Money for hospitals and practices " * 6)
    claim = f.ClaimFactory(announcement=draft, part_of=[longest])
    f.ClaimFactory(announcement=draft, name="Money for hospitals and practices " * 6)
    addresses = [live_server.url + page(verb, obj) for verb, obj in [("change", claim), ("publish", draft)]]
    cookie = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
    # In a process of its own: Playwright's loop would keep Django from its database in this one.
    command = [sys.executable, "-c", MEASURE, executable, str(width), cookie, *addresses]
    measured = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split()
    assert [int(each) <= width for each in measured] == [True, True], measured
