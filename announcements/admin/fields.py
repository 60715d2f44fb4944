"""Form fields for money, profiles and pots, and how they read in lists."""

import re

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator

from programmes.financial_years import FinancialYear
from programmes.forms import LinesField
from programmes.money import grouped, in_full

from ..models import Pot
from ..newsroom.pots import TOLD_BY, told

MOST = 2**63 - 1
"""Hundredths that a column of the database holds."""

AMOUNT = re.compile(r"£?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")


def parse_pounds(text):
    """Whole hundredths that ``412,000,000.50`` names. Raises ValidationError for any other text, ``412m`` included."""
    match = AMOUNT.fullmatch(text.strip())
    if not match:
        full = in_full(text)
        if full is not None and full * 100 == int(full * 100) <= MOST:
            raise ValidationError(f"“{text}” is not written in full: write {grouped(int(full * 100))}.", code="invalid")
        raise ValidationError(
            f"“{text}” is not an amount: write it in full, such as 412,000,000 or 412000000.50.", code="invalid"
        )
    return int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))


def show_pounds(hundredths):
    """``412,000,000`` or ``412,000,000.50``; empty for None. Read back by `parse_pounds` without loss."""
    return "" if hundredths is None else grouped(hundredths)


def sums(*fields, **display):
    """Decorates a column of a list that shows sums in words: files of the list have these fields of the row instead.
    display: as `admin.display` takes it."""

    def decorate(show):
        show.in_files = fields
        return admin.display(**display)(show)

    return decorate


class PoundsField(forms.CharField):
    """Money typed and shown in pounds (or whole units of another currency), kept as whole hundredths."""

    widget = forms.TextInput(attrs={"class": "vTextField", "inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = [MaxValueValidator(MOST, "No sum is as large as that.")]

    def prepare_value(self, value):
        return show_pounds(value) if isinstance(value, int) else value

    def to_python(self, value):
        text = super().to_python(value)
        return parse_pounds(text) if text else None

    def has_changed(self, initial, data):
        try:
            return not self.disabled and self.to_python(data) != initial
        except ValidationError:
            return True


class ProfileField(LinesField):
    """Amounts by financial year, a line for each: ``2018-19 4200000.00``. Kept as pence by year."""

    def prepare_value(self, value):
        if isinstance(value, dict):
            return "\n".join(f"{year} {show_pounds(pence)}" for year, pence in sorted(value.items()))
        return value

    def to_python(self, value):
        profile = {}
        for line in super().to_python(value):
            try:
                text, amount = line.split(maxsplit=1)
                year = str(FinancialYear.parse(text))
            except ValueError:
                raise ValidationError(
                    f"“{line}” is not a year and an amount: write a line such as 2018-19 4,200,000.", code="invalid"
                ) from None
            if year in profile:
                raise ValidationError(f"{year} is listed twice.", code="twice")
            profile[year] = parse_pounds(amount)
        return profile


class PotSelect(AutocompleteSelect):
    """Looks pots up through the pots' own view, which says amount, programme and day of each."""

    url_name = "%s:announcements_pot_lookup"


class PotField(forms.ModelChoiceField):
    """A pot that was spoken of before, shown with what tells it from its likes."""

    def __init__(self, field, admin_site, **kwargs):
        super().__init__(
            queryset=Pot.objects.in_order().prefetch_related(*TOLD_BY),
            widget=PotSelect(field, admin_site, attrs={"data-width": "clamp(15em, 55vw, 48em)"}),
            **kwargs,
        )

    def label_from_instance(self, pot):
        return str(told(pot))
