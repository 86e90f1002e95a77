"""Delays: one that was put in comes out, and where nothing tells there is none, with the reason."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest
from conftest import speechlike
from scipy import signal

from codecbench.alignment import Delay, find_delay, undo_delay

RATE_HZ = 8000
UNRELATED = "the estimate does not follow the reference, whatever the delay"

Sound = npt.NDArray[np.float32]


def noise(channels: int = 1, count: int = 8000, seed: int = 0) -> Sound:
    generator = np.random.default_rng(seed)
    return (0.1 * generator.standard_normal((channels, count))).astype(np.float32)


def late(sound: Sound, *delays: int) -> Sound:
    """Each channel delayed by its own number of samples, or all by the one that is given."""
    several = delays if len(delays) > 1 else delays * len(sound)
    moved = [undo_delay(sound[c : c + 1], -delay) for c, delay in enumerate(several)]
    return np.concatenate(moved)


def tone(hz: float, count: int = 8000) -> Sound:
    return np.sin(2 * np.pi * hz * np.arange(count) / RATE_HZ)[None].astype(np.float32)


@pytest.mark.parametrize("delay", [0, 1, 20, -7, 3999, 4000, -4000])
@pytest.mark.parametrize("gain", [1.0, -1.0, 0.01])
def test_a_known_delay_is_found_and_undone(delay: int, gain: float) -> None:
    estimate = late(noise(), delay)
    inverted = (0,) if gain < 0 else ()
    assert find_delay(noise(), gain * estimate, RATE_HZ) == Delay(delay, inverted=inverted)
    kept = slice(max(0, -delay), 8000 - max(0, delay))
    assert np.array_equal(undo_delay(estimate, delay)[:, kept], noise()[:, kept])


@pytest.mark.parametrize(
    "reference",
    [
        np.concatenate([noise(), -noise()]),
        np.concatenate([noise(), np.zeros_like(noise())]),
        noise(2),
        noise(8),
    ],
    ids=["channels that cancel", "one silent", "two", "eight"],
)
def test_channels_are_heard_one_by_one(reference: Sound) -> None:
    polarity = np.where(np.arange(len(reference)) % 2, -1, 1)[:, None].astype(np.float32)
    assert find_delay(reference, late(reference, 33), RATE_HZ) == Delay(33)
    inverted = tuple(c for c in range(1, len(reference), 2) if reference[c].any())
    found = find_delay(reference, polarity * late(reference, 33), RATE_HZ)
    assert found == Delay(33, inverted=inverted)


def test_a_channel_that_follows_nothing_has_no_polarity() -> None:
    for seed in range(1, 21):
        estimate = late(-noise(2), 33)
        estimate[1] = noise(1, seed=seed)
        assert find_delay(noise(2), estimate, RATE_HZ) == Delay(33, inverted=(0,))


def test_a_channel_that_the_estimate_lost_does_not_matter() -> None:
    estimate = late(noise(2), 33)
    estimate[1] = 0
    assert find_delay(noise(2), estimate, RATE_HZ) == Delay(33)


def test_channels_with_delays_of_their_own_have_none_in_common() -> None:
    for delays in ((10, 50), (10, 11), (-10, 10)):
        found = find_delay(noise(2), late(noise(2), *delays), RATE_HZ)
        assert found.samples is None
        assert f"{min(delays)} and {max(delays)} samples" in found.reason


@pytest.mark.parametrize("offset", [0.5, -0.25])
def test_a_constant_is_not_taken_for_a_signal(offset: float) -> None:
    assert find_delay(noise() + offset, late(noise(), 50) - offset, RATE_HZ) == Delay(50)
    constant = np.full_like(noise(), offset)
    for pair in ((constant, constant), (constant, noise()), (noise(), constant)):
        assert find_delay(*pair, RATE_HZ).samples is None


def test_silence_has_no_delay() -> None:
    silence = np.zeros_like(noise(2))
    for silent in (silence, silence + np.float32(1e-6)):
        assert find_delay(silent, noise(2), RATE_HZ) == Delay(
            None, "the reference is silent or constant"
        )
        assert find_delay(noise(2), silent, RATE_HZ) == Delay(
            None, "the estimate is silent or constant"
        )
        assert find_delay(silent, silent, RATE_HZ).samples is None


@pytest.mark.parametrize("count", [400, 1000, 8000, 80_000])
def test_noise_that_has_nothing_to_do_with_it_has_no_delay(count: int) -> None:
    for seed in range(1, 21):
        found = find_delay(noise(1, count, seed), noise(1, count, -seed % 99), RATE_HZ)
        assert found == Delay(None, UNRELATED)


def test_other_speech_has_no_delay() -> None:
    one, other = (speechlike(3, RATE_HZ, seed).T for seed in (1, 2))
    assert find_delay(one, other, RATE_HZ).samples is None
    assert find_delay(one, late(one, 100), RATE_HZ) == Delay(100)


@pytest.mark.parametrize("below_db", [0, 10, 20])
def test_a_delay_is_found_under_noise(below_db: int) -> None:
    """Of 24000 samples under noise, R² = 1 / (1 + 10^(dB/10)) is far above the 1/n of chance."""
    sound = noise(1, 24_000)
    buried = late(sound, 77) + 10 ** (below_db / 20) * noise(1, 24_000, 5)
    assert find_delay(sound, buried.astype(np.float32), RATE_HZ) == Delay(77)


def test_steady_and_repeating_sounds_fit_at_many_delays() -> None:
    steady = tone(440)
    found = find_delay(steady, late(steady, 5), RATE_HZ)
    assert found.samples is None
    assert "several delays fit alike" in found.reason
    # A hundred samples are 5.5 periods: turned over, the tone fits there as well.
    assert found.reason.endswith("fit alike, 5 and 105 samples among them")
    for rate_hz, hz, count in ((16_000, 100, 48_000), (16_000, 997, 20_000), (48_000, 1000, 9_000)):
        lasting = np.sin(2 * np.pi * hz * np.arange(count) / rate_hz)[None].astype(np.float32)
        reason = find_delay(lasting, lasting, rate_hz).reason
        named = [int(number) for number in re.findall(r"-?\d+", reason)]
        assert named, reason
        assert 0 in named
        assert max(map(abs, named)) <= min(rate_hz, count) / 2
    noisy = find_delay(steady, late(steady, 5) + noise(), RATE_HZ)
    assert noisy == Delay(None, "the sound is too steady to tell one delay from another")
    loop = np.tile(noise(1, 100), 80)
    found = find_delay(loop, late(loop, 3), RATE_HZ)
    assert found.samples is None
    assert "several delays fit alike" in found.reason


def test_a_tone_that_begins_and_ends_has_a_delay() -> None:
    swelling = (tone(440) * signal.windows.hann(8000)).astype(np.float32)
    assert find_delay(swelling, late(swelling, 5), RATE_HZ) == Delay(5)
    click = signal.unit_impulse(8000, 300)[None].astype(np.float32)
    assert find_delay(click, late(click, 200), RATE_HZ) == Delay(200)


def test_delays_beyond_half_a_second_are_none() -> None:
    for delay in (4001, -4001, 4190):
        found = find_delay(noise(), late(noise(), delay), RATE_HZ)
        assert found == Delay(None, "it would be over 500 ms")
    far = find_delay(noise(), late(noise(), 6000), RATE_HZ)
    assert far == Delay(None, UNRELATED)
    # The foot of a peak that lies beyond the range is not taken for a delay in it.
    sos = signal.butter(2, 20, fs=RATE_HZ, output="sos")
    low = signal.sosfilt(sos, noise(1, 40_000)).astype(np.float32)
    assert find_delay(low, late(low, 4080), RATE_HZ).samples is None
    assert find_delay(low, late(low, 3900), RATE_HZ) == Delay(3900)


@pytest.mark.parametrize("count", [1, 2, 10, 399])
def test_very_short_clips_cannot_tell(count: int) -> None:
    found = find_delay(noise(1, count), noise(1, count), RATE_HZ)
    assert found == Delay(None, "a clip under 50 ms is too short to find one")


def test_of_a_short_clip_no_more_than_half_is_cut_away() -> None:
    sound = noise(1, 800)
    assert find_delay(sound, late(sound, -400), RATE_HZ) == Delay(-400)
    assert find_delay(sound, late(sound, 401), RATE_HZ) == Delay(None, "it would be over 50 ms")


def test_the_lag_is_scipys_where_the_sound_is_noise_and_mono() -> None:
    estimate = late(noise(), 123) + 0.5 * noise(1, 8000, 7)
    correlation = signal.correlate(estimate[0], noise()[0])
    expected = signal.correlation_lags(8000, 8000)[np.abs(correlation).argmax()]
    assert find_delay(noise(), estimate.astype(np.float32), RATE_HZ) == Delay(int(expected))
