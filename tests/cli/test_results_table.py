"""The table of a run: what a terminal of 80 columns holds, and what a pipe gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from click.testing import CliRunner
from small_runs import write_run

from codecbench.cli import bench
from codecbench.schema import CLIPS, ENCODINGS, SCORES, SESSIONS
from codecbench.store import open_run

CLIPS_OF_RUN = 6
LONG = "/home/somebody/experiments/2026/codec/{}/checkpoints/step-400000/weights.pth"
OPUS, MINE, THEIRS = "opus,complexity=5,vbr=cbr", f"dac:{LONG.format('mine')}", "mp3"
METRICS = {"mel": 1.5, "stft": 2.5, "si_sdr": -12.25, "visqol": 4.1, "l1": 0.01, "estoi": 0.9}
COMMAND = f"bench run --codecs {OPUS},{THEIRS} --codecs={MINE} --bitrates 6,24"


def value(codec: int, metric: str, clip: int) -> float:
    return METRICS[metric] * (1 + 0.1 * codec) + 0.003 * clip**2


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three codecs at 6 and 24 kbps by six metrics, with rates and failures worth telling."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    with open_run(folder) as store:
        for clip in range(CLIPS_OF_RUN):
            store.add(CLIPS, [_clip(clip)])
            for i, codec in enumerate(sorted((OPUS, MINE, THEIRS))):
                for kbps in (6.0, 24.0):
                    row = _encoding(f"{i}-{kbps}-{clip}", str(clip), codec, kbps)
                    store.add(ENCODINGS, [row])
                    rows = [_score(row["key"], m, value(i, m, clip)) for m in METRICS]
                    store.add(SCORES, rows)
        store.add(SESSIONS, [_session()])
    return folder


def shown(run: Path, *options: str, columns: int | None = None) -> list[str]:
    environment: Mapping[str, str | None] = {"COLUMNS": str(columns) if columns else None}
    done = CliRunner(env=environment).invoke(bench, ["show", str(run), *options])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def rows_of(lines: list[str]) -> list[list[str]]:
    """Cells of the lines between the first rule and the blank line behind it."""
    rule = next(i for i, line in enumerate(lines) if line.startswith("───"))
    end = lines.index("", rule)
    return [re.split(r" {2,}", line.strip()) for line in lines[rule + 1 : end]]


def test_80_columns_hold_six_columns_and_whole_rows(run: Path) -> None:
    lines = shown(run, columns=80)
    assert max(map(len, lines)) <= 80
    rows = rows_of(lines)
    assert len(rows) == 6
    assert {len(row) for row in rows} == {6}
    assert [row[1] for row in rows] == ["6", "24"] * 3
    heads = " ".join(lines[1:3]).split()
    for word in ("codec", "nominal", "measured", "kbps", "mel", "visqol", "MOS", "si_sdr", "dB"):
        assert word in heads
    assert sum(line.startswith("───") for line in lines) == 1


def test_means_are_those_of_the_clips(run: Path) -> None:
    codecs = sorted((OPUS, MINE, THEIRS))
    for row in rows_of(shown(run, columns=80)):
        codec = next(i for i, name in enumerate(codecs) if name[:3] == row[0][:3])
        for metric, cell in zip(("mel", "si_sdr", "visqol"), row[3:], strict=True):
            expected = mean(value(codec, metric, clip) for clip in range(CLIPS_OF_RUN))
            assert float(cell) == pytest.approx(expected, abs=0.006)
        assert float(row[2]) == pytest.approx(float(row[1]) * 1.01, abs=0.006)


@pytest.mark.parametrize("columns", [60, 80, 120, None])
def test_codecs_stand_in_the_order_asked_and_are_known(run: Path, columns: int | None) -> None:
    names = list(dict.fromkeys(row[0] for row in rows_of(shown(run, columns=columns))))
    assert len(names) == 3
    opus, mp3, dac = names
    assert opus.startswith("opus,")
    assert opus.endswith("vbr=cbr")
    assert mp3 == "mp3"
    assert dac.startswith("dac:")
    assert dac.endswith("weights.pth")


@pytest.mark.parametrize("columns", [40, 42, 45, 50, 55])
def test_no_number_is_ever_cut(run: Path, columns: int) -> None:
    whole = rows_of(shown(run))
    heads = ("mel", "visqol", "si_sdr")
    lines = shown(run, columns=columns)
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines[: lines.index("")])) <= columns
    for row, full in zip(rows_of(lines), whole, strict=True):
        numbers = [cell.split(" ")[0] for cell in full[1:]]
        assert row[1:3] == numbers[:2]
        assert set(row[3:]) <= set(numbers)
    shown_heads = [head for head in heads if head in " ".join(lines[1:3]).split()]
    assert len(shown_heads) == len(row) - 3 >= 1
    told = text.partition(" has more: ")[2]
    assert all(head in told for head in heads if head not in shown_heads)
    wide = rows_of(shown(run, "--wide", columns=columns))
    assert [row[1:3] for row in wide] == [[c.split(" ")[0] for c in row[1:3]] for row in whole]


def test_a_pipe_gets_every_row_whole(run: Path) -> None:
    lines = shown(run, "--wide")
    rows = rows_of(lines)
    assert len(rows) == 6
    assert {len(row) for row in rows} == {4 + len(METRICS) + 1}  # clipped samples
    assert sum(line.startswith("───") for line in lines) == 1
    assert OPUS in rows[0][0]
    assert re.fullmatch(r"\S+ \[\S+, \S+\]", rows[0][4])


def test_more_width_brings_intervals(run: Path) -> None:
    assert not any("[" in cell for row in rows_of(shown(run, columns=80)) for cell in row)
    assert all(
        re.fullmatch(r"\S+ \[\S+, \S+\]", cell)
        for row in rows_of(shown(run, columns=140))
        for cell in row[3:]
    )


def test_what_is_left_out_is_said_with_the_command(run: Path) -> None:
    text = " ".join(" ".join(shown(run, columns=80)).split())
    assert f"bench show {run} --wide has more: 95% intervals; stft, l1, estoi, clipped" in text
    wide = "\n".join(shown(run, "--wide", columns=80))
    assert all(metric in wide for metric in METRICS)
    assert max(map(len, wide.splitlines())) <= 80


def test_skips_are_told_once_and_broken_between_words(run: Path) -> None:
    lines = shown(run, columns=80)
    text = " ".join(" ".join(lines).split())
    assert "skipped: mp3 at 2, 4 kbps: no operating point within a factor of 1.5; it" in text
    assert text.count("no operating point") == 1
    assert "pesq_wb, stoi: no clip is in the category speech" in text
    (piped,) = [line for line in shown(run) if "no operating point" in line]
    assert piped.endswith("in mono")


def test_a_name_that_rich_would_take_for_markup_is_shown(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as store:
        store.add(CLIPS, [_clip(0)])
        store.add(ENCODINGS, [_encoding("key", "0", "folder:[bold]x", 6)])
        store.add(SCORES, [_score("key", "mel", 1.0)])
    assert rows_of(shown(tmp_path / "run"))[0][0] == "folder:[bold]x"


def test_other_metrics_stand_in_for_missing_headlines(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as store:
        store.add(CLIPS, [_clip(0)])
        store.add(ENCODINGS, [_encoding("key", "0", "opus", 6)])
        store.add(SCORES, [_score("key", m, 1.0) for m in ("visqol", "l1", "estoi")])
    lines = shown(tmp_path / "run")
    assert lines[0] == "One clip, paper protocol"
    assert re.findall(r"l1|visqol|estoi", lines[1]) == ["l1", "visqol", "estoi"]


def test_an_empty_run_says_so(tmp_path: Path) -> None:
    with open_run(tmp_path / "run"):
        pass
    assert "holds no results yet" in shown(tmp_path / "run")[0]


def _clip(clip: int) -> dict[str, object]:
    texts = dict.fromkeys(("category", "group", "licence", "source"), "")
    facts = {"sample_rate_hz": 16000, "channels": 1, "duration_s": 2.0}
    return {"clip_hash": str(clip), "clip": f"clip{clip}", **texts, **facts}


def _encoding(key: str, clip_hash: str, codec: str, kbps: float) -> dict[str, Any]:
    return {
        "key": key,
        "clip_hash": clip_hash,
        "codec": codec,
        "codec_version": "1",
        "weights_hash": "",
        "device": "cpu",
        "channels": 1,
        "nominal_bps": 1000 * kbps,
        "label": "",
        "internal_rate_hz": 16000,
        "coded_bandwidth_hz": 8000.0,
        "duration_s": 2.0,
        "payload_bytes": round(252.5 * kbps),
        "header_bytes": 10,
        "payload_sha256": "",
        "measured": True,
        "clipped_samples": 0,
    }


def _score(key: str, metric: str, score: float) -> dict[str, object]:
    from codecbench.metrics.table import load_metric

    known = load_metric(metric)
    return {
        "encoding_key": key,
        "metric": metric,
        "metric_version": known.version,
        "protocol": "paper",
        "payload_sha256": "",
        "unit": known.unit,
        "direction": known.direction,
        "value": score,
        "reason": "",
    }


def _session() -> dict[str, object]:
    far = "no operating point within a factor of 1.5; it codes 8 to 320 kbps in mono"
    none = "no clip is in the category speech: put such clips into a folder speech/"
    return {
        "id": "one",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:00+00:00",
        "status": "finished",
        "command": COMMAND,
        "protocol": "paper",
        "versions": {},
        "machine": {},
        "skipped": [
            {"kind": "bitrate", "what": "mp3 at 2 kbps", "reason": far},
            {"kind": "bitrate", "what": "mp3 at 4 kbps", "reason": far},
            {"kind": "metric", "what": "pesq_wb", "reason": none},
            {"kind": "metric", "what": "stoi", "reason": none},
        ],
    }


def test_means_over_fewer_clips_than_the_run_has_are_marked(tmp_path: Path) -> None:
    scores: dict[str, dict[str, tuple[float | None, ...]]] = {
        "opus@6": {"mel": (1.0, 2.0, None, None, None)},
        "mp3@6": {"mel": (None, None, 3.0, 4.0, 5.0)},
    }
    lines = shown(write_run(tmp_path / "run", scores, clips="abcde"))
    assert lines[0].startswith("All 5 clips")
    assert {row[0]: row[-1] for row in rows_of(lines)} == {"opus": "1.50 (2)", "mp3": "4.00 (3)"}
