from django import template

register = template.Library()


@register.filter
def only(form, names):
    """The fields of a form that these names, with spaces between, stand for."""
    return [form[name] for name in names.split()]
