"""Stored runs: what opens, what is refused, nothing half-written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import programs
import pytest
from small_runs import failure

from codecbench.errors import StoreError, UsageError
from codecbench.schema import CLIPS, FAILURES
from codecbench.store import open_run, read_run

CLIP = {
    "clip_hash": "h",
    "clip": "a",
    "category": "",
    "group": "",
    "licence": "",
    "source": "",
    "sample_rate_hz": 8000,
    "channels": 1,
    "duration_s": 1.0,
}


def test_rows_stay_and_keys_come_once(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as store:
        store.add(CLIPS, [CLIP])
        store.add(CLIPS, [CLIP | {"clip": "b"}])
    with read_run(tmp_path / "run") as store:
        assert store.rows(CLIPS) == [CLIP]
    with open_run(tmp_path / "run") as store:
        store.put(CLIPS, [CLIP | {"clip": "b"}])
        assert store.rows(CLIPS) == [CLIP | {"clip": "b"}]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StoreError, match=r"not a run.*thesis\.tex"), open_run(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["thesis.tex"]
    with pytest.raises(UsageError, match=r"no run\.sqlite"), read_run(tmp_path):
        pass


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(StoreError, match="cannot write the run"), open_run(tmp_path / "run"):
        pass


def test_two_writers_are_one_too_many(tmp_path: Path) -> None:
    with (
        open_run(tmp_path / "run"),
        pytest.raises(StoreError, match="another process"),
        open_run(tmp_path / "run"),
    ):
        pass


def test_a_run_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with open_run(tmp_path / "run"):
        pass
    with sqlite3.connect(tmp_path / "run" / "run.sqlite") as connection:
        connection.execute("UPDATE run SET schema_version = 99")
    for opened in (open_run, read_run):
        with pytest.raises(StoreError, match="newer codecbench"), opened(tmp_path / "run"):
            pass


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.sqlite").write_bytes(b"not a database, not at all" * 100)
    with (
        pytest.raises(StoreError, match="is damaged or is not of codecbench"),
        open_run(tmp_path / "run"),
    ):
        pass


def test_a_database_of_something_else_is_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "run.sqlite").execute("CREATE TABLE photos (name TEXT)")
    said = r"is not of codecbench: .*\(no such table: run\)"
    with pytest.raises(StoreError, match=said), read_run(tmp_path):
        pass


def test_a_read_only_run_is_refused(tmp_path: Path) -> None:
    """In a process that lacks root's right to write anywhere."""
    run = tmp_path / "run"
    with open_run(run) as store:
        store.add(CLIPS, [CLIP])
    code = (
        "import sys; from pathlib import Path; from codecbench.store import open_run\n"
        "from codecbench.errors import CodecbenchError\n"
        "from codecbench.schema import CLIPS\n"
        "try:\n"
        f"    with open_run(Path({str(run)!r})) as store: store.put(CLIPS, [{CLIP!r}])\n"
        "except CodecbenchError as error: sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", code]
    if os.geteuid() == 0:
        command = [programs.setpriv(), "--bounding-set=-all", "--inh-caps=-all", *command]
    for path in (*run.iterdir(), run):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for path in (run, *run.iterdir()):
            path.chmod(0o755)
    assert found.returncode == 1
    assert str(run) in found.stderr
    assert "Permission denied" in found.stderr or "readonly" in found.stderr


@pytest.mark.parametrize("name", ["what? 100% #1", os.fsdecode(b"caf\xe9")])
def test_a_run_of_any_name_keeps_any_text(tmp_path: Path, name: str) -> None:
    said = os.fsdecode(b"caf\xe9.wav: why\nnot")
    row = failure("é", "c", "8") | {"reason": said}
    with open_run(tmp_path / name) as store:
        store.put(FAILURES, [row])
    with read_run(tmp_path / name) as store:
        assert store.rows(FAILURES) == [row | {"reason": "caf\\xe9.wav: why\nnot"}]
    assert (tmp_path / name / "run.sqlite").is_file()


def test_rows_are_removed_by_their_keys(tmp_path: Path) -> None:
    first, second = failure("a", "opus", "8"), failure("b", "opus", "8", "score", "mel")
    with open_run(tmp_path / "run") as store:
        store.put(FAILURES, [first, second])
        assert store.rows(FAILURES) == [first, second]
        store.remove(FAILURES, [first])
        assert store.rows(FAILURES) == [second]
