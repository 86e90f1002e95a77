"""Stimuli as raters hear them: in step, of one gain, dithered each on its own."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from made_source import MadeSource, clip

from codecbench.alignment import Delay, find_delay
from codecbench.errors import ListeningTestError
from codecbench.listening_test.levels import loudness_lufs, true_peak
from codecbench.listening_test.rendering import render, to_wav
from codecbench.listening_test.test_file import Condition

MUSHRA = (
    Condition("half", "codec"),
    Condition("flat", "codec"),
    Condition("reference", "hidden_reference"),
    Condition("anchor35", "low_anchor"),
    Condition("anchor70", "mid_anchor"),
)


def read(data: bytes) -> tuple[npt.NDArray[np.float64], int]:
    sound, rate_hz = soundfile.read(io.BytesIO(data), always_2d=True)
    return sound.T, rate_hz


@pytest.mark.parametrize(("clip_hz", "rate_hz"), [(44100, 48000), (16000, 16000), (96000, 96000)])
def test_an_item(clip_hz: int, rate_hz: int) -> None:
    made = clip("a", 4.0, sample_rate_hz=clip_hz, channels=2)
    rendered = render(MadeSource([made]).sounds(made), MUSHRA, rate_hz, 2, 3.0)
    reference = rendered.by_condition["reference"]
    assert reference.shape == (2, 3 * rate_hz)
    assert list(rendered.by_condition) == [condition.name for condition in MUSHRA]
    for name, sound in rendered.by_condition.items():
        assert sound.shape == reference.shape
        assert 20 * np.log10(true_peak(sound)) <= -0.99
        if name != "flat":  # whose spectrum is too much another one for the correlation
            assert find_delay(reference, sound, rate_hz) == Delay(0)
    np.testing.assert_array_equal(rendered.open_reference, reference)
    # Levels are never matched: half stays half.
    np.testing.assert_allclose(rendered.by_condition["half"], reference / 2, atol=2e-6)
    loud = loudness_lufs(reference, rate_hz)
    assert loud is not None
    assert loud == pytest.approx(-23 - rendered.limited_db, abs=0.01)


def test_mono_goes_to_both_channels_of_a_stereo_test() -> None:
    made = clip("a")
    rendered = render(MadeSource([made]).sounds(made), MUSHRA, 48000, 2, 10)
    for sound in rendered.by_condition.values():
        assert sound.shape[0] == 2
        np.testing.assert_array_equal(sound[0], sound[1])


def test_conditions_of_another_length_are_refused() -> None:
    made = clip("a")
    source = MadeSource([made], {"half": lambda x: x[:, :-1]})
    with pytest.raises(ListeningTestError, match="half has the shape"):
        render(source.sounds(made), MUSHRA[:1], 48000, 1, 10)


def test_dither() -> None:
    # A ramp over many steps, so that the rounding error visits all of its range.
    sound = np.linspace(-0.5, 0.5, 200_000, dtype=np.float32)[None]
    first, rate_hz = read(to_wav(sound, 48000, "one"))
    second, _ = read(to_wav(sound, 48000, "two"))
    assert rate_hz == 48000
    errors = [(x - sound.astype(np.float64))[0] * 32768 for x in (first, second)]
    for error in errors:
        # Triangular dither and rounding: variance 1/6 + 1/12, the same wherever the signal is.
        assert abs(error.mean()) < 0.01
        assert error.var() == pytest.approx(0.25, rel=0.02)
        assert np.abs(error).max() <= 1.5 + 1e-6
        fraction = (sound[0].astype(np.float64) * 32768) % 1
        for low in np.arange(0, 1, 0.25):
            here = error[(fraction >= low) & (fraction < low + 0.25)]
            assert abs(here.mean()) < 0.02
            assert here.var() == pytest.approx(0.25, rel=0.05)
    # Drawn apart for each stimulus. Rounding alone would be the same in both.
    assert abs(np.corrcoef(*errors)[0, 1]) < 0.02
    assert to_wav(sound, 48000, "one") == to_wav(sound, 48000, "one")


def test_beyond_full_scale_is_refused() -> None:
    with pytest.raises(ListeningTestError, match="full scale"):
        to_wav(np.full((1, 10), 1.01, np.float32), 48000, "")
