"""Sums of money as text, and what a text means that was not written in full. Pure; sums are whole hundredths (pence)."""

import re
from decimal import Decimal

SCALED = re.compile(r"[£$€]?\s*([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]+)\.?", re.IGNORECASE)
SCALES = {
    **dict.fromkeys(["k", "thousand"], 10**3),
    **dict.fromkeys(["m", "mn", "mln", "million", "millions"], 10**6),
    **dict.fromkeys(["b", "bn", "billion", "billions"], 10**9),
    **dict.fromkeys(["t", "tn", "trillion", "trillions"], 10**12),
}


def in_digits(hundredths: int) -> str:
    """``412000000`` or ``412000000.50``: no decimals where they are nil."""
    return _written(hundredths, grouped="", pence=bool(hundredths % 100))


def to_the_penny(hundredths: int) -> str:
    """``412000000.00``: two decimals always."""
    return _written(hundredths, grouped="", pence=True)


def grouped(hundredths: int) -> str:
    """``412,000,000`` or ``412,000,000.50``: for people, no decimals where they are nil."""
    return _written(hundredths, grouped=",", pence=bool(hundredths % 100))


def short(hundredths: int) -> str:
    """``£412m``, ``£1.25bn``, ``£250,000``: for people, exact; with a scale where three decimals are enough for it."""
    for suffix in ("bn", "m"):
        unit = SCALES[suffix] * 100
        if abs(hundredths) >= unit and hundredths % (unit // 1000) == 0:
            return f"{'-' if hundredths < 0 else ''}£{(Decimal(abs(hundredths)) / unit).normalize():f}{suffix}"
    return f"{'-' if hundredths < 0 else ''}£{grouped(abs(hundredths))}"


def in_full(text: str) -> Decimal | None:
    """The units that ``£5m``, ``1.2 billion`` or ``250k`` stand for; None where the text has no scale that is known."""
    scaled = SCALED.fullmatch(text.strip())
    scale = scaled and SCALES.get(scaled[2].lower())
    return Decimal(scaled[1].replace(",", "")) * scale if scaled and scale else None


def _written(hundredths: int, *, grouped: str, pence: bool) -> str:
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole:{grouped}}" + (f".{rest:02d}" if pence else "")
