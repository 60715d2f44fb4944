"""What it takes hands to bring a press release of two sums, of which one was announced before, from the empty form to the
public: clicks, keys, and the seconds that the portal took to answer meanwhile.

    .venv/bin/python tests/benchmarks/entering.py

Starts a portal with the real announcements and the machine's Chromium, as tests/browser does. Choosing in a list is two
clicks; what is pasted from the release (its address, the summary, the wording of its sums) is a click and two keys.
"""

import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PASTED = ("summary", "sources-0-url", "as_stated")


@pytest.mark.browser
def test_enter(chromium, people, portal):
    from tests.browser.newsroom import FUND, NEW, OLD, Desk

    people.make(anna="Editor", ben="Reviewer")
    pages = {}
    for name in ("anna", "ben"):
        pages[name] = chromium.new_context().new_page()
        pages[name].set_default_timeout(60_000)
        people.log_in(pages[name], name)
    begun = time.monotonic()
    anna = Desk(pages["anna"], portal).open()
    anna.announcement()
    anna.claim(0, OLD, regions=())
    anna.judge(0, "The same money", "National Artificial Intelligence Lab")
    anna.press("Another sum")
    anna.claim(1, NEW)
    anna.press("Preview the count")
    anna.tick_off()
    anna.press("Send to review")
    anna.page.get_by_text("is in review").wait_for()
    ben = Desk(pages["ben"], portal).open("/admin/announcements/revision/?state=in_review")
    ben.page.get_by_role("link", name=FUND["title"]).click()
    ben.clicks += 1
    ben.press("Approve and publish")
    ben.page.get_by_text("is published").wait_for()
    pasted = sum(len(text) - 2 for words in (FUND, OLD, NEW) for field, text in words.items() if field in PASTED)
    print(
        f"\neditor: {anna.clicks} clicks and {anna.keys} keys, {anna.keys - pasted} of them where the release's own words "
        f"are pasted; reviewer: {ben.clicks} clicks; {time.monotonic() - begun:.0f} s by a machine that types at once"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    sys.exit(pytest.main(["-q", "-s", "-m", "browser", "-p", "tests.browser.conftest", __file__]))
