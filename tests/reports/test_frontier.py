"""The frontier against its definition, asked of every pair of points."""

from __future__ import annotations

import numpy as np
import pandas as pd

from codecbench.categories import EVERY
from codecbench.reports.statistics.frontier import frontier


def summary_of(
    bitrates: list[float], means: list[float], direction: str = "higher", metric: str = "q"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": [f"codec{i}" for i in range(len(means))],
            "category": EVERY,
            "metric": metric,
            "protocol": "fixed",
            "channels": 1,
            "direction": direction,
            "bitrate_bps": bitrates,
            "mean": means,
        }
    )


def beaten(i: int, rates: list[float], quality: list[float]) -> bool:
    return any(
        rates[j] <= rates[i]
        and quality[j] >= quality[i]
        and (rates[j] < rates[i] or quality[j] > quality[i])
        for j in range(len(rates))
    )


def test_is_what_no_point_beats_ties_kept() -> None:
    """On a coarse grid, so that bitrates and means are often equal."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        rates, means = (rng.integers(1, 6, 9).astype(float).tolist() for _ in range(2))
        for direction, sign in (("higher", 1), ("lower", -1)):
            found = frontier(summary_of(rates, means, direction))
            quality = [sign * mean for mean in means]
            expected = {f"codec{i}" for i in range(9) if not beaten(i, rates, quality)}
            assert set(found.series) == expected
            assert found.bitrate_bps.is_monotonic_increasing


def test_anchors_gaps_and_what_ranks_nothing_are_in_none() -> None:
    anchors = summary_of([np.nan, 2.0, 3.0], [9.0, np.nan, 1.0])
    assert frontier(anchors).series.tolist() == ["codec2"]
    assert frontier(summary_of([1.0], [1.0], "neither")).empty
    assert frontier(summary_of([1.0], [1.0], "lower", "header_bytes")).empty
    assert frontier(summary_of([1.0], [1.0], "lower", "rtf_encode")).empty


def test_metrics_categories_and_layouts_have_frontiers_of_their_own() -> None:
    worse = summary_of([5.0], [0.0])
    both = pd.concat(
        [
            summary_of([1.0], [9.0]),
            worse.assign(category="music"),
            worse.assign(metric="r"),
            worse.assign(protocol="native"),
            worse.assign(channels=2),
            worse,
        ],
        ignore_index=True,
    )
    found = frontier(both)
    assert len(found) == 5
    assert list(found.columns) == list(both.columns)


def test_nothing_measured_has_an_empty_frontier_with_columns() -> None:
    found = frontier(summary_of([], []))
    assert found.empty
    assert "bitrate_bps" in found.columns
