import contextlib
import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from announcements.facts import dumping
from announcements.models import Announcement


class Command(BaseCommand):
    help = "Write all published announcements as one fact file, which load_facts reads."

    def add_arguments(self, parser):
        parser.add_argument(
            "--output", metavar="FILE", help="write there, whole or not at all (default: standard output)"
        )
        parser.add_argument("--indent", type=int, default=1, help="blanks a level; 0 puts each announcement on a line")

    def handle(self, *, output, indent, **options):
        pieces = dumping.pieces(Announcement.objects.published().in_order(), indent=max(indent, 0) or None)
        if output is None:
            for piece in pieces:
                self.stdout.write(piece, ending="")
        else:
            with whole(Path(output).resolve()) as file:
                file.writelines(pieces)


@contextlib.contextmanager
def whole(path):
    """A text file to write that takes its place only when it is complete. What is no file (a pipe) is written to."""
    try:
        if path.exists() and not path.is_file():
            with open(path, "w", encoding="utf-8") as file:
                yield file
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise CommandError(f"{path} cannot be written: {problem.strerror}") from None
    try:
        with open(handle, "w", encoding="utf-8") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
