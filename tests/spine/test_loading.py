"""`load`: one run or several as tidy rows, with what is measured of points and not of clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import write_run

import codecbench
from codecbench.errors import UsageError
from codecbench.frames import COLUMNS, clip_rows
from codecbench.reports.figures.rate_quality import plotted_metrics
from codecbench.reports.measurements import read_runs
from codecbench.reports.summary import summarise
from codecbench.schema import ENCODINGS, TIMINGS
from codecbench.store import open_run

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
OF_POINTS = {"rtf_encode", "rtf_decode", "codebook_usage", "bitrate_efficiency"}


def add_timing(run: Path, machine: str, rtf: float) -> None:
    row = {"codec": "opus", "codec_version": "1", "weights_hash": "", "device": "cpu"}
    row |= {"channels": "1", "point": "6", "threads": "1", "machine": machine, "clip_hash": "a"}
    with open_run(run) as store:
        numbers: dict[str, Any] = {"channels": 1, "threads": 1, "rtf_encode": rtf}
        store.add(TIMINGS, [row | numbers | {"rtf_decode": rtf / 2}])


def add_codes(run: Path, counts: dict[str, Any]) -> None:
    """counts: (codebooks, size) by the key of an encoding."""
    import zlib

    with open_run(run) as store:
        rows = {row["key"]: row for row in store.rows(ENCODINGS)}
        for key, of in counts.items():
            packed = zlib.compress(np.asarray(of, "<i4").tobytes())
            books, size = np.shape(of)
            shape = {"codebooks": books, "codebook_size": size, "token_counts": packed}
            store.put(ENCODINGS, [rows[key] | shape])


def test_one_run_has_its_clips_and_its_points(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}})
    plain = codecbench.load(run)
    assert list(plain.columns) == [*COLUMNS, "machine"]
    assert len(plain) == len(clip_rows(run))
    add_timing(run, "fast", 0.25)
    add_timing(run, "slow", 0.5)
    # Two clips that send one entry each of two: each alone has used half, together all.
    add_codes(run, {"opus6-a": [[4, 0]], "opus6-b": [[0, 4]]})
    frame = codecbench.load(str(run))
    points = frame[frame["metric"].isin(OF_POINTS)]
    assert set(points["metric"]) == OF_POINTS
    assert len(frame) == len(plain) + len(points)
    assert (points[["clip", "clip_hash", "category", "encoding_key"]] == "").all(axis=None)
    values = points.set_index(["metric", "machine"])["value"]
    assert values["rtf_encode", "fast"] == 0.25
    assert values["rtf_decode", "slow"] == 0.25
    assert values["codebook_usage", ""] == 1.0
    assert values["bitrate_efficiency", ""] == pytest.approx(1.0)  # 1 bit of entropy in 1 bit
    assert set(points["bitrate_bps"]) == {6000.0}
    assert set(points["bitrate_nominal_bps"]) == {6000.0}


def test_points_agree_with_the_summary_and_are_not_plotted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}})
    add_codes(
        run, {"opus6-a": [[3, 1, 0, 0], [1, 1, 1, 1]], "opus6-b": [[0, 2, 2, 0], [4, 0, 0, 0]]}
    )
    before = plotted_metrics(summarise(read_runs([run])))
    add_timing(run, "fast", 0.25)
    frame = codecbench.load(run).set_index("metric")
    means = summarise(read_runs([run])).set_index("metric")["mean"]
    for metric in OF_POINTS:
        assert frame.loc[metric, "value"] == pytest.approx(means[metric])
    assert "rtf_encode" not in set(read_runs([run]).rows["metric"])
    assert {"mel", "codebook_usage"} <= {metric for metric, _ in before}


def test_several_runs_are_one(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", {"opus@6": {"mel": SIX}})
    second = write_run(tmp_path / "b", {"opus@6": {"mel": SIX}, "mp3@8": {"mel": SIX}})
    for run in (first, second):
        add_timing(run, "fast", 0.25)
        add_codes(run, {"opus6-a": [[4, 0]]})
    frame = codecbench.load([first, str(second)])
    assert list(frame.columns) == [*COLUMNS, "machine", "run"]
    mel = frame[frame["metric"] == "mel"]
    assert len(mel) == 12
    assert mel.groupby("codec")["run"].unique().map(list).to_dict() == {
        "opus": [str(first)],
        "mp3": [str(second)],
    }
    assert (frame[frame["metric"].isin(OF_POINTS)].groupby("metric").size() == 1).all()
    merged = frame.drop(columns="run")
    assert merged.equals(codecbench.load(second))
    with pytest.raises(UsageError, match="no run is named"):
        codecbench.load([])


def test_a_run_without_results(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {})
    assert codecbench.load(run).empty
    assert codecbench.load([run, run]).empty


def test_dir_lists_what_can_be_called() -> None:
    assert {"load", "make_report", "__version__"} <= set(dir(codecbench))
