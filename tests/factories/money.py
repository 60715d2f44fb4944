"""Pounds as tests like to write them."""

import re
from decimal import Decimal

SCALES = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}


def pence(amount):
    """Whole pence: `£412m`, `£1.5bn`, `£50k`, `£1,000.50` are read as pounds, an int is pence already, None stays."""
    if amount is None or isinstance(amount, int):
        return amount
    match = re.fullmatch(r"£?([\d,]+(?:\.\d+)?)(k|m|bn)?", amount)
    if not match:
        raise ValueError(f"{amount!r} is not pounds such as £412m, £1.5bn or £1,000.50")
    value = Decimal(match[1].replace(",", "")) * SCALES[match[2] or ""] * 100
    if value != int(value):
        raise ValueError(f"{amount!r} is not whole pence")
    return int(value)
