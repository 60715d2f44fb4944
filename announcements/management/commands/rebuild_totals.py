from django.core.management.base import BaseCommand
from django.utils import timezone

from announcements import readside
from announcements.ledger import posting, rollups, totals


class Command(BaseCommand):
    help = "Build the roll-ups anew from the ledger, beside those that are read, and swap them whole."

    def add_arguments(self, parser):
        parser.add_argument(
            "--post",
            action="store_true",
            help="first post what the ledger lacks of what the rules now say, as after a change of the rules",
        )

    def handle(self, *, post, **options):
        if post:
            posted = posting.post_everything(at=timezone.now())
            readside.rebuild(at=timezone.now())
            self.stdout.write(
                f"{posted} postings brought the ledger to the rules."
                if posted
                else "The ledger holds what the rules say."
            )
        rollups.rebuild(at=timezone.now())
        firm, ceiling = totals.total()
        self.stdout.write(f"Rebuilt. Announced: £{firm / 100:,.2f} firm, £{ceiling / 100:,.2f} at the ceiling.")
