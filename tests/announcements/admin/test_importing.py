"""Importing through the pages: a file is sent, looked at, and written whole by whoever may, once."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.urls import reverse

from announcements.admin import importing as pages
from announcements.choices import Role
from announcements.models import Announcement, AuditEntry, Revision
from announcements.newsroom import importing
from tests import factories as f
from tests.announcements.admin.browsing import client_of, said
from tests.announcements.facts import samples
from tests.announcements.newsroom.test_importing import HEADER, broken_after, rows, written
from tests.roles import member

IMPORT = "admin:announcements_revision_import"


@pytest.fixture(autouse=True)
def _somewhere(db, settings, tmp_path):
    settings.UPLOADS = tmp_path / "uploads"
    for key in ["digital", "diagnostics"]:
        f.ThemeFactory(key=key)
    f.RegionFactory(key="north-east")


@pytest.fixture
def editor():
    return client_of(member(Role.EDITOR))


def sent(client, data, name="table.csv"):
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile(name, data)})


def looked_at(client, *table):
    """The address of the preview of a table."""
    response = sent(client, written([HEADER, *table]))
    assert response.status_code == 302
    return response["Location"]


def brought_in(client, address, **values):
    """What comes of pressing the button as the page's form stands."""
    form = client.get(address).context["form"]
    data = {"assignee": form["assignee"].value(), "why": ""} | {"_import": "Import as drafts"} | values
    return client.post(address, data, follow=True)


def test_table_is_looked_at_and_nothing_is_written_until_it_is_imported(editor):
    address = looked_at(editor, *rows(2))
    text = editor.get(address).content.decode()
    assert "2 announcements" in text
    assert "2 new, 0 changed, 0 unchanged" in text
    assert "£3,000,000" in text
    assert not Revision.objects.exists()
    response = brought_in(editor, address)
    assert said(response) == ["Drafts made from table.csv: 2."]
    assert response.request["PATH_INFO"] == reverse("admin:announcements_revision_changelist")
    assert set(Revision.objects.values_list("title", "state", "assignee__username")) == {
        ("Thing 0", "draft", "editor"),
        ("Thing 1", "draft", "editor"),
    }
    assert not Announcement.objects.exists()
    assert {entry.why for entry in AuditEntry.objects.all()} == {"Imported from table.csv."}


def test_drafts_go_to_whom_the_importer_chooses(editor):
    other = member(Role.EDITOR, "other")
    brought_in(editor, looked_at(editor, *rows(1)), assignee=other.pk)
    assert Revision.objects.get().assignee == other


def test_faulty_table_names_each_row_on_the_page_and_in_the_file_and_has_no_button(editor):
    table = rows(4)
    table[1][8] = "Digitale"
    table[3][7] = "£5m or £6m"
    address = looked_at(editor, *table)
    text = editor.get(address).content.decode()
    assert "2 rows to mend" in text
    assert "Import as drafts" not in text
    told = b"".join(editor.get(f"{address}faults.csv")).decode("utf-8-sig")
    assert [row[:2] for row in csv.reader(io.StringIO(told))] == [["row", "column"], ["3", "theme"], ["5", "as_stated"]]
    editor.post(address, {"_import": "1", "assignee": editor.session["_auth_user_id"]})
    assert not Revision.objects.exists()


def test_what_the_file_says_is_run_by_no_spreadsheet(editor):
    table = rows(1)
    table[0][8] = '=HYPERLINK("http://evil.example")'
    told = b"".join(editor.get(f"{looked_at(editor, *table)}faults.csv")).decode("utf-8-sig")
    assert not any(cell.startswith("=") for row in csv.reader(io.StringIO(told)) for cell in row)


def test_public_announcement_changes_only_with_a_reason(editor):
    samples.load(samples.document(samples.announcement("2018-07-20-thing-0", samples.claim())))
    address = looked_at(editor, *rows(1))
    assert "0 new, 1 changed" in editor.get(address).content.decode()
    assert brought_in(editor, address).context["form"].errors == {"why": ["This field is required."]}
    brought_in(editor, address, why="From the archive.")
    assert Revision.objects.get().why == "From the archive."


