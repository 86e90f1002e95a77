"""l1 and SI-SDR against closed forms and torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Mono
from codecbench.metrics.waveform import L1, SI_SDR, SI_SDR_LIMIT_DB


def noise(samples: int, seed: int = 0) -> Mono:
    return 0.1 * np.random.default_rng(seed).standard_normal(samples)


def si_sdr(reference: Mono, estimate: Mono) -> float:
    return SI_SDR.compare(SI_SDR.prepare(reference, 16_000), estimate, 16_000)


def test_l1_of_a_constant_offset_is_the_offset() -> None:
    reference = noise(1000)
    assert L1.compare(L1.prepare(reference, 8000), reference - 0.25, 8000) == pytest.approx(0.25)
    assert L1.compare(L1.prepare(reference, 8000), reference.copy(), 8000) == 0


@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 10.75, 60.0])
@pytest.mark.parametrize("gain", [0.01, -1.0, 5.0])
def test_orthogonal_noise_gives_its_snr_whatever_the_gain(snr_db: float, gain: float) -> None:
    n = np.arange(8000)
    reference = 0.1 * np.sin(2 * np.pi * 100 * n / 8000)
    disturbance = 0.1 * np.cos(2 * np.pi * 100 * n / 8000) * 10 ** (-snr_db / 20)
    estimate = gain * (reference + disturbance) + 0.3
    assert si_sdr(reference + 0.1, estimate) == pytest.approx(snr_db, abs=1e-9)


# torchmetrics deprecates an import inside itself; nothing of ours is concerned.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("level", [0.01, 1.0, 30.0])
def test_agrees_with_torchmetrics(level: float) -> None:
    import torch
    from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio

    reference = noise(16_000) + 0.05
    estimate = 0.3 * reference + level * noise(16_000, 1) - 0.2
    theirs = scale_invariant_signal_distortion_ratio(
        torch.from_numpy(estimate), torch.from_numpy(reference), zero_mean=True
    )
    assert si_sdr(reference, estimate) == pytest.approx(float(theirs), abs=1e-6)


def test_the_limits_are_reached_and_not_passed() -> None:
    reference = np.sin(2 * np.pi * np.arange(800) / 8)
    assert si_sdr(reference, reference.copy()) == pytest.approx(SI_SDR_LIMIT_DB, abs=1)
    assert si_sdr(reference, reference.copy()) <= SI_SDR.value_range[1]
    orthogonal = np.cos(2 * np.pi * np.arange(800) / 16)
    assert SI_SDR.value_range[0] <= si_sdr(reference, orthogonal) < -250


def test_a_delay_of_20_samples_costs_dearly() -> None:
    reference = noise(16_000)
    assert si_sdr(reference, np.roll(reference, 20)) < -10


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_silence_and_dc_have_no_value(level: float) -> None:
    flat = np.full(1000, level)
    with pytest.raises(Unscorable, match="silent estimate"):
        si_sdr(noise(1000), flat)
    with pytest.raises(Unscorable, match="silent reference"):
        si_sdr(flat, noise(1000))
