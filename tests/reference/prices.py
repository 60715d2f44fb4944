"""Real terms and per head a second time: entry by entry, slow and obvious. Written from COUNTING.md alone.

"Real terms: each money year's entries (announced year where none is stated, marked) times the GDP deflator of the base
year over that year's." Money is whole pence; a result is an exact Fraction of pence.
"""

from fractions import Fraction


def real(entries, index, base):
    """What entries (money year or None, announced year, pence) come to in the prices of base, and the cash of those
    whose year has no index: (Fraction, pence). index: {year: number as text}."""
    total, without = Fraction(0), 0
    for money_year, announced_year, pence in entries:
        year = announced_year if money_year is None else money_year
        if year in index:
            total += Fraction(pence) * Fraction(index[base]) / Fraction(index[year])
        else:
            without += pence
    return total, without


def nearest_penny(exact):
    """Halves up, by trial."""
    penny = exact.numerator // exact.denominator - 1
    while abs(penny + 1 - exact) <= abs(penny - exact):
        penny += 1
    return penny
