"""A client that openapi-python-client makes from the committed OpenAPI document reads every public resource."""

import datetime
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from healthfund import embedded
from healthfund.api import schema
from tests.system.processes import Program, environment, free_port, get, wait_until

pytestmark = pytest.mark.system

GENERATOR = Path(sys.executable).with_name("openapi-python-client")
PACKAGE = "healthfund_client"
PUBLIC = {
    path: operations["get"]
    for path, operations in json.loads(schema.COMMITTED.read_text(encoding="utf-8"))["paths"].items()
    if {} in operations.get("get", {}).get("security", [])
}
DETAILS = {path for path in PUBLIC if "{" in path}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Generates the client and gives a function from an operation's id to the module of its code."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.json"
    config.write_text(json.dumps({"post_hooks": [], "package_name_override": PACKAGE}))
    words = ["generate", "--path", schema.COMMITTED, "--output-path", folder / "made", "--config", config]
    done = subprocess.run([GENERATOR, *words, "--fail-on-warning"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    files = {file.stem: file for file in (folder / "made" / PACKAGE / "api").glob("*/*.py")}

    def module(name):
        # What begins with a digit is no name in Python.
        file = files[f"field_{name}" if name[0].isdigit() else name]
        return importlib.import_module(".".join(file.relative_to(folder / "made").with_suffix("").parts))

    sys.path.insert(0, str(folder / "made"))
    yield module
    sys.path.remove(str(folder / "made"))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A running portal that has one of everything; gives its address."""
    folder = tmp_path_factory.mktemp("portal")
    given = environment(folder)
    write = "from tests.everything import write_everything; write_everything()"
    for name, words in [("migrate", ["migrate", "--verbosity", "0"]), ("write", ["shell", "-c", write])]:
        program = Program(name, [sys.executable, "manage.py", *words], folder, given)
        assert program.process.wait(120) == 0, program.output
    port = free_port()
    options = embedded.gunicorn_options(f"127.0.0.1:{port}")
    server = Program("web", [sys.executable, "-m", "gunicorn", *options], folder, given)
    try:
        wait_until(lambda: get(f"http://127.0.0.1:{port}/health/live")[0] == 200, 60, "the first answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()


@pytest.fixture
def read(made, portal):
    """Asks an operation through the generated client; gives (what it parsed, the bytes that came)."""
    client = importlib.import_module(PACKAGE).Client(base_url=portal, raise_on_unexpected_status=True)

    def ask(name, *place, **parameters):
        answer = made(name).sync_detailed(*place, client=client, **parameters)
        assert answer.status_code == 200, (name, answer.content)
        return answer.parsed, answer.content

    with client:
        yield ask


def steady(answer):
    """JSON in which the two ways of writing a moment in Greenwich are one."""
    if isinstance(answer, dict):
        return {name: steady(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [steady(value) for value in answer]
    if isinstance(answer, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z", answer):
        return datetime.datetime.fromisoformat(answer).isoformat()
    return answer


def assert_whole(parsed, content):
    """Holds a model against the JSON that it was made from: it is a model of the client, and nothing went missing."""
    assert type(parsed).__module__.startswith(f"{PACKAGE}.models."), type(parsed)
    assert parsed.to_dict() == steady(json.loads(content))


def test_every_list_and_every_kind_of_document_is_read(read):
    seen = []
    for path in sorted(PUBLIC.keys() - DETAILS):
        parsed, content = read(PUBLIC[path]["operationId"])
        assert_whole(parsed, content)
        if hasattr(parsed, "results"):
            assert parsed.results, f"{path} is empty, so nothing was read"
            assert type(parsed.results[0]).__module__.startswith(f"{PACKAGE}.models."), path
        # Every address in an answer leads to a document that can be read as well.
        seen += re.findall(r'"url":"([^"]+)"', content.decode())

    for path in sorted(DETAILS):
        pattern = re.compile(re.sub(r"{\w+}", "([^/]+)", path))
        place = next((found.groups() for url in seen if (found := pattern.fullmatch(url))), None)
        assert place, f"no list leads to {path}"
        parsed, content = read(PUBLIC[path]["operationId"], *place)
        if path == "/api/v1/packages/{id}/{name}":
            assert parsed.payload.read() == content
        else:
            assert_whole(parsed, content)


def test_lists_are_asked_as_they_are_without_the_client(read):
    models = importlib.import_module(f"{PACKAGE}.models")
    by_name = models.ProgrammesOrdering("-name")
    [row] = read("programmes", ordering=by_name, fields=["id", "name"], page_size=1)[0].results
    assert row.to_dict().keys() == {"id", "name"}
    expanded = [models.AnnouncementsExpandItem("claims")]
    [row] = read("announcements", expand=expanded, region=["wales"], page_size=1)[0].results
    assert type(row.claims[0]).__module__.startswith(f"{PACKAGE}.models.")
