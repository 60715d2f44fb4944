"""The staff of the portal that the browser looks at: accounts, and the way in as they go it."""

import json
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
MAKE = """
import json, sys
from django.contrib.auth.models import Group, User
for name, role in json.load(sys.stdin):
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    user.is_superuser = role == "superuser"
    user.set_password("%s")
    user.save()
    user.groups.set(Group.objects.filter(name=role))
"""


class People:
    """Makes accounts in a portal's database and logs them in. Remembers each one's authenticator app."""

    def __init__(self, portal, environment):
        self.portal, self.environment = portal, environment
        self.apps = {}

    def make(self, **roles):
        """Accounts by their names: `make(ada="Editor", grace="Reviewer", root="superuser")`."""
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", MAKE % PASSWORD],
            cwd=PROJECT,
            env=self.environment,
            input=json.dumps(list(roles.items())),
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def log_in(self, page, name, onward="/admin/"):
        """From the log-in to a page of the newsroom, by what people see: the first time with an app to set up."""
        from tests.codes import code_of

        page.goto(f"{self.portal}{onward}")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        if name not in self.apps:
            page.get_by_role("heading", name="Set up your second factor").wait_for()
            self.apps[name] = page.locator("code.secret").inner_text()
            page.get_by_label("code").fill(code_of(self.apps[name]))
            page.get_by_role("button", name="Set up").click()
            page.get_by_role("link", name="To the newsroom").wait_for()
            page.goto(f"{self.portal}{onward}")
            return
        page.get_by_role("heading", name="Your code").wait_for()
        page.get_by_label("Code").fill(code_of(self.apps[name]))
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"**{onward}")
