"""At which bitrates codecs can be compared, and which codec was measured alone beyond these."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from codecbench.categories import EVERY
from codecbench.reports.page.metrics_shown import ShownMetric, of_metric
from codecbench.reports.page.view import kbps, listed
from codecbench.reports.statistics.paired import LIKE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SharedRates:
    """low_bps, high_bps: between them two codecs at least were measured, None where nowhere.

    words: who was alone below and above, such as "dac was measured alone below 3.20 kbps."; "".
    """

    low_bps: float | None
    high_bps: float | None
    words: str


def shared_rates(summary: pd.DataFrame, metrics: list[ShownMetric]) -> SharedRates:
    """Where the measured ranges of two codecs overlap, or come within a factor of `LIKE`."""
    import pandas as pd

    rows = pd.concat([of_metric(summary, metric) for metric in metrics])
    rows = rows[(rows.category == EVERY) & rows["mean"].notna() & rows.bitrate_bps.notna()]
    rates = rows.groupby("series").bitrate_bps.agg(["min", "max"])
    ranges = {str(name): (float(low), float(high)) for name, low, high in rates.itertuples()}
    overlaps = []
    for (low_a, high_a), (low_b, high_b) in combinations(ranges.values(), 2):
        low, high = max(low_a, low_b), min(high_a, high_b)
        if low <= LIKE * high:  # ranges that just miss each other are as good as one bitrate
            overlaps.append((min(low, high), max(low, high)))
    if not overlaps:
        return SharedRates(None, None, "")
    low, high = min(low for low, _ in overlaps), max(high for _, high in overlaps)
    low = float(rows.bitrate_bps[rows.bitrate_bps >= low / LIKE].min())
    below = [name for name, (least, _) in ranges.items() if least < low / LIKE]
    above = [name for name, (_, most) in ranges.items() if most > high * LIKE]
    parts = [
        f"{listed(names)} {'was measured alone' if len(names) == 1 else 'meet no other codec'} "
        f"{side} {kbps(rate)} kbps"
        for names, side, rate in ((below, "below", low), (above, "above", high))
        if names
    ]
    return SharedRates(low, high, f"{listed(parts)}." if parts else "")
