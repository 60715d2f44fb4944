"""Every environment variable the portal reads, declared once.

The settings, the README's table and the test that compares the two all start from VARIABLES;
nothing else reads os.environ for configuration. An unset and an empty variable are the same.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).resolve().parent.parent


class Misconfigured(Exception):
    """A variable is missing or wrong; the text names it and says how to mend it."""


@dataclass(frozen=True)
class Variable:
    name: str
    help: str
    default: str = ""
    # What stands in the README where the default is worked out and no fixed text.
    default_in_words: str = ""
    required_in_production: bool = False


# Production is a portal that other machines reach: one that is given ALLOWED_HOSTS.
VARIABLES = {
    variable.name: variable
    for variable in [
        Variable(
            "ALLOWED_HOSTS",
            "Host names the portal answers to, separated by commas. Setting it makes this a production portal.",
            default="localhost,127.0.0.1,[::1]",
        ),
        Variable(
            "SECRET_KEY",
            "Signs sessions and forms: at least 50 random characters, the same for every process.",
            default_in_words="made once and kept in `VAR_DIR`",
            required_in_production=True,
        ),
        Variable(
            "DATABASE_URL",
            "The database, as `postgres://user:password@host:5432/name` or `sqlite:////folder/file`.",
            default_in_words="an SQLite file in `VAR_DIR`",
        ),
        Variable(
            "CELERY_BROKER_URL",
            "The Redis or Valkey that hands out the tasks, as `redis://host:6379/0`.",
            default_in_words="the embedded broker in `VAR_DIR`",
        ),
        Variable(
            "EMAIL_URL",
            "Where e-mail alerts are handed over: `smtp://user:password@host:25`, `smtp+tls://` for STARTTLS (port 587), "
            "`smtps://` for TLS from the start (465), or `file:///folder`, where mail lies as files.",
            default_in_words="files in `VAR_DIR`, shown in the admin",
            required_in_production=True,
        ),
        Variable(
            "EMAIL_FROM",
            "Who e-mail alerts come from, as `Name <address>`.",
            default_in_words="`alerts@` and the first of `ALLOWED_HOSTS`",
        ),
        Variable(
            "HTTPS",
            "`1` where visitors come by HTTPS: redirects to it, secure cookies, strict transport security.",
            default_in_words="`1` in production, else `0`",
        ),
        Variable(
            "TRUST_FORWARDED_PROTO",
            "`1` where a proxy in front always sets `X-Forwarded-Proto` itself, so that it can be believed.",
            default="0",
        ),
        Variable(
            "PROXIES",
            "How many proxies in front each add the address that they answer to `X-Forwarded-For`, so that limits "
            "count visitors and not the proxy.",
            default="0",
        ),
        Variable(
            "API_RATE_ANONYMOUS",
            "How many requests a minute the API answers to each address without a token; `0` for no limit.",
            default="600",
        ),
        Variable(
            "API_RATE_TOKEN",
            "How many requests a minute the API answers to each token; `0` for no limit.",
            default="6000",
        ),
        Variable(
            "TWO_FACTOR",
            "`0` lets the staff in without a second factor; who has set one up is asked for it all the same. "
            "A production portal refuses it.",
            default="1",
        ),
        Variable(
            "SESSION_IDLE_MINUTES",
            "After how many minutes without a page a log-in ends.",
            default="120",
        ),
        Variable(
            "SESSION_HOURS",
            "After how many hours a log-in ends in any case.",
            default="12",
        ),
        Variable(
            "CSRF_TRUSTED_ORIGINS",
            "Other addresses whose forms are accepted, with their scheme, separated by commas.",
        ),
        Variable(
            "OUTBOUND_ALLOW",
            "Hosts of our own network that webhooks may be sent to, as `host:port` separated by commas. "
            "All others must be public.",
        ),
        Variable(
            "REVIEW_BY_ANOTHER",
            "`0` lets whoever wrote on an announcement approve it as well, as in a newsroom of one.",
            default="1",
        ),
        Variable(
            "CHECK_SOURCES",
            "`1` asks each source that announcements cite once a week whether it is still there.",
            default="0",
        ),
        Variable(
            "DEBUG",
            "`1` shows errors with their source in the browser. Never in production.",
            default="0",
        ),
        Variable(
            "LOG_LEVEL",
            "The least severe message that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.",
            default="INFO",
        ),
        Variable(
            "VAR_DIR",
            "Folder for all that the portal writes: SQLite file, embedded broker, collected static files, logs.",
            default="var",
        ),
    ]
}


def given(name):
    """The variable's text as it was set, or "" where it was not. KeyError for an undeclared one."""
    return os.environ.get(VARIABLES[name].name, "").strip()


