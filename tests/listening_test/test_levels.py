"""True peak by the signals of EBU Tech 3341, and the one gain of an item."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import speechlike

from codecbench.errors import ListeningTestError
from codecbench.listening_test.levels import item_gain_db, loudness_lufs, true_peak


# EBU Tech 3341, signals 15 to 19: sines whose samples miss the peak; tolerance +0.2, -0.4 dB.
@pytest.mark.parametrize(
    ("parts", "degrees", "amplitude", "peak_dbtp"),
    [
        (4, 0, 0.5, -6.0),
        (4, 45, 0.5, -6.0),
        (6, 60, 0.5, -6.0),
        (8, 67.5, 0.5, -6.0),
        (4, 45, 1.41, 3.0),
    ],
)
def test_true_peak(parts: int, degrees: float, amplitude: float, peak_dbtp: float) -> None:
    n = np.arange(4800)
    sine = amplitude * np.sin(2 * np.pi * n / parts + np.radians(degrees))
    # Begun and ended softly: a cut has overshoots of its own.
    window = np.minimum(1, np.minimum(n, n[::-1]) / 480)
    peak_db = 20 * np.log10(true_peak((sine * window)[None].astype(np.float32)))
    assert -0.4 <= peak_db - peak_dbtp <= 0.2


def test_true_peak_of_silence() -> None:
    assert true_peak(np.zeros((2, 100), np.float32)) == 0


def test_the_reference_comes_to_the_target() -> None:
    reference = 0.05 * speechlike(3, 48000).T
    gain_db = item_gain_db(reference, [0.3 * reference, 2 * reference], 48000, -33)
    loudness = loudness_lufs(reference * np.float32(10 ** (gain_db / 20)), 48000)
    assert loudness == pytest.approx(-33, abs=0.01)


def test_a_hot_condition_holds_the_gain_down() -> None:
    reference = 0.05 * speechlike(3, 48000).T
    hot = 40 * reference
    gain = np.float32(10 ** (item_gain_db(reference, [reference, hot], 48000, -23) / 20))
    assert 20 * np.log10(true_peak(hot * gain)) == pytest.approx(-1, abs=0.01)
    assert (loudness_lufs(reference * gain, 48000) or 0) < -24


def test_silence_is_refused() -> None:
    with pytest.raises(ListeningTestError, match="silent"):
        item_gain_db(np.zeros((1, 48000), np.float32), [], 48000)
