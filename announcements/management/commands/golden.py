from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from announcements.facts import golden
from programmes.documents import Faults, read


class Command(BaseCommand):
    help = (
        "Run golden cases: load each into an empty ledger, compare every total and flag with what it must be, and roll "
        "everything back. Exits 1 on any miss."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a golden case")

    def handle(self, *, paths, **options):
        met = missed = unreadable = 0
        for path in dict.fromkeys(paths):
            try:
                case = read(path)
                outcomes = golden.run(case, name=path, at=timezone.now())
            except Faults as wrong:
                for fault in wrong.faults:
                    self.stderr.write(str(fault))
                unreadable += 1
                continue
            self.stdout.write(f"{path}: {case.get('name', '')}")
            for outcome in outcomes:
                self.stdout.write(f"  {outcome}")
            met += sum(outcome.met for outcome in outcomes)
            missed += sum(not outcome.met for outcome in outcomes)
        self.stdout.write(f"{met} as expected, {missed} missed, {unreadable} of {len(paths)} files unreadable")
        if missed or unreadable:
            raise CommandError("Not every golden case came out.")
