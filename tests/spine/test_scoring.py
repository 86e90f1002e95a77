"""What a metric is given: its rate, one channel at a time, never what it cannot judge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from codecbench.audio import Audio
from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.table import load_metric, metric_names
from codecbench.scoring import (
    EstimateAudio,
    Reference,
    applies,
    is_silent,
    score,
    score_side,
    working_rate,
)

calls: list[str] = []


def prepare(reference: Mono, rate_hz: int) -> tuple[int, int]:
    calls.append("prepare")
    return reference.size, rate_hz


def compare(prepared: tuple[int, int], estimate: Mono, rate_hz: int) -> float:
    assert prepared == (estimate.size, rate_hz)
    return float(estimate.mean())


MEAN = Metric("mean", "", "neither", (-1, 1), 3, None, "", "", prepare, compare)


def audio(channels: int = 1, count: int = 48000, level: float = 0.1) -> Audio:
    generator = np.random.default_rng(0)
    sound = level * generator.standard_normal((channels, count))
    return Audio(sound.astype(np.float32), 48000)


def test_protocols_name_the_rate_unless_the_metric_has_its_own() -> None:
    assert working_rate(MEAN, "paper", 16000) == 44100
    assert working_rate(MEAN, "native", 16000) == 16000
    assert working_rate(replace(MEAN, sample_rate_hz=48000), "native", 16000) == 48000


def test_the_reference_is_prepared_once_for_all_estimates() -> None:
    calls.clear()
    reference = Reference(audio(), "")
    for _ in range(3):
        score(MEAN, reference, EstimateAudio(audio(), 48000), "paper", 44100)
    assert calls == ["prepare"]


def test_channels_are_scored_one_by_one_and_averaged() -> None:
    estimate = Audio(np.stack([np.full(48000, 0.2), np.full(48000, 0.4)]).astype("f4"), 48000)
    reference = Reference(audio(2), "")
    scored = score(MEAN, reference, EstimateAudio(estimate, 48000), "native", 48000)
    assert scored.value == pytest.approx(0.3)
    assert (scored.metric, scored.version, scored.protocol) == ("mean", 3, "native")


def test_silence_is_refused_before_the_metric_is_called() -> None:
    silent = Audio(np.zeros((1, 48000), np.float32), 48000)
    scored = score(MEAN, Reference(silent, ""), EstimateAudio(audio(), 48000), "paper", 44100)
    assert (scored.value, scored.reason) == (None, "the reference is silent")
    of_two = Audio(np.concatenate([audio().samples, silent.samples]), 48000)
    scored = score(MEAN, Reference(of_two, ""), EstimateAudio(audio(2), 48000), "paper", 44100)
    assert (scored.value, scored.reason) == (None, "channel 2 of the reference is silent")
    assert not is_silent(np.r_[np.zeros(48000), np.full(4800, 0.01)], 48000)
    assert is_silent(np.full(48000, 1e-4), 48000)


@pytest.mark.parametrize("name", metric_names())
def test_no_metric_has_a_value_for_a_silent_reference(name: str) -> None:
    silent = Audio(np.zeros((1, 96000), np.float32), 48000)
    metric = load_metric(name)
    rate_hz = working_rate(metric, "paper", 48000)
    for estimate in (silent, audio(1, 96000)):
        heard = EstimateAudio(estimate, 96000)
        scored = score(metric, Reference(silent, ""), heard, "paper", rate_hz)
        assert (scored.value, scored.reason) == (None, "the reference is silent")


def test_the_loudest_stretch_decides() -> None:
    """50 ms at an RMS 1 dB on either side of -70 dBFS, against the sum of squares by hand."""
    for level_db, silent in ((-71, True), (-69, False)):
        sound = np.zeros(480_000)
        sound[200_000:202_400] = 10 ** (level_db / 20)
        assert is_silent(sound, 48_000) is silent
    loud_elsewhere = np.r_[np.full(2_400, 1.0), np.zeros(480_000)]
    assert not is_silent(loud_elsewhere, 48_000)
    assert is_silent(np.full(10, 1e-5), 48_000)


def test_short_clips_are_refused() -> None:
    metric = replace(MEAN, min_duration_s=2)
    scored = score(metric, Reference(audio(), ""), EstimateAudio(audio(), 48000), "paper", 44100)
    assert scored.value is None
    assert "lasts 1 s, the metric needs 2 s" in scored.reason


def test_a_value_that_is_no_number_is_never_stored() -> None:
    metric = replace(MEAN, compare=lambda *_: float("nan"))
    scored = score(metric, Reference(audio(), ""), EstimateAudio(audio(), 48000), "paper", 44100)
    assert scored.value is None
    assert "nan" in scored.reason


def test_category() -> None:
    speech = replace(MEAN, category="speech")
    assert applies(speech, "speech", False)
    assert not applies(speech, "music", False)
    assert applies(speech, "music", True)


def stereo(left: Mono, right: Mono) -> Audio:
    return Audio((np.stack([left, right]) * 0.3).astype(np.float32), 48000)


def test_side_signal_of_known_noise() -> None:
    """An error of known energy, orthogonal to the side signal, gives its ratio in dB."""
    t = np.arange(48000) / 48000
    side, error = np.sin(2 * np.pi * 440 * t), 0.1 * np.cos(2 * np.pi * 440 * t)
    middle = np.sin(2 * np.pi * 1000 * t)
    left, right = middle + side, middle - side
    reference = Reference(stereo(left, right), "")
    heard = stereo(left + error, right - error)
    scored = score_side(reference, EstimateAudio(heard, 48000), "native", 48000)
    assert scored.value == pytest.approx(20, abs=0.01)
    mono = Reference(stereo(left, left), "")
    assert score_side(mono, EstimateAudio(heard, 48000), "native", 48000).reason
