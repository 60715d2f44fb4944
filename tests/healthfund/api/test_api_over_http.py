"""The manners of the API over a real socket, from the web server that the portal runs: raw requests, raw answers."""

import gzip
import http.client
import re
import signal
import sys

import pytest

from healthfund import embedded
from tests.system.processes import Program, environment, free_port, get, wait_until

pytestmark = pytest.mark.system

ELSEWHERE = "https://elsewhere.example"


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A portal with themes and regions; gives (its port, what it has logged so far)."""
    folder = tmp_path_factory.mktemp("portal")
    given = environment(folder)
    for name, words in [("migrate", ["migrate"]), ("load", ["load_reference", "fixtures/reference.json"])]:
        program = Program(name, [sys.executable, "manage.py", *words, "--verbosity", "0"], folder, given)
        assert program.process.wait(120) == 0, program.output
    port = free_port()
    options = embedded.gunicorn_options(f"127.0.0.1:{port}")
    server = Program("web", [sys.executable, "-m", "gunicorn", *options], folder, given)
    try:
        wait_until(lambda: get(f"http://127.0.0.1:{port}/health/live")[0] == 200, 60, "the first answer")
        yield port, lambda: server.output
        assert server.stop(signal.SIGTERM) == 0
    finally:
        server.end()


@pytest.fixture
def ask(portal):
    """Sends a request as it stands and gives (status, headers, the bytes that came)."""
    connection = http.client.HTTPConnection("127.0.0.1", portal[0], timeout=30)

    def send(method, address, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, address, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    yield send
    connection.close()


def test_answer_is_compressed_kept_and_asked_for_again_on_one_connection(ask):
    status, headers, packed = ask("GET", "/api/v1/regions/", accept_encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert int(headers["Content-Length"]) == len(packed)
    plain = ask("GET", "/api/v1/regions/")
    assert gzip.decompress(packed) == plain[2]
    assert plain[1]["ETag"] == headers["ETag"]
    for encoding in ("gzip", "identity"):
        again = ask("GET", "/api/v1/regions/", accept_encoding=encoding, if_none_match=headers["ETag"])
        assert (again[0], again[2], again[1]["ETag"]) == (304, b"", headers["ETag"])


def test_head_is_get_without_its_content(ask):
    status, headers, content = ask("HEAD", "/api/v1/themes/")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) == len(ask("GET", "/api/v1/themes/")[2])
    assert ask("HEAD", "/api/v1/themes/?format=csv")[::2] == (200, b"")
    # The connection is still in step.
    assert ask("GET", "/api/v1/themes/")[0] == 200


def test_stream_comes_in_chunks_and_whole(ask):
    status, headers, packed = ask("GET", "/api/v1/regions/?format=csv", accept_encoding="gzip")
    assert (status, headers["Transfer-Encoding"], headers["Content-Encoding"]) == (200, "chunked", "gzip")
    rows = gzip.decompress(packed).decode().splitlines()
    assert rows[-1].startswith("# complete: ")


def test_page_of_another_site_reads_after_a_preflight(ask):
    asked = {"origin": ELSEWHERE, "access_control_request_method": "GET"}
    status, headers, _ = ask("OPTIONS", "/api/v1/themes/", **asked, access_control_request_headers="if-none-match")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "if-none-match" in headers["Access-Control-Allow-Headers"]
    assert ask("GET", "/api/v1/themes/", origin=ELSEWHERE)[1]["Access-Control-Allow-Origin"] == "*"
    assert ask("GET", "/", origin=ELSEWHERE)[1]["Access-Control-Allow-Origin"] is None


def test_what_goes_wrong_is_a_problem_with_the_id_of_the_log_line(ask, portal):
    for method, address, status in [
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/v1/themes/", 405),
        ("GET", "/api/v1/themes/?them=ai", 400),
    ]:
        answer = ask(method, address, x_request_id=f"try-{status}")
        assert (answer[0], answer[1]["Content-Type"]) == (status, "application/problem+json")
        assert answer[1]["X-Request-ID"] == f"try-{status}"
        line = rf"INFO healthfund\.request \[try-{status}\]: {method} {re.escape(address)} {status} \d+ ms anonymous$"
        wait_until(lambda line=line: re.search(line, portal[1](), re.MULTILINE), 10, line)


def test_every_request_is_one_line(ask, portal):
    ask("GET", "/api/v1/", x_request_id="only-once")
    wait_until(lambda: "only-once" in portal[1](), 10, "its line")
    assert portal[1]().count("/api/v1/ ") == portal[1]().count("[only-once]") == 1
