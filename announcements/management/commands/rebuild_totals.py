from django.core.management.base import BaseCommand
from django.utils import timezone

from announcements.ledger import rollups, totals


class Command(BaseCommand):
    help = "Build the roll-ups anew from the ledger, beside those that are read, and swap them whole."

    def handle(self, **options):
        rollups.rebuild(at=timezone.now())
        firm, ceiling = totals.total()
        self.stdout.write(f"Rebuilt. Announced: £{firm / 100:,.2f} firm, £{ceiling / 100:,.2f} at the ceiling.")
