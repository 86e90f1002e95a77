"""What is skipped or missing, each reason told once with all that it explains."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codecbench.wording import joined

MANY = 8
"""Of more things than that with one reason the others are counted."""

_AT_RATE = re.compile(r"(?P<codec>.+) at (?P<kbps>\S+) kbps")
"""How the plan names a bitrate that a codec does not answer."""


def by_reason(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Lines such as `opus at 2, 4 kbps: REASON` from pairs (what, reason), in their order.

    Rates of one codec stand together, and so do other things, such as metrics, with one reason.
    """
    explained: dict[str, dict[str, list[str]]] = {}
    for what, reason in pairs:
        match = _AT_RATE.fullmatch(what)
        rates = explained.setdefault(reason, {}).setdefault(match["codec"] if match else what, [])
        if match and match["kbps"] not in rates:
            rates.append(match["kbps"])
    return [_line(whats, reason) for reason, whats in explained.items()]


def _line(whats: dict[str, list[str]], reason: str) -> str:
    named = [f"{what} at {', '.join(kbps)} kbps" if kbps else what for what, kbps in whats.items()]
    if len(named) > MANY:
        named = [*named[: MANY - 1], f"{len(named) - MANY + 1} more"]
    named = [*filter(None, named)]
    said = "; ".join(named) if any(whats.values()) else joined(named)
    return f"{said}: {reason}" if said else reason
