#!/usr/bin/env python3
"""From a fresh clone to a running portal, or to a tested one. Needs Python 3.11 or newer and nothing else.

python3 bootstrap.py demo [--port N] [--fresh]    serve the portal with the real announcements
python3 bootstrap.py test [pytest's arguments]    check and test everything
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

NEEDED = (3, 11)
if sys.version_info < NEEDED:
    have = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"healthfund needs Python 3.11 or newer, and this is Python {have}: run bootstrap.py with a newer one.")

from pathlib import Path  # noqa: E402

PROJECT = Path(__file__).resolve().parent
ENVIRONMENT = PROJECT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed.json"
NOT_TO_BE_HAD = 77  # tests/postgres.py's word for "no PostgreSQL here"

# Every variable of healthfund/env.py, which cannot be asked before its dependencies are there.
CONFIGURATION = [
    "ALLOWED_HOSTS",
    "API_RATE_ANONYMOUS",
    "API_RATE_TOKEN",
    "CELERY_BROKER_URL",
    "CHECK_SOURCES",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_FROM",
    "EMAIL_URL",
    "HTTPS",
    "LOG_LEVEL",
    "OUTBOUND_ALLOW",
    "PROXIES",
    "REVIEW_BY_ANOTHER",
    "SECRET_KEY",
    "SESSION_HOURS",
    "SESSION_IDLE_MINUTES",
    "TRUST_FORWARDED_PROTO",
    "TWO_FACTOR",
    "VAR_DIR",
]
PRODUCTION = {
    "ALLOWED_HOSTS": "portal.example",
    "SECRET_KEY": hashlib.sha512(os.urandom(64)).hexdigest(),
    "EMAIL_URL": "smtp://mail.example",
}
CHECKS = [
    ("Lint", ["ruff", "check", "."], {}),
    ("Format", ["ruff", "format", "--check", "."], {}),
    ("Templates", ["djlint", "--lint", "--quiet", "templates"], {}),
    ("Import rules", ["lint-imports", "--no-logo"], {}),
    ("Types of the pure modules", ["mypy"], {}),
    ("Migrations match the models", ["manage.py", "makemigrations", "--check", "--dry-run"], {}),
    ("Production settings", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]
# A file's tests stay together: they share what is dear to set up.
PARALLEL = ["-n", "2", "--dist", "loadfile"]


class Failed(Exception):
    """A step went wrong; the text says which and what to do."""


def say(line):
    print(line, flush=True)


def digest(requirements):
    return hashlib.sha256((PROJECT / requirements).read_bytes()).hexdigest()


def installed():
    """What `.venv` holds: the Python it was made with and the digest of each requirements file installed into it."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def run_quietly(command, advice):
    """Runs `command`; shows what it said only where it fails. Raises Failed, ending on `advice`."""
    done = subprocess.run(
        command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace").strip()
        raise Failed(f"{said}\n\n{' '.join(map(str, command))} failed. {advice}")


def install(*files):
    """Makes `.venv` hold exactly what `files` name, by hash. Does nothing where it does already."""
    have = installed()
    version = sys.version.split()[0]
    if have.get("python") == version and PYTHON.exists() and all(have.get(name) == digest(name) for name in files):
        return
    started = time.monotonic()
    uv = shutil.which("uv")
    if not PYTHON.exists() or have.get("python", version) != version:
        say("Making .venv ...")
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        run_quietly(
            [sys.executable, "-m", "venv", *(["--without-pip"] if uv else []), ENVIRONMENT],
            "On Debian and Ubuntu, venv is a package of its own: apt-get install python3-venv.",
        )
        have = {}
    # The last file named holds the others.
    wanted = files[-1]
    say(f"Installing {wanted} into .venv with {'uv' if uv else 'pip'} ...")
    command = (
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
        if uv
        else [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    )
    run_quietly(
        [*command, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", wanted],
        "Is the package index reachable? Run the same command again once it is.",
    )
    STAMP.write_text(json.dumps({**have, "python": version, **{name: digest(name) for name in files}}))
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def demo(words):
    install("requirements.txt")
    command = [str(PYTHON), "-m", "healthfund.embedded", *words]
    os.chdir(PROJECT)
    # The portal takes this process's place, so that Ctrl-C and kill reach it directly.
    os.execv(command[0], command)


def step(headline, command, environment=None):
    """Runs a part of the tests under a headline. Returns its exit status."""
    say(f"\n=== {headline}")
    if command[0].endswith(".py"):
        command = [PYTHON, *command]
    else:
        command = [ENVIRONMENT / "bin" / command[0], *command[1:]]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, **(environment or {})}).returncode


def must(headline, command, environment=None):
    if step(headline, command, environment):
        raise Failed(f"{headline}: failed.")


def test(words):
    install("requirements.txt", "requirements-dev.txt")
    started = time.monotonic()
    left_out = []
    # What the caller of this command has configured is no business of the tests.
    url = os.environ.pop("TEST_DATABASE_URL", "")
    for name in CONFIGURATION:
        os.environ.pop(name, None)
    for check in CHECKS:
        must(*check)
    if words:
        must("Tests on SQLite, as asked", ["pytest", *words])
    else:
        must("Tests on SQLite", ["pytest", *PARALLEL, "-m", "not system and not browser and not topology"])
        must("Tests with real processes", ["pytest", *PARALLEL, "-m", "system and not browser and not topology"])
        left_out.append("browser and topology: they need the machine's Chromium, PostgreSQL and Redis (bash .ci/run)")

    headline = "Tests on PostgreSQL"
    pytest = ["pytest", *(words or [*PARALLEL, "-m", "not system and not browser and not topology"])]
    if url:
        must(f"{headline} (TEST_DATABASE_URL)", pytest, {"DATABASE_URL": url})
    else:
        status = step(f"{headline} (embedded)", ["tests/postgres.py", str(PYTHON), "-m", *pytest])
        if status == NOT_TO_BE_HAD:
            left_out.append("PostgreSQL: not to be had here, as said above; TEST_DATABASE_URL can name one")
        elif status:
            raise Failed(f"{headline}: failed.")
    for line in left_out:
        say(f"NOT RUN: {line}")
    say(f"All that was run has passed, in {time.monotonic() - started:.0f} s.")


def main():
    commands = {"demo": demo, "test": test}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__.strip())
    try:
        commands[sys.argv[1]](sys.argv[2:])
    except Failed as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
