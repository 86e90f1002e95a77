"""How each codebook of a codec is used, over all clips of the measurements.

`codecbench.metrics.codebooks` defines the quantities. Entropy of few codes is biased low, and so
are what follows from it, perplexity and efficiency: where a codebook sent fewer than `LEAST_CODES`
codes per entry, the row's note says so. To first order the bias is (used - 1) / (2 ln 2 codes) bits
(Miller 1955), 0.07 bits at that count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from codecbench.errors import Unscorable
from codecbench.metrics.codebooks import entropy_bits, perplexity, usage

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.measurements import Measurements

LEAST_CODES = 10
"""Codes per entry of the codebook."""

COLUMNS = [
    "series",
    "point",
    "codebook",
    "codebook_size",
    "codes",
    "used",
    "usage",
    "entropy_bits",
    "perplexity",
    "efficiency",
    "note",
]


def codebook_table(measurements: Measurements) -> pd.DataFrame:
    """One row for each codebook of each series and point (`COLUMNS`), codebooks counted from 1.

    codes: how many were sent. used: entries sent at least once. usage, efficiency: 0 to 1, of the
    entries and of the bits that they are sent with. Codecs without tokens have no rows. A codebook
    of which no code was sent has NaN, and a note.
    """
    import pandas as pd

    tokens = measurements.token_counts
    rows: list[dict[str, Any]] = []
    if not tokens.empty:
        ordered = tokens.sort_values(["series", "bitrate_nominal_bps", "point"], kind="stable")
        for (series, point), group in ordered.groupby(["series", "point"], sort=False):
            pooled = np.sum(list(group["counts"]), axis=0)
            for i, counts in enumerate(pooled):
                rows.append({"series": series, "point": point, "codebook": i + 1} | _row(counts))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(counts: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, Any]:
    size, codes = len(counts), int(counts.sum())
    row: dict[str, Any] = {"codebook_size": size, "codes": codes, "used": int((counts > 0).sum())}
    one = counts[np.newaxis]
    try:
        entropy = float(entropy_bits(one)[0])
    except Unscorable as reason:
        return row | {"note": str(reason)}
    few = codes < LEAST_CODES * size
    return row | {
        "usage": float(usage(one)[0]),
        "entropy_bits": entropy,
        "perplexity": float(perplexity(one)[0]),
        "efficiency": entropy / float(np.log2(size)),
        "note": f"{codes} codes for {size} entries: entropy is biased low" if few else "",
    }
