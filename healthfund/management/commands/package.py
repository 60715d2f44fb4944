from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from announcements.ledger.counting import RULES
from healthfund.exports import packaging


class Command(BaseCommand):
    help = (
        "Write everything public as a Frictionless Data Package, whole or not at all, point latest to it, and remove "
        "packages older than 14 days."
    )

    def add_arguments(self, parser):
        parser.add_argument("--output", metavar="DIR", help="the folder of packages (default: packages in VAR_DIR)")

    def handle(self, *, output, **options):
        folder = Path(output).resolve() if output else settings.PACKAGES
        try:
            package = packaging.build(folder, at=timezone.now(), rules=RULES)
        except OSError as problem:
            raise CommandError(f"No package was written: {problem}") from None
        self.stdout.write(str(package))
