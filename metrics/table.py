"""The table of metrics: a name, and where its `Metric` is found. Modules are imported on use.

Another package adds a metric by an entry point of the group `codecbench.metrics`, whose name is the
metric's and whose object is a `Metric`.
"""

from __future__ import annotations

from codecbench import plugins
from codecbench.errors import UsageError
from codecbench.metrics.contract import Metric
from codecbench.metrics.names import require_free_name

GROUP = "codecbench.metrics"

METRICS = {
    "mel": "codecbench.metrics.mel:MEL",
    "stft": "codecbench.metrics.stft:STFT",
    "l1": "codecbench.metrics.waveform:L1",
    "si_sdr": "codecbench.metrics.waveform:SI_SDR",
    "visqol": "codecbench.metrics.visqol:VISQOL",
    "visqol_speech": "codecbench.metrics.visqol:VISQOL_SPEECH",
    "pesq_wb": "codecbench.metrics.pesq:PESQ_WB",
    "pesq_nb": "codecbench.metrics.pesq:PESQ_NB",
    "stoi": "codecbench.metrics.stoi:STOI",
    "estoi": "codecbench.metrics.stoi:ESTOI",
    "bandwidth_hz": "codecbench.metrics.bandwidth:BANDWIDTH",
    "bandwidth_reference_hz": "codecbench.metrics.bandwidth:BANDWIDTH_REFERENCE",
}


def metric_names() -> list[str]:
    """Names of all metrics: ours in the table's order, then those of other packages, sorted."""
    return plugins.names(METRICS, GROUP)


def load_metric(name: str) -> Metric:
    """The metric of that name.

    Raises `UsageError` for an unknown name, with the nearest known one; for a name of ours that
    another package claims; and for another package's metric that does not import, is none, or has a
    name that the program needs.
    """
    metric = plugins.load(METRICS, GROUP, "metric", name)
    if name not in METRICS:
        require_free_name(name)
    if not isinstance(metric, Metric) or metric.name != name:
        raise UsageError(
            f'the entry point of metric "{name}" names no Metric called so: {metric!r}'
        )
    return metric
