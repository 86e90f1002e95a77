"""What a check found, cell by cell and as a whole: plain values, which every output reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codecbench.reports.check.matching import Pairing
from codecbench.reports.check.settings import Settings
from codecbench.reports.check.sides import Side
from codecbench.wording import layout_words

Outcome = Literal["pass", "could not judge", "regression"]

SEVERITY: tuple[Outcome, ...] = ("pass", "could not judge", "regression")
"""A check is as bad as its worst cell."""

EXIT_STATUS: dict[Outcome, int] = {"pass": 0, "regression": 1, "could not judge": 2}


@dataclass(frozen=True)
class Change:
    """One clip of a cell: both values, and by how much the candidate is worse."""

    clip: str
    clip_hash: str
    baseline: float
    candidate: float
    worse: float


@dataclass(frozen=True, eq=False)
class Judged:
    """A cell with its verdict.

    reason: in words, where the numbers do not say it. mean: by how much the candidate is worse, in
    the pairing's unit. low, high: the bounds that decide, NaN where there are too few clips. p: of
    a loss beyond the tolerance, over the whole check. groups: independent groups of clips.
    clips_needed: to decide; NaN where that is no question of clips, infinite for more than 10,000.
    changes: clips, the worst first.
    """

    pairing: Pairing
    outcome: Outcome
    reason: str
    mean: float
    low: float
    high: float
    p: float
    groups: int
    clips_needed: float
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """`opus@6 mel`, and the protocol where it is not the paper's."""
        quantity = self.pairing.quantity
        return f"{self.point} {quantity.metric}{_unlike(quantity.protocol)}"

    @property
    def point(self) -> str:
        """`opus@6`, and the layout where it is not mono."""
        channels = self.pairing.quantity.channels
        layout = "" if channels == 1 else f" {layout_words(channels)}"
        return f"{self.pairing.codec}@{self.pairing.quantity.point}{layout}"

    @property
    def is_identical(self) -> bool:
        """Whether it passes because no clip differs."""
        return self.outcome == "pass" and self.mean == 0 and self.low == self.high == 0

    @property
    def in_tolerances(self) -> float:
        """The mean against its tolerance: over 1 is beyond it."""
        return self.mean / max(self.pairing.tolerance, 1e-12)


def _unlike(protocol: str) -> str:
    return "" if protocol in ("fixed", "paper") else f" ({protocol})"


@dataclass(frozen=True, eq=False)
class Verdict:
    """A check. level: the one-sided p that a loss must be under; NaN where none could be judged."""

    outcome: Outcome
    cells: tuple[Judged, ...]
    notes: tuple[str, ...]
    baseline: Side
    candidate: Side
    settings: Settings
    level: float

    @property
    def exit_status(self) -> int:
        """0 pass, 1 regression, 2 could not judge."""
        return EXIT_STATUS[self.outcome]

    def having(self, outcome: Outcome) -> list[Judged]:
        """Cells of one outcome; the worst against their tolerance first, but passes in order."""
        cells = [cell for cell in self.cells if cell.outcome == outcome]
        if outcome == "regression":
            cells.sort(key=lambda cell: -cell.in_tolerances)
        return cells
