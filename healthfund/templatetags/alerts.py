"""The way from a list to an e-mail alert on it."""

from django import template
from django.urls import reverse

from healthfund.alerts import asking

register = template.Library()


@register.filter
def alert_address(query):
    """Where an alert is made on what a page lists; query: the page's own, or an address with one."""
    kept = asking.filters_of(query or "")
    return reverse("alert-new") + (f"?{kept}" if kept else "")
