"""One verb on many revisions: each by itself, in a transaction of its own, with its reasons where it is refused."""

from typing import NamedTuple

from ..publishing import Refused
from . import revisions
from .revisions import Collision

MOST = 100
"""How many are done at once: sending to review judges each anew, and approving posts it."""


class Done(NamedTuple):
    """What became of a revision. reasons: why it was refused, empty where it was done."""

    revision: object
    reasons: list


def each(rows, verb, *, again=False):
    """Do a verb, a function of a revision, to each. Gives a Done for each row, in their order.

    again: go round while that gets any further, for verbs of which one makes way for another.
    """
    reasons = {}
    waiting = list(rows)
    while waiting:
        refused = [row for row in waiting if not _goes(verb, row, reasons)]
        waiting = refused if again and len(refused) < len(waiting) else []
    return [Done(row, reasons[row.pk]) for row in rows]


def _goes(verb, row, reasons):
    try:
        verb(row)
    except Refused as refusal:
        reasons[row.pk] = refusal.reasons
    except Collision as collision:
        reasons[row.pk] = [str(collision)]
    else:
        reasons[row.pk] = []
    return not reasons[row.pk]


def tag(revision, *, theme="", programme="", remove=False, by, at):
    """Give all claims of a revision a further theme (its key), or its announcement a programme (by name), or take it
    away. Raises Refused, and revisions.Collision."""
    words = tagged(revision.typed, theme=theme, programme=programme, remove=remove)
    return revisions.save(revision, words, version=revision.version, by=by, at=at)


def tagged(typed, *, theme="", programme="", remove=False):
    """What was typed with a theme among the tags of every claim, and a programme among those of the announcement and of
    every claim that names its own; or without them."""
    out = typed | {"claims": [dict(claim) for claim in typed.get("claims") or ()]}
    if theme:
        for claim in out["claims"]:
            claim["tags"] = _with(claim.get("tags"), theme, remove)
    if programme:
        out["programmes"] = _with(typed.get("programmes"), programme, remove)
        for claim in out["claims"]:
            if claim.get("programmes_are") == "these":
                claim["programmes"] = _with(claim.get("programmes"), programme, remove)
    return out


def _with(values, value, remove):
    kept = [one for one in values or () if one != value]
    return kept if remove else [*kept, value]
