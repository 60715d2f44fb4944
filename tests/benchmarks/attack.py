"""Ten thousand requests of Schemathesis, all checks, with and without a state, to see that nothing is answered otherwise
than the OpenAPI document describes it.

    API_RATE_ANONYMOUS=0 API_RATE_TOKEN=0 .venv/bin/python tests/benchmarks/attack.py [--cases 10000] [--seed 1]

In a test database of its own, in memory; with DATABASE_URL, or through `tests/postgres.py`, in one beside that, which is
dropped at the end. Prints how many cases each phase sent, how many operations were reached, and every failure; exits
with 1 where there was one. A seed asks the same again.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def attacked(cases, seed):
    """Attacks until so many cases were sent: at first with every boundary of every parameter, then by other seeds."""
    from tests.attacking import attack, write_portal

    portal, sent, asked, done, failures = write_portal(), Counter(), set(), set(), []
    while sent.total() < cases:
        report = attack(portal, seed=seed, examples=30, scenarios=100, coverage=not sent)
        sent, asked, done = sent + report.cases, asked | report.asked, done | report.done
        failures += report.failures
        print(f"seed {seed}: {dict(report.cases)}, {len(report.failures)} failures", flush=True)
        seed += 1
    return sent, asked, done, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "healthfund.settings"
    sys.path.insert(0, str(PROJECT))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        import django
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        from tests.conftest import pytest_configure

        pytest_configure()
        django.setup()
        from django.db import connection

        # Refusals are what most of it comes to.
        logging.disable(logging.WARNING)
        setup_test_environment()
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            begun = time.monotonic()
            sent, asked, done, failures = attacked(wanted.cases, wanted.seed)
        finally:
            teardown_databases(databases, verbosity=0)
    print("\n\n".join(failures))
    print(f"{connection.vendor}: {sent.total():,} cases ({dict(sent)}) of {len(asked)} operations, of which {len(done)} "
          f"did what was asked, in {time.monotonic() - begun:,.0f} s: {len(failures)} failures")  # fmt: skip
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
