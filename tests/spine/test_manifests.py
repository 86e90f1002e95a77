"""Manifests as people and spreadsheets save them: one reader for clips and for stated bitrates."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from codecbench.errors import UsageError
from codecbench.manifests import Line, read_manifest

TABLE = "path,rate\na.wav,6\nx/b.wav,7\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "x").mkdir()
    for name in ("a.wav", "x/b.wav", "with, comma.wav"):
        (tmp_path / name).touch()
    return tmp_path


def read(folder: Path, data: bytes | str, *columns: str) -> tuple[Line, ...]:
    path = folder / "manifest.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_manifest(path, columns)


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.replace(",", "\t").encode("utf-16"),  # "Unicode text"
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace(",", ";").encode("utf-8-sig"),
        TABLE.replace(",", "\t").encode(),
        b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
        b'"sep=,"\n' + TABLE.encode(),
        b"sep=\t\n" + TABLE.replace(",", "\t").encode(),
        b'\n\n "PATH", Rate \n\n"a.wav", 6 \n,\n  \nx/b.wav, "7"\n\n',
        b"path,rate,,\na.wav,6,,\nx/b.wav,7,,\n",
        b"path,rate\na.wav,6,,\nx/b.wav,7\n",
        b"other,rate,path\n?,6,./a.wav\n,7,x//b.wav\n",
        b"path,rate\na.wav,6\nx\\b.wav,7\n",
        TABLE.rstrip().encode(),
    ],
)
def test_ways_to_save_one_table(folder: Path, data: bytes) -> None:
    lines = read(folder, data, "rate")
    assert [(line.path, line.fields["rate"]) for line in lines] == [
        (folder / "a.wav", "6"),
        (folder / "x" / "b.wav", "7"),
    ]


def test_absolute_paths_and_ways_through_links_lead_to_the_folders_own_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "link").symlink_to(folder)
    text = f"path\n{folder}/a.wav\n{folder}/link/x/b.wav\n"
    assert [line.path for line in read(folder, text)] == [folder / "a.wav", folder / "link/x/b.wav"]
    monkeypatch.chdir(folder.parent)
    relative = Path(folder.name)
    assert read(relative, f"path\n{folder}/a.wav\n")[0].path == relative / "a.wav"
    assert read(folder / "link", f"path\n{folder}/a.wav\n")[0].path == folder / "link" / "a.wav"


def test_quoted_fields_hold_separators(folder: Path) -> None:
    (line,) = read(folder, 'path,source\n"with, comma.wav","http://x; y"\n')
    assert (line.path.name, line.fields["source"]) == ("with, comma.wav", "http://x; y")


def test_a_file_is_found_by_its_readable_name_in_any_unicode_form(folder: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "é.wav")
    latin_1 = os.fsdecode(b"caf\xe9.wav")
    (folder / decomposed).touch()
    (folder / latin_1).touch()
    lines = read(folder, "path,category\né.wav,cafe\u0301\ncaf\\xe9.wav,\n")
    assert [line.path.name for line in lines] == [decomposed, latin_1]
    assert lines[0].fields["category"] == "café"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a column path; it has nothing"),
        ("file,rate\na.wav,1\n", "needs a column path; it has file, rate"),
        ("path,kbps\na.wav,1\n", "needs a column rate; it has path, kbps"),
        ("path,rate,Rate\na.wav,1,2\n", "has 2 columns rate"),
        ("path,rate\n", "lists no files"),
        ("path,rate\n;;\n,\n", "line 2: its fields"),
        ("path,rate\na.wav\n", "line 2: its fields are not the header's 2"),
        ("path,rate\n\na.wav,6,7\n", "line 3: its fields are not the header's 2"),
        ("sep=,\npath,rate\nnone.wav,6\n", r"line 3: no such file: .*none\.wav"),
        ("path,rate\n,6\n", r"line 2: no such file: \(empty path\)"),
        ("path,rate\nx,6\n", "line 2: not a file: "),
        ("path,rate\n" + "n" * 300 + ",6\n", "line 2: File name too long: "),
        (
            "path,rate\na.wav,6\n\nx/../a.wav,8\n",
            r"line 4: x/\.\./a\.wav is also on line 2",
        ),
        ("path,rate\na.wav,6\nlink/a.wav,7\n", r"line 3: link/a\.wav is also on line 2"),
        ('path,rate\n"a.wav"x,6\n', "line 2: not CSV"),
        ('path,rate\n"a.wav,6\n', "line 2: not CSV"),
        ("path,rate\na\0.wav,6\n", "not text .character 11 is 0"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(folder: Path, text: str, message: str) -> None:
    (folder / "link").symlink_to(folder)
    with pytest.raises(UsageError, match=message) as caught:
        read(folder, text, "rate")
    assert str(folder / "manifest.csv") in str(caught.value)


def test_other_encodings_are_refused(folder: Path) -> None:
    for data in ("path\nZoë.wav\n".encode("latin-1"), TABLE.encode("utf-16-le")):
        with pytest.raises(UsageError, match=r"manifest\.csv: not text"):
            read(folder, data)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_manifest(folder)
