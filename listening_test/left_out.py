"""What a test is made without, in words: no clip is left out of the choice in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_NAMED = 20
"""Names that share a reason, of which no more than that are listed."""


def left_out(lacking: Mapping[str, str]) -> Iterator[str]:
    """A line for each reason, with the clips that it keeps out. lacking: reasons by clip."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in sorted(lacking.items()):
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"left out: {named_in_part(names)}: {reason}"


def named_in_part(names: Sequence[str]) -> str:
    """Names with commas; of very many the first, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
