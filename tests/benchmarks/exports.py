"""What an export costs: rows, bytes, seconds and the peak of memory, each in a process of its own.

    VAR_DIR=/tmp/measured .venv/bin/python manage.py migrate
    VAR_DIR=/tmp/measured .venv/bin/python tests/benchmarks/exports.py fill 100000
    VAR_DIR=/tmp/measured .venv/bin/python tests/benchmarks/exports.py measure

The same with DATABASE_URL, or through `tests/postgres.py`. `fill` puts bare announcements and entries past every rule into
an empty database, for their number is what matters here. On PostgreSQL there are as many real ones as one likes within
minutes, by `copy`, which repeats what `manage.py generate` made, under other ids, until there are so many:

    .venv/bin/python manage.py generate --announcements 1000 --seed 1
    .venv/bin/python tests/benchmarks/exports.py copy 1000000
    .venv/bin/python tests/benchmarks/exports.py measure --list announcements
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[2]
AT = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
BATCH = 2000
ROUNDS = 50
"""Copies of each that one statement makes."""


def fill(number):
    """Adds so many announcements, each with its pot, one ledger entry, and the documents that lists show."""
    from announcements.choices import Additionality, Measure, Sector, Status
    from announcements.documents import AnnouncementSerializer
    from announcements.models import Announcement, AnnouncementDocument, LedgerEntry, Posting, Pot
    from programmes.models import Organisation, Region, Theme

    organisation, _ = Organisation.objects.get_or_create(slug="measured", name="Department of Measuring")
    theme, _ = Theme.objects.get_or_create(key="digital", name="Digital")
    region, _ = Region.objects.get_or_create(key="uk", name="United Kingdom", level="country", position=0)
    posting = Posting.objects.create(posted_at=AT)
    begun = Announcement.objects.count()
    for start in range(begun, begun + number, BATCH):
        slugs = [f"2020-01-01-measured-{n:07}" for n in range(start, min(start + BATCH, begun + number))]
        made = Announcement.objects.bulk_create(
            Announcement(
                slug=slug,
                announced_on=AT.date(),
                title=f"Money for {slug}",
                summary="Money was announced for something that is measured. " * 4,
                announcer=organisation,
                status=Status.PUBLISHED,
                published_at=AT,
            )
            for slug in slugs
        )
        pots = Pot.objects.bulk_create(Pot(reference=f"{slug}#total", name=slug, low=1, high=2) for slug in slugs)
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                posting=posting,
                posted_at=AT,
                effective_on=AT.date(),
                pot=pot,
                cause=pot.reference,
                measure=Measure.ANNOUNCED,
                theme=theme,
                region=region,
                sector=Sector.GOVERNMENT,
                additionality=Additionality.NEW,
                announced_year=2026,
                firm=41_200_000_000 + pot.pk,
                ceiling=50_000_000_000,
            )
            for pot in pots
        )
        for one in made:
            one.claim_count = one.response_count = 0
        AnnouncementDocument.objects.bulk_create(
            AnnouncementDocument(
                announcement=one,
                head=json.dumps(dict(AnnouncementSerializer(one).data), default=str),
                rest="{}",
                fingerprint=f"{one.pk:064}",
                changed_at=AT,
            )
            for one in made
        )


COPIES = """
    WITH made AS (
        INSERT INTO announcements_announcement (slug, {columns})
        SELECT slug || '-copy-' || number, {columns}
        FROM announcements_announcement, generate_series(%s, %s) AS number
        WHERE slug NOT LIKE '%%-copy-%%'
        RETURNING id, slug
    )
    INSERT INTO announcements_announcementdocument (announcement_id, head, rest, fingerprint, changed_at, largest)
    SELECT made.id, replace(head, original.slug, made.slug), replace(rest, original.slug, made.slug), fingerprint,
        changed_at, largest
    FROM made
    JOIN announcements_announcement original ON original.slug = split_part(made.slug, '-copy-', 1)
    JOIN announcements_announcementdocument document ON document.announcement_id = original.id"""
"""What is drawn from the same announcement differs by its id alone, which stands in its documents too."""


def copy(number):
    """Repeats all announcements and their documents until there are so many, as far as that is a multiple of them."""
    from django.db import connection

    from announcements.models import Announcement

    fields = [field.column for field in Announcement._meta.concrete_fields if field.name not in ("id", "slug")]
    sql = COPIES.format(columns=", ".join(fields))
    originals = Announcement.objects.exclude(slug__contains="-copy-").count()
    copies = range(Announcement.objects.count() // originals, number // originals)
    for start in range(copies.start, copies.stop, ROUNDS):
        with connection.cursor() as cursor:
            cursor.execute(sql, [start, min(start + ROUNDS, copies.stop) - 1])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE announcements_announcement, announcements_announcementdocument")
    print(f"{Announcement.objects.count():,} announcements")


def measured(name, suffix):
    """Reads one export to its end in this process: a dict of what it cost."""
    from django.test import Client

    began, size, last = time.monotonic(), 0, b""
    response = Client(SERVER_NAME="localhost").get(f"/api/v1/{name}/", {"format": suffix})
    assert response.status_code == 200, response.content
    for piece in response.streaming_content:
        size += len(piece)
        last = (last + piece)[-4000:]
    response.close()
    return {
        "list": name,
        "format": suffix,
        "end": "" if suffix == "xlsx" else last.decode(errors="replace").splitlines()[-1].rstrip(","),
        "megabytes": round(size / 2**20, 3),
        "seconds": round(time.monotonic() - began, 1),
        "peak_megabytes": peak(),
    }


def peak():
    """The most memory that this process ever held, in MiB. Not getrusage's, which knows the parent's too."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return round(int(line.split()[1]) / 1024, 1)


def alone(name, suffix, environment=None):
    """The same in a process of its own."""
    command = [sys.executable, __file__, "measure", "--list", name, "--format", suffix]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fill").add_argument("number", type=int)
    verbs.add_parser("copy").add_argument("number", type=int)
    measure = verbs.add_parser("measure")
    measure.add_argument("--list", help="one list instead of announcements and entries")
    measure.add_argument("--format", choices=["csv", "jsonl", "xlsx"], help="one format instead of all")
    asked = parser.parse_args()

    if asked.verb == "measure" and not (asked.list and asked.format):
        for name in [asked.list] if asked.list else ["announcements", "entries"]:
            for suffix in [asked.format] if asked.format else ["csv", "jsonl", "xlsx"]:
                print(json.dumps(alone(name, suffix)), flush=True)
        return

    sys.path.insert(0, str(PROJECT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")
    import django

    django.setup()
    if asked.verb == "fill":
        fill(asked.number)
    elif asked.verb == "copy":
        copy(asked.number)
    else:
        print(json.dumps(measured(asked.list, asked.format)))


if __name__ == "__main__":
    main()
