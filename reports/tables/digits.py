"""How many digits numbers get, and how a number and its interval are written.

A column has one number of digits after the point: what is usual for its metric, or fewer, where
even the narrowest interval of the column would have more than two significant digits in its half
width.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

MINUS = "−"
MOST = 6
"""Digits after the point, at most."""

Numbers = tuple[float, float, float]
"""Mean, low and high end; NaN for both ends where there is no interval."""


def digits_of_interval(half_width: float) -> int:
    """Digits after the point that give a half width two significant digits; 0 from 10 up.

    >>> digits_of_interval(0.45), digits_of_interval(0.096), digits_of_interval(11.2)
    (2, 3, 0)
    """
    if not half_width > 0:
        return 0
    exponent = math.floor(math.log10(half_width))
    digits = min(MOST, max(0, 1 - exponent))
    # 0.0996 rounds to 0.100, which has one digit more than it needs.
    if round(half_width, digits) >= 10.0 ** (exponent + 1):
        digits = max(0, digits - 1)
    return digits


def column_digits(numbers: Iterable[Numbers], default: int) -> int:
    """Digits of a column: `default`, or fewer where its narrowest interval has no use for them."""
    halves = [(high - low) / 2 for _, low, high in numbers if high > low]
    return min(default, digits_of_interval(min(halves))) if halves else default


def rate_digits(kbps: Iterable[float]) -> int:
    """Digits of a column of bitrates: the lowest gets three significant ones, but two at most."""
    known = [rate for rate in kbps if rate > 0]
    return min(2, max(0, 2 - math.floor(math.log10(min(known))))) if known else 2


def written(value: float, digits: int, *, sign: bool = False) -> str:
    """A number with a true minus sign and without a negative zero. sign: whether + is written."""
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def written_intervals(cells: Sequence[Numbers], digits: int, *, sign: bool = False) -> list[str]:
    """Intervals of a column: all as `± 0.45` where that is true of each; "" where there is none.

    Where one is not symmetric at these digits, all of the column are `[1.02, 1.95]`.
    """
    even = all(_symmetric(cell, digits) for cell in cells)
    return [_interval(cell, digits, even=even, sign=sign) for cell in cells]


def _symmetric(cell: Numbers, digits: int) -> bool:
    mean, low, high = cell
    if math.isnan(low):
        return True
    return round(high - mean, digits) == round(mean - low, digits)


def _interval(cell: Numbers, digits: int, *, even: bool, sign: bool) -> str:
    _, low, high = cell
    if math.isnan(low) or math.isnan(high):
        return ""
    if even:
        return f"± {(high - low) / 2:.{digits}f}"
    return f"[{written(low, digits, sign=sign)}, {written(high, digits, sign=sign)}]"
