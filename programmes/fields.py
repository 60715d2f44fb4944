"""Model fields for the value objects of this app."""

from django.core.exceptions import ValidationError
from django.db import models

from .financial_years import FinancialYear


class FinancialYearField(models.PositiveSmallIntegerField):
    """A UK financial year: ``2018-19`` to people, a FinancialYear in Python, 2018 in the database."""

    description = "UK financial year"

    def from_db_value(self, value, expression, connection):
        return None if value is None else FinancialYear(value)

    def to_python(self, value):
        if value is None or isinstance(value, FinancialYear):
            return value
        try:
            return FinancialYear.parse(value) if isinstance(value, str) and "-" in value else FinancialYear(value)
        except (TypeError, ValueError):
            raise ValidationError(
                f"“{value}” is not a financial year: write it as 2018-19.",
                code="invalid",
            ) from None

    def get_prep_value(self, value):
        value = self.to_python(value)
        return None if value is None else int(value)

    def formfield(self, **kwargs):
        from django import forms

        return models.Field.formfield(
            self,
            **{"form_class": forms.CharField, "empty_value": None, "max_length": 7} | kwargs,
        )

    def value_to_string(self, instance):
        value = self.value_from_object(instance)
        return "" if value is None else str(value)
