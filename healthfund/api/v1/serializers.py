"""How the API tells totals. Everything that is stored as a document has its shape in `announcements.documents`."""

from announcements.documents import Moment, amounts_as_json
from programmes.financial_years import FinancialYear


def row_as_json(dimensions, row):
    """A row of `totals.by` with its key spelt out; a null is what is not stated."""
    names = {name: as_word(value) for name, value in zip(dimensions, row.key, strict=True)}
    return names | amounts_as_json(row)


def as_word(value):
    """A value of a dimension as the query string writes it: financial years are the only ones that are numbers."""
    return str(FinancialYear(value)) if isinstance(value, int) and not isinstance(value, bool) else value


OVERLAPPING = "A pot may belong to several programmes, so these rows overlap and do not add up to the total."
AT_THE_NODE = "Each row is what sits at that region itself; add those below it, or filter by region, for all inside it."
FROM_LEDGER = "Read from the ledger itself and not from the stored roll-ups, so it is as fresh as can be."
CROSSED = (
    "Where the ceiling of a sum lies below its firm figure, money that counts there in the firm scenario counts elsewhere "
    "in the ceiling one; each scenario adds up by itself."
)
NEVER = "Nothing has been rolled up yet."


def totals_as_json(question, by, total, rows, rolled_up_at, from_ledger, entries):
    """The answer to a question to `ledger.totals`, and the question itself as it was understood.

    entries: the address of the entries that the total is the sum of.
    """
    known_at = question["known_at"]
    where = {name: asked for name, asked in question.items() if name not in ("measure", "as_at", "known_at")}
    notes = [
        (OVERLAPPING, "programme" in by),
        (AT_THE_NODE, "region" in by),
        (CROSSED, any(sums.firm > sums.ceiling for sums in (total, *rows))),
        (FROM_LEDGER, from_ledger),
        (NEVER, rolled_up_at is None and not from_ledger),
    ]
    return {
        "measure": question["measure"],
        "as_at": question["as_at"],
        "known_at": known_at and Moment().to_representation(known_at),
        "by": by,
        "where": {
            name: asked if isinstance(asked, bool) else [as_word(value) for value in asked]
            for name, asked in where.items()
        },
        "rolled_up_at": rolled_up_at and Moment().to_representation(rolled_up_at),
        "total": amounts_as_json(total),
        "entries": entries,
        "rows": [row_as_json(by, row) for row in rows],
        "notes": [note for note, holds in notes if holds],
    }
