"""Real processes for the system tests: starting them, waiting for them, and finding what they left behind."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

import psutil

from healthfund import env


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(var_dir, **given):
    """This process's environment with VAR_DIR and no other variable of the portal's but those given."""
    bare = {name: value for name, value in os.environ.items() if name not in env.VARIABLES}
    return {**bare, "VAR_DIR": str(var_dir), **given}


def processes_of(var_dir):
    """Every process that was started with this VAR_DIR, the dead but unburied aside."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("VAR_DIR") == str(var_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end_all(var_dir):
    """Kills whatever was started with this VAR_DIR."""
    for process in processes_of(var_dir):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def wait_until(condition, seconds, what="it"):
    """What `condition` gave as soon as it was true of anything; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        outcome = condition()
        if outcome:
            return outcome
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} seconds")


def get(url, **headers):
    """Status and body of an address; (0, reason) where nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class Program:
    """A started program whose output is kept in a file, so that a failing test can show it."""

    def __init__(self, name, command, folder, environment):
        self.name = name
        self.output_path = folder / f"{name}.out"
        with self.output_path.open("ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=env.PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self):
        return self.output_path.read_text(errors="replace")

    def says(self, text):
        """Whether the program has said `text` yet. AssertionError where it ended without."""
        if text in self.output:
            return True
        assert self.process.poll() is None, f"{self.name} ended:\n{self.output}"
        return False

    def end(self):
        """Kills the program where it still runs, and buries it."""
        self.process.kill()
        self.process.wait()

    def stop(self, number, seconds=30):
        """Sends a signal and gives the exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)
