"""The services of docker-compose.yml, really started: their commands and environment, with Debian's PostgreSQL and Redis.

Only what a container would bring is replaced: host names and ports by addresses of this machine, and
/app/var by a folder of the test.
"""

import json
import re
import shutil
import signal
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from healthfund import env
from tests import postgres
from tests.system.processes import Program, end_all, environment, free_port, get, wait_until

pytestmark = pytest.mark.topology

SERVICES = yaml.safe_load((env.PROJECT / "docker-compose.yml").read_text())["services"]
GIVEN = {
    "ALLOWED_HOSTS": "portal.example",
    "SECRET_KEY": "of-this-test-" * 5,
    "POSTGRES_PASSWORD": "unused",
    "EMAIL_URL": "smtp://mail.example",
}
# What the proxy in front would say for a visitor who came by HTTPS.
VISITOR = {"Host": "portal.example", "X-Forwarded-Proto": "https"}


def filled_in(text):
    """A value of docker-compose.yml with its ${NAME:-default} and ${NAME:?message} replaced."""
    return re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda found: GIVEN.get(found[1], found[2]), str(text))


def debian_programs():
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert folders, "PostgreSQL's server is not installed: apt-get install postgresql"
    return folders[-1]


class Topology:
    """The four services of ours, beside a PostgreSQL and a Redis that run already."""

    def __init__(self, folder, database_url, redis):
        self.folder, self.redis, self.port = folder, redis, free_port()
        self.var_dir = folder / "var"
        self.var_dir.mkdir()
        self.replaced = {
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis.port}/0",
        }
        self.programs = []

    def environment_of(self, service):
        given = {name: filled_in(value) for name, value in SERVICES[service]["environment"].items()}
        return environment(self.var_dir, **{**given, **self.replaced})

    def start(self, service, command=None):
        words = [filled_in(word).replace("$$", "$") for word in command or SERVICES[service]["command"]]
        words = [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in words]
        program = words.pop(0)
        executable = [sys.executable] if program == "python" else [sys.executable, "-m", program]
        name = f"{len(self.programs)}-{service}"
        self.programs.append(Program(name, [*executable, *words], self.folder, self.environment_of(service)))
        return self.programs[-1]

    def run(self, service, command=None):
        done = self.start(service, command)
        assert done.process.wait(300) == 0, done.output
        return done.output

    def get(self, path):
        return get(f"http://127.0.0.1:{self.port}{path}", **VISITOR)

    def state(self):
        status, body = self.get("/health/ready")
        return json.loads(body) if status in {200, 503} else {}


class Redis:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self):
        program = shutil.which("redis-server")
        assert program, "Redis's server is not installed: apt-get install redis-server"
        options = [*SERVICES["redis"]["command"][1:], "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder]
        self.program = Program("redis", [program, *options], self.folder, environment(self.folder / "var"))
        wait_until(lambda: self.program.says("Ready to accept connections"), 20, "Redis's readiness")


@pytest.fixture(scope="module")
def topology(tmp_path_factory):
    """All of it, with the real data loaded."""
    folder = tmp_path_factory.mktemp("topology")
    with postgres.running(debian_programs()) as url:
        redis = Redis(folder)
        topology = Topology(folder, url, redis)
        try:
            topology.run("migrate")
            topology.run("web", ["python", "manage.py", "collectstatic", "--no-input"])
            for service in ("web", "worker", "beat"):
                topology.start(service)
            wait_until(lambda: topology.state().get("status") == "ready", 60, "readiness")
            topology.run("web", ["python", "manage.py", "load_reference", "fixtures/reference.json"])
            facts = sorted(str(path) for path in (env.PROJECT / "fixtures" / "facts").glob("*.json"))
            topology.run("web", ["python", "manage.py", "load_facts", *facts])
            yield topology
        finally:
            for program in [*topology.programs, redis.program]:
                program.end()
            end_all(topology.var_dir)


def rolled_up(topology):
    return topology.state().get("rollup", {}).get("waiting") == 0


def test_totals_come_out_over_http_as_the_ledger_has_them(topology):
    wait_until(lambda: rolled_up(topology), 90, "the roll-up")
    ask = (
        "from django.db.models import Sum; from announcements.models import LedgerEntry;"
        "print(LedgerEntry.objects.filter(measure='announced').aggregate(pence=Sum('firm'))['pence'])"
    )
    pence = int(topology.run("web", ["python", "manage.py", "shell", "--no-imports", "-c", ask]).split()[-1])
    assert pence > 0
    status, body = topology.get("/api/v1/totals/?by=theme")
    assert status == 200
    answer = json.loads(body)
    assert Decimal(answer["total"]["firm"]) * 100 == pence
    assert sum(Decimal(row["firm"]) for row in answer["rows"]) * 100 == pence


def test_first_page_shows_pounds(topology):
    status, page = topology.get("/")
    assert status == 200
    assert "£" in page


def test_stored_totals_agree_with_the_rules(topology):
    wait_until(lambda: rolled_up(topology), 90, "the roll-up")
    topology.run("web", ["python", "manage.py", "verify_totals"])


def test_visitor_without_https_is_sent_there(topology):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", topology.port, timeout=20)
    connection.request("GET", "/", headers={"Host": "portal.example"})
    response = connection.getresponse()
    assert response.status == 301
    assert response.headers["Location"] == "https://portal.example/"
    connection.close()


def test_health_checks_of_the_containers_pass(topology):
    url = SERVICES["web"]["healthcheck"]["test"][-1].replace("8000", str(topology.port))
    topology.run("web", [*SERVICES["web"]["healthcheck"]["test"][1:-1], url])


def answers_ping(topology):
    command = SERVICES["worker"]["healthcheck"]["test"][-1].split("--destination")[0].split()
    return topology.start("worker", command).process.wait(60) == 0


def test_worker_answers_its_health_check(topology):
    wait_until(lambda: answers_ping(topology), 60, "an answer")


def test_schedule_writes_the_file_its_health_check_looks_for(topology):
    wait_until(lambda: list(topology.var_dir.glob("schedule*")), 20, "the schedule's file")


def test_portal_answers_while_redis_is_away_and_works_again_after(topology):
    topology.redis.program.stop(signal.SIGKILL)
    try:
        assert topology.state()["broker"] == "unreachable"
        assert topology.get("/")[0] == 200
    finally:
        topology.redis.start()
    wait_until(lambda: topology.state().get("status") == "ready", 30, "readiness")
    wait_until(lambda: answers_ping(topology), 60, "the worker's return")
