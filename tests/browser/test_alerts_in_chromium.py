"""The way of an e-mail alert in a real browser, under the strict policy: from a list to the mail, and to its end."""

import email
import email.policy
import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from healthfund import env

pytestmark = pytest.mark.browser

WORK = """
from django.utils import timezone
from healthfund.alerts import sending
from healthfund.models import Alert
for alert in Alert.objects.in_order():
    sending.run(alert.pk, clock=timezone.now)
"""


@pytest.fixture
def post(environment):
    """Does a worker's work and gives the texts of all mails to an address that were written to files, in their order."""

    def deliver(address):
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", WORK]
        subprocess.run(command, cwd=env.PROJECT, env=environment, check=True)
        mails = []
        # Their names tell the second only.
        files = sorted(Path(environment["VAR_DIR"], "mail").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        for file in files:
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if mail["To"] == address:
                mails.append(mail.get_body(("plain",)).get_content())
        return mails

    return deliver


@pytest.mark.parametrize(("scripts", "scheme", "width"), [(True, "light", 1280), (False, "dark", 320)])
def test_an_alert_is_made_confirmed_changed_and_stopped(scripts, scheme, width, chromium, portal, post):
    viewport = {"width": width, "height": 900}
    with chromium.new_context(java_script_enabled=scripts, color_scheme=scheme, viewport=viewport) as context:
        page, wrong, reader = context.new_page(), [], f"reader-{width}@example.org"
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("requestfailed", lambda request: wrong.append(request.url))

        def heading(text):
            assert page.locator("h1").inner_text() == text
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if scripts:
                assert Axe().run(page).violations_count == 0

        page.goto(f"{portal}/announcements/?theme=ai&region=wales")
        page.get_by_role("link", name="E-mail me about these announcements").click()
        heading("Be told by e-mail when this changes")
        page.get_by_label("Your e-mail address").fill(reader)
        page.get_by_label("Once a week").check()
        page.get_by_role("button", name="Send me a mail to confirm").click()
        heading("Check your mail")
        address = re.findall(r"http://\S+/alerts/confirm/\S+", post(reader)[-1])[0]
        page.goto(address)
        heading("Do you want this e-mail alert?")
        page.get_by_role("button", name="Yes, write to me").click()
        heading("Your e-mail alert is on")
        page.get_by_label("Once a day").check()
        page.get_by_role("button", name="Save").click()
        assert page.get_by_label("Once a day").is_checked()
        page.get_by_role("button", name="Stop this alert and forget my address").click()
        heading("Stopped")
        assert wrong == []
        page.goto(address)
        heading("There is no such alert")
