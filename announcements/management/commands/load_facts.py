from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from announcements.facts import loading
from programmes.documents import Faults, read


class Command(BaseCommand):
    help = "Load fact files together: whole or not at all. Loading the same files twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a fact file")
        parser.add_argument("--check", action="store_true", help="only say what is wrong; write nothing")

    def handle(self, *, paths, check, verbosity, **options):
        documents, faults = [], []
        for path in dict.fromkeys(paths):
            try:
                documents.append((path, read(path)))
            except Faults as unreadable:
                faults += unreadable.faults
            else:
                self._say(verbosity, f"read {path}")
        if not faults:
            try:
                loaded = loading.load(
                    documents, at=timezone.now(), today=timezone.localdate(), check=check, why="Loaded from files."
                )
            except Faults as wrong:
                faults = wrong.faults
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} fault{'s' * (len(faults) > 1)}; nothing was loaded.")
        self.stdout.write(f"announcements: {loaded.counts}{'; checked only, nothing was written' if check else ''}")

    def _say(self, verbosity, line):
        if verbosity:
            self.stdout.write(line)
            self.stdout.flush()
