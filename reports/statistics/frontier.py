"""The frontier: operating points that no other beats, over all codecs of one layout.

A point is beaten by one that is at least as good at no more bitrate, and is better in one of the
two. It is about means: where intervals of neighbours overlap, other clips may draw it otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.frames import COUNTED
from codecbench.reports.statistics.clip_values import SIGNS

if TYPE_CHECKING:
    import pandas as pd

NOT_OVER_BITRATE = ("rtf_encode", "rtf_decode", "bitrate_efficiency", "codebook_usage")
"""What says nothing of how a decoded clip sounds: a codec is not chosen by it at a bitrate."""


def frontier(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows of the summary that are on the frontier of their category, metric, protocol and layout.

    Sorted by these and by bitrate. Mono and stereo are of other clips, or of
    other sound of them. Points without bitrate (anchors), without a mean, and metrics
    without a direction are in no frontier. Of points equal in bitrate and mean, all are kept.
    """
    able = ~summary["metric"].isin([*COUNTED, *NOT_OVER_BITRATE])
    able &= summary["direction"].isin(list(SIGNS))
    able &= summary["bitrate_bps"].notna() & summary["mean"].notna()
    rows = summary[able]
    better = rows["mean"] * rows["direction"].map(SIGNS).astype(float)
    keys = ["category", "metric", "protocol", "channels", "bitrate_bps"]
    ordered = rows.assign(_better=better).sort_values(
        [*keys, "_better"], ascending=[True] * len(keys) + [False], kind="stable"
    )
    kept = []
    last: tuple[object, ...] = ()
    best = (0.0, 0.0)
    for index, *key, bitrate_bps, quality in ordered[[*keys, "_better"]].itertuples(name=None):
        if tuple(key) != last or quality > best[1] or (bitrate_bps, quality) == best:
            kept.append(index)
            last, best = tuple(key), (bitrate_bps, quality)
    return summary.loc[kept].reset_index(drop=True)
