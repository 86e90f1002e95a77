"""Runs of layout 1: read as they lie, and brought to today's layout once they are written to."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from made_runs import plan_of, run, stands
from small_runs import write_run

from codecbench import load, make_report
from codecbench.cells import Held
from codecbench.merging import merge_runs
from codecbench.schema import CLIP_SETS, FAILURES, SCHEMA_VERSION, SESSIONS
from codecbench.store import open_run, read_run

SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)

LAYOUT_1 = """
DROP TABLE clip_sets;
DROP TABLE failures;
CREATE TABLE failures (
    clip VARCHAR NOT NULL, codec VARCHAR NOT NULL, point VARCHAR NOT NULL, stage VARCHAR NOT NULL,
    reason VARCHAR NOT NULL, PRIMARY KEY (clip, codec, point, stage));
ALTER TABLE sessions DROP COLUMN clip_set;
ALTER TABLE sessions DROP COLUMN wanted;
INSERT INTO failures VALUES ('a', 'opus', '6', 'score mel', 'it has one by now');
INSERT INTO failures VALUES ('a', 'opus', '6', 'score stft', 'trouble');
INSERT INTO failures VALUES ('b', 'opus', '6', 'decode', 'scored since');
INSERT INTO failures VALUES ('b', 'opus', '9', 'encode', 'disk full');
INSERT INTO failures VALUES ('c', 'opus', '6', 'time', 'busy');
UPDATE run SET schema_version = 1;
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = write_run(tmp_path / "old", {"opus@6": {"mel": SIX}}, status="running")
    with sqlite3.connect(folder / "run.sqlite") as database:
        database.executescript(LAYOUT_1)
    return folder


TOLD = [
    ("a", "score", "stft", "trouble"),
    ("b", "encode", "", "disk full"),
    ("c", "time", "", "busy"),
]


def told(folder: Path) -> list[tuple[str, ...]]:
    names = ("clip", "stage", "metric", "reason")
    return [tuple(row[name] for name in names) for row in stands(folder).failures]


def test_an_old_run_is_read_and_not_touched(old: Path) -> None:
    before = (old / "run.sqlite").read_bytes()
    assert told(old) == TOLD
    assert len(stands(old).sessions) == 1
    assert [stopped.left for stopped in stands(old).stopped] == [None]
    assert len(load(old).query("metric == 'mel'")) == 6
    reasons = {m.what: m.reason for m in make_report([old]).missing}
    assert reasons["opus@6 on a"] == "failed while scored by stft: trouble"
    with read_run(old) as store:
        assert store.rows(CLIP_SETS) == []
    assert (old / "run.sqlite").read_bytes() == before


def test_an_old_run_that_cannot_be_written_is_read(old: Path) -> None:
    (old / "run.sqlite").chmod(0o444)
    old.chmod(0o555)
    try:
        assert told(old) == TOLD
    finally:
        old.chmod(0o755)


def test_an_old_run_is_brought_up_to_date_when_it_is_written_to(old: Path) -> None:
    with read_run(old) as store:
        sessions, failures = store.rows(SESSIONS), store.rows(FAILURES)
    for _ in range(2):
        with open_run(old) as store:
            assert store.rows(SESSIONS) == sessions
            assert store.rows(FAILURES) == failures
    with sqlite3.connect(old / "run.sqlite") as database:
        (layout,) = database.execute("SELECT schema_version FROM run").fetchone()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert layout == SCHEMA_VERSION
    assert not [name for name in tables if name.startswith("old_")]
    assert told(old) == TOLD


def test_an_upgrade_that_is_cut_short_leaves_the_old_run(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("codecbench.layouts._carry_over", cut)
        with pytest.raises(KeyboardInterrupt), open_run(old):
            pass
    assert told(old) == TOLD
    with open_run(old):
        pass
    assert told(old) == TOLD


@pytest.mark.usefixtures("toys")
def test_old_runs_merge_and_their_failures_are_made_good(clips: Path, tmp_path: Path) -> None:
    run(tmp_path / "new", plan_of(clips, "toy@16"))
    run(tmp_path / "old", plan_of(clips / "music", "toy@32"))
    with sqlite3.connect(tmp_path / "old" / "run.sqlite") as database:
        database.executescript(LAYOUT_1)
        database.execute("DELETE FROM failures")
        database.execute("INSERT INTO failures VALUES ('three', 'toy', '16', 'encode', 'why')")
        # The name that both runs know the clip by.
        database.execute("UPDATE clips SET clip = 'three' WHERE clip LIKE '%three'")
    assert len(told(tmp_path / "old")) == 1
    merge_runs([tmp_path / "new", tmp_path / "old"], tmp_path / "all")
    assert told(tmp_path / "all") == []
    with read_run(tmp_path / "all") as store:
        assert len(Held(store).encodings) == 6


def test_a_stopped_command_of_an_old_run_is_told_until_it_was_given_again(old: Path) -> None:
    with open_run(old) as store:
        (first,) = store.rows(SESSIONS)
        later = {"id": "two", "started": "2026-01-02T00:00:00+00:00", "status": "finished"}
        store.add(SESSIONS, [first | later | {"command": "bench run --codecs mp3"}])
    assert len(stands(old).stopped) == 1
    with open_run(old) as store:
        later |= {"id": "three", "command": "bench run --jobs 2 --codecs opus --out elsewhere"}
        store.add(SESSIONS, [first | later])
    assert stands(old).stopped == ()
