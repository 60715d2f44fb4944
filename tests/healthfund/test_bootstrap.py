"""bootstrap.py, as far as it can be asked without making a new environment."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from healthfund import env

BOOTSTRAP = env.PROJECT / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    """The script as a module, in a project folder of its own with a requirements file and a finished environment."""
    spec = importlib.util.spec_from_file_location("bootstrap", BOOTSTRAP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.txt").write_text("one")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("")
    ran = []
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(module, "PYTHON", tmp_path / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "installed.json")
    monkeypatch.setattr(module, "run_quietly", lambda command, advice: ran.append([str(word) for word in command]))
    module.ran = ran
    module.STAMP.write_text(
        json.dumps({"python": sys.version.split()[0], "requirements.txt": module.digest("requirements.txt")})
    )
    return module


def test_tests_clear_every_variable_that_the_portal_reads(bootstrap):
    assert sorted(env.VARIABLES) == bootstrap.CONFIGURATION


def test_unchanged_requirements_install_nothing(bootstrap):
    bootstrap.install("requirements.txt")
    assert bootstrap.ran == []


def test_changed_requirements_are_installed_by_hash_and_remembered(bootstrap):
    (bootstrap.PROJECT / "requirements.txt").write_text("two")
    bootstrap.install("requirements.txt")
    assert len(bootstrap.ran) == 1
    assert "--require-hashes" in bootstrap.ran[0]
    bootstrap.install("requirements.txt")
    assert len(bootstrap.ran) == 1


def test_other_python_makes_the_environment_anew(bootstrap, tmp_path):
    bootstrap.STAMP.write_text(json.dumps({**bootstrap.installed(), "python": "3.9.0"}))
    # rmtree would take the requirements along: here the project and its environment are one folder.
    bootstrap.ENVIRONMENT = tmp_path / "environment"
    bootstrap.install("requirements.txt")
    assert bootstrap.ran[0][1:3] == ["-m", "venv"]
    assert "--require-hashes" in bootstrap.ran[1]


def test_interrupted_installation_is_not_remembered(bootstrap, monkeypatch):
    def interrupted(command, advice):
        raise bootstrap.Failed("no network")

    (bootstrap.PROJECT / "requirements.txt").write_text("two")
    before = bootstrap.installed()
    monkeypatch.setattr(bootstrap, "run_quietly", interrupted)
    with pytest.raises(bootstrap.Failed):
        bootstrap.install("requirements.txt")
    assert bootstrap.installed() == before


def test_unknown_command_tells_the_two_that_exist():
    done = subprocess.run([sys.executable, BOOTSTRAP, "serve"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "bootstrap.py demo" in done.stderr
    assert "bootstrap.py test" in done.stderr


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_carry_hashes_and_no_address(name):
    text = (env.PROJECT / name).read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_development_requirements_hold_the_run_requirements_at_the_same_versions():
    def pins(name):
        lines = (env.PROJECT / name).read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_each_dependency_says_why_it_is_there():
    lines = (env.PROJECT / "pyproject.toml").read_text().splitlines()
    begin = lines.index("dependencies = [")
    listed = lines[begin : lines.index("[tool.setuptools]")]
    for before, line in zip(listed, listed[1:], strict=False):
        if line.strip().startswith('"'):
            assert "#" in line or before.strip().startswith("#"), line


def test_test_command_needs_nothing_beside_the_project():
    for path in (BOOTSTRAP, Path(env.PROJECT / "tests" / "postgres.py")):
        assert "shared" not in path.read_text()
