from django.core.management.base import BaseCommand, CommandError

from announcements import readside
from announcements.ledger import rollups
from announcements.models import Posting


class Command(BaseCommand):
    help = (
        "Check that roll-up cells = ledger entries = rules, and that what readers are served says what the records say. "
        "Prints what differs and exits 1 when anything does."
    )

    def handle(self, **options):
        mismatches = [*rollups.verify(), *readside.verify()]
        for mismatch in mismatches:
            self.stdout.write(str(mismatch))
        if mismatches:
            raise CommandError(f"{len(mismatches)} differ. {' '.join(self.mends(mismatches))}")
        waiting = Posting.objects.filter(run=None).count()
        self.stdout.write(
            "Cells = entries = rules, to the penny."
            + (f" {waiting} postings wait for their roll-up, which the cells do not hold yet." if waiting else "")
        )

    def mends(self, mismatches):
        checks = {mismatch.check for mismatch in mismatches}
        stored = {rollups.CELLS, rollups.SUMS}
        if checks & stored:
            yield "`manage.py rebuild_totals` builds the cells anew from the entries."
        if checks & set(readside.CHECKS):
            yield "`manage.py rebuild_documents` writes what readers are served anew."
        if checks - stored - set(readside.CHECKS):
            yield "`manage.py rebuild_totals --post` posts what the ledger lacks of what the rules say, then rebuilds."
