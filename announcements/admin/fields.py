"""How sums read on the pages of the admin."""

from django.contrib import admin

from programmes.money import grouped


def show_pounds(hundredths):
    """``412,000,000`` or ``412,000,000.50``; empty for None."""
    return "" if hundredths is None else grouped(hundredths)


def sums(*fields, **display):
    """Decorates a column of a list that shows sums in words: files of the list have these fields of the row instead.
    display: as `admin.display` takes it."""

    def decorate(show):
        show.in_files = fields
        return admin.display(**display)(show)

    return decorate
