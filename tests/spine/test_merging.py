"""Merging: what cannot be one run is refused, and mixed versions are said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from conftest import Bench
from small_runs import write_run

from codecbench.errors import StoreError
from codecbench.merged_clips import Difference, Said, merged_clips
from codecbench.merging import merge_runs
from codecbench.schema import CLIPS
from codecbench.store import Row, read_run
from codecbench.whole_or_not import whole_or_not

pytestmark = pytest.mark.slow


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


def tree(folder: Path) -> dict[str, bytes | None]:
    """Files with their content, and folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def made(bench: Bench, clips: Path, tmp_path: Path) -> Path:
    """A folder with runs `one` and `two`, of other clips."""
    for name, part in (("one", "speech"), ("two", "music")):
        done = bench(
            *("run", "--codecs", "toy@16", "--clips", clips / part, "--metrics", "l1"),
            *("--jobs", "1", "--no-timing", "--out", name),
        )
        assert done.returncode == 0, done.stderr
    return tmp_path


@pytest.mark.parametrize("damage", ["no such run", "no database", "damaged bitstream"])
def test_a_merge_that_fails_leaves_all_as_it_was(bench: Bench, made: Path, damage: str) -> None:
    two = made / "two"
    if damage == "no such run":
        two.rename(made / "elsewhere")
    elif damage == "no database":
        (two / "run.sqlite").write_bytes(b"no database" * 1000)
    else:
        bitstream = max((two / "bitstreams").rglob("*.cbs"))
        bitstream.write_bytes(bitstream.read_bytes()[:-1])
    before = tree(made)
    assert bench("merge", "one", "two", "--out", "some/where/all").returncode in (1, 2)
    assert tree(made) == before
    (made / "empty").mkdir()
    assert bench("merge", "one", "two", "--out", "empty").returncode in (1, 2)
    assert tree(made / "empty") == {}
    assert bench("merge", "two", "--out", "one").returncode in (1, 2)
    assert tree(made / "one") == tree_of(before, "one")


def tree_of(whole: dict[str, bytes | None], folder: str) -> dict[str, bytes | None]:
    return {
        name.removeprefix(f"{folder}/"): content
        for name, content in whole.items()
        if name.startswith(f"{folder}/")
    }


def relabel_and_stop(run: Path) -> None:
    with whole_or_not(run) as store:
        store.put(CLIPS, [row | {"category": "noise"} for row in store.rows(CLIPS)])
        raise KeyboardInterrupt


def test_a_run_that_was_there_has_what_is_merged_or_is_as_it_was(made: Path) -> None:
    before = tree(made / "one")
    with pytest.raises(KeyboardInterrupt):
        relabel_and_stop(made / "one")
    assert tree(made / "one") == before
    assert merge_runs([made / "two"], made / "one").added == 4
    assert set(tree(made / "one")) == set(before) | set(tree(made / "two"))


def clip(name: str, category: str = "", licence: str = "") -> Row:
    return {
        "clip_hash": "x",
        "clip": name,
        "category": category,
        "group": "",
        "licence": licence,
        "source": "",
    }


def test_labels_that_say_more_stay() -> None:
    early = Said(clip("speech/two", "speech"), "2026-01-01")
    late = Said(clip("two", licence="CC0"), "2026-01-02")
    for runs in ([[early], [late]], [[late], [early]]):
        rows, differences = merged_clips(runs)
        assert rows == [clip("speech/two", "speech", "CC0")]
        assert differences == []


def test_labels_that_differ_are_told_and_the_last_stays() -> None:
    early = Said(clip("speech/two", "speech", "CC0"), "2026-01-01")
    late = Said(clip("song/two", "song", "CC0"), "2026-01-02")
    for runs in ([[early], [late]], [[late], [early], [early]]):
        rows, differences = merged_clips(runs)
        assert rows == [late.row]
        assert differences == [
            Difference("song/two", "name", "song/two", "speech/two"),
            Difference("song/two", "category", "song", "speech"),
        ]


def test_what_runs_call_otherwise_is_told(bench: Bench, tmp_path: Path) -> None:
    for name, category in (("a", "speech"), ("b", ""), ("c", "song")):
        write_run(tmp_path / name, {}, clips=("one", "two"), category=category)
    assert "note" not in bench("merge", "a", "b", "--out", "ab").stdout
    with read_run(tmp_path / "ab") as store:
        assert {row["category"] for row in store.rows(CLIPS)} == {"speech"}
    told = bench("merge", "a", "c", "--out", "ac").stdout
    assert "one is of category speech, not song; two is of category speech, not song" in told
    assert told == bench("merge", "c", "a", "--out", "ca").stdout.replace("ca:", "ac:")
