"""The page's choice of clips, its sound and its spectrograms."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import page_fixtures
import pytest
import soundfile
from made_reports import made_measurements
from page_fixtures import Written
from PIL import Image

from codecbench.audio import Samples
from codecbench.reports.page.clip_choice import choose_clips, judging_metric
from codecbench.reports.page.metrics_shown import shown_metrics
from codecbench.reports.page.page import write_page
from codecbench.reports.page.sound import choose, flac, make_sounds
from codecbench.reports.page.sound_plan import estimated_bytes, fit, plan_players
from codecbench.reports.page.spectrogram import (
    HEIGHT,
    RANGE_DB,
    draw_png,
    loudest,
    power_over_time,
)
from codecbench.reports.summary import summarise

written = page_fixtures.written

POINTS: dict[tuple[str, float], dict[str, Sequence[float | None]]] = {
    ("opus", 8.0): {"mel": [5.0, 1.0, 2.0, 9.0, 3.0]},
    ("opus", 16.0): {"mel": [4.0, 1.0, 2.0, 8.0, 3.0]},
    ("opus", 32.0): {"mel": [3.0, 9.0, 2.0, 1.0, 3.0]},
    ("mp3", 24.0): {"mel": [7.0, 1.0, 2.0, None, 3.0]},
    ("mp3", 96.0): {"mel": [7.0, 1.0, 2.0, 3.0, 3.0]},
}


def test_worst_and_median_are_those_of_the_middle_point() -> None:
    measured = made_measurements(POINTS)
    metric = judging_metric(shown_metrics(summarise(measured)))
    assert metric is not None
    of = {one.series: one for one in choose_clips(measured.rows, metric)}
    assert of["opus"].point == "16"
    order = ["clip03", "clip00", "clip04", "clip02", "clip01"]
    assert [clip.clip for clip in of["opus"].worst] == order
    assert of["opus"].median.clip == "clip04"
    assert of["mp3"].point == "24"
    assert of["mp3"].worst[0].clip == "clip00"  # the clip without a value is not among them


def test_visqol_judges_before_mel() -> None:
    with_visqol = {key: {**scores, "visqol": [3.0] * 5} for key, scores in POINTS.items()}
    metric = judging_metric(shown_metrics(summarise(made_measurements(with_visqol))))
    assert metric is not None
    assert metric.name == "visqol"


def test_other_codecs_come_at_the_nearest_bitrate_and_budgets_drop_the_least_important() -> None:
    measured = made_measurements(POINTS)
    metric = judging_metric(shown_metrics(summarise(measured)))
    assert metric is not None
    players = plan_players(measured.rows, choose_clips(measured.rows, metric))
    worst_of_opus = next(p for p in players if ("opus", "worst") in p.roles)
    versions = {(v.series, v.point): v.rank for v in worst_of_opus.versions}
    # 24 is nearer to 16 than 96 is; the codec's own lowest and highest come last.
    assert versions == {("opus", "16"): 0, ("mp3", "24"): 2, ("opus", "8"): 4, ("opus", "32"): 4}
    rates = {player.clip_hash: 44100 for player in players}
    each = estimated_bytes(players[0], 44100)
    fitting, dropped = fit(players, rates, int(4 * each))
    assert sum(len(player.versions) for player in fitting) == 2
    assert dropped > 0
    assert all(version.rank <= 1 for player in fitting for version in player.versions)


def test_flac_keeps_16_bits_to_the_bit() -> None:
    whole = np.random.default_rng(1).integers(-32768, 32768, (2, 3000)).astype(np.int16)
    data = flac((whole / 32768).astype(np.float32), 48000)
    back, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16")
    assert rate_hz == 48000
    np.testing.assert_array_equal(back.T, whole)


def pixels(samples: Samples, top: float) -> npt.NDArray[np.uint8]:
    """Shades of a spectrogram, lowest frequency first."""
    png = Image.open(io.BytesIO(draw_png(power_over_time(samples), top)))
    return np.asarray(png)[::-1]


def test_a_tone_stands_at_its_frequency_and_at_its_level() -> None:
    rate_hz, tone_hz = 44100, 11025
    time = np.arange(rate_hz) / rate_hz
    tone = np.sin(2 * np.pi * tone_hz * time)[None].astype(np.float32)
    top = loudest(power_over_time(tone))
    row = pixels(tone, top)[:, 100].argmax()
    assert row == pytest.approx(HEIGHT / 2, abs=1)
    loud, quiet = pixels(tone, top).max(), pixels(0.01 * tone, top).max()
    assert loud == 39
    assert quiet == pytest.approx(40 * (1 - 40 / RANGE_DB), abs=1)  # 40 dB under it
    assert pixels(0 * tone, top).max() == 0


@pytest.mark.slow
def test_sound_of_the_page_is_what_the_bitstreams_hold(written: Written) -> None:
    report = written.report
    metric = judging_metric(shown_metrics(report.summary))
    assert metric is not None
    rows = report.measurements.rows
    players = plan_players(rows, choose_clips(rows, metric))
    heard = make_sounds(report.measurements.runs, players, written.clips)
    assert not heard.missing
    for player in heard.players:
        reference, *versions = player.sounds
        sound, rate_hz = soundfile.read(io.BytesIO(b64decode(reference.flac)))
        original, original_hz = soundfile.read(written.clips / f"{player.planned.clip}.wav")
        mono = original if original.ndim == 1 else original.mean(axis=1)
        assert rate_hz == original_hz
        np.testing.assert_allclose(sound, player.gain * mono, atol=1 / 32768)
        for version in versions:
            assert soundfile.info(io.BytesIO(b64decode(version.flac))).frames == len(sound)
    # One version of each is 2.4 times as loud as full scale: all were turned down alike.
    assert any(player.gain < 0.9 for player in heard.players)


@pytest.mark.slow
def test_what_exceeds_the_budget_after_all_is_dropped(written: Written) -> None:
    report = written.report
    metric = judging_metric(shown_metrics(report.summary))
    assert metric is not None
    rows = report.measurements.rows
    players = plan_players(rows, choose_clips(rows, metric))
    heard = make_sounds(report.measurements.runs, players, written.clips)
    sizes = [sound.size for player in heard.players for sound in player.sounds]
    half = sum(sizes) // 2
    kept, dropped = choose(heard.players, half)
    assert 0 < dropped < len(sizes)
    assert sum(sound.size for player in kept for sound in player.sounds) <= half
    assert all(player.sounds[0].version is None for player in kept)


@pytest.mark.slow
def test_the_file_stays_within_its_budget_and_says_what_it_lacks(
    written: Written, tmp_path: Path
) -> None:
    silent = write_page(written.report, tmp_path / "silent.html", 0, written.clips)
    assert silent.sounds == 0
    assert silent.left_out == written.facts.sounds
    most = written.facts.size_bytes - silent.size_bytes
    for share in (0.02, 0.2, 0.5, 0.9):
        budget = silent.size_bytes + int(share * most)
        facts = write_page(written.report, tmp_path / "small.html", budget, written.clips)
        assert facts.size_bytes == (tmp_path / "small.html").stat().st_size <= budget
        assert facts.sounds + facts.left_out == written.facts.sounds
        assert facts.left_out > 0
        assert "left out for lack of room" in (tmp_path / "small.html").read_text("utf-8")
        if share >= 0.2:
            assert budget - facts.size_bytes < 0.1 * most  # the room is used


def test_without_the_clips_the_page_comes_and_says_how_to_get_them(
    written: Written, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    soundfile.write(tmp_path / "none" / "other.wav", np.zeros(4000), 8000)
    path = tmp_path / "silent.html"
    facts = write_page(written.report, path, clips_folder=tmp_path / "none")
    assert facts.players == 0
    text = path.read_text("utf-8")
    assert "sound of the clip speech/one" in text or "sound of the clip" in text
    assert "give --run-clips FOLDER" in text
