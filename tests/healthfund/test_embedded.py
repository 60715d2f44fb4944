"""The parts of the one-machine portal that can be looked at without starting all of it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from django.contrib.auth.models import User
from kombu import Connection

from announcements.choices import Role
from healthfund import embedded
from tests.roles import group
from tests.system.processes import environment


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def child(tmp_path):
    made = []

    def make(code, **options):
        made.append(embedded.Child("thing", [sys.executable, "-c", code], log_folder=tmp_path, **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def test_broker_listens_in_the_portals_own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "LONGEST_SOCKET_PATH", 1000)
    assert embedded.broker_socket(tmp_path) == tmp_path / "broker" / "socket"


def test_deep_folder_gets_a_socket_path_that_the_system_can_hold(tmp_path):
    one, two = (embedded.broker_socket(tmp_path / ("deep" * 20) / name) for name in ("one", "two"))
    assert len(os.fsencode(one)) <= embedded.LONGEST_SOCKET_PATH
    assert one != two
    assert one == embedded.broker_socket(tmp_path / ("deep" * 20) / "one")


@pytest.mark.skipif(embedded.valkey_server() is None, reason="no embedded broker for this machine")
@pytest.mark.parametrize("name", ["My portal #1; new + 50%", "deep" * 30], ids=["odd signs", "deep"])
def test_embedded_broker_is_reached_by_its_address_wherever_it_lies(name, tmp_path):
    var_dir = tmp_path / name
    var_dir.mkdir()
    socket_path = embedded.broker_socket(var_dir)
    broker = embedded.Portal.broker(embedded.valkey_server(), var_dir / "broker", tmp_path, socket_path)
    broker.start()
    try:
        assert wait_until(socket_path.exists)
        with Connection(embedded.broker_url(var_dir)) as connection:
            connection.ensure_connection(max_retries=1)
            assert connection.default_channel.client.config_get("appendonly") == {"appendonly": "yes"}
    finally:
        broker.stop()
    assert not socket_path.exists()


def test_without_a_program_the_queue_is_a_folder(monkeypatch):
    monkeypatch.setattr(embedded, "valkey_server", lambda: None)
    assert embedded.broker_url("/srv/portal") == "filesystem://"


def test_short_socket_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(embedded.Stopped, match="not ours alone"):
        embedded.private_folder(tmp_path / "link")


def test_short_socket_folder_open_to_others_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(embedded.Stopped, match="not ours alone"):
        embedded.private_folder(tmp_path / "open")


def test_second_portal_in_one_folder_is_told_where_the_first_is(tmp_path):
    with embedded.sole_user_of(tmp_path) as lock:
        lock.write("http://127.0.0.1:1234/")
        lock.flush()
        with (
            pytest.raises(embedded.Stopped, match=r"already runs in .*http://127.0.0.1:1234/"),
            embedded.sole_user_of(tmp_path),
        ):
            pass
    with embedded.sole_user_of(tmp_path) as lock:
        assert lock.name == str(tmp_path / "lock")


def test_taken_port_is_named_with_what_to_do():
    with embedded.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(embedded.Stopped, match=f"Port {port} cannot be had .* --port"):
            embedded.listen("127.0.0.1", port)


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_port_that_cannot_exist_is_refused_with_those_that_can(port, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "healthfund.embedded", "--port", port],
        cwd=embedded.env.PROJECT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert f"{port} is no port: give one from 1 to 65535" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_child_that_ended_is_started_again(child, capsys):
    sleeper = child("import time; time.sleep(60)")
    sleeper.start()
    first = sleeper.process.pid
    sleeper.process.kill()
    sleeper.process.wait()
    sleeper.tend()
    assert sleeper.process.pid != first
    assert sleeper.process.poll() is None
    assert "starting it again" in capsys.readouterr().out


def test_child_that_keeps_ending_stops_the_portal_with_its_last_words(child):
    broken = child("raise SystemExit('cannot read the map')")

    def tend():
        broken.start()
        for _ in range(embedded.TRIES_PER_MINUTE + 1):
            broken.process.wait()
            broken.tend()

    with pytest.raises(embedded.Stopped, match="cannot read the map"):
        tend()
    assert len(broken.starts) == embedded.TRIES_PER_MINUTE


@pytest.fixture
def handler():
    """Sets how this process takes a signal, until the test is done."""
    former = {number: signal.getsignal(number) for number in embedded.STOPPING}
    yield signal.signal
    for number, before in former.items():
        signal.signal(number, before)


@pytest.mark.parametrize("number", embedded.STOPPING)
def test_interruption_waits_until_a_start_is_done(number, handler):
    done = []

    def start():
        with embedded.undisturbed():
            os.kill(os.getpid(), number)
            time.sleep(0.01)
            done.append("started")

    handler(number, signal.SIG_DFL)
    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]
    assert signal.getsignal(number) is signal.SIG_DFL


def test_closed_terminal_that_nohup_ignores_interrupts_no_start(handler):
    handler(signal.SIGHUP, signal.SIG_IGN)
    with embedded.undisturbed():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_child_that_does_not_listen_is_killed_with_its_own_children(child, monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "SECONDS_TO_STOP", 0.5)
    deaf = child(
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(grandchild.pid, flush=True); time.sleep(60)"
    )
    deaf.start()
    assert wait_until(lambda: (tmp_path / "thing.log").read_text().endswith("\n"))
    grandchild = int((tmp_path / "thing.log").read_text())
    deaf.stop()
    assert deaf.process.returncode == -signal.SIGKILL
    assert wait_until(lambda: gone(grandchild))


def parent_that_starts(how):
    """A process that starts a sleeping child by `how` and says its id."""
    code = f"""
