"""The same list or table as a file: one row of links under whatever a page shows that the API shows too."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from django import template
from django.urls import reverse

from healthfund.orders.models import LARGE
from healthfund.web.filtering import CURSOR

register = template.Library()

FORMATS = (("csv", "CSV"), ("xlsx", "Excel"), ("jsonl", "JSON lines"), ("", "JSON"))
"""What the API's `format` can ask for, and without it JSON page by page."""


class File(NamedTuple):
    """One of the files: its address, and where it is too large to wait for, the format by which it is ordered."""

    label: str
    href: str
    ordered: str


@register.inclusion_tag("partials/_files.html")
def files(name, query="", *, feed="", what="This list", rows=0):
    """Links to a list or to totals as files.

    name: the API's address by name (announcements, targets, responses, programmes, totals, …); query: what it is asked,
    as the page's own address has it; feed: the address of its Atom feed, if there is one; what: what there is to take
    away, for a page with several; rows: how many there are, where there may be many: large files are ordered.
    """
    shown = [
        File(label, address(name, query, format=word), word if rows > LARGE.get(word, rows) else "")
        for word, label in FORMATS
    ]
    context = {"what": what, "feed": feed, "files": shown, "name": name, "query": urlencode(asked(query))}
    return context | {"orders": any(file.ordered for file in shown)}


def address(name, query, **more):
    """The API's address for what a page shows: without blanks and without a place in the list."""
    question = asked(query) + [(key, value) for key, value in more.items() if value]
    return reverse(f"api:{name}") + (f"?{urlencode(question)}" if question else "")


def asked(query):
    """What a page's query asks of the whole list, as pairs."""
    return [(key, value) for key, value in parse_qsl(query.removeprefix("?")) if key != CURSOR]
