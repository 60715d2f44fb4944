"""The environment variables: what the code reads, what the README says, and what happens to a wrong one."""

import os
import re
import subprocess
import sys

import pytest

from healthfund import env

PRODUCTION = {
    "ALLOWED_HOSTS": "portal.example",
    "SECRET_KEY": "tested-key-" * 6,
    "EMAIL_URL": "smtp://mail.example",
}


def settings_under(environment, tmp_path, expression="'ok'"):
    """What `expression` gives in a new process with only these variables set; a failure's last lines otherwise."""
    bare = {name: value for name, value in os.environ.items() if name not in env.VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", f"from healthfund import settings; print(({expression}))"],
        cwd=env.PROJECT,
        env={**bare, "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}"


def readme_table():
    """The rows of the README's configuration table, by variable."""
    section = (env.PROJECT / "README.md").read_text().partition("\n## Configuration")[2].partition("\n## ")[0]
    return {row[1]: row[0] for row in re.finditer(r"^\| *`([A-Z_]+)` *\|.*$", section, re.MULTILINE)}


def test_readme_lists_exactly_the_variables_that_the_code_reads():
    assert set(readme_table()) == set(env.VARIABLES)


def test_readme_states_each_default():
    rows = readme_table()
    for variable in env.VARIABLES.values():
        assert (variable.default_in_words or variable.default) in rows[variable.name], variable.name


def test_nothing_else_reads_configuration_from_the_environment():
    pattern = re.compile(r"environ(\.get\(|\[)[\"'](" + "|".join(env.VARIABLES) + r")[\"'](?!\] = )")
    guilty = [
        path
        for package in ("healthfund", "announcements", "programmes")
        for path in (env.PROJECT / package).rglob("*.py")
        if pattern.search(path.read_text())
    ]
    assert guilty == []


def test_portal_starts_with_nothing_set(tmp_path):
    assert settings_under({}, tmp_path, "settings.DEBUG, settings.SECURE_SSL_REDIRECT") == "(False, False)"


def test_kept_secret_is_the_same_for_the_next_process_and_private(tmp_path):
    first = settings_under({}, tmp_path, "settings.SECRET_KEY")
    assert len(first) >= 50
    assert settings_under({}, tmp_path, "settings.SECRET_KEY") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_public_name_without_a_secret_is_refused_by_the_variables_name(tmp_path):
    said = settings_under({"ALLOWED_HOSTS": "portal.example"}, tmp_path)
    assert "SECRET_KEY is not set" in said
    assert "at least 50 random characters" in said


def test_public_name_without_a_second_factor_is_refused(tmp_path):
    assert "TWO_FACTOR is 0 on a production portal" in settings_under(PRODUCTION | {"TWO_FACTOR": "0"}, tmp_path)
    assert settings_under(PRODUCTION, tmp_path, "settings.TWO_FACTOR") == "True"


def test_public_name_brings_https(tmp_path):
    expression = "settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"
    assert settings_under(PRODUCTION, tmp_path, expression) == "(True, True, True)"


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("DEBUG", "maybe", "set it to 1 or 0"),
        ("HTTPS", "2", "set it to 1 or 0"),
        ("LOG_LEVEL", "loud", "set it to one of DEBUG, INFO, WARNING, ERROR"),
        ("PROXIES", "-1", "set it to a whole number such as 0"),
        ("API_RATE_ANONYMOUS", "many", "set it to a whole number such as 600"),
        ("TWO_FACTOR", "sms", "set it to 1 or 0"),
        ("SESSION_IDLE_MINUTES", "0", "set it to a whole number such as 120"),
        ("SESSION_HOURS", "0", "set it to a whole number such as 12"),
        ("DATABASE_URL", "mysql://root@db/x", "begins with one of postgres://, postgresql://, sqlite://"),
        ("OUTBOUND_ALLOW", "https://intranet:8443", "write it as host:port"),
        ("OUTBOUND_ALLOW", "intranet", "write it as host:port"),
        ("CELERY_BROKER_URL", "amqp://guest@mq", "begins with one of redis://"),
        ("EMAIL_URL", "mailgun://key@host", "begins with one of smtp://, smtp+tls://, smtps://, file://"),
        ("EMAIL_URL", "smtp://", "set it as smtp://user:password@host:port"),
        ("EMAIL_URL", "smtps://host:much", "set it as smtps://user:password@host:port"),
    ],
)
def test_wrong_value_is_refused_with_its_name_and_the_mend(name, value, mend, tmp_path):
    said = settings_under({name: value}, tmp_path)
    assert said.startswith("failed")
    assert f"{name} " in said
    assert mend in said


