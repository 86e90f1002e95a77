"""The anchors against the mask of ITU-R BS.1534-3, measured by FFT, and their place in time."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import speechlike

from codecbench.alignment import Delay, find_delay
from codecbench.codecs.anchor_filter import LOW_HZ, MID_HZ, filter_taps
from codecbench.errors import ListeningTestError
from codecbench.listening_test.anchors import anchor

RATES = (16000, 32000, 44100, 48000, 96000)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("cutoff_hz", [LOW_HZ, MID_HZ])
def test_the_mask(cutoff_hz: float, rate_hz: int) -> None:
    # An impulse through the whole function: what is measured is what raters hear.
    impulse = np.zeros((1, 1 << 16), np.float32)
    impulse[0, 1 << 15] = 1
    response = np.abs(np.fft.rfft(anchor(impulse, rate_hz, cutoff_hz)[0].astype(np.float64)))
    frequency = np.fft.rfftfreq(1 << 16, 1 / rate_hz)
    with np.errstate(divide="ignore"):
        level_db = 20 * np.log10(response)
    scale = cutoff_hz / 3500
    assert np.abs(level_db[frequency <= 3500 * scale]).max() <= 0.1
    assert level_db[frequency >= 4000 * scale].max() <= -25
    if rate_hz / 2 > 4500 * scale:
        assert level_db[frequency >= 4500 * scale].max() <= -50


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("cutoff_hz", [LOW_HZ, MID_HZ])
def test_it_delays_nothing(cutoff_hz: float, rate_hz: int) -> None:
    taps = filter_taps(cutoff_hz, rate_hz)
    assert len(taps) % 2 == 1
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-15)
    # The phase of the whole is zero at every frequency of the pass band.
    sound = np.zeros((1, 8192), np.float32)
    sound[0, 4096] = 1
    spectrum = np.fft.rfft(np.roll(anchor(sound, rate_hz, cutoff_hz)[0], -4096))
    passed = np.fft.rfftfreq(8192, 1 / rate_hz) <= cutoff_hz
    assert np.abs(np.angle(spectrum[passed])).max() < 1e-4
    noise = speechlike(1.0, rate_hz).T
    filtered = anchor(noise, rate_hz, cutoff_hz)
    assert filtered.shape == noise.shape
    assert find_delay(noise, filtered, rate_hz) == Delay(0)


def test_both_channels_are_filtered_alike() -> None:
    sound = speechlike(0.3, 48000, channels=2).T
    both = anchor(sound, 48000, LOW_HZ)
    np.testing.assert_allclose(both[1:], anchor(sound[1:], 48000, LOW_HZ), atol=1e-7)


def test_a_rate_that_has_no_such_anchor() -> None:
    with pytest.raises(ListeningTestError, match="16000 Hz or more, and the test's is 8000 Hz"):
        anchor(np.ones((1, 100), np.float32), 8000, MID_HZ)
