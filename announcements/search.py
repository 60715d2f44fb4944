"""Full-text search over announcements: FTS5 on SQLite, tsvector on PostgreSQL, one grammar on both.

Words must all occur; "words in quotes" stand together; either OR other; -word leaves out. Beside the migrations this
is the only place with one engine's own SQL. The index is a table that Django does not know: a row an announcement, in
whatever state, for the queryset searched decides what may be found.
"""

import re
import unicodedata
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Prefetch, Q
from django.db.models.expressions import RawSQL

from .models import Announcement, Claim, Response

TABLE = "announcements_search"
LONGEST = 300
BATCH = 200


class Query(NamedTuple):
    """What a text asks for: every group must be met by one of its phrases, and no phrase of `without` may occur.

    A phrase is a tuple of plain words that stand together.
    """

    groups: tuple
    without: tuple


def search(queryset, text):
    """The announcements of the queryset that match the text, in the queryset's order; all of them for a blank text.

    Raises ValueError, whose sentence tells the reader what to mend.
    """
    query = parse(text)
    if query.groups:
        queryset = queryset.filter(_matching(query.groups))
    if query.without:
        queryset = queryset.exclude(_matching((query.without,)))
    return queryset


def parse(text):
    """The Query that a text makes. OR binds more tightly than what merely stands side by side."""
    if len(text) > LONGEST:
        raise ValueError(f"Search for at most {LONGEST} characters.")
    if text.count('"') % 2:
        raise ValueError("A quotation mark is not closed: put one at each end of the phrase.")
    groups, without, joining = [], [], False
    for minus, phrase, word in re.findall(r'(-?)(?:"([^"]*)"|([^\s"]+))', text):
        if word == "OR" and not minus:
            if joining or not groups or groups[-1] is None:
                raise ValueError("OR stands between two words or phrases: hospital OR clinic.")
            joining = True
            continue
        words = tuple(plain(phrase or word).split())
        if not words:
            raise ValueError(f"There is nothing to search for in “{minus}{phrase or word}”: give a word or a number.")
        if minus:
            if joining:
                raise ValueError("OR cannot be followed by what is left out: put the minus at the end.")
            without.append(words)
            # What is left out ends a chain: "a -b OR c" has no left side.
            groups.append(None)
        elif joining:
            groups[-1].append(words)
            joining = False
        else:
            groups.append([words])
    if joining:
        raise ValueError("OR stands between two words or phrases: hospital OR clinic.")
    return Query(tuple(tuple(group) for group in groups if group), tuple(without))


def plain(text):
    """Words as both engines see them: small letters and digits without accents, one space between them."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return re.sub(r"[\W_]+", " ", re.sub(r"['’]s?\b", "", bare.lower())).strip()


@transaction.atomic
def index(announcement_ids):
    """Bring these announcements' rows up to date; the rows of those that are no more are removed."""
    ids = list(announcement_ids)
    for start in range(0, len(ids), BATCH):
        _index(ids[start : start + BATCH])


@transaction.atomic
def rebuild():
    """Index every announcement anew, from nothing. Gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")
    ids = list(Announcement.objects.order_by("pk").values_list("pk", flat=True))
    index(ids)
    return len(ids)


def document(announcement):
    """All that an announcement says, as plain words; of claims and answers too."""
    parts = [
        announcement.title,
        announcement.summary,
        announcement.note,
        announcement.announcer.name,
        announcement.announcer.short_name,
        announcement.person,
        announcement.role,
        *(programme.name for programme in announcement.programmes.all()),
        *(source.publisher for source in announcement.sources.all()),
        *(f"{figure.as_stated} {figure.what}" for figure in announcement.figures.all()),
        *(f"{target.metric} {target.wording}" for target in announcement.targets.all()),
    ]
    for claim in announcement.claims.all():
        parts += [claim.as_stated, claim.name, claim.note, claim.theme.name if claim.theme else ""]
        parts += [*claim.funders, *claim.recipients, *(region.name for region in claim.regions.all())]
    for response in announcement.responses.all():
        parts += [response.organisation.name, response.person, response.summary]
    # A mark between the parts keeps a phrase from running from one into the next.
    return " zqz ".join(words for words in map(plain, parts) if words)


def _index(ids):
    claims = Claim.objects.select_related("theme").prefetch_related("regions")
    found = (
        Announcement.objects.filter(pk__in=ids)
        .select_related("announcer")
        .prefetch_related(
            "programmes",
            "sources",
            "figures",
            "targets",
            Prefetch("claims", claims),
            Prefetch("responses", Response.objects.select_related("organisation")),
        )
    )
    rows = [(announcement.pk, document(announcement)) for announcement in found]
    marks = ", ".join(["%s"] * len(ids))
    key, value = ("id", "to_tsvector('english', %s)") if _postgresql() else ("rowid", "%s")
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE {key} IN ({marks})", ids)
        if rows:
            cursor.executemany(f"INSERT INTO {TABLE} ({key}, document) VALUES (%s, {value})", rows)


def _matching(groups):
    """The condition that every group is met, as a Q over announcements."""
    phrases = [" ".join(phrase) for group in groups for phrase in group]
    if _postgresql():
        wanted = " && ".join(
            "(" + " || ".join(["phraseto_tsquery('english', %s)"] * len(group)) + ")" for group in groups
        )
        return Q(pk__in=RawSQL(f"SELECT id FROM {TABLE} WHERE document @@ ({wanted})", phrases))
    wanted = " AND ".join("(" + " OR ".join(f'"{" ".join(phrase)}"' for phrase in group) + ")" for group in groups)
    return Q(pk__in=RawSQL(f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s", [wanted]))


def _postgresql():
    return connection.vendor == "postgresql"
