from django.core.management.base import BaseCommand, CommandError

from announcements.ledger import rollups


class Command(BaseCommand):
    help = "Check that roll-up cells = ledger entries = rules. Prints what differs and exits 1 when anything does."

    def handle(self, **options):
        mismatches = rollups.verify()
        for mismatch in mismatches:
            self.stdout.write(str(mismatch))
        if mismatches:
            raise CommandError(
                f"{len(mismatches)} differ. `manage.py rebuild_totals` builds the cells anew from the entries."
            )
        self.stdout.write("Cells = entries = rules, to the penny.")
