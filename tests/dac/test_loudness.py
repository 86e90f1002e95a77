"""Integrated loudness: the standard's coefficients, sines, and EBU's test signals."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from codecbench.dac.loudness import integrated_loudness_lufs, k_weighting
from codecbench.errors import AudioError

Floats = npt.NDArray[np.floating]


def sine(
    *parts: tuple[float, float], rate_hz: int = 48000, frequency_hz: float = 1000, channels: int = 2
) -> Floats:
    """(channels, n): parts of (peak in dBFS, seconds) after each other, equal in all channels."""
    level = np.concatenate(
        [np.full(round(duration_s * rate_hz), 10 ** (dbfs / 20)) for dbfs, duration_s in parts]
    )
    wave = level * np.sin(2 * np.pi * frequency_hz * np.arange(len(level)) / rate_hz)
    return np.repeat(wave[None], channels, axis=0)


def test_coefficients_of_the_standard() -> None:
    """ITU-R BS.1770-4, tables 1 and 2, for 48 kHz."""
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    shelf += [1, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(k_weighting(48000), [shelf, high_pass], atol=1e-10, rtol=0)


def test_a_full_scale_sine_of_997_hz() -> None:
    """BS.1770-4: -3.01 LUFS in one front channel; the transform bends it a little elsewhere."""
    for rate_hz, within in ((16000, 0.05), (24000, 0.03), (44100, 0.005), (48000, 0.001)):
        samples = sine((0, 20), rate_hz=rate_hz, frequency_hz=997, channels=1)
        assert integrated_loudness_lufs(samples, rate_hz) == pytest.approx(-3.0103, abs=within)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_signals_of_ebu_tech_3341(parts: list[tuple[float, float]], lufs: float) -> None:
    """Its cases 1 to 5: stereo sines of 1 kHz, to be read within 0.1 LU."""
    assert integrated_loudness_lufs(sine(*parts), 48000) == pytest.approx(lufs, abs=0.1)


def test_channels_add_up_and_surrounds_weigh_more() -> None:
    """EBU Tech 3341, case 6: -28 in front, -24 in the centre, -30 behind read -23."""
    levels = (-28, -28, -24, -30, -30)
    samples = np.concatenate([sine((level, 20), channels=1) for level in levels])
    assert integrated_loudness_lufs(samples, 48000) == pytest.approx(-23, abs=0.1)


def test_gain_moves_it_by_as_much() -> None:
    samples = np.random.default_rng(0).standard_normal((2, 40000)) * 0.1
    loud = integrated_loudness_lufs(samples, 16000)
    assert integrated_loudness_lufs(samples / 2, 16000) == pytest.approx(loud - 6.0206, abs=1e-4)
    single = samples.astype(np.float32)
    assert integrated_loudness_lufs(single, 16000) == pytest.approx(loud, abs=1e-4)


def test_what_is_shorter_than_a_block_gets_zeros_to_half_a_second() -> None:
    short = sine((-20, 0.3))
    longer = np.pad(short, ((0, 0), (0, 24000 - short.shape[1])))
    found = integrated_loudness_lufs(short, 48000)
    assert found == integrated_loudness_lufs(longer, 48000)
    # 300 of 400 ms in the first block, 200 in the second: a mean of 5/8, in dB.
    expected = -20 + 10 * math.log10(5 / 8)
    assert found == pytest.approx(expected, abs=0.1)
    assert math.isfinite(integrated_loudness_lufs(np.ones((1, 1)), 44100))


def test_an_incomplete_block_at_the_end_is_not_used() -> None:
    whole = sine((-20, 1))
    cut = np.pad(whole, ((0, 0), (0, 4799)))  # a sample less than a step of silence
    assert integrated_loudness_lufs(cut, 48000) == integrated_loudness_lufs(whole, 48000)


@pytest.mark.parametrize("samples", [np.zeros((2, 48000)), sine((-75, 2)), np.zeros((1, 5))])
def test_silence_has_none(samples: Floats) -> None:
    assert integrated_loudness_lufs(samples, 48000) == -math.inf


def test_what_cannot_be_measured() -> None:
    with pytest.raises(AudioError, match="not finite"):
        integrated_loudness_lufs(np.full((1, 9), np.nan), 48000)
    for shape in ((9,), (6, 9), (0, 9)):
        with pytest.raises(AudioError, match="shape"):
            integrated_loudness_lufs(np.zeros(shape), 48000)
    with pytest.raises(AudioError, match="4000 Hz"):
        integrated_loudness_lufs(np.zeros((1, 9)), 3000)
