"""The question of an alert: the query of the list of announcements, kept in one way of writing it and read in words."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from announcements.filters import UNSTATED, AnnouncementFilter, AnySlug

NAMES = frozenset(AnnouncementFilter.get_filters())

EVERYTHING = "every announcement"

SEARCH = AnnouncementFilter.base_filters["q"].label
"""Of what is asked, the only words of the reader's own."""

LONGEST_WORD = 60


def canonical(pairs):
    """The query of (name, value) pairs in the one order in which it is kept: each pair once, without blanks."""
    return urlencode(sorted({(name, value) for name, value in pairs if value}))


def filters_of(query):
    """What of a page's query asks for announcements, canonical: without the place in a list, its order, its format.

    query: a query, or an address with one.
    """
    asked_for = urlsplit(query).query if query[:1] in ("/", "?") else query
    return canonical((name, value) for name, value in parse_qsl(asked_for) if name in NAMES)


def in_words(question):
    """What a question asks for, as a list of (what, value) in words; empty where it asks for all.

    question: an AnnouncementFilter without faults.
    """
    found = []
    for name, field in question.form.fields.items():
        given = [value for value in question.data.getlist(name) if value]
        if not given:
            continue
        words = dict([UNSTATED])
        if isinstance(field, AnySlug):
            words |= dict(field.rows().filter(**{f"{field.column}__in": given}).order_by().values_list("slug", "name"))
        else:
            words |= dict(getattr(field, "choices", ()))
        found.append((field.label, " or ".join(words.get(value, value) for value in given)))
    return found


def sentence(words):
    """The same on one line: `Theme: AI and machine learning; Region: Wales`."""
    return "; ".join(f"{what}: {value}" for what, value in words) or EVERYTHING


def harmless(words):
    """The same for a mail that nobody has asked for yet: whoever typed the search may be writing to somebody else, so
    of free words only letters and digits stay, and not many."""
    return [
        (what, " ".join(re.sub(r"[^\w£%'-]", " ", value).split())[:LONGEST_WORD] if what == SEARCH else value)
        for what, value in words
    ]
