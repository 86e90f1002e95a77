"""Merging: what cannot be one run is refused, and mixed versions are said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from conftest import Bench

from codecbench.errors import StoreError
from codecbench.merging import merge_runs


def test_runs_that_cannot_be_one(bench: Bench, clips: Path, tmp_path: Path) -> None:
    done = bench(
        "run",
        "--codecs",
        "toy@16",
        "--clips",
        clips,
        "--metrics",
        "l1",
        "--jobs",
        "1",
        "--no-timing",
        "--out",
        "a",
    )
    assert done.returncode == 0, done.stderr
    merge_runs([tmp_path / "a"], tmp_path / "b")
    with pytest.raises(StoreError, match="the run to merge into"):
        merge_runs([tmp_path / "b"], tmp_path / "b")
    # The same keys with other bytes: the codec differs between the machines that made them.
    with sqlite3.connect(tmp_path / "b" / "run.sqlite") as connection:
        connection.execute("UPDATE encodings SET payload_sha256 = 'other'")
    with pytest.raises(StoreError, match="not deterministic"):
        merge_runs([tmp_path / "a"], tmp_path / "b")
    # Sessions with other versions of a package in one run.
    with sqlite3.connect(tmp_path / "a" / "run.sqlite") as connection:
        connection.execute(
            "INSERT INTO sessions SELECT 'second', started, finished, status, command, protocol, "
            "json_set(versions, '$.numpy', '0.1'), machine, skipped, codecs, clip_set, wanted "
            "FROM sessions"
        )
    assert "warning: this run mixes numpy 0.1 and" in bench("show", "a").stdout
