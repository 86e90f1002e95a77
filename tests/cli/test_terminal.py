"""Sentences and tables in the width that there is, and progress that does not flood a log."""

from __future__ import annotations

import textwrap

import pytest

from codecbench.cli import progress, terminal

SENTENCE = (
    "skipped: encodec: no weights (encodec_24khz-d7cc33bc.th): run `bench fetch encodec --from "
    "FOLDER` where you have the files, or `bench fetch encodec` with a network"
)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_sentences_break_between_words(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal.tell(SENTENCE, "  ")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(" ".join(lines).split()) == SENTENCE
    assert lines[0].startswith("  skipped")
    assert all(line.startswith("    ") for line in lines[1:])
    assert len(lines) >= len(textwrap.wrap(SENTENCE, columns))


def test_a_pipe_gets_sentences_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    terminal.tell(SENTENCE)
    terminal.tell_error(f"{SENTENCE}\n{SENTENCE}")
    shown = capsys.readouterr()
    assert shown.out == f"{SENTENCE}\n"
    assert shown.err == f"bench: {SENTENCE} {SENTENCE}\n"


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter(range(100_000))
    report = progress.lines_for_a_log(lambda: float(next(seconds)))
    for done in range(3600):  # an hour, a cell a second
        report("scoring", done, 3600)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 60
    assert lines[0] == "scoring: 59 of 3600"


def test_a_short_run_leaves_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = progress.lines_for_a_log(lambda: 0.0)
    for done in range(1000):
        report("coding", done, 1000)
    assert not capsys.readouterr().err
