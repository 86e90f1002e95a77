"""Audio decoded elsewhere against its reference: time, ends and lengths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from codecbench.alignment import Delay
from codecbench.audio import Audio, resample
from codecbench.errors import AudioError
from codecbench.estimates import Alignment, fit_to_reference

RATE_HZ = 8000

Sound = npt.NDArray[np.float32]


def noise(seconds: float = 2.0) -> Sound:
    generator = np.random.default_rng(0)
    return (0.1 * generator.standard_normal((2, round(seconds * RATE_HZ)))).astype(np.float32)


def fit(estimate: Sound, align: bool = True) -> tuple[Sound, Alignment | None]:
    return fit_to_reference(
        Audio(estimate, RATE_HZ), Audio(noise(), RATE_HZ), Path("one.wav"), align
    )


@pytest.mark.parametrize("delay", [1, 400, 2400, 4000])
def test_what_a_late_estimate_has_behind_the_end_is_used(delay: int) -> None:
    late = np.pad(noise(), ((0, 0), (delay, 0)))
    assert np.array_equal(fit(late)[0], noise())
    assert fit(late)[1] == Alignment(Delay(delay), 0, 0)
    with_a_tail = np.pad(late, ((0, 0), (0, 700)), constant_values=0.05)
    assert np.array_equal(fit(with_a_tail)[0], noise())


@pytest.mark.parametrize("delay", [8, 2400])
def test_what_is_missing_is_silence_and_said(delay: int) -> None:
    cut_late = np.pad(noise(), ((0, 0), (delay, 0)))[:, :16_000]
    samples, alignment = fit(cut_late)
    assert np.array_equal(samples[:, :-delay], noise()[:, :-delay])
    assert not samples[:, -delay:].any()
    assert alignment == Alignment(Delay(delay), 0, delay / 8)
    for tail in (0, delay):  # it begins early, and is shorter or as long
        early = np.pad(noise()[:, delay:], ((0, 0), (0, tail)))
        samples, alignment = fit(early)
        assert not samples[:, :delay].any()
        assert np.array_equal(samples[:, delay:], noise()[:, delay:])
        assert alignment == Alignment(Delay(-delay), delay / 8, 0)


def test_lengths_are_compared_once_the_delay_is_known() -> None:
    late = np.pad(noise(), ((0, 0), (2400, 0)))
    with pytest.raises(AudioError, match=r"one\.wav lasts 2\.300 s where its reference lasts 2\.0"):
        fit(late, align=False)
    with pytest.raises(AudioError, match=r"lasts 2\.800 s"):
        fit(np.pad(late, ((0, 0), (0, 4000))))
    with pytest.raises(AudioError, match=r"lasts 1\.700 s"):
        fit(noise()[:, :-2400])
    samples, alignment = fit(noise()[:, :-400], align=False)
    assert samples.shape == noise().shape
    assert alignment is None
    assert fit(noise()[:, :-400])[1] == Alignment(Delay(0), 0, 50)


def test_an_estimate_of_another_rate_is_shifted_at_the_references() -> None:
    late = np.pad(noise(), ((0, 0), (800, 0)))
    fine = Audio(resample(late, RATE_HZ, 48_000), 48_000)
    samples, alignment = fit_to_reference(fine, Audio(noise(), RATE_HZ), Path("one.wav"), True)
    assert alignment == Alignment(Delay(800), 0, 0)
    error = samples[:, -800:] - noise()[:, -800:]  # but for what two resamplings cost white noise
    assert (error**2).mean() < 0.1 * (noise() ** 2).mean()