import subprocess, sys, time, os, signal
from healthfund import embedded
sleeper = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
{how}
time.sleep(60)
"""
    return subprocess.Popen([sys.executable, "-c", code], cwd=embedded.env.PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(
            "subprocess.Popen(sleeper, preexec_fn=embedded.die_with_parent(os.getpid(), signal.SIGKILL))",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent"),
            id="kernel",
        ),
        pytest.param(
            "subprocess.Popen([sys.executable, '-c', embedded.WATCH, str(os.getpid()), *sleeper])", id="watch"
        ),
    ],
)
def test_killed_parent_takes_its_child_along(how):
    with parent_that_starts(how) as parent:
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
        assert wait_until(lambda: gone(child))


def test_watch_passes_on_what_it_is_told_and_how_its_child_ended(tmp_path):
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", embedded.WATCH, str(os.getpid()), sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout.readline() == "up\n"
        watch.terminate()
        assert watch.wait(10) == 7


def test_starting_afresh_keeps_the_lock_and_nothing_else(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / "healthfund.sqlite3").touch()
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "socket").touch()
    embedded.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_staff_of_the_demo_has_one_of_each_role(db, tmp_path):
    for role in Role:
        group(role)
    password = embedded.staff_password(tmp_path)
    staff = User.objects.filter(is_staff=True, is_superuser=False)
    assert {person.username: person.groups.get().name for person in staff} == {role.lower(): role for role in Role}
    assert all(person.check_password(password) for person in staff)


def test_staffs_password_is_the_same_at_the_next_start(db, tmp_path):
    assert embedded.staff_password(tmp_path) == embedded.staff_password(tmp_path)


def test_a_signal_that_python_loses_in_a_finaliser_still_ends_the_portal(monkeypatch):
    """What a handler raises while a finaliser runs is printed and dropped: the loops ask again."""
    monkeypatch.setattr(embedded, "ASKED_TO_STOP", [])
    embedded.heed()
    with pytest.raises(KeyboardInterrupt):
        embedded.interrupt(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        embedded.heed()
