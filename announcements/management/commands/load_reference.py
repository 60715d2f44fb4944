from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from announcements import readside
from announcements.newsroom import histories
from programmes import reference
from programmes.documents import Faults, read

DEFAULT = settings.BASE_DIR / "fixtures" / "reference.json"


class Command(BaseCommand):
    help = "Load themes, regions, organisations, price series and exchange rates: whole or not at all."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", default=DEFAULT, metavar="PATH", help="default: fixtures/reference.json")

    def handle(self, *, path, **options):
        try:
            document = read(path)
            with histories.noting(by=None, at=timezone.now(), why="Loaded from a file of reference data."):
                loaded = reference.load(document, name=str(path))
        except Faults as wrong:
            for fault in wrong.faults:
                self.stderr.write(str(fault))
            count = len(wrong.faults)
            raise CommandError(f"{count} fault{'s' * (count > 1)}; nothing was loaded.") from None
        self.stdout.write(f"reference data: {loaded}")
        if loaded.changed:
            # Announcements tell the names of organisations, and are found by the regions that theirs lie in.
            readside.rebuild(at=timezone.now())
