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


LISTS = [("entries", "csv", "# complete: {} rows"), ("announcements", "jsonl", '"rows":{},'), ("entries", "xlsx", "")]


def test_memory_does_not_grow_with_the_rows_and_the_end_counts_them(tmp_path):
    portal = environment(tmp_path)

    def run(*words):
        done = subprocess.run(
            [sys.executable, *map(str, words)], cwd=env.PROJECT, env=portal, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def measured():
        return [exports.alone(name, suffix, portal) for name, suffix, _ in LISTS]

    run("manage.py", "migrate", "--verbosity", "0")
    run("tests/benchmarks/exports.py", "fill", FEW)
    before = measured()
    run("tests/benchmarks/exports.py", "fill", MANY - FEW)
    for few, many, (_, _, end) in zip(before, measured(), LISTS, strict=True):
        assert end.format(FEW) in few["end"]
        assert end.format(MANY) in many["end"]
        assert many["megabytes"] > 3 * few["megabytes"] > 0
        assert many["peak_megabytes"] < few["peak_megabytes"] + SLACK, (few, many)
