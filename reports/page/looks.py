"""Series as SVG draws them: colour, dash and marker, the same as in every figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from codecbench.reports.series import palette

PATHS = {
    "o": "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0Z",
    "s": "M-3.8-3.8h7.6v7.6h-7.6Z",
    "^": "M0-4.8L4.7 3.6h-9.4Z",
    "D": "M0-5.2L5.2 0L0 5.2L-5.2 0Z",
    "v": "M0 4.8L4.7-3.6h-9.4Z",
    "P": "M-1.8-5h3.6v3.2h3.2v3.6h-3.2v3.2h-3.6v-3.2h-3.2v-3.6h3.2Z",
    "X": "M-5-2.5L-2.5-5L0-2.5L2.5-5L5-2.5L2.5 0L5 2.5L2.5 5L0 2.5L-2.5 5L-5 2.5L-2.5 0Z",
    "*": "M0-5.6L1.5-1.9L5.4-1.7L2.4.8L3.4 4.6L0 2.5L-3.4 4.6L-2.4.8L-5.4-1.7L-1.5-1.9Z",
}
DASHES = {"-": "", "--": "7 4", "-.": "8 3 2 3", ":": "2 3"}


@dataclass(frozen=True)
class Look:
    """symbol: the id of its marker in the page; path: the marker's outline around (0, 0)."""

    label: str
    symbol: str
    colour: str
    dash: str
    path: str
    tint: str


def looks_of(labels: Iterable[str]) -> dict[str, Look]:
    """The looks of each series, in the order of the labels."""
    return {
        label: Look(
            label,
            f"mark{i}",
            style.colour,
            DASHES.get(style.dash, ""),
            PATHS.get(style.marker, PATHS["o"]),
            _tint(style.colour),
        )
        for i, (label, style) in enumerate(palette(labels).items())
    }


def _tint(colour: str) -> str:
    """The colour thinned with white, so that dark text on it can be read."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.28 * (255 - part)):02x}" for part in parts)
