"""A real process gives away a list that is ten times as long, and holds no more of it at a time."""

import subprocess
import sys

import pytest

from healthfund import env
from tests.benchmarks import exports
from tests.system.processes import environment

pytestmark = pytest.mark.system

FEW, MANY = 1000, 10_000
SLACK = 8
"""MiB that two equal runs may differ by; the further rows as documents are some 40."""


@pytest.fixture(scope="module")
def portals(tmp_path_factory):
    """The environments of a portal with few rows and of one with many."""
    made = []
    for number in (FEW, MANY):
        given = environment(tmp_path_factory.mktemp("var"))
        for words in (["manage.py", "migrate", "--verbosity", "0"], ["tests/benchmarks/exports.py", "fill", number]):
            done = subprocess.run(
                [sys.executable, *map(str, words)], cwd=env.PROJECT, env=given, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
        made.append(given)
    return made


@pytest.mark.parametrize(
    ("name", "suffix", "end"),
    [("entries", "csv", "# complete: {} rows"), ("announcements", "jsonl", '"rows":{},'), ("entries", "xlsx", "")],
)
def test_memory_does_not_grow_with_the_rows_and_the_end_counts_them(portals, name, suffix, end):
    few, many = (exports.alone(name, suffix, portal) for portal in portals)
    assert end.format(FEW) in few["end"]
    assert end.format(MANY) in many["end"]
    assert many["megabytes"] > 5 * few["megabytes"] > 0
    assert many["peak_megabytes"] < few["peak_megabytes"] + SLACK, (few, many)
