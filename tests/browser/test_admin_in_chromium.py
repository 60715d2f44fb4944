"""Every page of the admin in a real browser: nothing that the strict policy refuses, and nothing that axe finds."""

import json
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.people import PROJECT

pytestmark = pytest.mark.browser

# Axe itself would add a style to read those that are imported, which our policy refuses.
AXE = {
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False},
    # What the dark changes is colours.
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"], "preload": False},
}

IN_THE_DARK = ("/admin/programmes/", "/admin/auth/")
"""Pages of every type."""


@pytest.fixture(scope="module")
def root(people, chromium):
    """The browser's state once a superuser is logged in."""
    people.make(root="superuser")
    context = chromium.new_context()
    people.log_in(context.new_page(), "root")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def addresses(people, root):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", "import tests.browser.admin_pages"],
        cwd=PROJECT,
        env=people.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("scheme", AXE)
def test_every_page_keeps_the_policy_and_stands_up_to_axe(chromium, people, root, addresses, scheme):
    context = chromium.new_context(storage_state=root, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page, wrong, at = context.new_page(), [], [""]
    page.on("pageerror", lambda error: wrong.append((at[0], str(error))))
    page.on("console", lambda said: said.type in ("error", "warning") and wrong.append((at[0], said.text)))
    page.on("response", lambda answer: answer.status >= 400 and wrong.append((at[0], f"{answer.status}: {answer.url}")))
    for address in [one for one in addresses if scheme == "light" or one.startswith(IN_THE_DARK)]:
        at[0] = address
        answer = page.goto(people.portal + address)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        for found in Axe().run(page, options=AXE[scheme]).response["violations"]:
            wrong.append((address, found["id"], found["nodes"][0]["html"][:300], len(found["nodes"])))
    context.close()
    assert len(addresses) > 80
    assert wrong == [], "\n".join(map(str, wrong))
