"""A newsroom in a real browser: somebody at the entry page, and every key and click that it took them."""

import re

ADD = "/admin/announcements/revision/add/"
FUND = {
    "announced_on": "10/11/2025",
    "title": "Artificial intelligence on the wards",
    "summary": "The AI Lab's money was spoken of again, beside new money for wards.",
    "sources-0-url": "https://www.gov.uk/government/news/ai-on-the-wards",
    "sources-0-publisher": "GOV.UK",
    "announcer-organisation": "Department of Health and Social Care",
    "programmes": "NHS AI Lab",
}
OLD = {"name": "The AI Lab of the NHS", "as_stated": "£250 million"}
NEW = {
    "name": "Artificial intelligence for wards",
    "as_stated": "up to £21m in 2025-26",
    "theme": "ai",
    "sector": "government",
    "additionality": "new",
    "note": "The source calls it new money.",
}


class Desk:
    """Somebody who types, clicks and presses keys on a page of the newsroom. Each act is counted as a person's hands
    count it: a click, a key."""

    def __init__(self, page, portal):
        self.page, self.portal = page, portal
        self.clicks = self.keys = 0

    def open(self, address=ADD):
        self.page.goto(f"{self.portal}{address}")
        return self

    def type(self, field, text):
        """Click into a field, by its name, and type; of a list of choices, choose."""
        found = self.page.locator(f"[name='{field}']").first
        if not found.is_visible():
            self.unfold(found)
        self.clicks += 1
        if found.evaluate("field => field.tagName") == "SELECT":
            self.clicks += 1
            found.select_option(text)
            return
        found.click()
        found.press_sequentially(text)
        self.keys += len(text)

    def unfold(self, found):
        """Open the doors behind which a field lies."""
        for door in found.locator("xpath=ancestor::details[not(@open)]").all():
            door.locator("> summary").click()
            self.clicks += 1

    def tick(self, field, value):
        self.page.locator(f"[name='{field}'][value='{value}']").check()
        self.clicks += 1

    def press(self, name, within=None, exact=True):
        """Click a button, and wait until the page has answered."""
        with self.page.expect_response(lambda response: response.request.method == "POST" and self.is_mine(response)):
            (within or self.page).get_by_role("button", name=name, exact=exact).first.click()
        self.clicks += 1
        self.settle()

    def is_mine(self, response):
        return "keep" not in re.findall(r'name="_do"\r\n\r\n(\w+)', response.request.post_data or "") and (
            "_do=keep" not in (response.request.post_data or "")
        )

    def settle(self):
        self.page.wait_for_load_state("networkidle")
        busy = self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")
        busy.first.wait_for(state="detached")

    def kept(self):
        """Wait until what was typed is saved by itself."""
        with self.page.expect_response(lambda response: "_do=keep" in (response.request.post_data or "")):
            pass
        self.settle()

    def announcement(self, **other):
        for field, text in (FUND | other).items():
            self.type(field, text)

    def claim(self, index, words, regions=("england",)):
        for field, text in words.items():
            self.type(f"claims-{index}-{field}", text)
        for region in regions:
            self.tick(f"claims-{index}-regions", region)

    def judge(self, index, verdict, name):
        """Say of a likely earlier pot how the money stands to it."""
        group = self.page.locator(f"#radar-{index}").get_by_role("group", name=f"How it stands to {name}", exact=True)
        if not group.is_visible():
            self.unfold(group)
        self.press(verdict, within=group)

    def tick_off(self, why="Read twice."):
        """Give a reason to every warning, and call every other pot that is asked about other money."""
        for field in self.page.locator("#warnings input[type=text]").all():
            if not field.input_value():
                field.click()
                field.press_sequentially(why)
                self.clicks, self.keys = self.clicks + 1, self.keys + len(why)
        self.press("Save")
        while True:
            asked = self.page.locator(".radar > ul > li:not(.judged)")
            if not asked.count():
                return
            self.press("Different money", within=asked.first)

    @property
    def words(self):
        """The sentences of the preview."""
        return self.page.locator("#preview .words li").all_inner_texts()

    def counted(self):
        """{total: (firm, ceiling)} in pence of the preview's first table."""
        rows = {}
        for row in self.page.locator("#preview > table tbody tr").all():
            label, *ends = row.locator("th, td").all_inner_texts()
            rows[label.lower()] = tuple(in_pence(end) for end in ends)
        return rows


def in_pence(text):
    """Pence of `−£1,234.50`."""
    sign = -1 if text.startswith("−") else 1
    return sign * int(re.sub(r"[^\d]", "", text))
