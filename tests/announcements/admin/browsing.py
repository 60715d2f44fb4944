"""What a browser does with an admin page: what its form holds, what is typed into it, and what the page says."""

from django.contrib.auth.models import Permission, User
from django.forms import ModelMultipleChoiceField
from django.test import Client
from django.urls import reverse


def may(*codenames):
    """Somebody of the staff with these permissions."""
    user = User.objects.create_user("-".join(codenames)[:100], password="correct horse", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def page(verb, obj_or_model, *args):
    """The address of an admin page: `page("change", claim)`, `page("add", Claim)`."""
    if verb in {"change", "delete", "publish", "withdraw", "history"}:
        args = (obj_or_model.pk,)
    opts = obj_or_model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb}", args=args)


def typed(response):
    """What the page's form would send if nobody typed anything: the values of every field and inline."""
    data = {}
    for form in _forms(response):
        for bound in form:
            value = bound.value()
            if bound.field.disabled or (value is None and isinstance(bound.field, ModelMultipleChoiceField)):
                continue
            if value is not False:
                data[bound.html_name] = "on" if value is True else "" if value is None else value
    return data


def _forms(response):
    yield response.context["adminform"].form
    for inline in response.context["inline_admin_formsets"]:
        yield inline.formset.management_form
        yield from inline.formset.initial_forms
        yield from inline.formset.extra_forms


def row(data, prefix, **values):
    """Type one more row of an inline into the form's data."""
    number = int(data[f"{prefix}-TOTAL_FORMS"])
    data[f"{prefix}-TOTAL_FORMS"] = number + 1
    data[f"{prefix}-{number}-position"] = ""
    data.update({f"{prefix}-{number}-{name}": value for name, value in values.items()})
    return number


def errors(response):
    """All that the page says is wrong, by field; of inlines as `claims-0-low`."""
    found = {}
    for form in _forms(response):
        if form.is_bound:
            found |= {form.add_prefix(name): list(messages) for name, messages in form.errors.items()}
    return found


def said(response):
    """The messages that the page shows."""
    return [str(message) for message in response.context["messages"]]
