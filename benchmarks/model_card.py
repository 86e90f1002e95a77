"""The tables of the shipped model's card, from a stored run, run by hand.

    bench run --codecs dac:small --clips FOLDER --out runs/card
    bench run --codecs opus,lyra,mp3 --bitrates 3,6,8 --clips FOLDER --out runs/card
    python benchmarks/model_card.py runs/card

Prints, as Markdown: means with 95% intervals beside other codecs; what each added codebook changes,
paired over clips; and how each codebook is used. Intervals are those of
`codecbench.reports.intervals`.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench import load
from codecbench.categories import EVERY
from codecbench.frames import load_token_counts
from codecbench.metrics.codebooks import entropy_bits, usage
from codecbench.reports.intervals import mean_interval
from codecbench.reports.measurements import read_runs
from codecbench.reports.summary import summarise

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("mel", "stft", "visqol", "si_sdr")
MODEL = "dac:small"


def beside_others(run: Path) -> str:
    """Every codec and point, by measured bitrate."""
    summary = summarise(read_runs([run]))
    summary = summary[(summary["category"] == EVERY) & summary["metric"].isin(METRICS)]
    lines = [f"| codec | kbps | {' | '.join(METRICS)} |", "|---" * (2 + len(METRICS)) + "|"]
    points = summary.groupby(["codec", "point"], sort=False)
    for (codec, _), rows in sorted(points, key=lambda item: item[1]["bitrate_bps"].iloc[0]):
        values = rows.set_index("metric")
        cells = [
            f"{values.loc[m, 'mean']:.2f} [{values.loc[m, 'ci_low']:.2f}, "
            f"{values.loc[m, 'ci_high']:.2f}]"
            for m in METRICS
        ]
        kbps = rows["bitrate_bps"].iloc[0] / 1000
        lines.append(f"| {codec} | {kbps:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def steps(run: Path) -> str:
    """What each codebook more changes in mel distance and SI-SDR, paired over clips."""
    frame = load(run)
    frame = frame[frame["codec"] == MODEL]
    lines = ["| codebooks | mel | better | SI-SDR, dB | better |", "|---|---|---|---|---|"]
    tables = {metric: _by_rate(frame[frame["metric"] == metric]) for metric in ("mel", "si_sdr")}
    rates = list(tables["mel"].columns)
    for count, (before, after) in enumerate(itertools.pairwise(rates), 1):
        cells = []
        for sign, table in zip((-1, 1), tables.values(), strict=True):
            change = (table[after] - table[before]).dropna().to_numpy()
            found = mean_interval(change)
            cells.append(f"{found.mean:+.4f} [{found.low:+.3f}, {found.high:+.3f}]")
            cells.append(f"{(sign * change > 0).sum()} of {len(change)}")
        lines.append(f"| {count} to {count + 1} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _by_rate(frame: pd.DataFrame) -> pd.DataFrame:
    """Clips by nominal bitrate."""
    return frame.pivot_table(index="clip", columns="bitrate_nominal_bps", values="value")


def codebooks(run: Path) -> str:
    """Share of the entries in use, and entropy over the bits spent, for each codebook."""
    import numpy as np

    counts = load_token_counts(run)
    counts = counts[counts["codec"] == MODEL]
    counts = counts[counts["bitrate_nominal_bps"] == counts["bitrate_nominal_bps"].max()]
    pooled = np.sum(np.stack(counts["counts"].to_list()), axis=0)
    efficiency = entropy_bits(pooled) / np.log2(pooled.shape[1])
    lines = ["| codebook | entries used | bitrate efficiency |", "|---|---|---|"]
    for book, (used, share) in enumerate(zip(usage(pooled), efficiency, strict=True), 1):
        lines.append(f"| {book} | {used:.0%} | {share:.0%} |")
    return "\n".join([*lines, "", f"{int(pooled[0].sum())} frames"])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    print(beside_others(run), steps(run), codebooks(run), sep="\n\n")


if __name__ == "__main__":
    main()
