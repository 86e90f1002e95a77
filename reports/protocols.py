"""Which protocol of a metric is meant where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codecbench.errors import UsageError
from codecbench.plugins import did_you_mean
from codecbench.reports.metric_titles import protocol_suffix

if TYPE_CHECKING:
    import pandas as pd


def protocol_of(frame: pd.DataFrame, metric: str, protocol: str | None, what: str) -> str:
    """The protocol that is asked for; with None the metric's only one, or the paper's.

    frame: with columns `metric` and `protocol`. what: stands there, as "value". Raises `UsageError`
    for a metric or protocol of which there is nothing, with what there is.
    """
    metrics = sorted(set(frame["metric"]))
    if metric not in metrics:
        raise UsageError(
            f'there is no {what} of a metric "{metric}".{did_you_mean(metric, metrics)} '
            f"Known: {', '.join(metrics) or 'none'}"
        )
    protocols = sorted(
        set(frame.loc[frame["metric"] == metric, "protocol"]),
        key=lambda name: (bool(protocol_suffix(name)), name),
    )
    if protocol is not None and protocol not in protocols:
        raise UsageError(
            f'there is no {what} of {metric} under a protocol "{protocol}".'
            f"{did_you_mean(protocol, protocols)} Known: {', '.join(protocols)}"
        )
    return protocols[0] if protocol is None else protocol
