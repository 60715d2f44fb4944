"""What a preview costs on the database of the settings: queries, time, and for how long it holds the lock of posting.

    VAR_DIR=… .venv/bin/python tests/benchmarks/previews.py [--of 40]

Of published announcements, spread over all, each is previewed with its amounts doubled. Nothing is written.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def measured(number):
    """(milliseconds, queries, pots, slug) of each preview."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from announcements.facts import dumping
    from announcements.models import Announcement
    from announcements.newsroom.preview import preview

    slugs = list(Announcement.objects.published().in_order().values_list("slug", flat=True))
    for slug in slugs[:: max(1, len(slugs) // number)]:
        said = dumping.announcement(dumping.prefetched(Announcement.objects.filter(slug=slug)).get())
        for claim in said["claims"]:
            for end in {"amount", "low", "high"} & claim.keys():
                claim[end] = claim[end] and str(int(float(claim[end]) * 2))
        with CaptureQueriesContext(connection) as queries:
            begun = time.perf_counter()
            seen = preview(said, at=timezone.now(), future_ok=True)
            took = time.perf_counter() - begun
        if not seen.faults:
            yield took * 1000, len(queries), len(seen.pots), slug


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", type=int, default=40, help="so many announcements")
    asked = parser.parse_args()
    sys.path.insert(0, str(PROJECT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")
    import logging

    import django

    django.setup()
    logging.disable(logging.INFO)
    rows = list(measured(asked.of))
    times, queries = sorted(row[0] for row in rows), sorted(row[1] for row in rows)
    print(f"{len(rows)} previews: {statistics.median(times):.0f} ms in the middle, {times[-1]:.0f} ms at most")
    print(f"queries: {queries[len(queries) // 2]} in the middle, {queries[-1]} at most; the slowest: {max(rows)}")


if __name__ == "__main__":
    main()
