"""How the API tells totals. Everything that is stored as a document has its shape in `announcements.documents`."""

from decimal import Decimal

from announcements.documents import Moment, amounts_as_json, plain
from announcements.ledger import totals
from announcements.ledger.counting import RULES
from announcements.ledger.reasons import WHY
from programmes.financial_years import FinancialYear


def line_as_json(line, answer):
    """firm and ceiling of a row or total, null where none of its money could be converted; and what was asked for beside."""
    converted = answer.in_prices is None or line.firm or line.ceiling or not any(line.left_out)
    shown = amounts_as_json(line) if converted else {"firm": None, "ceiling": None}
    if answer.in_prices:
        shown["unconverted"] = amounts_as_json(line.left_out)
    if answer.heads:
        shown["people"] = line.people
        shown["per_head"] = amounts_as_json(line.per_head) if converted and line.per_head else None
    return shown


def row_as_json(row, answer):
    """A row with its key spelt out; a null is what is not stated."""
    return {name: as_word(value) for name, value in zip(answer.by, row.key, strict=True)} | line_as_json(row, answer)


def prices_as_json(used):
    """How cash was converted, so that anybody can do it again: each year's cash times the index of `year` over its own."""
    if used is None:
        return None
    levels = {used.prices.base: used.prices.levels[used.prices.base]}
    levels |= {year.year: year.level for year in used.years if year.level}
    return {
        "year": as_word(used.prices.base),
        "series": used.prices.series,
        "release": used.prices.release,
        "unit": used.prices.unit,
        "forecast_by": used.prices.forecast_by or None,
        "index": number(used.prices.levels[used.prices.base].index),
        "forecast_years": [as_word(year) for year in sorted(levels) if levels[year].forecast],
        "unconfirmed_years": [as_word(year) for year in sorted(levels) if not levels[year].confirmed],
        "unconverted_years": [as_word(year.year) for year in used.years if year.level is None],
        "cash": amounts_as_json(used.cash),
        "year_not_stated": amounts_as_json(used.undated)
        | {"share": {end: share(*ends) for end, *ends in zip(used.cash._fields, used.undated, used.cash, strict=True)}},
        "years": [
            {
                "year": as_word(year.year),
                "index": number(year.level.index) if year.level else None,
                "cash": amounts_as_json(year.cash),
                "firm": amounts_as_json(year.converted)["firm"] if year.converted else None,
                "ceiling": amounts_as_json(year.converted)["ceiling"] if year.converted else None,
            }
            for year in used.years
        ],
    }


def population_as_json(heads):
    """Whose heads the total was divided by."""
    return heads and {
        "year": heads.year,
        "people": heads.people(heads.places),
        "places": heads.places,
        "sources": sorted({row.source for row in heads.populations.values()}),
        "unconfirmed": sorted(key for key, row in heads.populations.items() if not row.confirmed),
    }


def number(fraction):
    """An index, which has a few decimals, as text."""
    return plain(Decimal(fraction.numerator) / fraction.denominator)


def share(part, whole):
    """A part of a whole as a decimal to four places, such as 0.4312; null of nothing."""
    return f"{Decimal(part) / whole:.4f}" if whole else None


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
ROUNDED = (
    "Converted exactly and rounded to the penny once, halves up: the total by itself, the rows so that they add up to it "
    "(the odd pence go to the largest remainders). The ceiling is the rounded firm figure and what may come on top, rounded."
)
ROUNDED_ALONE = "Converted exactly and rounded to the penny once, halves up, each row by itself."
FORECAST = "Years marked as forecast are converted by a forecast of prices."
UNCONFIRMED = "Years marked as not confirmed were not read in the source that is named."
NOT_CONVERTED = "The series does not know some years: money in their prices is told as unconverted, in cash, and is in no other figure."
UNDATED = "Money whose year is not stated is converted by the year of its announcement."
PER_HEAD = (
    "per_head is pounds and pence for each inhabitant of the places that are asked for, rounded to the penny by itself, "
    "halves up; the figures it is made of are not rounded before."
)
PER_HEAD_AT_THE_NODE = (
    "By region, a row is the money for that region as a whole, which is not divided further, for each of all who live "
    "in it, those of the regions in it among them. These do not add up; for all money inside a region per head, filter by it."
)
EXPLAINED = (
    "Explained is the total in cash as posted until known_at: all pages of the pots at that address add up to it. "
    "Left out are published claims about the same money; said is what they said, not what is missing, and is null "
    "where it is never added up."
)
NO_POPULATION = "No population of that year is known of some places; per_head is null there."


def explanation_as_json(explanation, pots, left_out):
    """What a total rests on. pots: the address of the pots; left_out: a function from a reason to that of its claims."""
    return explanation and {
        "in": {"pots": explanation.pots} | amounts_as_json(explanation.cash) | {"list": pots},
        "out": [
            {
                "reason": one.reason,
                "because": WHY[one.reason],
                "claims": one.claims,
                "said": None if one.firm is None else amounts_as_json(one),
                "list": left_out(one.reason),
            }
            for one in explanation.left_out
        ],
    }


def totals_as_json(answer, entries, explanation=None):
    """An Answer of `ledger.answers`, and the question itself as it was understood.

    entries: the address of the entries that the total is the sum of, in cash. explanation: `explanation_as_json`.
    """
    question, used, heads = answer.question, answer.in_prices, answer.heads
    known_at = question["known_at"]
    where = {name: asked for name, asked in question.items() if name not in ("measure", "as_at", "known_at")}
    lines = (answer.total, *answer.rows)
    in_prices, population = prices_as_json(used), population_as_json(heads)
    notes = [
        (OVERLAPPING, "programme" in answer.by),
        (AT_THE_NODE, "region" in answer.by),
        (CROSSED, any(line.firm > line.ceiling for line in lines)),
        (ROUNDED, used and "programme" not in answer.by),
        (ROUNDED_ALONE, used and "programme" in answer.by),
        (FORECAST, used and in_prices["forecast_years"]),
        (UNCONFIRMED, used and in_prices["unconfirmed_years"]),
        (NOT_CONVERTED, used and in_prices["unconverted_years"]),
        (UNDATED, used and any(used.undated)),
        (PER_HEAD, heads),
        (PER_HEAD_AT_THE_NODE, heads and "region" in answer.by),
        (NO_POPULATION, heads and any(line.people is None for line in lines)),
        (EXPLAINED, explanation),
        (FROM_LEDGER, answer.from_ledger),
        (NEVER, answer.rolled_up_at is None and not answer.from_ledger),
    ]
    return {
        "measure": question["measure"],
        "as_at": question["as_at"],
        "known_at": known_at and Moment().to_representation(known_at),
        "by": answer.by,
        "where": {
            name: asked if isinstance(asked, bool) else [as_word(value) for value in totals.listed(asked)]
            for name, asked in where.items()
        },
        "rule_version": RULES,
        "rolled_up_at": answer.rolled_up_at and Moment().to_representation(answer.rolled_up_at),
        "posted_at": answer.posted_at and Moment().to_representation(answer.posted_at),
        "prices": in_prices,
        "population": population,
        "total": line_as_json(answer.total, answer),
        "entries": entries,
        "explanation": explanation,
        "rows": [row_as_json(row, answer) for row in answer.rows],
        "notes": [note for note, holds in notes if holds],
    }
