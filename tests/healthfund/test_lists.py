"""Every list of the admin is there as a file: all of it, as it is filtered, searched and ordered, for those who may look."""

import csv
import io
import json
import re

import openpyxl
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from announcements.models import Announcement, Claim, LedgerEntry, Pot
from programmes.models import Programme
from tests import factories as f
from tests.announcements.admin.browsing import client_of, may, page
from tests.announcements.admin.test_pages import everything

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def fetched(client, model, suffix="csv", **asked):
    return client.get(f"{page('changelist', model)}list.{suffix}", asked)


def read(response):
    """The rows of a CSV file, each a dict, without what it says of itself."""
    lines = csv.DictReader(io.StringIO(b"".join(response).decode(), newline=""))
    return [line for line in lines if not next(iter(line.values())).startswith("# ")]


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_list_is_there_in_every_format_with_all_its_rows(model, admin_client):
    everything()
    f.WebhookFactory()
    f.AlertFactory()
    f.TokenFactory()
    listed = admin_client.get(page("changelist", model))
    shown = listed.context["cl"].result_count
    assert len(read(fetched(admin_client, model))) == shown
    *documents, end = b"".join(fetched(admin_client, model, "jsonl")).decode().splitlines()
    assert len(documents) == shown
    assert json.loads(end)["_export"]["complete"] is True
    workbook = openpyxl.load_workbook(io.BytesIO(b"".join(fetched(admin_client, model, "xlsx"))))
    assert workbook.worksheets[0].max_row == shown + 1
    for suffix in ("csv", "xlsx", "jsonl"):
        assert f'href="list.{suffix}?' in re.sub(rf'"list\.{suffix}"', f'"list.{suffix}?"', listed.content.decode())


def test_no_app_has_a_list_that_was_not_looked_at():
    assert {model for model in apps.get_models() if admin.site.is_registered(model)} == set(REGISTERED)


@pytest.mark.parametrize("model", [Claim, LedgerEntry, Pot, Announcement])
def test_file_costs_as_many_queries_however_many_rows(model, admin_client):
    everything()
    fetched(admin_client, model)
    with CaptureQueriesContext(connection) as few:
        rows = len(read(fetched(admin_client, model)))
    everything(3)
    with CaptureQueriesContext(connection) as many:
        assert len(read(fetched(admin_client, model))) > rows
    assert len(many) == len(few)


def test_file_is_filtered_searched_and_ordered_as_the_list_and_holds_more_than_a_page(admin_client):
    for number in range(60):
        f.AnnouncementFactory(title=f"Scanners {number:02}", draft=number % 2)
    f.AnnouncementFactory(title="Beds")
    rows = read(fetched(admin_client, Announcement, q="scanners", o="-1"))
    assert [row["title"] for row in rows] == [f"Scanners {number:02}" for number in reversed(range(60))]
    rows = read(fetched(admin_client, Announcement, q="scanners", status__exact="draft"))
    assert {row["status"] for row in rows} == {"Draft"}
    assert len(rows) == 30


def test_money_is_pounds_and_the_row_has_its_public_name(admin_client):
    pot = f.PotFactory(amount="£1,234.50")
    Pot.objects.filter(pk=pot.pk).update(low=0, high=123450)
    [row] = read(fetched(admin_client, Pot))
    assert (row["reference"], row["low"], row["high"]) == (pot.reference, "0.00", "1234.50")
    claim = Claim.objects.get()
    [row] = read(fetched(admin_client, Claim))
    assert (row["name"], row["amount"], row["currency"]) == (claim.name, "1234.50", "GBP")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(fetched(admin_client, Pot, "xlsx")))).worksheets[0]
    assert [cell.value for cell in sheet[1]].index("high") == [cell.value for cell in sheet[2]].index(1234.5)


def test_what_a_spreadsheet_would_run_is_made_harmless(admin_client):
    f.ProgrammeFactory(name='=HYPERLINK("http://evil.example")')
    [row] = read(fetched(admin_client, Programme))
    assert row["name"].startswith("'=")


def test_nobody_takes_a_list_that_they_may_not_look_at(db, client):
    f.ProgrammeFactory()
    assert fetched(client_of(may("view_announcement")), Programme).status_code == 403
    assert fetched(client_of(may("view_programme")), Programme).status_code == 200
    assert fetched(client, Programme).status_code == 302
    assert fetched(client_of(User.objects.create_user("reader")), Programme).status_code == 302


def test_what_there_is_not_is_refused(admin_client):
    assert fetched(admin_client, Programme, "pdf").status_code == 404
    assert admin_client.get("/admin/programmes/nothing/list.csv").status_code == 404
    assert fetched(admin_client, Programme, nothing="1").status_code == 400


def test_statement_says_for_whom_it_was_made_and_claims_no_licence(admin_client):
    text = b"".join(fetched(admin_client, User)).decode()
    assert "# made for: admin" in text
    assert "Licence" not in text
    assert "password" not in text
    assert reverse("admin-list-file", args=["auth", "user", "csv"]) in text
