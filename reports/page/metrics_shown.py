"""The metrics of a report in the page's order, with the words that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecbench.errors import CodecbenchError
from codecbench.frames import COUNTED
from codecbench.reports.metric_titles import protocol_suffix, title_of
from codecbench.reports.tables.model import ARROWS

if TYPE_CHECKING:
    import pandas as pd

HEADLINES = ("visqol", "mel", "stft", "si_sdr", "visqol_speech", "pesq_wb", "stoi")
"""Metrics that the summary speaks of, in this order; four at most."""

ORDER = (*HEADLINES, "estoi", "pesq_nb", "l1", "si_sdr_side", "bandwidth_hz")
LAST = ("codebook_usage", "bitrate_efficiency", "bandwidth_reference_hz")
TIMES = ("rtf_encode", "rtf_decode")

BETTER = {"higher": "higher is better", "lower": "lower is better"}


@dataclass(frozen=True)
class ShownMetric:
    """A metric under one protocol. unit: of stored values; direction as in the summary."""

    name: str
    protocol: str
    unit: str
    direction: str

    @property
    def key(self) -> str:
        """What tells it from the others in the page's choices."""
        return f"{self.name}@{self.protocol}"

    @property
    def title(self) -> str:
        """Its name in words; the protocol is named where it is not the usual one."""
        return title_of(self.name).long + protocol_suffix(self.protocol)

    @property
    def short(self) -> str:
        """Its name in as few letters as there are for it."""
        return title_of(self.name).short + protocol_suffix(self.protocol)

    @property
    def shown_unit(self) -> str:
        """The unit of shown values."""
        return title_of(self.name, self.unit).unit

    @property
    def digits(self) -> int:
        """Digits after the point where no interval says how many."""
        return title_of(self.name).digits

    @property
    def note(self) -> str:
        """Unit and arrow, such as "dB ↑"."""
        return " ".join(filter(None, [self.shown_unit, ARROWS.get(self.direction, "")]))

    @property
    def axis(self) -> str:
        """Unit and direction in words, such as "dB, higher is better"."""
        return ", ".join(filter(None, [self.shown_unit, BETTER.get(self.direction, "")]))


def shown_metrics(summary: pd.DataFrame) -> list[ShownMetric]:
    """Every metric with a mean, headlines first; counts and times are not among them."""
    there = summary[summary["mean"].notna() & ~summary.metric.isin([*COUNTED, *TIMES])]
    parts = there[["metric", "protocol", "unit", "direction"]].drop_duplicates(
        ["metric", "protocol"]
    )
    found = [ShownMetric(*map(str, row)) for row in parts.itertuples(index=False, name=None)]
    return sorted(found, key=lambda metric: (_place(metric.name), metric.name, metric.protocol))


def headline_metrics(metrics: list[ShownMetric]) -> list[ShownMetric]:
    """The metrics that the summary speaks of: four at most, each with a direction."""
    directed = [m for m in metrics if m.direction in BETTER and m.name not in LAST]
    known = [m for m in directed if m.name in HEADLINES]
    return (known or directed)[:4]


def of_metric(frame: pd.DataFrame, metric: ShownMetric) -> pd.DataFrame:
    """The rows of a metric under its protocol."""
    return frame[(frame.metric == metric.name) & (frame.protocol == metric.protocol)]


def in_shown_units(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with these columns in the units that are shown, such as kHz for Hz."""
    if frame.empty:
        return frame
    scales = frame.metric.map(lambda name: title_of(str(name)).scale)
    return frame.assign(**{name: frame[name].astype(float) * scales for name in columns})


def metric_definition(name: str) -> tuple[str, str]:
    """What a metric measures and where it is defined; "" for one that is not installed here."""
    from codecbench.metrics.table import load_metric

    try:
        metric = load_metric(name)
    except CodecbenchError:
        return POOLED.get(name, ("", ""))
    return metric.summary, metric.source


POOLED = {
    "codebook_usage": ("share of the codebooks' entries that were sent at all", ""),
    "bitrate_efficiency": (
        "entropy of the codes sent over the bits that they were sent with, pooled over the clips",
        "arXiv 2306.06546, section 4.4",
    ),
    "si_sdr_side": ("SI-SDR of left minus right, for stereo that is kept", "as si_sdr"),
}


def _place(name: str) -> int:
    if name in ORDER:
        return ORDER.index(name)
    return len(ORDER) + (1 + LAST.index(name) if name in LAST else 0)
