"""Totals stay exact whatever happens to those who roll them up: real workers, a real broker, real publishers.

Everything runs on the real announcements, on SQLite with the demo's kind of worker and on PostgreSQL with the
containers'. Nothing here is timed: whatever is waited for has minutes to come true.
"""

import contextlib
import datetime
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
from celery.beat import PersistentScheduler

from healthfund import embedded, env
from healthfund.celery import app
from tests import postgres
from tests.system.processes import Program, end_all, environment, wait_until

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(embedded.valkey_server() is None, reason="no embedded broker for this machine"),
]

PATIENCE = 240
FACTS = [f"fixtures/facts/{name}.json" for name in ("2010-2014", "2015-2019", "seeds")]
# Announcements that no other leans on, so that they can be withdrawn.
FAMILY = [
    "2018-08-10-health-system-led-investment",
    "2018-12-07-cambridge-childrens-hospital",
    "2019-05-29-cyber-security-five-years",
]
"""They all share money with one another, in the largest link family there is."""
OTHERS = ["2013-12-11-g8-dementia-summit", "2014-08-01-100000-genomes-package"]

SCRIPT = """
import itertools, json, sys, time
from decimal import Decimal
from pathlib import Path

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from announcements import publishing, tasks
from announcements.facts import dumping, loading
from announcements.ledger import rollups, totals
from announcements.models import Announcement

verb, rounds, stop, *slugs = sys.argv[1:]
rounds = range(int(rounds)) if int(rounds) else itertools.count()


def say(word, begun):
    print(f"{word} after {time.monotonic() - begun:.2f} s", flush=True)


def withdraw(slug, _number):
    announcement = Announcement.objects.get(slug=slug)
    publishing.withdraw(announcement=announcement, reason="For a test.", by="a test", at=timezone.now())


def record_of(slug):
    return dumping.announcement(dumping.prefetched(Announcement.objects.filter(slug=slug)).get())


def write(record):
    document = {"format": "healthfund-facts/1", "announcements": [record]}
    loading.load([(record["id"], document)], at=timezone.now(), today=timezone.localdate(), put_back=True)


def publish(slug, _number):
    write(record_of(slug))


def toggle(slug, number):
    (publish if number % 2 else withdraw)(slug, number)


def edit(slug, _number):
    record = record_of(slug)
    for claim in record["claims"]:
        if claim["amount"]:
            claim["amount"] = str(Decimal(claim["amount"]) + 1)
    write(record)


def load(slug, number):
    [record] = [
        record
        for path in Path("fixtures/facts").glob("*.json")
        for record in json.loads(path.read_text())["announcements"]
        if record["id"] == slug
    ]
    for claim in record["claims"]:
        if claim.get("amount"):
            claim["amount"] = str(int(float(claim["amount"])) + number + 1)
    write(record)


def ask(_slug, _number):
    tasks.roll_up.delay()
    tasks.sweep_rollups.delay()


def rebuild(_slug, _number):
    call_command("rebuild_totals")


def verify(_slug, _number):
    for mismatch in rollups.verify():
        print("does not agree:", mismatch, flush=True)


seen = set()


def read(_slug, _number):
    for one in (totals.total(), totals.by("theme")):
        if str(one) not in seen:
            seen.add(str(one))
            print("read", one, flush=True)


do = globals()[verb]
for number in rounds:
    for slug in slugs or [""]:
        begun = time.monotonic()
        do(slug, number)
        if verb != "read":
            say(f"{verb} {slug}", begun)
            # SQLite has no queue: who never pauses lets nobody else write.
            time.sleep(0.1)
    # Ends on a round in which everything is public again.
    if Path(stop).exists() and number % 2:
        break
print("done", flush=True)
"""


class Engine:
    """Makes databases with the real announcements in them: loaded once, copied for each test."""

    def __init__(self, folder):
        self.folder = folder

    def load(self, given):
        template = environment(self.folder, **given)
        for words in (
            ["migrate", "--verbosity", "0"],
            ["load_reference"],
            ["load_facts", "--verbosity", "0", *FACTS],
            ["rebuild_totals"],
        ):
            subprocess.run([sys.executable, "manage.py", *words], cwd=env.PROJECT, env=template, check=True)


