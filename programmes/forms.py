"""Form fields for the values that this project keeps, shared by the admin of both apps."""

from django import forms
from django.core.exceptions import ValidationError

from .financial_years import FinancialYear


class LinesField(forms.CharField):
    """A list of texts, one a line. Blank lines and blanks around a line are dropped; a line twice is a fault."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = [line.strip() for line in super().to_python(value).splitlines()]
        lines = [line for line in lines if line]
        for number, line in enumerate(lines):
            if line in lines[:number]:
                raise ValidationError(f"“{line}” is listed twice.", code="twice")
        return lines

    def has_changed(self, initial, data):
        try:
            return not self.disabled and (self.to_python(data) or None) != (initial or None)
        except ValidationError:
            return True


class FinancialYearFormField(forms.CharField):
    """A UK financial year, written 2018-19."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Its validators look at the text, which is read already.
        self.validators = []

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return None
        try:
            return FinancialYear.parse(text)
        except ValueError:
            raise ValidationError(f"“{text}” is not a financial year: write it as 2018-19.", code="invalid") from None

    def has_changed(self, initial, data):
        try:
            return not self.disabled and self.to_python(data) != initial
        except ValidationError:
            return True


class ConstraintsBesideFields(forms.ModelForm):
    """A form that shows what a database constraint says beside the field to mend, not above the form.

    `beside` names the field for each constraint; the rule and its wording stay with the constraint.
    """

    beside = {}

    def _get_validation_exclusions(self):
        # Nobody types the primary key of a row that stands, so a constraint about it can be judged.
        excluded = super()._get_validation_exclusions()
        return excluded if self.instance._state.adding else excluded - {self._meta.model._meta.pk.name}

    def add_error(self, field, error):
        if field is None and hasattr(error, "error_dict"):
            field_of = {
                str(constraint.get_violation_error_message()): self.beside[constraint.name]
                for constraint in self._meta.model._meta.constraints
                if self.beside.get(constraint.name) in self.fields
            }
            placed = {}
            for name, errors in error.error_dict.items():
                for one in errors:
                    [message] = one.messages
                    placed.setdefault(field_of.get(message, name), []).append(one)
            error = ValidationError(placed)
        super().add_error(field, error)
