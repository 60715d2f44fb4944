"""A portal with the real data, served as in production, and the machine's Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """The environment of the portal's processes, with a VAR_DIR of its own."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "EMAIL_URL"}
    }
    folder = tmp_path_factory.mktemp("portal")
    return {**clean, "VAR_DIR": str(folder), "CELERY_BROKER_URL": "memory://", "LOG_LEVEL": "ERROR"}


@pytest.fixture(scope="session")
def portal(environment):
    """The address of a portal in processes of its own, on a database of its own."""
    env, folder = environment, Path(environment["VAR_DIR"])

    def manage(*arguments):
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=env, check=True, stdout=subprocess.DEVNULL
        )

    manage("migrate")
    manage("load_reference", "fixtures/reference.json")
    manage("load_facts", *sorted(map(str, PROJECT.glob("fixtures/facts/*.json"))))
    manage("rebuild_totals")
    manage("collectstatic", "--noinput")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "healthfund.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
    ]
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([*command, "--no-control-socket"], cwd=PROJECT, env=env, stdout=log, stderr=log)
    try:
        wait_for(f"{address}/robots.txt", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address, server):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The portal did not answer at {address}; its exit status is {server.poll()}.")


@pytest.fixture(scope="session")
def people(portal, environment):
    """Makes accounts of the staff, and logs them in with their second factor."""
    from tests.browser.people import People

    return People(portal, environment)


@pytest.fixture(scope="session")
def chromium():
    """The machine's Chromium, started once."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("BROWSER TESTS NOT RUN: no Chromium on this machine (apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root has no sandbox; the pages are our own.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()
