"""Why a cell of a table has no number, from the rows that have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from codecbench.reports.summary import in_category

if TYPE_CHECKING:
    from codecbench.reports.report import Report
    from codecbench.reports.tables.metric_columns import MetricColumn


NOT_THERE = {
    "codebook_usage": "no codebooks",
    "bitrate_efficiency": "no codebooks",
    "rtf_encode": "not timed",
    "rtf_decode": "not timed",
}
"""Why a metric of a codec's own kind is not there for others."""


def why_no_value(
    report: Report,
    point: Mapping[Any, Any],
    metric: MetricColumn,
    category: str,
    *,
    measured: bool,
) -> str:
    """One line. measured: whether the metric was computed at this point at all."""
    name = metric.title.short
    if not measured:
        return NOT_THERE.get(metric.metric, f"{name} was not measured here")
    rows = in_category(report.measurements.rows, category)
    of_metric = (rows["metric"] == metric.metric) & (rows["protocol"] == metric.protocol)
    of_point = (rows["series"] == point["series"]) & (rows["point"] == point["point"])
    reasons = Counter(reason for reason in rows.loc[of_metric & of_point, "reason"] if reason)
    if not reasons:
        return f"no value of {name}"
    reason, clips = reasons.most_common(1)[0]
    others = "" if len(reasons) == 1 else f" ({clips} of {reasons.total()} clips)"
    return f"no value of {name}: {reason}{others}"
