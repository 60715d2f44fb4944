import argparse
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from announcements.facts import filling
from announcements.facts.loading import CHUNK
from programmes.documents import Faults


class Command(BaseCommand):
    help = (
        "Fill the database with made-up announcements for measuring, posted by the real rules. The same seed gives the "
        "same ones; a second run continues after what is there."
    )

    def add_arguments(self, parser):
        parser.add_argument("--announcements", type=whole(1), required=True, metavar="N", help="how many in all")
        parser.add_argument("--seed", type=whole(0), required=True, metavar="S", help="which ones: 0 or above")
        parser.add_argument(
            "--batch", type=whole(1, CHUNK), default=1000, metavar="B", help="how many in a transaction (default: 1000)"
        )
        parser.add_argument(
            "--beside", action="store_true", help="even where announcements that were not generated are published"
        )

    def handle(self, *, announcements, seed, batch, beside, verbosity, **options):
        progress, started = filling.Progress(announcements, 0, 0), time.monotonic()
        batches = filling.fill(
            announcements, seed=seed, batch=batch, beside=beside, now=timezone.now, today=timezone.localdate()
        )
        try:
            for progress in batches:
                if not progress.new:
                    # The rate is that of loading, not of passing over what is there.
                    started = time.monotonic()
                if verbosity:
                    self.stdout.write(line(progress, time.monotonic() - started))
                    self.stdout.flush()
        except filling.NotAlone as refusal:
            raise CommandError(f"{refusal}.") from None
        except Faults as wrong:
            for fault in wrong.faults:
                self.stderr.write(str(fault))
            raise CommandError(
                f"{progress.new:,} announcements were loaded; the next batch has faults, and nothing of it was."
            ) from None
        seconds = time.monotonic() - started
        self.stdout.write(
            f"announcements of seed {seed}: {progress.new:,} new in {seconds:,.0f} s, {progress.before:,} were there"
        )


def line(progress, seconds):
    """Progress in words, after so many seconds of loading."""
    done = progress.before + progress.new
    if not progress.new:
        return f"{done:,} of {progress.wanted:,} are there already: continuing after them"
    rate = progress.new / max(seconds, 0.001)
    left = (progress.wanted - done) / rate
    return f"{done:,} of {progress.wanted:,}: {rate:,.0f} a second, about {left:,.0f} s left"


def whole(least, most=None):
    """What argparse reads as a whole number within these ends."""

    def number(text):
        value = int(text)
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(
                f"{text} is not {f'between {least:,} and {most:,}' if most else f'{least:,} or above'}"
            )
        return value

    number.__name__ = "whole number"
    return number
