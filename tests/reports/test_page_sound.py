"""The page's sound and its spectrograms."""

from __future__ import annotations

import io
import shutil
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import page_fixtures
import pytest
import soundfile
from page_fixtures import Written
from PIL import Image

from codecbench.audio import Samples
from codecbench.reports.page.clip_choice import choose_clips
from codecbench.reports.page.metrics_shown import shown_metrics
from codecbench.reports.page.page import write_page
from codecbench.reports.page.sound import choose, flac, make_sounds
from codecbench.reports.page.sound_plan import plan_players
from codecbench.reports.page.spectrogram import (
    HEIGHT,
    RANGE_DB,
    draw_png,
    loudest,
    power_over_time,
)
from codecbench.store import read_run

pytestmark = pytest.mark.slow

written = page_fixtures.written


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


def test_sound_of_the_page_is_what_the_bitstreams_hold(written: Written) -> None:
    report = written.report
    rows = report.measurements.rows
    players = plan_players(rows, choose_clips(rows, shown_metrics(report.summary)).of_series)
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


def test_what_exceeds_the_budget_after_all_is_dropped(written: Written) -> None:
    report = written.report
    rows = report.measurements.rows
    players = plan_players(rows, choose_clips(rows, shown_metrics(report.summary)).of_series)
    heard = make_sounds(report.measurements.runs, players, written.clips)
    sizes = [sound.size for player in heard.players for sound in player.sounds]
    half = sum(sizes) // 2
    kept, dropped = choose(heard.players, half)
    assert 0 < dropped < len(sizes)
    assert sum(sound.size for player in kept for sound in player.sounds) <= half
    assert all(player.sounds[0].version is None for player in kept)


def test_the_file_stays_within_its_budget_and_says_what_it_lacks(
    written: Written, tmp_path: Path
) -> None:
    silent = write_page(written.report, tmp_path / "silent.html", 0, written.clips)
    assert silent.sounds == 0
    assert "left out for lack of room" in (tmp_path / "silent.html").read_text("utf-8")
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
    assert "Nothing can be heard here:" in text
    assert "give --run-clips FOLDER" in text
    assert all(what.startswith("sound of the clip ") for _, what in facts.missing)
    assert len(facts.missing) == written.facts.players


def test_a_damaged_bitstream_costs_one_version_and_missing_weights_a_codec(
    written: Written, tmp_path: Path
) -> None:
    report = written.report
    rows = report.measurements.rows
    (info,) = report.measurements.runs
    run = replace(info, folder=tmp_path / "run")
    shutil.copytree(info.folder, run.folder)
    players = plan_players(rows, choose_clips(rows, shown_metrics(report.summary)).of_series)
    first = next(v for v in players[0].versions if v.series == "opus")
    with read_run(run.folder) as store:
        store.bitstream_path(first.encoding["key"]).write_bytes(b"nothing of the kind")
    whole = make_sounds([info], players, written.clips)
    heard = make_sounds([run], players, written.clips)
    count = [sum(len(player.sounds) for player in each.players) for each in (whole, heard)]
    assert count[1] == count[0] - 1
    ((what, why),) = heard.missing
    assert what == f"sound of opus at {first.point} on {players[0].clip}"
    assert first.encoding["key"] in why
    for player in players:
        for i, version in enumerate(player.versions):
            if version.series == "opus":
                other = version.encoding | {"codec": "encodec", "weights_hash": "x"}
                player.versions[i] = replace(version, encoding=other)
    ((what, why),) = make_sounds([info], players, written.clips).missing
    assert what == "sound of opus"
    assert "bench fetch encodec" in why or "weights" in why
