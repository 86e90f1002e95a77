"""PESQ: golden scores, refusals, and what noise must do."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.pesq import PESQ_NB, PESQ_WB

BOTH = pytest.mark.parametrize("metric", [PESQ_WB, PESQ_NB], ids=lambda metric: metric.name)


def speechlike(rate_hz: int, duration_s: float = 3.0, seed: int = 0) -> Mono:
    """Noise in bursts of 4 per second."""
    n = np.arange(round(duration_s * rate_hz))
    envelope = np.maximum(0, np.sin(2 * np.pi * 4 * n / rate_hz))
    return 0.1 * envelope * np.random.default_rng(seed).standard_normal(len(n))


def mos(metric: Metric, reference: Mono, estimate: Mono) -> float:
    rate_hz = metric.sample_rate_hz
    assert rate_hz
    return metric.compare(metric.prepare(reference, rate_hz), estimate, rate_hz)


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "expected"), [(PESQ_NB, 2.2885), (PESQ_WB, 1.6805)])
def test_the_scores_published_in_the_documentation_of_torchmetrics(
    metric: Metric, expected: float
) -> None:
    """torchmetrics, perceptual_evaluation_speech_quality, example: estimate first, seed 42."""
    import torch

    torch.manual_seed(42)
    estimate = torch.randn(8000).double().numpy()
    reference = torch.randn(8000).double().numpy()
    assert mos(metric, reference, estimate) == pytest.approx(expected, abs=5e-4)


@BOTH
def test_a_perfect_copy_reaches_the_top_of_the_standard(metric: Metric) -> None:
    """P.862.1 and P.862.2 map a raw score of 4.5 to 4.549 and 4.644."""
    reference = speechlike(metric.sample_rate_hz or 0)
    assert mos(metric, reference, reference.copy()) == pytest.approx(
        metric.value_range[1], abs=5e-4
    )
    assert mos(metric, reference, 0.3 * reference) == pytest.approx(metric.value_range[1], abs=5e-3)


@BOTH
def test_more_noise_is_worse(metric: Metric) -> None:
    rate_hz = metric.sample_rate_hz or 0
    reference = speechlike(rate_hz)
    noise = np.random.default_rng(1).standard_normal(len(reference))
    values = [mos(metric, reference, reference + level * noise) for level in (0.001, 0.01, 0.1)]
    assert values == sorted(values, reverse=True)
    assert metric.value_range[0] <= values[-1] < values[0] - 0.5


@BOTH
def test_what_has_no_score(metric: Metric) -> None:
    rate_hz = metric.sample_rate_hz or 0
    reference, silence = speechlike(rate_hz), np.zeros(3 * rate_hz)
    with pytest.raises(Unscorable, match="silent reference"):
        mos(metric, silence, reference)
    with pytest.raises(Unscorable, match="silent estimate"):
        mos(metric, reference, silence)
    with pytest.raises(Unscorable, match=r"at least 0.25 s"):
        metric.prepare(reference[: rate_hz // 4 - 1], rate_hz)
    with pytest.raises(Unscorable, match="at most 20 s"):
        metric.prepare(speechlike(rate_hz, 20.1), rate_hz)


def test_the_most_utterances_that_fit_into_the_longest_clip_do_not_crash() -> None:
    """The library's table holds 50; bursts of 0.21 s every 0.42 s come as near as they can."""
    rate_hz = 16_000
    n = np.arange(20 * rate_hz)
    bursts = (n / rate_hz) % 0.42 < 0.21
    reference = 0.1 * bursts * np.random.default_rng(0).standard_normal(len(n))
    assert mos(PESQ_WB, reference, reference.copy()) == pytest.approx(4.644, abs=1e-3)
