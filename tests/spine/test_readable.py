"""Names of files that are not UTF-8, or look the same: shown, kept, compared and found again."""

from __future__ import annotations

import codecs
import io
import os
import unicodedata
from pathlib import Path

import pytest

from codecbench.readable import as_shown, canonical_name, escape_unencodable, readable, utf8

LATIN_1 = os.fsdecode(b"caf\xe9")


def test_bytes_that_are_not_utf8_are_shown_as_such() -> None:
    assert readable(LATIN_1) == r"caf\xe9"
    assert utf8(f"{LATIN_1} é 字 \n") == b"caf\\xe9 \xc3\xa9 \xe5\xad\x97 \n"
    for text in ("", "plain", "é", "cafe\u0301", "字", "a\tb\n"):
        assert readable(text) == text
    assert readable("\ud800") == r"\ud800"  # no byte: from a damaged JSON, say


def test_names_that_look_the_same_are_the_same() -> None:
    name = "Ürümqi/café"
    assert canonical_name(unicodedata.normalize("NFD", name)) == name
    assert canonical_name(LATIN_1) == r"caf\xe9"
    assert canonical_name("a\nb\x1b[2J\u2028") == r"a\nb\x1b[2J\u2028"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "caf\\xe9 → é"),
        ("ascii", r"caf\xe9 \u2192 \xe9"),
        ("latin-1", r"caf\xe9 \u2192 é"),
    ],
)
def test_a_stream_of_any_encoding_shows_any_name(encoding: str, shown: str) -> None:
    codecs.register_error("readable-test", escape_unencodable)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="readable-test")
    stream.write(f"{LATIN_1} → é")
    stream.flush()
    assert raw.getvalue().decode(encoding) == shown


def test_what_is_shown_can_be_typed(tmp_path: Path) -> None:
    folder = tmp_path / LATIN_1
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", "é.wav")).touch()
    found = as_shown(tmp_path / r"caf\xe9" / "é.wav")
    assert found is not None
    assert found.is_file()
    assert as_shown(folder) == folder
    assert as_shown(tmp_path / r"caf\xe9" / "no.wav") is None
    assert as_shown(tmp_path / "none" / "a" / "b") is None
    (folder / "é.wav").touch()
    (folder / "e.wav").touch()
    assert as_shown(folder / "é.wav") == folder / "é.wav"  # its own name goes first


def test_of_two_files_that_look_alike_none_is_guessed(tmp_path: Path) -> None:
    composed = "\u1ea1\u0308"  # a, a dot below, two dots above
    for name in ("a\u0323\u0308", "a\u0308\u0323"):
        assert canonical_name(name) == composed
        (tmp_path / name).touch()
    assert as_shown(tmp_path / composed) is None
