"""Every total that the portal answers, and what a preview says of them."""

from announcements.choices import Measure
from announcements.ledger import totals
from announcements.ledger.totals import DIMENSIONS
from announcements.newsroom.telling import Cell, Moved


def all_totals():
    """Every total by every dimension, and by pairs of them, as {question: {key: (firm, ceiling)}}."""
    pairs = [("theme", "region"), ("sector", "money_year"), ("programme", "theme")]
    questions = [(measure, names, {}) for measure in Measure for names in [(), *zip(DIMENSIONS, strict=True), *pairs]]
    questions += [(measure, names, {"public": p}) for measure in Measure for names in [(), ("theme",)] for p in (0, 1)]
    return {
        (measure, names, tuple(where.items())): {
            row.key: (row.firm, row.ceiling) for row in totals.by(*names, measure=measure, **where)
        }
        for measure, names, where in questions
    }


def assert_moved(seen, before, after):
    """The totals after differ from those before by what was seen, in every question."""
    for (measure, names, where), were in before.items():
        now = after[measure, names, where]
        due = Moved(*({Cell(*[key] * 8): ends for key, ends in some.items()} for some in (were, now))).cells
        found = {row.key: row[1:] for row in seen.moved.by(*names, measure=measure, **dict(where))}
        assert found == {cell.pot: tuple(ends) for cell, ends in due.items()}, (measure, names, where)
