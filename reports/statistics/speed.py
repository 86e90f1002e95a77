"""Speed of codecs beside their bitrates: seconds of work per second of audio, and on what machine.

Factors of different machines or numbers of threads are not comparable: each has a row of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

COLUMNS = [
    "series",
    "point",
    "bitrate_bps",
    "rtf_encode",
    "rtf_decode",
    "threads",
    "machine",
    "device",
]


def speed_table(measurements: Measurements, summary: pd.DataFrame) -> pd.DataFrame:
    """Real-time factors (`COLUMNS`), sorted by series and bitrate.

    rtf_encode, rtf_decode: seconds per second, less is faster, under 1 is faster than real time.
    bitrate_bps: measured over all clips; NaN for a point without one.
    """
    import pandas as pd

    from codecbench.categories import EVERY

    timings = measurements.timings
    if timings.empty:
        return pd.DataFrame(columns=COLUMNS)
    points = summary[summary["category"] == EVERY].drop_duplicates(["series", "point"])
    table = timings.merge(
        points[["series", "point", "bitrate_bps"]],
        on=["series", "point"],
        how="left",
        validate="many_to_one",
    )
    order = ["series", "bitrate_bps", "point", "machine", "threads"]
    return table.sort_values(order, ignore_index=True, kind="stable")[COLUMNS]
