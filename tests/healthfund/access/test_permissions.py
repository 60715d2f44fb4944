"""Who may do what: every page of the admin and every write of the API, for everybody, as permissions.txt has it.

A line that is missing, wrong or too many fails with the line as it is. Whether it ought to be so is for whoever adds it.
"""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from announcements.choices import Role
from announcements.models import Announcement, Revision
from announcements.newsroom.reports import REPORTS
from healthfund.api.v1 import urls as api
from healthfund.models import Scope
from programmes.models import Theme
from tests import factories as f
from tests.announcements.admin.test_pages import everything
from tests.roles import member

TABLE = Path(__file__).with_name("permissions.txt")
PEOPLE = ["anonymous", "staff", *(str(role) for role in Role), "superuser"]
READ_ONLY = {"changelist", "history"}
"""Pages that take nothing in, or nothing but actions, which name their permissions themselves."""

WRITES = {"post", "put", "patch", "delete"}
ASKED = {"facts": ["", "?publish=true"]}
"""Parameters that change what a write takes."""

CALLERS = {
    "anonymous": None,
    "read-only": (Role.ADMINISTRATOR, [Scope.READ]),
    "submitting": (Role.ADMINISTRATOR, [Scope.SUBMIT]),
    "staff": (None, Scope.values),
    "Editor": (Role.EDITOR, Scope.values),
    "Reviewer": (Role.REVIEWER, Scope.values),
    "Administrator": (Role.ADMINISTRATOR, Scope.values),
}
"""Tokens of the API: whose, and with which scopes. All of them where a role is named."""


def stated(heading):
    """One of the file's tables: its columns, and its lines as (name, [status, …]); `*` in a name stands for anything."""
    part = f"\n{TABLE.read_text()}".split(f"\n# {heading}\n")[1].split("\n# ")[0]
    lines = [re.split(r"\s{2,}", line.strip()) for line in part.splitlines() if line.strip()]
    return (lines[0], [(name, cells) for name, *cells in lines[1:]]) if lines else ([], [])


def compare(heading, columns, found):
    """Fails with each line as it is where the first that fits says otherwise, and with lines that fit nothing."""
    said, lines = stated(heading)
    of = {name: next((line for line in lines if fnmatchcase(name, line[0])), None) for name in found}
    differing = [
        "  ".join([f"{name:<60}", *(f"{cell:<13}" for cell in cells)]).rstrip()
        for name, cells in found.items()
        if of[name] is None or of[name][1] != cells
    ]
    assert differing == [], f"{TABLE.name} says otherwise:\n" + "\n".join(differing)
    assert said == columns
    assert [name for name, cells in lines if (name, cells) not in of.values()] == [], "they are of nothing"


def verdict(response):
    if response.status_code != 302:
        return str(response.status_code)
    return "log-in" if response["Location"].startswith("/admin/login/") else "302"


# The admin


def pages():
    """Every address of the admin that Django knows, by its name: {name: pattern}."""
    found = {}

    def walk(patterns, route, label):
        for pattern in patterns:
            here = route + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found[pattern.name or f"to the page of {here}"] = (here, label)
            else:
                walk(pattern.url_patterns, here, label)

    for resolver in get_resolver().url_patterns:
        if str(resolver.pattern).startswith("admin/"):
            walk(
                resolver.url_patterns if hasattr(resolver, "url_patterns") else [resolver],
                "" if isinstance(resolver, URLPattern) else "admin/",
                "",
            )
    return found


def address(name, route):
    """An address of that route that leads to something: the first row of its model, the first announcement."""
    given = {
        "object_id": lambda: row_of(route).pk,
        "id": lambda: User.objects.order_by("pk").first().pk,
        "slug": lambda: Announcement.objects.order_by("pk").first().slug,
        "app_label": lambda: "programmes",
        "model_name": lambda: "theme",
        "suffix": lambda: "csv",
        "key": lambda: Theme.objects.order_by("pk").first().key if "auditentry" in route else next(iter(REPORTS)),
        "thing": lambda: "theme",
        "do": lambda: "approve",
        "content_type_id": lambda: 1,
        "url": lambda: "nothing/",
    }
    plain = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(given[part[1]]()) if part[1] in given else "1", plain)


def row_of(route):
    """The first row of the model whose page it is; of themes where it is no model's."""
    _, label, name, *_ = route.split("/")
    model = apps.get_model(label, name) if label in apps.app_configs else Theme
    return model._default_manager.order_by("pk").first()


@pytest.fixture
def portal(db):
    """A row of everything that the admin shows."""
    everything()
    f.TokenFactory()
    f.AlertMailFactory()
    f.DeliveryFactory()
    AccessAttempt.objects.create(username="x", attempt_time=timezone.now(), failures_since_start=1)
    Revision.objects.get_or_create(
        title="One", defaults={"begun_at": timezone.now(), "saved_at": timezone.now(), "moved_at": timezone.now()}
    )


def people():
    made = {str(role): member(role, str(role)) for role in Role}
    made |= {"anonymous": None, "staff": member(None), "superuser": User.objects.create_superuser("superuser")}
    for name in PEOPLE:
        client = Client(raise_request_exception=False)
        if made[name]:
            client.force_login(made[name])
        yield client


def test_every_page_of_the_admin_opens_for_whom_it_should(portal):
    clients = list(people())
    found = {}
    for name, (route, _) in sorted(pages().items()):
        verb = name.rpartition("_")[2]
        for method in ["GET"] if verb in READ_ONLY else ["GET", "POST"]:
            if name in ("logout", "login"):
                continue
            asked = address(name, route)
            found[f"{name} {method}"] = [
                verdict(client.get(asked) if method == "GET" else client.post(asked, {})) for client in clients
            ]
    compare("admin", PEOPLE, found)


# The API


def writes():
    """Every write of the API, by method and name: {"POST facts": its address}."""
    for pattern in api.urlpatterns:
        for method in sorted(WRITES & {name for name in dir(pattern.callback.view_class) if name in WRITES}):
            arguments = {key: 1 if key in ("id", "delivery") else "x" for key in pattern.pattern.converters}
            for query in ASKED.get(pattern.name, [""]):
                yield (
                    f"{pattern.name}{query} {method.upper()}",
                    reverse(f"api:{pattern.name}", kwargs=arguments) + query,
                )


def test_every_write_of_the_api_is_for_whom_it_should(db):
    found = {}
    tokens = {}
    for name, whose in CALLERS.items():
        if whose:
            role, scopes = whose
            tokens[name] = f.TokenFactory(user=member(role, f"{name} of a token"), scopes=" ".join(scopes)).secret
    client = Client(raise_request_exception=False)
    for name, asked in writes():
        found[name] = [
            str(
                client.generic(
                    name.rpartition(" ")[2],
                    asked,
                    "{}",
                    content_type="application/json",
                    headers={"Authorization": f"Bearer {tokens[caller]}"} if caller in tokens else None,
                ).status_code
            )
            for caller in CALLERS
        ]
    compare("api", list(CALLERS), found)


def test_the_admin_s_own_pages_of_a_model_are_all_in_the_table():
    """So that the walk over the addresses misses nothing."""
    names = set(pages())
    for model in admin.site._registry:
        for verb in ("changelist", "add", "change", "delete", "history"):
            assert f"{model._meta.app_label}_{model._meta.model_name}_{verb}" in names
