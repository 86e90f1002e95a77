"""Files appear whole or not at all; no two names become one."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codecbench.errors import BitstreamError, StoreError
from codecbench.files import appearing, file_name, file_names, file_path, label, write_whole

NAMES = [
    "speech", "r&b", "r b", "r/b", "r_b", "r-b", "R_b", "音乐", "语音", "café", "cafe\u0301", "caf",
    "", ".", "..", "...", ".hidden", "a" * 250, "a" * 251, "字" * 200, "字" * 201, "a\udce9b", "ab",
    "a~b", "a.b", "a b", "a  b", "r_b~0123456789", "con", "x" * 60, "x" * 61, "x" * 121, "x" * 122,
]  # fmt: skip


@pytest.mark.parametrize("function", [file_name, label])
def test_no_two_names_become_one(function: Callable[[str], str]) -> None:
    names = {*NAMES, *map(function, NAMES)}  # what was made of a name can be a name, too
    assert len({function(name) for name in names}) == len(names)


def test_ordinary_names_stay() -> None:
    for name in ("speech", "opus,vbr=cbr@24", "dac-small", "Clip_01.take-2", "音乐"):
        assert file_name(name) == name
    assert label("table-2") == "table-2"


def test_every_name_can_be_a_file(tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / f"{file_name(name)}.wav"
        write_whole(path, name.encode(errors="surrogateescape"))
        assert path.parent == tmp_path
    assert len(list(tmp_path.iterdir())) == len(NAMES)


def test_labels_are_ascii_without_what_latex_reads() -> None:
    for name in NAMES:
        assert all(c.isascii() and (c.isalnum() or c in "-.") for c in label(name))


def test_names_that_belong_together_differ_where_case_does_not_count() -> None:
    given = file_names([*NAMES, "open", "Open", "dac:runs/a@8", "dac:runs_a@8", "opus@24"])
    assert len({name.casefold() for name in given.values()}) == len(NAMES) + 5
    assert given["opus@24"] == "opus@24"
    assert file_names(["music/two", "speech/one"])["music/two"] == "music_two"
    assert given == file_names(reversed(given))  # whatever their order


def test_a_file_and_a_folder_do_not_take_one_place(tmp_path: Path) -> None:
    for name in ("a", "a.wav/b", "a.WAV/b", "a.wav/b.wav/c", "a.wav/b"):
        write_whole(tmp_path / file_path(name, ".wav"), name.encode())
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 4
    assert file_path("speech/a.b", ".wav").parts == ("speech", "a.b.wav")


def test_a_path_cannot_leave_its_folder(tmp_path: Path) -> None:
    assert file_path("speech/a").parts == ("speech", "a")
    for name in ("../../etc/x", "/etc/x", "a/../../b", "./.."):
        assert (tmp_path / file_path(name)).resolve().is_relative_to(tmp_path.resolve())


def test_a_file_with_the_longest_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), appearing(path) as part:  # noqa: PT012
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_names_the_file_and_is_of_the_kind_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"cannot write .*inside: "):
        write_whole(tmp_path / "file" / "inside", b"")
    with pytest.raises(BitstreamError, match="File name too long"):
        write_whole(tmp_path / ("n" * 256), b"", BitstreamError)


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"No space left on device\. Free some"),
        appearing(tmp_path / "f"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())
