"""The nightly packages: listed, kept for ever by caches, and fetched in ranges."""

import datetime
import shutil

import pytest
from django.conf import settings
from django.db import transaction

from healthfund.exports import packaging
from tests.factories import ClaimFactory

AT = datetime.datetime(2026, 11, 1, 2, 30, tzinfo=datetime.UTC)
OLD, NEW = "2026-10-31T023000Z", "2026-11-01T023000Z"


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """A folder with two packages, which tests copy."""
    folder = tmp_path_factory.mktemp("built") / "packages"
    with django_db_blocker.unblock(), transaction.atomic():
        ClaimFactory()
        for at in (AT - datetime.timedelta(days=1), AT):
            packaging.build(folder, at=at)
        transaction.set_rollback(True)
    return folder


@pytest.fixture
def packages(built, db, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "PACKAGES", tmp_path / "packages")
    shutil.copytree(built, settings.PACKAGES, symlinks=True)
    return settings.PACKAGES


@pytest.fixture
def fetch(client, packages):
    """Gets claims.csv of the newest package and gives (the answer, its bytes)."""

    def get(name="claims.csv", **headers):
        response = client.get(f"/api/v1/packages/{NEW}/{name}", headers=headers)
        return response, b"".join(response.streaming_content) if response.streaming else response.content

    return get


def test_packages_are_listed_newest_first_with_their_files(api, packages):
    shown = api("packages/")
    assert (shown["count"], shown["latest"]) == (2, "/api/v1/packages/latest/")
    assert [one["id"] for one in shown["results"]] == [NEW, OLD]
    newest = shown["results"][0]
    assert newest == api(newest["url"])
    assert newest["made_at"] == "2026-11-01T02:30:00Z"
    files = {file["name"]: file for file in newest["files"]}
    assert {"datapackage.json", "facts.json", "entries.csv", f"healthfund-{NEW}.zip"} <= set(files)
    assert files["claims.csv"]["rows"] == 1
    assert files["claims.csv"]["hash"].startswith("sha256:")
    assert files["claims.csv"]["url"] == f"/api/v1/packages/{NEW}/claims.csv"


def test_no_package_yet_is_an_empty_list(api, client, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "PACKAGES", tmp_path / "none")
    assert api("packages/") == {"count": 0, "latest": None, "results": []}
    assert client.get("/api/v1/packages/latest/").status_code == 404


def test_a_file_is_what_lies_there_and_may_be_kept_for_ever(fetch, packages):
    response, content = fetch()
    assert content == (packages / NEW / "claims.csv").read_bytes()
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"].startswith("text/csv")
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Disposition"] == f'attachment; filename="{NEW}-claims.csv"'


def test_whoever_has_a_file_is_told_so(fetch):
    response, _ = fetch()
    again, content = fetch(if_none_match=response["ETag"])
    assert (again.status_code, content) == (304, b"")
    assert fetch(if_none_match='"another"')[0].status_code == 200


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=3-999999999", slice(3, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_a_range_of_bytes_is_answered_with_these(fetch, asked, part):
    _, whole = fetch()
    response, content = fetch(range=asked)
    assert response.status_code == 206
    assert content == whole[part]
    first = part.indices(len(whole))[0]
    assert response["Content-Range"] == f"bytes {first}-{first + len(content) - 1}/{len(whole)}"
    assert response["Content-Length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(fetch, asked):
    _, whole = fetch()
    response, _ = fetch(range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=0-1", "bytes=5-2", "bytes=-", "bytes=²-"])
def test_what_is_no_single_range_gets_the_whole(fetch, asked):
    assert fetch(range=asked)[0].status_code == 200


def test_a_range_of_a_file_that_has_changed_gets_the_whole(fetch):
    assert fetch(range="bytes=0-1", if_range='"another"')[0].status_code == 200
    assert fetch(range="bytes=0-1", if_range=fetch()[0]["ETag"])[0].status_code == 206


def test_latest_leads_to_the_newest_and_is_not_kept(client, packages):
    for path in ("", "claims.csv"):
        response = client.get(f"/api/v1/packages/latest/{path}")
        assert (response.status_code, response["Location"]) == (302, f"/api/v1/packages/{NEW}/{path}")
        assert response["Cache-Control"] == "no-cache"
    assert client.get("/api/v1/packages/latest/none.csv").status_code == 404


@pytest.mark.parametrize(
    "path", [f"{NEW}/none.csv", f"{NEW}/..", "2026-01-01T000000Z/", "..", ".building-x/claims.csv", f"{NEW}/%2e%2e%2fx"]
)
def test_nothing_else_is_there(client, packages, path):
    (packages / ".building-x").mkdir()
    (packages / ".building-x" / "claims.csv").touch()
    response = client.get(f"/api/v1/packages/{path}", follow=True)
    assert response.status_code == 404


def test_parameters_are_refused(refused, packages):
    assert refused("packages/", theme="ai")[0]["parameter"] == "theme"
