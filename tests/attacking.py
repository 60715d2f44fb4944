"""Schemathesis against the whole API: every check, with and without a state, on a portal that has one of everything.

A test runs some of it, `tests/benchmarks/attack.py` ten thousand cases. It reads our own OpenAPI document with the ids of
that portal filled in, so that questions find something, and sends a token that may do everything.
"""

import copy
import re
import threading
from collections import Counter
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler
from django.utils.choices import CallableChoiceIterator
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData

from announcements import filters
from announcements.facts import dumping
from announcements.models import Announcement
from healthfund.api import schema
from healthfund.api.shape import FieldNames
from healthfund.api.v1.urls import urlpatterns
from healthfund.models import Scope
from programmes.financial_years import FinancialYear
from programmes.models import Deflator
from tests.everything import write_everything
from tests.factories import ClaimFactory, DeliveryFactory, TokenFactory, WebhookFactory

RIGHTS = ("add_announcement", "change_announcement", "publish_announcement")
FACTS = "/api/v1/facts/"
YEARS = ["1999-00", "2019-20", "2020-21"]
"""Of those that a pattern finds, most do not follow each other."""
WITHDRAWAL = "/api/v1/announcements/{id}/withdraw/"


# The portal


class Portal(NamedTuple):
    """What is attacked: the secret of a token that may do everything, the slugs of announcements that stay and of those
    that may be withdrawn, and the ids of deliveries."""

    secret: str
    staying: list
    spare: list
    deliveries: list


def write_portal():
    """Write a portal that has one of everything, and two announcements more that may be withdrawn."""
    token = TokenFactory(scopes=" ".join(Scope.values), may=RIGHTS)
    spare = [ClaimFactory().announcement.slug for _ in range(2)]
    deliveries = [DeliveryFactory(webhook=WebhookFactory(owner=token.user)).pk for _ in range(3)]
    write_everything()
    staying = Announcement.objects.exclude(slug__in=spare).values_list("slug", flat=True)
    return Portal(token.secret, list(staying), spare, deliveries)


class Server(ThreadedWSGIServer):
    """Answers on the connection of the thread that started it, in whose transaction a test may be. pytest-django's own
    server would empty the tables afterwards, which the ledger's refuse."""

    def __init__(self, application):
        shared = {"default": connections["default"]}
        super().__init__(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override=shared)
        self.set_app(application)

    def _close_connections(self):
        """They are not this server's."""


