"""The files of a run: written anew, but for plots that would show the same again."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from small_runs import write_run

from codecbench.frames import clip_rows
from codecbench.reports import files
from codecbench.reports.figures.rate_quality import Key
from codecbench.reports.files import write_files

pytestmark = pytest.mark.slow

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The figures that are drawn, as they are."""
    names: list[str] = []
    draw = files._draw

    def noted(summary: pd.DataFrame, key: Key | None) -> object:
        names.append(key[0] if key else "overview")
        return draw(summary, key)

    monkeypatch.setattr(files, "_draw", noted)
    return names


def test_what_is_unchanged_is_not_drawn_again(tmp_path: Path, drawn: list[str]) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}})
    made = write_files(run)
    assert sorted(path.name for path in made) == ["mel.png", "overview.png"]
    assert drawn == ["mel", "overview"]
    before = {path: path.read_bytes() for path in made}
    drawn.clear()
    assert write_files(run) == made
    assert drawn == []
    os.remove(run / "plots" / "mel.png")
    write_files(run)
    assert drawn == ["mel"]
    assert {path: path.read_bytes() for path in made} == before
    drawn.clear()
    write_run(run, {"opus@12": {"mel": SIX}})
    write_files(run)
    assert drawn == ["mel", "overview"]
    assert (run / "plots" / "mel.png").read_bytes() != before[run / "plots" / "mel.png"]


def test_drawing_that_was_cut_short_is_done_again(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}})
    write_files(run)
    write_run(run, {"opus@12": {"mel": SIX}})

    def cut(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "to_bytes", cut)
        with pytest.raises(KeyboardInterrupt):
            write_files(run)
    drawn.clear()
    write_files(run)
    assert drawn == ["mel", "overview"]


@pytest.mark.parametrize("note", ["", "[1]", "not JSON"])
def test_a_note_that_cannot_be_read_counts_as_none(
    tmp_path: Path, drawn: list[str], note: str
) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}})
    write_files(run)
    (run / "plots" / files.DRAWN).write_text(note)
    drawn.clear()
    write_files(run)
    assert drawn == ["mel", "overview"]


def test_tables_are_written_each_time(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", {"opus@6": {"mel": SIX}})
    write_files(run)
    (run / "results.csv").write_text("mine")
    write_files(run)
    assert len(pd.read_csv(run / "results.csv")) == len(clip_rows(run))
