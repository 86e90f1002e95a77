"""The table of metrics: ours, those of other packages, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from codecbench import plugins
from codecbench.errors import UsageError
from codecbench.frames import COUNTED
from codecbench.metrics.names import TAKEN, require_free_name
from codecbench.metrics.table import GROUP, METRICS, load_metric, metric_names
from codecbench.reports.check.sides import BITRATE, CODEBOOK, EFFICIENCY
from codecbench.reports.metric_titles import TITLES
from codecbench.reports.tables.paper import BANDWIDTH

TOYS = Path(__file__).parents[1] / "toy_package"


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(TOYS))
    plugins._outside.cache_clear()
    yield
    plugins._outside.cache_clear()


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_describes_itself(name: str) -> None:
    metric = load_metric(name)
    assert metric.name == name
    assert metric.version >= 1
    assert metric.summary
    assert metric.source
    assert metric.value_range[0] < metric.value_range[1]


@pytest.mark.parametrize("name", sorted(METRICS.keys() - {"visqol", "visqol_speech"}))
def test_scores_are_reproducible_floats_within_the_range(name: str) -> None:
    metric = load_metric(name)
    rate = metric.sample_rate_hz or 44_100
    generator = np.random.default_rng(0)
    envelope = 1 + np.sin(2 * np.pi * 3 * np.arange(rate) / rate)
    reference = 0.1 * envelope * generator.standard_normal(rate)
    for gain in (0.0, 0.1, 3.0):
        estimate = reference + gain * 0.1 * generator.standard_normal(rate)
        prepared = metric.prepare(reference, rate)
        value = metric.compare(prepared, estimate, rate)
        assert type(value) is float
        assert metric.value_range[0] <= value <= metric.value_range[1]
        assert metric.compare(prepared, estimate, rate) == value
        assert metric.compare(metric.prepare(reference, rate), estimate, rate) == value


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match=r'Did you mean "si_sdr"'):
        load_metric("sisdr")


@pytest.mark.usefixtures("toys")
def test_a_metric_of_another_package_is_found() -> None:
    assert "toy_peak" in metric_names()
    assert load_metric("toy_peak").name == "toy_peak"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("faulty", "no_such_package:METRIC", "no_such_package"),
        ("not_a_metric", "math:pi", "not_a_metric"),
        ("mel", "math:pi", "math:pi"),
    ],
)
def test_an_unfit_metric_of_another_package_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    found = {name: (EntryPoint(name, value, GROUP),)}
    monkeypatch.setattr(plugins, "_outside", lambda group: found)
    with pytest.raises(UsageError, match=message):
        load_metric(name)


@pytest.mark.parametrize("name", [*sorted(TAKEN), "Bitrate", "snr_side", "x:all", "a,b", "x[1]"])
def test_a_name_that_the_program_needs_is_no_metric(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = {name: (EntryPoint(name, "codecbench.metrics.mel:MEL", GROUP),)}
    monkeypatch.setattr(plugins, "_outside", lambda group: found)
    with pytest.raises(UsageError, match="rename its entry point") as refused:
        load_metric(name)
    assert f'"{name}"' in str(refused.value)


def test_whatever_stands_beside_metrics_is_taken() -> None:
    ours = {*COUNTED, *TITLES, BITRATE, EFFICIENCY, CODEBOOK, BANDWIDTH, "si_sdr_side"}
    for name in ours - set(METRICS):
        with pytest.raises(UsageError):
            require_free_name(name)
    require_free_name("peak_error")


def test_the_table_imports_no_metric() -> None:
    script = (
        "import sys; from codecbench.metrics.table import metric_names; metric_names();"
        "print(sorted({'scipy', 'torch', 'visqol', 'pesq', 'pystoi', 'numba'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
