"""Failures of cells: told until the cell has its result, with their tracebacks, or raised."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import speechlike
from made_runs import plan_of, run, stands
from small_runs import failure, write_run
from soundfile import write

from codecbench.cli import bench
from codecbench.errors import CellFault
from codecbench.merging import merge_runs

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("toys")]


def test_a_failure_stands_until_its_cell_has_a_result(clips: Path, tmp_path: Path) -> None:
    # At the toy's 8 kHz, speech/two has 5600 samples.
    outcome = run(tmp_path / "r", plan_of(clips, "toy,fail=5600@16"))
    (found,) = stands(tmp_path / "r").failures
    assert (found["clip"], found["stage"], found["metric"]) == ("speech/two", "encode", "")
    assert len(outcome.failures) == 1
    # A command that does not try it again leaves it told.
    run(tmp_path / "r", plan_of(clips, "opus@24"))
    assert len(stands(tmp_path / "r").failures) == 1
    # Another job whose codec did not fail has the result.
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        connection.execute("UPDATE failures SET codec = 'toy'")
    run(tmp_path / "s", plan_of(clips, "toy@16"))
    merge_runs([tmp_path / "r"], tmp_path / "s")
    assert stands(tmp_path / "s").failures == ()


def test_a_failure_of_weights_that_are_gone_goes_once_the_codec_is_tried(
    clips: Path, tmp_path: Path
) -> None:
    run(tmp_path / "r", plan_of(clips, "toy,fail=5600@16"))
    with sqlite3.connect(tmp_path / "r" / "run.sqlite") as connection:
        connection.execute("UPDATE failures SET weights_hash = 'as they were'")
        connection.execute("UPDATE failures SET codec = 'toy'")
    run(tmp_path / "r", plan_of(clips, "opus@24"))
    assert len(stands(tmp_path / "r").failures) == 1
    run(tmp_path / "r", plan_of(clips, "toy@16"))
    assert stands(tmp_path / "r").failures == ()


def test_failures_of_two_jobs_on_one_cell_merge_alike(tmp_path: Path) -> None:
    late = failure("b", "opus", "6", reason="late") | {"failed_at": "2026-01-02T00:00:00+00:00"}
    for name, failed in (("a", failure("b", "opus", "6", reason="early")), ("b", late)):
        write_run(tmp_path / name, {}, failed=[failed])
    for order in ("ab", "ba"):
        merge_runs([tmp_path / name for name in order], tmp_path / order)
        assert [row["reason"] for row in stands(tmp_path / order).failures] == ["late"]


def test_clips_of_one_name_do_not_share_a_failure(tmp_path: Path) -> None:
    for name in "ab":
        failed = failure(f"hash {name}", "opus", "6") | {"clip": "y"}
        write_run(tmp_path / name, {}, clips=("y",), audio=(f"hash {name}",), failed=[failed])
    merge_runs([tmp_path / "a", tmp_path / "b"], tmp_path / "all")
    assert len(stands(tmp_path / "all").failures) == 2


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (failure("a", "opus", "6", "encode"), False),
        (failure("a", "opus", "12", "encode"), True),
        (failure("a", "opus", "6", "score", "mel"), False),
        (failure("a", "opus", "6", "score", "stft"), True),
        (failure("a", "opus", "6", "score", "mel") | {"lost": [["mel", "native"]]}, True),
        (failure("a", "opus", "6", "decode") | {"lost": [["mel", "paper"]]}, False),
        (failure("a", "opus", "6", "decode") | {"lost": [["stft", "paper"]]}, True),
        (failure("a", "opus", "6", "decode"), False),
        (failure("a", "opus", "6", "keep"), True),
        (failure("a", "opus", "6", "time"), True),
        (failure("a", "opus", "6", "encode") | {"weights_hash": "others"}, True),
        (failure("a", "opus", "6", "encode") | {"channels": 2}, True),
    ],
)
def test_which_failures_are_made_good(tmp_path: Path, failed: dict[str, Any], told: bool) -> None:
    write_run(tmp_path / "r", {"opus@6": {"mel": (1.0,)}}, clips=("a",), failed=[failed])
    assert bool(stands(tmp_path / "r").failures) == told


def test_audio_that_cannot_be_kept_costs_no_score(clips: Path, tmp_path: Path) -> None:
    run(tmp_path / "r", plan_of(clips, "toy@16"))
    (tmp_path / "r" / "audio").touch()  # no folder can be made there
    outcome = run(tmp_path / "r", plan_of(clips, "toy@16,opus@24"), keep_audio=True)
    assert {failed.stage for failed in outcome.failures} == {"keep"}
    assert outcome.computed == 8
    assert len(stands(tmp_path / "r").failures) == 8
    merge_runs([tmp_path / "r"], tmp_path / "merged")
    assert stands(tmp_path / "merged").failures == ()
    os.remove(tmp_path / "r" / "audio")
    assert run(tmp_path / "r", plan_of(clips, "toy@16"), keep_audio=True).failures == ()
    assert {f["codec"] for f in stands(tmp_path / "r").failures} == {"opus"}


def test_a_bitstream_that_is_damaged_costs_what_was_wanted_of_it(
    clips: Path, tmp_path: Path
) -> None:
    plan = plan_of(clips / "music", "toy@16")
    run(tmp_path / "r", plan)
    for path in (tmp_path / "r" / "bitstreams").rglob("*.cbs"):
        path.write_bytes(path.read_bytes()[:-1])
    run(tmp_path / "r", plan_of(clips / "music", "toy@16", "l1,mel"))
    failures = stands(tmp_path / "r").failures
    assert [(f["stage"], f["lost"]) for f in failures] == 2 * [("decode", [["mel", "paper"]])]
    # Where its sound alone was wanted, that is what it cost, and it is told.
    run(tmp_path / "s", plan)
    for path in (tmp_path / "s" / "bitstreams").rglob("*.cbs"):
        path.write_bytes(path.read_bytes()[:-1])
    assert len(run(tmp_path / "s", plan, keep_audio=True).failures) == 2
    assert [f["stage"] for f in stands(tmp_path / "s").failures] == ["keep", "keep"]


def test_tracebacks_are_kept_and_shown(clips: Path, tmp_path: Path) -> None:
    run(tmp_path / "r", plan_of(clips, "toy,fail=5600@16,toy@16"))
    (row,) = stands(tmp_path / "r").failures
    assert "in _misbehave" in row["traceback"]
    shown = CliRunner().invoke(bench, ["show", str(tmp_path / "r"), "--failures"])
    assert shown.exit_code == 0
    assert "failed: toy,fail=5600@16 on speech/two, encode: RuntimeError: toy trouble" in (
        shown.output
    )
    assert 'raise RuntimeError("toy trouble")' in shown.output
    plain = CliRunner().invoke(bench, ["show", str(tmp_path / "r")]).output
    plain = " ".join(plain.split())  # whatever the width
    assert "Traceback" not in plain
    assert f"bench show {tmp_path / 'r'} --failures" in plain


def test_debug_ends_with_the_first_cause_that_was_not_foreseen(clips: Path, tmp_path: Path) -> None:
    plan = plan_of(clips, "toy,fail=5600@16")
    with pytest.raises(CellFault, match=r"(?s)on speech/two, encode: .*in _misbehave"):
        run(tmp_path / "r", plan, debug=True)
    assert len(stands(tmp_path / "r").failures) == 1
    # What codecbench itself refuses is a cell that failed, as ever: here an estimate that is short.
    (tmp_path / "decoded").mkdir()
    for name in ("three", "four"):
        write(tmp_path / "decoded" / f"{name}.wav", speechlike(0.2, 44100), 44100)
    words = ["score", str(clips / "music"), str(tmp_path / "decoded"), "--metrics", "l1", "--debug"]
    done = CliRunner().invoke(bench, [*words, "--jobs", "1"], standalone_mode=False)
    assert done.exception is None, done.output
    assert len(re.findall("^failed: ", done.output, re.MULTILINE)) == 2
