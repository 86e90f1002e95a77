"""The built-in clips: the same bits each time, sound levels, and material that metrics can use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import Bench
from pesq import pesq
from pystoi import stoi
from scipy.signal import welch

from codecbench import load
from codecbench.audio import Audio, content_hash, downmix, read_audio, resample
from codecbench.builtin_clips import CONTENT_HASHES, RECIPES, Recipe, make, write_missing
from codecbench.builtin_clips.signals import uniform
from codecbench.errors import UsageError
from codecbench.metrics.table import METRICS, load_metric

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
each_clip = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
each_voice = pytest.mark.parametrize("name", ["speech/low_voice", "speech/high_voice_16k"])


@cache
def made(recipe: Recipe) -> Audio:
    return make(recipe)


def test_the_set_is_mixed() -> None:
    categories = [name.partition("/")[0] for name in BY_NAME]
    assert sorted(set(categories)) == ["environment", "music", "speech"]
    assert [categories.count(c) for c in ("speech", "music", "environment")] == [2, 3, 3]
    assert sum(made(recipe).channels == 2 for recipe in RECIPES) == 3
    assert {recipe.sample_rate_hz for recipe in RECIPES} == {16_000, 44_100, 48_000}


@each_clip
def test_the_same_bits_each_time(recipe: Recipe) -> None:
    assert content_hash(made(recipe)) == CONTENT_HASHES[recipe.name]


@each_clip
def test_length_level_and_resolution(recipe: Recipe) -> None:
    audio = made(recipe)
    assert audio.duration_s == 5.0
    assert -20 < 20 * np.log10(np.abs(audio.samples).max()) <= -1
    level = 10 * np.log10(np.mean(audio.samples.astype(np.float64) ** 2))
    assert level == pytest.approx(recipe.rms_dbfs, abs=0.01)
    assert np.abs(audio.samples.mean(axis=1)).max() < 1e-3  # no DC
    steps = audio.samples.astype(np.float64) * 32768
    np.testing.assert_array_equal(steps, np.round(steps))


@each_clip
def test_the_sides_of_stereo_differ(recipe: Recipe) -> None:
    samples = made(recipe).samples
    if len(samples) == 2:
        side = np.mean((samples[0] - samples[1]) ** 2) / np.mean((samples[0] + samples[1]) ** 2)
        assert 0.05 < side < 20


@pytest.mark.parametrize(
    ("name", "edge_hz"),
    [
        ("speech/low_voice", 9_000),
        ("speech/high_voice_16k", 7_000),
        ("music/plucked_strings", 8_000),
        ("music/ensemble", 15_000),
        ("music/castanets", 18_000),
        ("environment/rain", 18_000),
        ("environment/birdsong", 10_000),
        ("environment/engine", 12_000),
    ],
)
def test_the_band_is_as_wide_as_the_kind_of_sound_has_it(name: str, edge_hz: int) -> None:
    audio = made(BY_NAME[name])
    hz, power = welch(downmix(audio.samples)[0], audio.sample_rate_hz, nperseg=2048)
    assert hz[power > power.max() * 1e-6].max() > edge_hz


def test_castanets_rise_within_a_millisecond() -> None:
    audio = made(BY_NAME["music/castanets"])
    energy = downmix(audio.samples)[0, : audio.samples.shape[1] // 44 * 44].reshape(-1, 44) ** 2
    milliseconds = energy.mean(axis=1)
    rises = milliseconds[1:] / milliseconds[:-1]
    assert np.count_nonzero(rises > 1000) >= 15


@each_voice
def test_voices_hold_utterances_for_pesq_and_stoi(name: str) -> None:
    audio = made(BY_NAME[name])
    speech = resample(audio.samples, audio.sample_rate_hz, 16_000)[0].astype(np.float64)
    noise = np.random.default_rng(0).standard_normal(speech.size) * speech.std()
    assert pesq(16_000, speech, speech, "wb") == pytest.approx(4.644, abs=1e-3)
    wide = [pesq(16_000, speech, speech + gain * noise, "wb") for gain in (0.01, 0.1, 1)]
    assert sorted(wide, reverse=True) == wide
    clear = [stoi(speech, speech + gain * noise, 16_000) for gain in (0, 0.1, 1)]
    assert clear[0] == pytest.approx(1, abs=1e-6)
    assert sorted(clear, reverse=True) == clear
    assert 0.6 < clear[2] < 0.9


@each_voice
def test_voices_pause_and_are_voiced_at_their_pitch(name: str) -> None:
    audio = made(BY_NAME[name])
    rate_hz = audio.sample_rate_hz
    frames = audio.samples[0, : 4 * rate_hz].reshape(-1, rate_hz // 20)  # 50 ms
    level = 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1))
    assert np.mean(level < level.max() - 40) > 0.08
    loudest = frames[level.argmax()].astype(np.float64)
    echo = np.correlate(loudest, loudest, "full")[loudest.size - 1 :]
    shortest = rate_hz // 300
    pitch_hz = rate_hz / (shortest + echo[shortest : rate_hz // 70].argmax())
    base_hz = {"speech/low_voice": 112, "speech/high_voice_16k": 205}[name]
    assert 0.8 < pitch_hz / base_hz < 1.3


def test_uniform_numbers_are_pcg64s_own() -> None:
    """numpy's Generator.random makes its numbers from PCG64 in this way too."""
    expected = np.random.Generator(np.random.PCG64(5)).random(1000)
    np.testing.assert_array_equal(uniform(5, 1000), expected)


def test_a_cache_is_filled_once_and_mends_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codecbench.builtin_clips.make", made)
    manifest = write_missing(tmp_path / "clips")
    files = sorted((tmp_path / "clips").rglob("*.*"))
    assert len(files) == len(RECIPES) + 1
    before = {file: file.stat().st_mtime_ns for file in files}
    damaged, lost = (tmp_path / "clips" / f"{r.name}.wav" for r in RECIPES[:2])
    damaged.write_bytes(damaged.read_bytes()[:-400])
    lost.unlink()
    assert write_missing(tmp_path / "clips") == manifest
    for file in files:
        if file not in (damaged, lost):
            assert file.stat().st_mtime_ns == before[file]
    for path, recipe in ((damaged, RECIPES[0]), (lost, RECIPES[1])):
        assert content_hash(read_audio(path)) == CONTENT_HASHES[recipe.name]


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "clips").write_text("in the way")
    with pytest.raises(UsageError, match="CODECBENCH_CACHE"):
        write_missing(tmp_path / "clips")


@pytest.mark.slow
def test_every_metric_judges_them(bench: Bench, tmp_path: Path) -> None:
    """All metrics, as in a first `bench run`: a value for each clip that the metric is made for."""
    done = bench("run", "--codecs", "opus@24", "--no-timing", "--out", "r")
    assert done.returncode == 0, done.stdout + done.stderr
    frame = load(tmp_path / "r")
    judged = frame[frame.value.notna()]
    for name in METRICS:
        clips = set(judged[judged.metric == name]["clip"])
        speech = load_metric(name).category == "speech"
        assert clips == {clip for clip in BY_NAME if clip.startswith("speech/") or not speech}