def test_wrong_address_is_refused_without_repeating_its_password(tmp_path):
    assert "s3cret" not in settings_under({"DATABASE_URL": "mysql://root:s3cret@db/x"}, tmp_path).splitlines()[-1]


def test_mail_goes_to_files_where_nothing_is_set(tmp_path):
    expression = "settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH, settings.DEFAULT_FROM_EMAIL"
    backend = "django.core.mail.backends.filebased.EmailBackend"
    expected = (backend, str(tmp_path / "mail"), "healthfund <alerts@localhost>")
    assert settings_under({}, tmp_path, expression) == str(expected)


def test_a_mail_server_is_understood(tmp_path):
    given = PRODUCTION | {"EMAIL_URL": "smtp+tls://us%40er:p%2Fw@mail.example"}
    names = ["HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"]
    expression = f"[getattr(settings, 'EMAIL_' + name) for name in {names}], settings.DEFAULT_FROM_EMAIL"
    expected = (["mail.example", 587, "us@er", "p/w", True, False], "healthfund <alerts@portal.example>")
    assert settings_under(given, tmp_path, expression) == str(expected)


def test_wrong_mail_server_is_refused_without_repeating_its_password(tmp_path):
    assert "s3cret" not in settings_under({"EMAIL_URL": "smtp://u:s3cret@h/x"}, tmp_path).splitlines()[-1]


def test_hosts_inside_are_allowed_by_host_and_port(tmp_path):
    given = {"OUTBOUND_ALLOW": "127.0.0.1:8099, Hooks.Intranet.example:443,[::1]:80"}
    expected = "['127.0.0.1:8099', 'hooks.intranet.example:443', '[::1]:80']"
    assert settings_under(given, tmp_path, "settings.OUTBOUND_ALLOW") == expected


@pytest.mark.parametrize(("given", "scheduled"), [({}, "False"), ({"CHECK_SOURCES": "1"}, "True")])
def test_sources_are_looked_at_only_where_that_is_wanted(given, scheduled, tmp_path):
    assert settings_under(given, tmp_path, "'look-at-sources' in settings.CELERY_BEAT_SCHEDULE") == scheduled


def test_sqlite_database_waits_for_its_turn_to_write(tmp_path):
    options = settings_under({}, tmp_path, "settings.DATABASES['default']['OPTIONS']")
    assert "'transaction_mode': 'IMMEDIATE'" in options
    assert "journal_mode=WAL" in options


def test_postgres_socket_folder_is_understood(tmp_path):
    url = "postgres://portal@%2Frun%2Fpostgresql/healthfund"
    expression = "settings.DATABASES['default']['HOST'], settings.DATABASES['default']['NAME']"
    assert settings_under({"DATABASE_URL": url}, tmp_path, expression) == "('/run/postgresql', 'healthfund')"


@pytest.mark.parametrize(
    ("broker", "expected"),
    [
        ("redis://cache:6379/2", "redis://cache:6379/2"),
        ("redis+socket:///run/valkey.sock?virtual_host=3", "unix:///run/valkey.sock?db=3"),
    ],
)
def test_processes_share_a_cache_where_the_broker_can_hold_it(tmp_path, broker, expected):
    expression = "settings.CACHES['default']['LOCATION']"
    assert settings_under({"CELERY_BROKER_URL": broker}, tmp_path, expression) == expected


def test_cache_is_the_process_s_own_where_the_broker_is_a_folder(tmp_path):
    said = settings_under({"CELERY_BROKER_URL": "filesystem://"}, tmp_path, "settings.CACHES['default']['BACKEND']")
    assert said.endswith("LocMemCache")
