"""How money reads on a page: £28.2bn, £498m, £12.6–13.0bn. Pure; takes whole pence and gives text.

One decimal below a hundred, none from there on, and none where the figure is whole; the exact pence are always one
click away (`exact`).
"""

from decimal import ROUND_HALF_UP, Decimal

UNITS = ((Decimal(10) ** 11, "bn"), (Decimal(10) ** 8, "m"))
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def pounds(pence: int) -> str:
    """A sum to about three digits: ``£28.2bn``, ``£498m``, ``£250,000``, ``£9.50``; ``−£20bn`` below nothing."""
    sign = MINUS if pence < 0 else ""
    number, suffix = _scaled(abs(pence))
    return f"{sign}£{number}{suffix}"


def pounds_range(one: int, other: int) -> str:
    """Two ends in one reading: ``£12.6–13.0bn``, ``£498m–£3.2bn``, ``up to £85m``; a single sum where they are equal.

    The ends may come in either order. Ends that would read the same get one more decimal, and where even that shows no
    difference, the sum that both round to.
    """
    low, high = sorted((one, other))
    if low == high:
        return pounds(low)
    if low < 0:
        return f"{pounds(low)} to {pounds(high)}"
    if low == 0:
        return f"up to {pounds(high)}"
    unit, suffix = _unit(high)
    if unit is None or _unit(low)[0] != unit:
        return pounds(high) if pounds(low) == pounds(high) else f"{pounds(low)}{DASH}{pounds(high)}"
    places = _places(high / unit)
    if low % unit == 0 and high % unit == 0:
        places = 0
    for digits in (places, places + 1):
        first, last = _rounded(low / unit, digits), _rounded(high / unit, digits)
        if first != last:
            return f"£{first:,}{DASH}{last:,}{suffix}"
    return pounds(high)


def spoken_range(one: int, other: int) -> str:
    """Two ends for a sentence: ``£195bn to £207bn``; a single sum where they read the same."""
    low, high = sorted((one, other))
    if low == 0 < high:
        return f"up to {pounds(high)}"
    if pounds(low) == pounds(high):
        return pounds(high)
    return f"{pounds(low)} to {pounds(high)}"


def exact(pence: int) -> str:
    """To the penny: ``£1,234,567.89``."""
    sign = MINUS if pence < 0 else ""
    whole, rest = divmod(abs(pence), 100)
    return f"{sign}£{whole:,}.{rest:02d}"


def exact_range(one: int, other: int) -> str:
    """Two ends to the penny, the lower first; one where they are equal."""
    low, high = sorted((one, other))
    return exact(low) if low == high else f"{exact(low)} to {exact(high)}"


def _unit(pence: int) -> tuple[Decimal | None, str]:
    """The largest unit of which the sum, rounded, is at least one."""
    for unit, suffix in UNITS:
        if _rounded(pence / unit, 3) >= 1:
            return unit, suffix
    return None, ""


def _places(value: Decimal) -> int:
    return 0 if _rounded(value, 1) >= 100 else 1


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _scaled(pence: int) -> tuple[str, str]:
    """The number and its unit for a sum that is not below nothing."""
    unit, suffix = _unit(pence)
    if unit is None:
        return _small(pence), ""
    value = pence / unit
    places = 0 if value == value.to_integral_value() else _places(value)
    return f"{_rounded(value, places):,}", suffix


def _small(pence: int) -> str:
    """Below a million pounds: three digits and no pence, but pence below ten pounds that are not whole."""
    value = Decimal(pence) / 100
    if value == value.to_integral_value() and value < 1000:
        return f"{int(value)}"
    if value < 10:
        return f"{value:.2f}"
    drop = max(0, value.adjusted() - 2)
    step = Decimal(1).scaleb(drop)
    return f"{int((value / step).quantize(Decimal(1), ROUND_HALF_UP) * step):,}"