@contextmanager
def served(portal):
    """Serves the portal while the block runs; gives its address."""
    connections["default"].inc_thread_sharing()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    server = Server(sparing(portal, WSGIHandler()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connections["default"].dec_thread_sharing()


def sparing(portal, application):
    """The WSGI application, in which whoever would withdraw an announcement that stays withdraws a spare one: there would
    soon be nothing left to ask for."""
    staying = re.compile(f"(?<=/announcements/)({'|'.join(portal.staying)})(?=/withdraw/)")

    def answer(environment, start_response):
        path = staying.sub(portal.spare[0], environment["PATH_INFO"])
        return application(environment | {"PATH_INFO": path}, start_response)

    return answer


# The document with this portal's values


def filled(portal):
    """The OpenAPI document with what there is to be asked for: parameters that take ids and names take those alone."""
    client = Client(headers={"Authorization": f"Bearer {portal.secret}"})
    document = copy.deepcopy(schema.document())
    views = {address.name.replace("-", "_"): address.callback.view_class for address in urlpatterns}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            view = views.get(operation["operationId"]) if method == "get" else None
            fields = view().parameters() if hasattr(view, "parameters") else {}
            known = {name: values(field, portal) for name, field in fields.items()} | places(client, path, portal)
            if "cursor" in known:
                known["cursor"] = cursors(client, path)
            for parameter in operation.get("parameters", []):
                fill(parameter, known.get(parameter["name"]))
    for name in ("WantedRequest", "PatchedWantedRequest"):
        wanted = document["components"]["schemas"][name]["properties"]
        wanted["address"]["enum"] = [WebhookFactory.address]
        wanted["filter"]["enum"] = ["", "theme=digital"]
    stays = Announcement.objects.exclude(sources=None).in_order()
    document["paths"][FACTS]["post"]["requestBody"]["content"]["application/json"]["example"] = dumping.document(stays)
    return document


def fill(parameter, known):
    """Have a parameter take these values alone, as far as there are any, in place of its example."""
    if known:
        described = parameter["schema"].get("items", parameter["schema"])
        described.pop("pattern", None)
        described["enum"] = known
        parameter.pop("example", None)


def values(field, portal):
    """What a form field takes of this portal's; nothing where that follows from the code."""
    match field:
        case filters.AnySlug():
            there = field.rows().order_by(field.column).values_list(field.column, flat=True).distinct()
            return [*filter(portal_keeps(portal), there), *([filters.MISSING] if field.missing else [])]
        case filters.OneYear():
            return YEARS
        case filters.AnyYear():
            return [*YEARS, *([filters.MISSING] if field.missing else [])]
        case filters.PricesOf():
            years = Deflator.objects.order_by("year").values_list("year", flat=True)
            return [field.CASH, *(str(FinancialYear(year)) for year in years)]
        case filters.AnyKey() | FieldNames():
            return [word for word, _ in field.choices]
        case filters.OneOf() if isinstance(field.choices, CallableChoiceIterator):
            return [word for word, _ in field.choices]
    return []


def portal_keeps(portal):
    """A function that says of an id whether what it names stays."""
    return lambda value: str(value).partition("#")[0] not in portal.spare


def places(client, path, portal):
    """{name: values} of the places of an address, read from the list that it lies in."""
    names = re.findall(r"{(\w+)}", path)
    if not names:
        return {}
    if path == WITHDRAWAL:
        return {"id": portal.spare}
    rows = client.get(path.partition("{")[0]).json()["results"]
    ids = [row["id"] for row in rows if portal_keeps(portal)(row["id"])]
    if "delivery" in names:
        return {"id": ids, "delivery": portal.deliveries}
    if path.startswith("/api/v1/packages/"):
        return {"id": [*ids, "latest"], "name": sorted({file["name"] for row in rows for file in row["files"]})}
    if names == ["id"]:
        return {"id": ids}
    parts = zip(*(value.split("#") for value in ids), strict=True)
    return {name: sorted(set(part)) for name, part in zip(names, parts, strict=True)}


def cursors(client, path):
    """The cursor of a list's second page, if it has one."""
    if "{" in path:
        return []
    following = client.get(path, {"page_size": 1}).json()["next"]
    return [unquote(cursor) for cursor in re.findall(r"cursor=([^&]+)", following or "")]


# What the document cannot say

UNSAID = {
    "a cursor that this list did not give, or not in this order": ["This cursor is not one that this list gave"],
    "a page of a file": ["A file holds the whole list"],
    "a member that only an expansion shows": ["is shown only with expand="],
    "a range that ends before it begins": ["_to is before ", "_max is before "],
    "words for a search that are unfinished or none": [
        "A quotation mark is not closed",
        "OR stands between",
        "OR cannot be followed",
        "There is nothing to search for",
    ],
    "how to convert what is not to be converted": ["give prices=2024-25 with it", "give per=head with it"],
    "shares of money that leaves out some places": ["Money without some places is no one's share"],
    "a key that was used for another request": ["This Idempotency-Key was used for another request"],
}
"""What is refused rightly though the document cannot forbid it, by the words of the refusal."""
EXCUSES = [words for refusals in UNSAID.values() for words in refusals]


def is_one(context, failure, case, response):
    """Schemathesis's hook: whether a failure is one, and not the refusal of what the document cannot forbid."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    if response.status_code == 422 and case.operation.path == FACTS:
        # What an announcement holds is said by facts/schema.json, and what it may lean on by the portal alone.
        return False
    said = response.json()
    refusals = [fault["message"] for fault in said.get("errors", [])] or [said["detail"]]
    return not all(any(words in refusal for words in EXCUSES) for refusal in refusals)


# The attack


class Report:
    """What came of it: how many cases each phase sent, the operations that were asked and those that ever did what they
    were asked, and every failure in words."""

    def __init__(self):
        self.cases, self.asked, self.done, self.failures = Counter(), set(), set(), []

    def add(self, event):
        """Count what an event of the engine tells."""
        match event:
            case events.ScenarioFinished():
                self._scenario(event.phase.value, event.recorder)
            case events.NonFatalError():
                self.failures.append(f"{event.label}: {event.info.title}: {event.info.message}\n{event.info.traceback}")
            case events.FatalError():
                raise event.exception

    def _scenario(self, phase, recorder):
        self.cases[phase] += len(recorder.interactions)
        for case_id, interaction in recorder.interactions.items():
            label = recorder.cases[case_id].value.operation.label
            self.asked.add(label)
            if interaction.response is not None and interaction.response.status_code < 400:
                self.done.add(label)
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    answer = recorder.interactions[case_id].response
                    self.failures.append(told(phase, check.failure_info, answer))


def told(phase, found, answer):
    failure = found.failure
    content = answer.content[:1000].decode(errors="replace") if answer else ""
    return "\n".join(
        [f"{failure.operation}, {phase}: {failure.title}", failure.message, found.code_sample or "", content]
    )


def attack(portal, *, seed, examples, scenarios, coverage=False):
    """Ask each operation for its own example and as many generated ones, follow so many scenarios from one operation to
    the next, and with `coverage` every boundary of every parameter; gives the Report. The same seed asks the same."""
    document = filled(portal)
    with served(portal) as address:
        config = schemathesis.Config.from_dict(
            {
                "base-url": address,
                "auth": {"openapi": {"token": {"bearer": portal.secret}}},
                "seed": seed,
                "continue-on-failure": True,
                "cache": {"enabled": False},
                "analysis": {"constants": {"enabled": False}},
                "generation": {"max-examples": examples, "database": "none"},
                "phases": {
                    "coverage": {"enabled": coverage},
                    "stateful": {"generation": {"max-examples": scenarios}},
                },
            }
        )
        attacked = schemathesis.openapi.from_dict(document, config=config)
        attacked.hook("filter_failure")(is_one)
        report = Report()
        for event in from_schema(attacked).execute():
            report.add(event)
    return report