def text(name):
    """The variable's text, or its default."""
    return given(name) or VARIABLES[name].default


def flag(name, default=None):
    """The variable as true or false; `default` stands in for a default that is worked out."""
    if default is not None and not given(name):
        return default
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise Misconfigured(f"{name} is {value!r}: set it to 1 or 0.")


def number(name, least=0):
    """The variable as a whole number, which is `least` or more."""
    value = text(name)
    if value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= least:
        return int(value)
    raise Misconfigured(f"{name} is {value!r}: set it to a whole number such as {VARIABLES[name].default}.")


def listing(name):
    """The variable, separated by commas, as a list of texts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def places(name):
    """The variable as a list of `host:port` in lower case."""
    for value in listing(name):
        if not re.fullmatch(r"([^\s:/@\[\]]+|\[[0-9a-fA-F:.]+\]):\d{1,5}", value):
            raise Misconfigured(f"{name} has {value!r}: write it as host:port, without a scheme.")
    return [value.lower() for value in listing(name)]


def choice(name, allowed):
    """The variable in capitals, which is one of `allowed`."""
    value = text(name).upper()
    if value not in allowed:
        raise Misconfigured(f"{name} is {value!r}: set it to one of {', '.join(allowed)}.")
    return value


def address(name, schemes, default):
    """The variable as an address that begins with one of `schemes`, or `default`."""
    value = given(name)
    if value and value.partition(":")[0] not in schemes:
        # The value itself may hold a password, so only its scheme is repeated.
        raise Misconfigured(
            f"{name} begins with {value.partition(':')[0][:20]!r}: "
            f"set it to an address that begins with one of {', '.join(f'{scheme}://' for scheme in schemes)}."
        )
    return value or default


def mail(name, folder):
    """The variable as Django's settings for sending mail; files in `folder` where it is not set.

    Raises Misconfigured, which never repeats a password.
    """
    schemes = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    url = urlsplit(address(name, (*schemes, "file"), default=folder.resolve().as_uri()))
    if url.scheme == "file":
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": unquote(url.path)}
    try:
        port = url.port or schemes[url.scheme]
    except ValueError:
        port = None
    if not url.hostname or port is None or url.path.strip("/") or url.query:
        raise Misconfigured(
            f"{name} is not an address of a mail server: set it as {url.scheme}://user:password@host:port."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
    }


def folder(name):
    """The variable as a folder; a relative one lies in the project."""
    return PROJECT / Path(text(name)).expanduser()


def is_production():
    """Whether other machines reach this portal."""
    return bool(given("ALLOWED_HOSTS"))


def check_production():
    """Raises Misconfigured, naming every variable that a production portal lacks, or one that it must not have."""
    missing = [v for v in VARIABLES.values() if v.required_in_production and not given(v.name)]
    if is_production() and missing:
        lines = [f"{v.name} is not set. {v.help}" for v in missing]
        raise Misconfigured("\n".join(["A production portal (ALLOWED_HOSTS is set) needs more:", *lines]))
    if is_production() and not flag("TWO_FACTOR"):
        raise Misconfigured("TWO_FACTOR is 0 on a production portal (ALLOWED_HOSTS is set): leave it out.")


def kept_secret(path):
    """The secret in the file `path`, made at the first call and readable by its owner only."""
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        # A link either appears whole or loses to another process's, whose secret then holds for both.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