def test_file_comes_in_once(editor):
    address = looked_at(editor, *rows(1))
    brought_in(editor, address)
    assert "send it again" in said(editor.get(address, follow=True))[0]
    assert Revision.objects.count() == 1


def test_what_the_page_showed_is_judged_again_when_the_button_is_pressed(editor):
    address = looked_at(editor, *rows(1))
    samples.load(samples.document(samples.announcement("2018-07-20-thing-0", samples.claim())))
    assert brought_in(editor, address).context["form"].errors
    assert not Revision.objects.exists()


def test_import_that_fails_midway_leaves_the_file_and_nothing_else(editor, settings):
    address = looked_at(editor, *rows(3))
    with pytest.raises(OperationalError), connection.execute_wrapper(broken_after(1)):
        brought_in(editor, address)
    assert not Revision.objects.exists()
    assert [file.suffix for file in settings.UPLOADS.iterdir()] == [".table"]
    brought_in(editor, address)
    assert Revision.objects.count() == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"title;sumary\n", "did you mean summary"),
        (b"PK\x03\x04nothing", "cannot be read"),
        (b"x" * (pages.MOST + 1), "larger than 10 MB"),
    ],
)
def test_file_that_is_no_table_is_refused_in_words(data, says, editor, settings):
    response = sent(editor, data)
    assert says in str(response.context["form"].errors)
    assert not settings.UPLOADS.exists()


def test_nobody_else_sees_the_file_and_its_time_ends(editor, settings, monkeypatch):
    address = looked_at(editor, *rows(1))
    other = client_of(member(Role.EDITOR, "other"))
    assert other.get(address).status_code == 404
    assert other.get(f"{address}faults.csv").status_code == 404
    assert editor.get(reverse("admin:announcements_revision_import_preview", args=["forged"])).status_code == 404
    monkeypatch.setattr(pages, "KEPT", -1)
    assert editor.get(address).status_code == 404
    looked_at(editor, *rows(1))
    assert len(list(settings.UPLOADS.iterdir())) == 1


def test_only_who_may_begin_revisions_imports(db):
    reader = client_of(member(None))
    for name in ("", "_template_csv", "_template_xlsx", "_public"):
        assert reader.get(reverse(f"{IMPORT}{name}")).status_code == 403
    assert sent(reader, b"title\n").status_code == 403


def test_where_nobody_reviews_whoever_may_approve_publishes_at_once(settings):
    settings.REVIEW_BY_ANOTHER = False
    editor, reviewer = client_of(member(Role.EDITOR)), client_of(member(Role.REVIEWER))
    address = looked_at(reviewer, *rows(2))
    response = brought_in(reviewer, address, _publish="Publish at once")
    assert said(response) == ["Published from table.csv: 2."]
    assert Announcement.objects.published().count() == 2
    address = looked_at(editor, *rows(1, 5))
    assert "Publish at once" not in editor.get(address).content.decode()
    form = {"_publish": "1", "assignee": editor.session["_auth_user_id"]}
    assert editor.post(address, form).status_code == 403
    settings.REVIEW_BY_ANOTHER = True
    assert reviewer.post(looked_at(reviewer, *rows(1, 7)), form).status_code == 403
    assert Announcement.objects.count() == 2


def test_templates_and_what_is_public_come_in_again(editor):
    samples.load(samples.document(importing.EXAMPLE), future_ok=True)
    for name in ("_template_csv", "_template_xlsx", "_public"):
        response = editor.get(reverse(f"{IMPORT}{name}"))
        data = b"".join(response) if response.streaming else response.content
        preview = editor.get(sent(editor, data)["Location"]).content.decode()
        assert "0 new, 0 changed, 1 unchanged" in preview
        assert "nothing to import" in preview


def test_page_explains_every_column(editor):
    text = editor.get(reverse(IMPORT)).content.decode()
    assert all(f">{name}</th>" in text for name in importing.COLUMNS)
