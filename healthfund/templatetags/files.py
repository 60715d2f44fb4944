"""The same list or table as a file: one row of links under whatever a page shows that the API shows too."""

from urllib.parse import parse_qsl, urlencode

from django import template
from django.urls import reverse

from healthfund.web.filtering import CURSOR

register = template.Library()

FORMATS = (("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSON lines"), ("", "JSON"))
"""What the API's `format` can ask for, and without it JSON page by page."""


@register.inclusion_tag("partials/_files.html")
def files(name, query="", *, feed="", what="This list"):
    """Links to a list or to totals as files.

    name: the API's address by name (announcements, targets, responses, programmes, totals, …); query: what it is asked,
    as the page's own address has it; feed: the address of its Atom feed, if there is one; what: what there is to take
    away, for a page with several.
    """
    return {
        "what": what,
        "feed": feed,
        "links": [(address(name, query, format=word), label) for word, label in FORMATS],
    }


def address(name, query, **more):
    """The API's address for what a page shows: without blanks and without a place in the list."""
    asked = [(key, value) for key, value in parse_qsl(query.removeprefix("?")) if key != CURSOR]
    asked += [(key, value) for key, value in more.items() if value]
    return reverse(f"api:{name}") + (f"?{urlencode(asked)}" if asked else "")
