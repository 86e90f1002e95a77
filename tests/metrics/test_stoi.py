"""STOI and ESTOI: a golden score, refusals instead of sentinels, the same score each time."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.stoi import ESTOI, STOI, active_frames

RATE_HZ = 16_000
BOTH = pytest.mark.parametrize("metric", [STOI, ESTOI], ids=lambda metric: metric.name)


def speechlike(duration_s: float = 2.0, seed: int = 0) -> Mono:
    """Noise with the rhythm of syllables and no silence."""
    n = np.arange(round(duration_s * RATE_HZ))
    envelope = 1.1 + np.sin(2 * np.pi * 4 * n / RATE_HZ)
    return 0.1 * envelope * np.random.default_rng(seed).standard_normal(len(n))


def intelligibility(metric: Metric, reference: Mono, estimate: Mono) -> float:
    return metric.compare(metric.prepare(reference, RATE_HZ), estimate, RATE_HZ)


def test_the_score_published_in_the_documentation_of_torchmetrics() -> None:
    """torchmetrics, short_time_objective_intelligibility, example: estimate first, seed 42."""
    import torch

    torch.manual_seed(42)
    estimate = torch.randn(8000).double().numpy()
    reference = torch.randn(8000).double().numpy()
    value = STOI.compare(STOI.prepare(reference, 8000), estimate, 8000)
    assert value == pytest.approx(-0.084, abs=1e-3)


@BOTH
def test_agrees_with_the_package_called_at_16_khz(metric: Metric) -> None:
    from pystoi import stoi

    reference = speechlike()
    estimate = reference + 0.1 * speechlike(seed=1)
    theirs = stoi(reference, estimate, RATE_HZ, extended=metric is ESTOI)
    assert intelligibility(metric, reference, estimate) == pytest.approx(theirs, abs=1e-9)


@BOTH
def test_identity_and_noise(metric: Metric) -> None:
    reference = speechlike()
    assert intelligibility(metric, reference, reference.copy()) == pytest.approx(1)
    assert intelligibility(metric, reference, 0.1 * reference) == pytest.approx(1)
    noise = np.random.default_rng(3).standard_normal(len(reference))
    values = [
        intelligibility(metric, reference, reference + level * noise) for level in (0.01, 0.1, 1)
    ]
    assert values == sorted(values, reverse=True)


def test_the_same_score_whatever_the_state_of_the_global_generator() -> None:
    reference = speechlike()
    # Flat within each band's 30 frames, so that the added noise decides.
    estimate = np.zeros_like(reference)
    estimate[1000] = 0.5
    np.random.seed(1)
    first = intelligibility(ESTOI, reference, estimate)
    after = np.random.standard_normal()
    np.random.seed(1)
    assert np.random.standard_normal() == after  # left as it was found
    assert intelligibility(ESTOI, reference, estimate) == first


@BOTH
def test_what_has_no_score(metric: Metric) -> None:
    reference, silence = speechlike(), np.zeros(2 * RATE_HZ)
    with pytest.raises(Unscorable, match="silent reference"):
        intelligibility(metric, silence, reference)
    with pytest.raises(Unscorable, match="silent estimate"):
        intelligibility(metric, reference, silence)
    mostly_silent = reference * (np.arange(len(reference)) < 0.3 * RATE_HZ)
    with pytest.raises(Unscorable, match="too little speech"):
        intelligibility(metric, mostly_silent, reference)


@pytest.mark.parametrize("frames", range(28, 34))
def test_the_refusal_begins_where_the_library_gives_its_sentinel(frames: int) -> None:
    """At 10 kHz n samples make ceil((n - 256) / 128) frames; pystoi needs 30 after joining them."""
    samples = 256 + frames * 128
    signal = speechlike()[:samples]
    assert active_frames(signal) == frames
    if frames < 31:
        with pytest.raises(Unscorable, match=f"{frames} frames"):
            STOI.prepare(signal, 10_000)
    else:
        prepared = STOI.prepare(signal, 10_000)
        assert STOI.compare(prepared, signal.copy(), 10_000) == pytest.approx(1)
