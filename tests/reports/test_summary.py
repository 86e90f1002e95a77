"""Summaries against closed forms, from rows that are written by hand."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecbench.categories import EVERY
from codecbench.reports.figures.rate_quality import overview, plotted_metrics, rate_quality
from codecbench.reports.intervals import mean_interval
from codecbench.reports.measurements import read_runs
from codecbench.reports.summary import summarise
from codecbench.schema import CLIPS, ENCODINGS, SCORES, TIMINGS
from codecbench.store import open_run

DURATIONS_S = (1.0, 2.0, 4.0, 1.0, 1.0, 1.0)
PAYLOADS = (100, 500, 400, 100, 200, 100)
VALUES = (1.0, 2.0, 4.0, 5.0, 8.0, None)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Six clips in two categories, one codec at one point; the last clip has no value."""
    with open_run(tmp_path / "run") as store:
        for i, (duration_s, payload, value) in enumerate(
            zip(DURATIONS_S, PAYLOADS, VALUES, strict=True)
        ):
            category = "music" if i == 5 else "speech"
            store.add(CLIPS, [clip_row(i, duration_s, category)])
            store.add(ENCODINGS, [encoding_row(i, duration_s, payload)])
            store.add(SCORES, [score_row(i, value)])
        store.put(TIMINGS, [timing_row()])
    return tmp_path / "run"


def clip_row(i: int, duration_s: float, category: str) -> dict[str, Any]:
    return {
        "clip_hash": f"hash{i}",
        "clip": f"clip{i}",
        "category": category,
        "group": "",
        "licence": "",
        "source": "",
        "sample_rate_hz": 8000,
        "channels": 1,
        "duration_s": duration_s,
    }


OF_CODEC = {
    "codec": "c",
    "codec_version": "1",
    "weights_hash": "",
    "device": "cpu",
    "channels": 1,
}


def encoding_row(i: int, duration_s: float, payload: int) -> dict[str, Any]:
    # Codebook 0 sends four codes equally often, codebook 1 always the same one.
    counts = np.array([[2, 2, 2, 2], [8, 0, 0, 0]], "<i4")
    return OF_CODEC | {
        "key": f"key{i}",
        "clip_hash": f"hash{i}",
        "nominal_bps": 1000.0,
        "label": "",
        "internal_rate_hz": 8000,
        "coded_bandwidth_hz": 4000.0,
        "codebooks": 2,
        "codebook_size": 4,
        "duration_s": duration_s,
        "payload_bytes": payload,
        "header_bytes": 10,
        "payload_sha256": "",
        "stated_bps": None,
        "measured": True,
        "clipped_samples": 0,
        "delay_samples": None,
        "token_counts": zlib.compress(counts.tobytes()),
    }


def score_row(i: int, value: float | None) -> dict[str, Any]:
    return {
        "encoding_key": f"key{i}",
        "metric": "mel",
        "metric_version": 1,
        "protocol": "paper",
        "payload_sha256": "",
        "unit": "",
        "direction": "lower",
        "value": value,
        "reason": "" if value is not None else "too short",
    }


def timing_row() -> dict[str, Any]:
    return OF_CODEC | {
        "point": "1",
        "threads": 1,
        "machine": "m",
        "clip_hash": "hash0",
        "rtf_encode": 0.25,
        "rtf_decode": 0.5,
    }


def test_means_intervals_and_pooled_bitrate(run: Path) -> None:
    summary = summarise(read_runs([run])).query("category == @EVERY").set_index("metric")
    mel = summary.loc["mel"]
    assert (mel["mean"], mel.clips, mel.without_value) == (4.0, 5, 1)
    expected = mean_interval(VALUES[:5])
    assert (mel.ci_low, mel.ci_high, mel.groups) == (expected.low, expected.high, 5)
    assert mel.bitrate_bps == pytest.approx(8 * sum(PAYLOADS) / sum(DURATIONS_S))


def test_categories_stand_apart(run: Path) -> None:
    by_category = summarise(read_runs([run])).query("metric == 'mel'").set_index("category")
    assert set(by_category.index) == {EVERY, "speech", "music"}
    music = by_category.loc["music"]
    assert np.isnan(music["mean"])
    assert (music.clips, music.without_value) == (0, 1)
    assert by_category.loc["speech"].bitrate_bps == pytest.approx(8 * 1300 / 9)


def test_codebooks_are_pooled_over_the_run(run: Path) -> None:
    """Entropies of 2 and 0 bits of 2: half the bits are used; 5 of 8 codes occur."""
    summary = summarise(read_runs([run])).query("category == @EVERY").set_index("metric")
    assert summary.loc["bitrate_efficiency"]["mean"] == pytest.approx(0.5)
    assert summary.loc["codebook_usage"]["mean"] == pytest.approx(5 / 8)


def test_timings_are_joined(run: Path) -> None:
    summary = summarise(read_runs([run])).query("category == @EVERY").set_index("metric")
    assert summary.loc["rtf_encode"]["mean"] == 0.25
    assert summary.loc["rtf_decode"]["mean"] == 0.5


def test_an_empty_run_has_an_empty_summary(tmp_path: Path) -> None:
    with open_run(tmp_path / "run"):
        pass
    assert summarise(read_runs([tmp_path / "run"])).empty


def test_curves_show_the_summary(run: Path) -> None:
    summary = summarise(read_runs([run]))
    assert ("mel", "paper") in plotted_metrics(summary)
    axes = rate_quality(summary, "mel", "paper").axes[0]
    (line,) = (line for line in axes.get_lines() if line.get_marker() == "o")
    assert list(np.asarray(line.get_xdata())) == pytest.approx([1.12])
    assert list(np.asarray(line.get_ydata())) == [4.0]
    assert axes.get_xscale() == "log"
    assert overview(summary).axes