class SQLite(Engine):
    pool = ["--pool", "threads", "--without-gossip", "--without-mingle"]  # as the demo has it

    def __init__(self, folder):
        super().__init__(folder)
        self.load({})

    def copy(self, var_dir):
        """What the environment has to say for a copy of its own, and where that lies."""
        path = var_dir / "healthfund.sqlite3"
        places = self.folder / path.name, path
        with contextlib.ExitStack() as open_files:
            template, copy = (open_files.enter_context(contextlib.closing(sqlite3.connect(place))) for place in places)
            template.backup(copy)
        return {}, path

    @staticmethod
    def connect(path):
        return sqlite3.connect(path, timeout=1, isolation_level=None)

    @staticmethod
    @contextlib.contextmanager
    def cells_stalled(connection):
        """While the block runs, whoever writes a cell is at it for ever."""
        forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n"
        kinds = ("INSERT", "UPDATE", "DELETE")
        for kind in kinds:
            connection.execute(
                f"CREATE TRIGGER stall_{kind} BEFORE {kind} ON announcements_rollupcell BEGIN {forever}; END"
            )
        try:
            yield
        finally:
            for kind in kinds:
                connection.execute(f"DROP TRIGGER stall_{kind}")

    @staticmethod
    def is_stalled(connection):
        """Whether somebody holds the only write lock that there is, and goes on holding it."""
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


class PostgreSQL(Engine):
    pool = []  # prefork, as the containers have it

    def __init__(self, folder, url):
        super().__init__(folder)
        self.url, self.made = url, []
        self.run = f"system_{os.getpid()}"
        self.create(f"{self.run}_0")
        self.load({"DATABASE_URL": self.address(f"{self.run}_0")})

    def address(self, name):
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def create(self, name, words=""):
        with contextlib.closing(self.connect(self.url)) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name} {words}")
        self.made.append(name)

    def copy(self, _var_dir):
        name = f"{self.run}_{len(self.made)}"
        self.create(name, f"TEMPLATE {self.made[0]}")
        return {"DATABASE_URL": self.address(name)}, self.address(name)

    def drop(self):
        with contextlib.closing(self.connect(self.url)) as connection:
            for name in self.made:
                connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")

    @staticmethod
    def connect(url):
        connection = psycopg2.connect(url)
        connection.autocommit = True
        return connection

    @staticmethod
    @contextlib.contextmanager
    def cells_stalled(connection):
        connection.cursor().execute("BEGIN; LOCK TABLE announcements_rollupcell IN SHARE MODE")
        try:
            yield
        finally:
            connection.cursor().execute("ROLLBACK")

    @staticmethod
    def is_stalled(connection):
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_locks WHERE relation = 'announcements_rollupcell'::regclass AND NOT granted")
        return cursor.fetchone() is not None


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def engine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "SQLite":
        yield SQLite(folder)
        return
    with contextlib.ExitStack() as stack:
        url = os.environ.get("TEST_DATABASE_URL")
        if not url:
            try:
                url = stack.enter_context(postgres.running(postgres.embedded_programs()))
            except postgres.NotToBeHad as reason:
                pytest.skip(f"no PostgreSQL: {reason}")
        engine = PostgreSQL(folder, url)
        yield engine
        engine.drop()


