"""docker-compose.yml and Dockerfile against the code that they start; no engine runs where the tests do."""

import json
import re
import subprocess
import sys

import pytest
import yaml

from healthfund import embedded, env

COMPOSE = yaml.safe_load((env.PROJECT / "docker-compose.yml").read_text())
DOCKERFILE = (env.PROJECT / "Dockerfile").read_text()
OURS = ["migrate", "web", "worker", "beat"]


def test_there_is_a_service_for_each_part():
    assert set(COMPOSE["services"]) == {*OURS, "postgres", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_every_service_gets_what_production_requires_and_nothing_the_code_does_not_read(name):
    given = set(COMPOSE["services"][name]["environment"])
    required = {variable.name for variable in env.VARIABLES.values() if variable.required_in_production}
    assert required | {"ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL"} <= given
    # gunicorn reads this one itself.
    assert given - {"WEB_CONCURRENCY"} <= set(env.VARIABLES)


def test_no_secret_has_a_default():
    text = (env.PROJECT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"):
        uses = re.findall(r"\$\{" + name + r"(.)(.)", text)
        assert uses
        assert set(uses) == {(":", "?")}, f"{name} must be asked for, not assumed"


def test_container_serves_as_the_one_machine_portal_does():
    expected = ["gunicorn", *embedded.gunicorn_options("0.0.0.0:8000")]
    assert COMPOSE["services"]["web"]["command"] == expected
    assert json.loads(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[1]) == expected


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_names_an_application_that_exists(name):
    command = COMPOSE["services"][name]["command"]
    assert command[:3] == ["celery", "-A", "healthfund"]
    help_of_it = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "healthfund", command[3], "--help"], capture_output=True, text=True
    ).stdout
    for word in command[4:]:
        if word.startswith("--"):
            assert word.partition("=")[0] in help_of_it


def test_nothing_starts_before_what_it_needs():
    for name in ("web", "worker", "beat"):
        assert COMPOSE["services"][name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }
    assert COMPOSE["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_everything_that_stays_up_has_a_health_check():
    staying = {name for name, service in COMPOSE["services"].items() if service["restart"] != "no"}
    assert staying == {name for name, service in COMPOSE["services"].items() if "healthcheck" in service}


def test_database_and_queue_are_kept_in_volumes():
    for name in ("postgres", "redis"):
        assert COMPOSE["services"][name]["volumes"][0].startswith(f"{name}:")
    assert "--appendonly" in COMPOSE["services"]["redis"]["command"]


def test_image_runs_as_nobody_special_and_installs_by_hash():
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["healthfund"]
    assert "--require-hashes" in DOCKERFILE


def test_image_takes_what_exists_and_the_ignore_file_lets_through():
    let_through = {
        line[1:] for line in (env.PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    taken = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))
    assert taken == let_through
    for name in taken:
        assert (env.PROJECT / name).exists(), name


def test_image_has_every_package_of_the_portal():
    taken = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))
    packages = {path.parent.name for path in env.PROJECT.glob("*/__init__.py")} - {"tests"}
    assert packages <= taken
