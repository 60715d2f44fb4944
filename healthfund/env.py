"""Every environment variable the portal reads, declared once.

Settings, the README's table and the test that compares the two all start from VARIABLES.
Nothing else in the project reads os.environ for configuration.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


class Misconfigured(Exception):
    """A variable is missing or wrong; the text names it and says how to mend it."""


@dataclass(frozen=True)
class Variable:
    name: str
    help: str
    default: str = ""
    required_in_production: bool = False


VARIABLES = {
    variable.name: variable
    for variable in [
        Variable(
            "DEBUG",
            "`1` shows errors in the browser and relaxes what production requires; `0` is production.",
            default="1",
        ),
        Variable(
            "SECRET_KEY",
            "Signs sessions and forms: at least 50 characters, kept secret, the same for every process.",
            required_in_production=True,
        ),
        Variable(
            "ALLOWED_HOSTS",
            "Host names the portal answers to, separated by commas.",
            default="localhost,127.0.0.1,[::1]",
            required_in_production=True,
        ),
        Variable(
            "CSRF_TRUSTED_ORIGINS",
            "Addresses, with their scheme, whose forms are accepted, separated by commas.",
        ),
        Variable(
            "BEHIND_HTTPS",
            "`1` where a proxy in front speaks HTTPS: redirects to it, secure cookies, HSTS. Default: `1` in production.",
        ),
        Variable(
            "TRUSTED_PROXY",
            "`1` where the proxy in front sets `X-Forwarded-Proto` itself, so that it may be believed.",
            default="0",
        ),
        Variable(
            "DATABASE_URL",
            "The database, as `postgres://user:password@host:5432/name` or `sqlite:///path`.",
            default="an SQLite file in `VAR_DIR`",
        ),
        Variable(
            "CELERY_BROKER_URL",
            "The Redis (or Valkey) that hands out the tasks, as `redis://host:6379/0`.",
            default="the embedded broker in `VAR_DIR`",
        ),
        Variable(
            "VAR_DIR",
            "Folder for what the portal writes: database, embedded broker, demo log-in.",
            default="var",
        ),
        Variable(
            "LOG_LEVEL",
            "The least severe message that is logged: DEBUG, INFO, WARNING or ERROR.",
            default="INFO",
        ),
    ]
}


def text(name):
    """The variable as text; its default where it is unset or empty. KeyError for an undeclared one."""
    return os.environ.get(name, "").strip() or VARIABLES[name].default


def given(name):
    """The variable as text, or "" where it is unset."""
    VARIABLES[name]
    return os.environ.get(name, "").strip()


def flag(name, default=None):
    """The variable as true or false. `default` replaces the declared one where it depends on another."""
    value = given(name)
    if not value and default is not None:
        return default
    value = value or VARIABLES[name].default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise Misconfigured(f"{name} is {value!r}: set it to 1 or 0.")


def listing(name):
    """The variable, separated by commas, as a list of texts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def one_of(name, allowed):
    """The variable in capitals, one of `allowed`."""
    value = text(name).upper()
    if value not in allowed:
        raise Misconfigured(f"{name} is {value!r}: set it to one of {', '.join(allowed)}.")
    return value


def folder(name):
    """The variable as a folder; one that is relative lies in the project."""
    return PROJECT / Path(text(name)).expanduser()


def check_production():
    """Raises Misconfigured, naming every variable at once, where production lacks one."""
    missing = [v for v in VARIABLES.values() if v.required_in_production and not given(v.name)]
    if missing:
        lines = [f"{v.name} is not set. {v.help}" for v in missing]
        raise Misconfigured("\n".join(["With DEBUG=0 these are required:", *lines]))