class Portal:
    """A database with the real announcements, a broker, and whoever a test sends to work on them."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, folder
        self.var_dir = folder / "var"
        self.var_dir.mkdir()
        given, place = engine.copy(self.var_dir)
        self.environment = environment(self.var_dir, DJANGO_SETTINGS_MODULE="healthfund.settings", **given)
        self.connection = engine.connect(place)
        self.broker = embedded.Portal.broker(
            embedded.valkey_server(), self.var_dir / "broker", folder, embedded.broker_socket(self.var_dir)
        )
        self.programs = []
        self.start_broker()

    def start_broker(self):
        self.broker.start()
        wait_until(embedded.broker_socket(self.var_dir).exists, PATIENCE, "the broker's socket")

    def start(self, name, *words):
        program = Program(f"{len(self.programs)}-{name}", [sys.executable, *words], self.folder, self.environment)
        self.programs.append(program)
        return program

    def worker(self, *options):
        node = f"{len(self.programs)}@test"
        words = ["--concurrency", "2", *self.engine.pool, "--hostname", node, *options]
        return self.start("worker", "-m", "celery", "-A", "healthfund", "worker", *words)

    def keep_up(self, workers):
        """Starts another worker where the last one has ended, as the embedded portal and the containers do."""
        if workers[-1].process.poll() is not None:
            workers.append(self.worker())

    @property
    def stop_file(self):
        return self.folder / "stop"

    def go_on(self, verb, *slugs):
        """Somebody does one thing after another until all are told to stop."""
        return self.start(verb, "-c", SCRIPT, verb, "0", self.stop_file, *slugs)

    def stop(self, *programs):
        self.stop_file.touch()
        for program in programs:
            assert program.process.wait(PATIENCE) == 0, program.output
        self.stop_file.unlink()

    def do(self, verb, *slugs, rounds=1):
        program = self.start(verb, "-c", SCRIPT, verb, str(rounds), self.stop_file, *slugs)
        assert program.process.wait(PATIENCE) == 0, program.output
        return program

    def manage(self, *words):
        """Exit status and output of a command."""
        program = self.start(words[0], "manage.py", *words)
        return program.process.wait(PATIENCE), program.output

    def ask(self, question):
        cursor = self.connection.cursor()
        cursor.execute(question)
        return cursor.fetchall()

    def waiting(self):
        """How many postings wait for their roll-up."""
        return self.ask("SELECT count(*) FROM announcements_posting WHERE run IS NULL")[0][0]

    def cells(self):
        """What stands in the cells that are read, by measure."""
        return self.ask(
            "SELECT measure, sum(firm), sum(ceiling) FROM announcements_rollupcell"
            " WHERE generation = (SELECT generation FROM announcements_rollupstate) GROUP BY measure ORDER BY measure"
        )

    def entries(self):
        return self.ask(
            "SELECT measure, sum(firm), sum(ceiling) FROM announcements_ledgerentry GROUP BY measure ORDER BY measure"
        )

    def wait_for_the_roll_up(self, workers=()):
        """workers: who is kept up meanwhile."""

        def rolled_up():
            if workers:
                self.keep_up(workers)
            return self.waiting() == 0

        try:
            wait_until(rolled_up, PATIENCE, "the roll-up of everything")
        except AssertionError:
            for program in self.programs:
                print(f"{program.name}, at the end:", *program.output.splitlines()[-60:], sep="\n  ")
            raise

    def assert_exact(self):
        """Cells = entries = rules, to the penny, as the command says and as the database itself adds them up."""
        status, said = self.manage("verify_totals")
        assert status == 0, said
        assert self.cells() == self.entries()

    def assert_applied_once(self, *workers):
        """The workers' own words: every run is there once, and took in as many postings as bear its mark."""
        said = [run for worker in workers for run in rolled_up(worker)]
        marked = self.ask("SELECT run, count(*) FROM announcements_posting WHERE run > 1 GROUP BY run ORDER BY run")
        assert sorted(said) == marked
        assert [run for run, _ in marked] == list(range(2, 2 + len(marked)))

    def end(self):
        for program in self.programs:
            program.end()
        self.broker.stop()
        end_all(self.var_dir)
        self.connection.close()


def rolled_up(worker):
    """(run, postings) of each roll-up that a worker says it did."""
    return [(int(run), int(count)) for run, count in re.findall(r"rolled up run=(\d+) postings=(\d+)", worker.output)]


def kill(program):
    """Kills a program and all that it has started, in the same moment."""
    os.killpg(program.process.pid, signal.SIGKILL)
    program.process.wait()


@contextlib.contextmanager
def portal_in(folder, engine):
    portal = Portal(engine, folder)
    try:
        yield portal
    finally:
        portal.end()
        shutil.rmtree(portal.var_dir)


@pytest.fixture
def portal(engine, tmp_path):
    with portal_in(tmp_path, engine) as portal:
        yield portal


def what_was_read(reader):
    """The different totals that somebody saw, and the different sets of rows by theme."""
    return set(re.findall(r"^read (.*)$", reader.output, re.MULTILINE))


def works_done(program):
    return len(re.findall(r" after [\d.]+ s$", program.output, re.MULTILINE))


def works(program, times):
    """Whether somebody has done their work so many times yet. AssertionError where they have ended."""
    assert program.process.poll() is None, program.output
    return works_done(program) >= times


class Race:
    """Two workers with more tasks than postings, and three publishers of one link family, each in its own way.

    Beside them somebody checks again and again whether all agrees, and says what does not.
    """

    def __init__(self, portal):
        self.portal = portal
        portal.do("ask", rounds=30)
        self.workers = [portal.worker(), portal.worker()]
        self.publishers = [
            portal.go_on(verb, slug) for slug, verb in zip(FAMILY, ["toggle", "edit", "load"], strict=True)
        ]
        self.checker = portal.go_on("verify")
        wait_until(self.is_run, PATIENCE, "enough of a race")
        portal.stop(*self.publishers, self.checker)
        portal.wait_for_the_roll_up()

    def is_run(self):
        everybody = [works(self.checker, 2), *(works(publisher, 8) for publisher in self.publishers)]
        return all(everybody) and all(len(rolled_up(worker)) > 3 for worker in self.workers)


@pytest.fixture(scope="module")
def race(engine, tmp_path_factory):
    with portal_in(tmp_path_factory.mktemp("race"), engine) as portal:
        yield Race(portal)


