from django.core.management.base import BaseCommand
from django.utils import timezone

from announcements import readside


class Command(BaseCommand):
    help = "Write the documents that readers are served, and the facets they are found by, anew from the records."

    def add_arguments(self, parser):
        parser.add_argument(
            "--missing", action="store_true", help="only where something public has none, as after an update"
        )

    def handle(self, *, missing, verbosity, **options):
        changed = readside.rebuild(at=timezone.now(), missing=missing)
        if verbosity:
            self.stdout.write(f"{changed:,} documents changed.")
