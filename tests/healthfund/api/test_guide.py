"""The guide: every example on the page is done for real, against the portal that shows it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from announcements.facts import loading
from announcements.ledger import rollups
from healthfund.exports import packaging
from healthfund.webhooks import signing
from programmes import reference
from tests.factories import TokenFactory
from tests.real import AT, FIXTURES, read

GUIDE = "/api/guide/"
REFUSED = 22
"""What curl exits with where it is told to fail when the answer is an error."""

ANNOUNCED = {
    "2015-11-25-spending-review-nhs",
    "2016-02-07-nhs-technology-fund",
    "2018-02-23-electronic-prescribing-fund",
    "2018-07-20-hospital-technology-package",
}
"""The package of which the examples speak, and what its money lies in."""


class Example(NamedTuple):
    kind: str
    text: str
    answer: str | None


class Examples(HTMLParser):
    """The blocks of code of a page."""

    def __init__(self, page):
        super().__init__()
        self.found, self.reading = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "code" and "class" in given:
            self.reading = True
            self.found.append(Example(given["class"], "", given.get("data-answer")))

    def handle_endtag(self, tag):
        self.reading = self.reading and tag != "code"

    def handle_data(self, data):
        if self.reading:
            self.found[-1] = self.found[-1]._replace(text=self.found[-1].text + data)


def examples(page, *kinds):
    found = [example for example in Examples(page).found if example.kind in kinds]
    assert found, kinds
    return found


class Quiet(WSGIRequestHandler):
    timeout = 20

    def log_message(self, *said):
        """The portal logs its requests itself."""


@contextmanager
def keeping_the_connection():
    """A request closes a connection that has a transaction open, as the test's own has; Django's client sees to it, too."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def portal(db, tmp_path, settings):
    """A web server with four real announcements and a package of them; gives where it is to be found.

    It answers on the test's own thread, while `run` waits: so it sees what the test has written, and nothing has to be
    emptied afterwards, which a ledger that is only appended to would refuse.
    """
    settings.PACKAGES = tmp_path / "packages"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    reference.load(read(FIXTURES / "reference.json"))
    documents = [(path.name, read(path)) for path in sorted((FIXTURES / "facts").glob("*.json"))]
    for _, document in documents:
        document["announcements"] = [one for one in document["announcements"] if one["id"] in ANNOUNCED]
    loading.load([named for named in documents if named[1]["announcements"]], at=AT, today=AT.date())
    rollups.rebuild(at=AT)
    packaging.build(settings.PACKAGES, at=AT)
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet) as server:
        server.timeout = 0.01
        yield server


@pytest.fixture
def page(client, portal):
    return client.get(GUIDE, headers={"host": f"127.0.0.1:{portal.server_port}"}).content.decode()


@pytest.fixture
def run(portal, tmp_path):
    """Runs a command in a folder of its own, where curl fails when it is answered an error, until it has ended.

    Gives (what it exits with, what it said, what went wrong); the folder is `run.folder`.
    """
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\nmax-time = 20\n")
    surroundings = {**os.environ, "CURL_HOME": str(tmp_path), "no_proxy": "*"}

    def runs(*command, **given):
        said, wrong = tmp_path / "said", tmp_path / "wrong"
        with said.open("wb") as out, wrong.open("wb") as err:
            process = subprocess.Popen(command, cwd=folder, env=surroundings | given, stdout=out, stderr=err)
            try:
                ends = time.monotonic() + 60
                with keeping_the_connection():
                    while process.poll() is None and time.monotonic() < ends:
                        portal.handle_request()
            finally:
                process.kill()
                process.wait()
        return process.returncode, said.read_text(), wrong.read_text()

    runs.folder = folder
    return runs


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_examples_for_curl_are_answered(page, run):
    token = TokenFactory(scopes="facts:submit webhooks", may=("add_announcement", "change_announcement"))
    for example in examples(page, "curl"):
        code, said, wrong = run("sh", "-ec", example.text, TOKEN=token.secret)
        assert code == (REFUSED if example.answer else 0), (example.text, said, wrong)
        if example.answer:
            assert json.loads(said)["status"] == int(example.answer)
    written = {file.name: file.stat().st_size for file in run.folder.iterdir()}
    assert set(written) == {"announcements.jsonl", "entries.csv", "facts.json", "totals.etag", "totals.json"}
    assert all(written.values()), written


def test_examples_for_python_run_and_print_what_they_found(page, run):
    def work(text):
        code, said, wrong = run(sys.executable, "-W", "error", "-c", text)
        assert (code, wrong) == (0, ""), (text, wrong)
        return said

    first, *others = examples(page, "python")
    begun = work(first.text)
    assert re.match(r"[1-9]\d* \S", begun)
    for example in others:
        said = work(f"{first.text}\n{example.text}").removeprefix(begun)
        assert bool(said) == ("print(" in example.text), example.text
        assert not said.startswith("0 "), example.text


def test_addresses_for_r_and_excel_are_answered(client, page, portal):
    there = f"http://127.0.0.1:{portal.server_port}"
    text = "\n".join(example.text for example in examples(page, "r", "pandas", "excel"))
    addresses = re.findall(r'https?://[^"\s]+', text)
    assert len(addresses) == 5
    for address in addresses:
        assert address.startswith(there)
        response = client.get(address.removeprefix(there))
        assert response.status_code == 200, address
        assert response.getvalue()


def test_recipe_for_webhooks_is_the_one_that_receivers_are_given(client):
    recipe = examples(client.get(GUIDE).content.decode(), "python")[-1].text
    assert f"```python\n{recipe}\n```" in Path(signing.__file__).with_name("RECEIVING.md").read_text()


def test_limits_that_the_guide_names_are_those_of_the_portal(client, settings):
    settings.API_RATES = {"anonymous": 601, "token": 0}
    assert "601 requests without a token, any number with one" in client.get(GUIDE).content.decode()


def test_every_page_leads_to_the_guide(client, db):
    assert f'href="{GUIDE}"' in client.get("/how-we-count/").content.decode()
    assert f'<{GUIDE}>; rel="service-doc help"' in client.get("/api/v1/")["Link"]
