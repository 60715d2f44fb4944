"""`bootstrap.py demo` as somebody runs it: it shows the data, keeps them, and leaves nothing behind."""

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import psutil
import pytest

from healthfund import env
from tests.system.processes import Program, end_all, environment, free_port, get, processes_of, wait_until

pytestmark = pytest.mark.system

SECONDS_TO_START = 120


class Demo(Program):
    def __init__(self, folder, var_dir, *words, under=(), **given):
        self.var_dir = var_dir
        command = [*under, sys.executable, "bootstrap.py", "demo", *words]
        super().__init__("demo", command, folder, environment(var_dir, **given))

    def wait(self):
        wait_until(lambda: self.says("Ctrl-C stops it"), SECONDS_TO_START, "the demo's address")
        self.address = re.search(r"ready after .*(http://\S+)", self.output)[1]
        self.password = re.search(r"administrator  with  (\S+)", self.output)[1]
        return self

    def child(self, word):
        """The demo's own child with the word `word` in its command line, or None."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(word in re.split("[ /]", part) for part in process.cmdline()):
                    return process
        return None


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """A demo on an empty folder, running while the module's tests do; those that stop one start from a copy."""
    folder = tmp_path_factory.mktemp("first")
    demo = Demo(folder, folder / "var")
    try:
        yield demo.wait()
    finally:
        end_all(demo.var_dir)
        demo.end()


@pytest.fixture(scope="module")
def kept(first_start, tmp_path_factory):
    """What a first start leaves on the disk, for others to start from."""
    template = tmp_path_factory.mktemp("kept") / "var"
    shutil.copytree(first_start.var_dir, template, ignore=shutil.ignore_patterns("socket", "lock"))
    return template


@pytest.fixture
def demo(kept, tmp_path):
    """Starts a demo on a copy of what the first left."""
    var_dir = tmp_path / "var"
    shutil.copytree(kept, var_dir)
    started = []

    def start(*words, **how):
        started.append(Demo(tmp_path, var_dir, *words, **how))
        return started[-1]

    yield start
    end_all(var_dir)
    for one in started:
        one.end()


def test_first_page_shows_pounds(first_start):
    status, page = get(first_start.address)
    assert status == 200
    assert "£" in page


def test_every_real_announcement_is_loaded(first_start):
    files = (env.PROJECT / "fixtures" / "facts").glob("*.json")
    expected = sum(len(json.loads(path.read_text())["announcements"]) for path in files)
    seen, url = 0, f"{first_start.address}api/v1/announcements/?page_size=100"
    while url:
        status, body = get(url)
        assert status == 200, body
        page = json.loads(body)
        seen += len(page["results"])
        url = page["next"]
    assert seen == expected


def test_totals_were_rolled_up_by_the_worker(first_start):
    state = json.loads(get(f"{first_start.address}health/ready")[1])
    assert state["rollup"]["waiting"] == 0
    assert state["rollup"]["age"] is not None
    assert "announcements.tasks.roll_up" in (first_start.var_dir / "log" / "worker.log").read_text()


def test_printed_log_in_opens_the_admin(first_start):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    url = f"{first_start.address}admin/login/?next=/admin/"
    with opener.open(url) as response:
        form = response.read().decode()
    fields = {
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1],
        "login": "editor",
        "password": first_start.password,
    }
    with opener.open(response.url, urllib.parse.urlencode(fields).encode()) as response:
        page = response.read().decode()
    assert "/admin/logout/" in page
    assert "/admin/announcements/announcement/" in page


def test_static_files_are_served_under_names_that_change_with_them(first_start):
    page = get(f"{first_start.address}account/login/")[1]
    path = re.search(r'href="(/static/css/healthfund\.[0-9a-f]+\.css)"', page)[1]
    assert get(first_start.address.rstrip("/") + path)[0] == 200


def test_second_demo_in_the_same_folder_is_told_of_the_first(first_start, tmp_path):
    second = Demo(tmp_path, first_start.var_dir)
    assert second.process.wait(30) == 1
    assert first_start.address in second.output
    assert get(first_start.address)[0] == 200


def test_ctrl_c_stops_everything_and_the_next_start_keeps_data_and_log_in(first_start, demo):
    port = free_port()
    one = demo("--port", port).wait()
    assert one.address == f"http://127.0.0.1:{port}/"
    assert one.password == first_start.password
    assert "Loaded" not in one.output
    assert get(one.address)[0] == 200
    assert one.stop(signal.SIGINT) == 0
    assert processes_of(one.var_dir) == []


def test_demo_under_nohup_outlives_its_terminal(demo):
    one = demo(under=["nohup"]).wait()
    one.process.send_signal(signal.SIGHUP)
    # Whoever stops on a signal says so within one round of tending.
    with pytest.raises(subprocess.TimeoutExpired):
        one.process.wait(3)
    assert "Stopping" not in one.output
    assert get(one.address)[0] == 200
    assert one.stop(signal.SIGTERM) == 0


def test_closed_terminal_stops_everything(demo):
    one = demo().wait()
    assert one.stop(signal.SIGHUP) == 0
    assert processes_of(one.var_dir) == []


def test_demo_answers_on_this_machine_whatever_name_a_production_portal_would_have(demo):
    one = demo(ALLOWED_HOSTS="portal.example").wait()
    assert "ALLOWED_HOSTS is left aside" in one.output
    assert get(one.address)[0] == 200


def test_killed_demo_leaves_no_process(demo):
    one = demo().wait()
    assert len(processes_of(one.var_dir)) > 4
    one.process.kill()
    one.process.wait()
    wait_until(lambda: not processes_of(one.var_dir), 20, "the end of every process")


def test_demo_interrupted_while_it_starts_leaves_no_process(demo):
    one = demo()
    wait_until(lambda: one.child("celery"), 60, "the first child")
    one.stop(signal.SIGINT)
    assert processes_of(one.var_dir) == []


def test_taken_port_is_refused_by_name(first_start, demo):
    port = first_start.address.rstrip("/").rpartition(":")[2]
    one = demo("--port", port)
    assert one.process.wait(30) == 1
    assert f"Port {port} cannot be had" in one.output
    assert processes_of(one.var_dir) == []


@pytest.mark.parametrize("word", ["valkey-server", "worker", "beat", "gunicorn"])
def test_part_that_is_killed_comes_back(first_start, word):
    before = first_start.child(word)
    before.kill()
    wait_until(lambda: (now := first_start.child(word)) and now.pid != before.pid, 20, f"another {word}")
    wait_until(lambda: get(f"{first_start.address}health/ready")[0] == 200, 30, "readiness")