def test_racing_workers_apply_every_posting_once(race):
    race.portal.assert_applied_once(*race.workers)


def test_cells_equal_entries_and_entries_equal_rules_after_a_race(race):
    race.portal.assert_exact()


def test_who_verifies_during_a_race_finds_nothing(race):
    assert "does not agree" not in race.checker.output
    assert works_done(race.checker) >= 2


@contextlib.contextmanager
def worker_in_mid_task(portal, *options):
    """A worker that has marked a posting as rolled up and is writing the cells, in a transaction that it cannot end."""
    before = portal.cells()
    with portal.engine.cells_stalled(portal.connection):
        portal.do("withdraw", OTHERS[0])
        worker = portal.worker(*options)
        wait_until(lambda: portal.engine.is_stalled(portal.connection), PATIENCE, "the worker's transaction")
        yield worker
        assert portal.waiting() == 1
        assert portal.cells() == before


def test_what_a_worker_killed_in_mid_task_left_is_done_by_the_next_roll_up(portal):
    with worker_in_mid_task(portal) as worker:
        kill(worker)
    portal.worker()
    portal.do("withdraw", OTHERS[1])
    portal.wait_for_the_roll_up()
    portal.assert_exact()


@pytest.mark.parametrize("engine", ["SQLite"], indirect=True)  # the broker hands out again whatever the database is
def test_the_task_of_a_killed_worker_is_handed_out_again_and_done(portal):
    with worker_in_mid_task(portal) as worker:
        kill(worker)
    portal.worker()
    portal.wait_for_the_roll_up()
    portal.assert_exact()


@pytest.mark.parametrize("engine", ["PostgreSQL"], indirect=True)  # whose workers have children
def test_the_task_of_a_killed_child_is_done_by_the_next_child(portal):
    with worker_in_mid_task(portal, "--concurrency", "1") as worker:
        [child] = psutil.Process(worker.process.pid).children()
        child.kill()
        wait_until(lambda: not child.is_running(), PATIENCE, "the child's end")
    portal.wait_for_the_roll_up()
    portal.assert_exact()


def schedule_of_two_minutes_ago(path):
    """A schedule's file as if it had last been at work two minutes ago, so that all that is due is sent at once."""
    scheduler = PersistentScheduler(app=app, schedule_filename=str(path), lazy=True)
    scheduler.setup_schedule()
    for entry in scheduler.schedule.values():
        entry.last_run_at -= datetime.timedelta(minutes=2)
    scheduler.close()


def test_publishing_goes_on_while_the_broker_is_killed_and_the_sweep_takes_in_what_was_missed(portal):
    # A worker that the broker leaves in the midst of an acknowledgement may end (Celery 5.7): another takes its place.
    workers = [portal.worker()]
    publisher = portal.go_on("toggle", *OTHERS)
    wait_until(lambda: works(publisher, 3) and rolled_up(workers[0]), PATIENCE, "publications that are rolled up")
    portal.broker.process.kill()
    portal.broker.process.wait()
    before = publisher.output
    wait_until(lambda: works(publisher, before.count(" after ") + 8), PATIENCE, "eight publications without a broker")
    portal.stop(publisher)
    missed = publisher.output.removeprefix(before)
    assert missed.count("no broker, the sweep will roll up") >= 8
    print("Publishing without a broker:", *sorted(re.findall(r"after ([\d.]+) s", missed), key=float))
    assert portal.waiting() >= 8
    portal.start_broker()
    schedule_of_two_minutes_ago(portal.var_dir / "schedule")
    portal.start("schedule", "-m", "celery", "-A", "healthfund", "beat", "--pidfile=")
    portal.wait_for_the_roll_up(workers)
    wait_until(
        lambda: any("announcements.tasks.sweep_rollups" in worker.output for worker in workers), PATIENCE, "the sweep"
    )
    portal.assert_exact()
    portal.assert_applied_once(*workers)


def test_who_reads_while_totals_are_rebuilt_and_rolled_up_reads_only_true_ones(portal):
    true = set()
    for verb in ("withdraw", "publish"):
        portal.do(verb, OTHERS[1])
        portal.do("rebuild")
        true |= what_was_read(portal.do("read"))
    assert len(true) == 4
    portal.worker()
    reader, rebuilder = portal.go_on("read"), portal.go_on("rebuild")
    publisher = portal.go_on("toggle", OTHERS[1])
    wait_until(lambda: works(rebuilder, 5) and works(publisher, 8), PATIENCE, "five rebuilds and eight publications")
    portal.stop(reader, rebuilder, publisher)
    assert what_was_read(reader) == true
    portal.wait_for_the_roll_up()
    portal.assert_exact()
