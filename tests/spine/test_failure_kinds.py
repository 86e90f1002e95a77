"""Failures of one kind stand on one line, and none is lost by that."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import failure, write_run

from codecbench.cli.show_standing import print_standing, show_failures
from codecbench.failure_kinds import FEW, kinds_of, traceback_of
from codecbench.standing import what_stands
from codecbench.store import Row, read_run
from codecbench.tasks import failed

CLIPS = [f"speech/clip {i}" for i in range(5)]


def words(*failures: Row) -> list[str]:
    return [kind.words for kind in kinds_of(failures)]


def test_one_failure_is_told_as_it_is() -> None:
    assert words(failure("speech/one", "opus", "6", reason="speech/one is odd")) == [
        "opus@6 on speech/one, encode: speech/one is odd"
    ]


@pytest.mark.parametrize(
    "reason",
    [
        "mine has no audio for the clip {}",
        "{} is odd",
        "decoded/{}.wav: truncated",
        "decoded/{}: truncated",
    ],
)
def test_reasons_that_differ_in_the_name_alone_are_one(reason: str) -> None:
    clips = ["speech/one", "speech/two", "music/three"]
    alike = [failure(clip, "opus", "6", reason=reason.format(clip)) for clip in clips]
    (line,) = words(*alike)
    assert line.startswith(f"opus@6 on {', '.join(clips)}, encode: ")
    assert "…" in line
    assert not any(clip in line.partition("encode")[2] for clip in ("one", "two", "three"))


def test_other_stages_reasons_and_parts_of_words_are_others() -> None:
    assert len(words(*(failure("one", "opus", "6", stage) for stage in ("encode", "decode")))) == 2
    assert len(words(*(failure("one", "opus", "6", reason=why) for why in ("a", "b")))) == 2
    apart = [failure(clip, "opus", "6", reason=f"1{clip} Hz") for clip in ("6", "8")]
    assert len(words(*apart)) == 2


def test_cells_are_named_by_points_and_clips() -> None:
    cells = [failure(clip, "opus", point) for point in ("6", "12") for clip in CLIPS]
    assert words(*cells) == [
        f"opus@6, opus@12 on {', '.join(CLIPS[:FEW])} and 2 more clips, encode: why"
    ]
    (kind,) = kinds_of(cells)
    assert (kind.cells, kind.hides) == (10, True)
    # Where not every point failed on every clip, nothing is said of those that did not.
    assert words(*cells[3:6]) == [
        f"opus@6 on {CLIPS[3]}, opus@6 on {CLIPS[4]}, opus@12 on {CLIPS[0]}, encode: why"
    ]


def test_metrics_that_failed_on_the_same_cells_are_one_kind() -> None:
    both = [failure(c, "opus", "6", "score", m) for m in ("mel", "l1") for c in CLIPS[:2]]
    more = failure(CLIPS[0], "opus", "6", "score", "stft")
    assert words(*both, more) == [
        f"opus@6 on {CLIPS[0]}, {CLIPS[1]}, score mel, l1: why",
        f"opus@6 on {CLIPS[0]}, score stft: why",
    ]


def test_tracebacks_are_of_what_was_not_foreseen() -> None:
    from codecbench.errors import CodingError

    for error, foreseen in (
        (CodingError("too loud"), True),
        (RuntimeError("too loud"), False),
        (ValueError("CodingError: too loud"), False),
    ):
        try:
            raise error
        except Exception as caught:
            result = failed(caught, None, "encode")  # type: ignore[arg-type]
        row = {"reason": result.reason, "traceback": result.traceback}
        assert bool(traceback_of(row)) != foreseen
        assert result.is_expected == foreseen


def test_the_terminal_names_few_and_lists_all_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trouble = "Traceback\nRuntimeError: trouble\n"
    odd = [
        failure(clip, "mp3", "8", reason="RuntimeError: trouble") | {"traceback": trouble}
        for clip in CLIPS[:2]
    ]
    plain = [
        failure(clip, "opus", "6", reason=f"{clip} is odd")
        | {"traceback": f"Traceback\ncodecbench.errors.CodingError: {clip} is odd\n"}
        for clip in CLIPS
    ]
    run = write_run(tmp_path / "r", {}, failed=[*odd, *plain])
    with read_run(run) as store:
        standing = what_stands(store)
    print_standing(run, standing)
    shown = capsys.readouterr().out
    assert sum(line.startswith("failed: ") for line in shown.splitlines()) == 2
    assert f"{run} --failures" in shown
    show_failures(run)
    listed = capsys.readouterr().out
    assert sum(line.startswith("failed: ") for line in listed.splitlines()) == 7
    assert listed.count("Traceback") == 1
    assert all(f"opus@6 on {clip}, encode: {clip} is odd" in listed for clip in CLIPS)
    # A run that is not kept has no place to look at.
    print_standing(None, standing)
    assert "--failures" not in capsys.readouterr().out
