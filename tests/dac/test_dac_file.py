"""`.dac` files: descript's are read, ours are theirs byte for byte, and every field is checked."""

from __future__ import annotations

import base64
import copy
import io
import os
import zlib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecbench.dac.dac_file import DacFile, read_dac_file, write_dac_file
from codecbench.errors import BitstreamError, UsageError

# Written by descript-audio-codec 1.0.0 under numpy 2.4: codes arange(24)·41 of shape (2, 3, 4).
DESCRIPTS = (
    "c-"
    "p0rv1=PK6vic;jZJOnlq?<U?QAfITQY<Y+96O%58K6%A%i*OlVTk`>#jPT!8m~|scX<s@avK}d*>!o=@{})WX_y5y}"
    "P6&lx+Qm2k*U4KYd86-fs8f9!66%w;4}-Wp6d?gTCEv*!z*vib^k1jOXKbG)#ClPXvv5);C-"
    "2#$n_C^z5kg{Q{#xW?iO}c;<M1q_{IlLmg11=nPEVQ{0baqE+f^Sb-"
    "@QPB0b8?kp>C(J}1c5iDQ;O&7O>Wy(y?VxId+e-"
    "oBp?^c$<2hi*FKHO$1iu+c>XgP#KXqvJgWzPVDh;mL8m3y8`T+1yjK-"
    "3ILUq6Oz{{urgY^Q@z3k}d5ouW&0gI?nI_%lAizwtF*BX7u<d?P=}6{%Sp*3kN5{jeZAW~vjeDWjSeS*n4IQ|+<Q6L"
    "Iiy5oLelA&PkMRFD!vXTJ*g^GF5bK+@0)xg2W&-D<_u5;}=P?kTD{bdSzW-"
    "506+^w;7NQ}qRvl7~s&RAS0lAjhyYHAa1J%2g6XGW(HNPRHp$n$qkl=MRvz(G3"
)


def content() -> dict[str, Any]:
    """The dict that descript's package saves."""
    return {
        "codes": np.arange(24, dtype=np.uint16).reshape(2, 3, 4),
        "metadata": {
            "input_db": np.array([-20.5], dtype=np.float32),
            "original_length": 1800,
            "sample_rate": 48000,
            "chunk_length": 4,
            "channels": 2,
            "padding": True,
            "dac_version": "1.0.0",
        },
    }


def save(path: Path, saved: object) -> None:
    """As descript's package does."""
    with path.open("wb") as file:
        np.save(file, saved)  # type: ignore[arg-type]


def same(one: DacFile, other: DacFile) -> bool:
    left, right = asdict(one), asdict(other)
    return np.array_equal(left.pop("codes"), right.pop("codes")) and left == right


FILE = DacFile(content()["codes"], -20.5, 1800, 48000, 4, 2, True)


def test_reads_a_file_of_descripts_package(tmp_path: Path) -> None:
    path = tmp_path / "theirs.dac"
    path.write_bytes(zlib.decompress(base64.b85decode(DESCRIPTS)))
    codes = (np.arange(24) * 41).reshape(2, 3, 4).astype(np.uint16)
    assert same(read_dac_file(path), DacFile(codes, -23.25, 1800, 48000, 2, 2, False))


def test_reads_what_numpy_saves_of_the_same_dict(tmp_path: Path) -> None:
    save(tmp_path / "a.dac", content())
    found = read_dac_file(tmp_path / "a.dac")
    assert same(found, FILE)
    assert found.codes.dtype == np.uint16
    assert found.codes.flags.writeable


def test_numpys_own_reader_gets_descripts_dict(tmp_path: Path) -> None:
    write_dac_file(tmp_path / "a.dac", FILE)
    loaded = np.load(tmp_path / "a.dac", allow_pickle=True)[()]
    expected = content()
    for found, wanted in (
        (loaded.pop("codes"), expected.pop("codes")),
        (loaded["metadata"].pop("input_db"), expected["metadata"].pop("input_db")),
    ):
        assert found.dtype == wanted.dtype
        assert np.array_equal(found, wanted)
    assert loaded == expected
    types = {key: type(value) for key, value in loaded["metadata"].items()}
    assert types == {key: type(value) for key, value in expected["metadata"].items()}


@pytest.mark.parametrize("padding", [True, False])
def test_what_is_written_is_read(padding: bool, tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(0, 65536, (1, 9, 100)).astype(np.uint16)
    file = DacFile(codes[:, :, ::2], -70.0, 51200, 44100, 25, 1, padding)
    write_dac_file(tmp_path / "a.dac", file)
    assert same(read_dac_file(tmp_path / "a.dac"), file)
    assert [path.name for path in tmp_path.iterdir()] == ["a.dac"]


def test_a_file_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.dac"
    write_dac_file(path, FILE)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(BitstreamError, match=r"cannot write .*a\.dac: No space left"):
        write_dac_file(path, replace(FILE, original_length=5))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.dac"]
    monkeypatch.undo()
    with pytest.raises(BitstreamError, match=r"cannot write .*a\.dac/b\.dac: File exists"):
        write_dac_file(path / "b.dac", FILE)
    longest = tmp_path / ("n" * 251 + ".dac")
    write_dac_file(longest, FILE)
    assert same(read_dac_file(longest), FILE)


Change = Callable[[dict[str, Any]], object]


def _set(**values: object) -> Change:
    return lambda content: content["metadata"].update(values)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda c: c.pop("codes"), "codes and metadata"),
        (lambda c: c.update(extra=1), "codes and metadata"),
        (lambda c: c.update(metadata=[1]), "codes and metadata"),
        (lambda c: c["metadata"].pop("dac_version"), "version unknown"),
        (_set(dac_version="0.0.5"), "version '0.0.5'"),
        (_set(dac_version=1), "version unknown"),
        (lambda c: c["metadata"].pop("padding"), "padding"),
        (_set(extra=1), "extra"),
        (lambda c: c.update(codes=[1, 2]), "codes: not a numpy array"),
        (lambda c: c.update(codes=c["codes"].astype(np.int64)), "uint16"),
        (lambda c: c.update(codes=c["codes"][0]), "uint16"),
        (lambda c: c.update(codes=c["codes"].astype(object)), "codes: "),
        (lambda c: c.update(codes=c["codes"][:1]), "1 channels, but channels is 2"),
        (lambda c: c.update(codes=c["codes"][:, :0]), "codes: .*shape"),
        (_set(input_db=-20.0), "input_db: not a numpy array"),
        (_set(input_db=np.array([np.nan], np.float32)), "input_db"),
        (_set(input_db=np.array([-np.inf], np.float32)), "input_db"),
        (_set(input_db=np.array([-71], np.float32)), "input_db"),
        (_set(input_db=np.array([1, 2], np.float32)), "batch of 2"),
        (_set(input_db=np.array([1], np.uint16)), "input_db"),
        (_set(original_length=0), "original_length"),
        (_set(original_length=1.5), "original_length"),
        (_set(original_length=1 << 70), "original_length"),
        (_set(sample_rate=True), "sample_rate"),
        (_set(sample_rate="48000"), "sample_rate"),
        (_set(sample_rate=10**7), "sample_rate"),
        (_set(chunk_length=0), "chunk_length"),
        (_set(chunk_length=5), "chunk_length 5 exceeds the 4 frames"),
        (_set(channels=3), "2 channels"),
        (_set(padding=1), "padding"),
        (_set(padding=None), "padding"),
        (_set(sample_rate=os.getpid), "sample_rate"),
    ],
)
def test_a_field_that_cannot_be_is_named(change: Change, cause: str, tmp_path: Path) -> None:
    saved = copy.deepcopy(content())
    change(saved)
    path = tmp_path / "odd.dac"
    save(path, saved)
    with pytest.raises(BitstreamError, match=cause) as caught:
        read_dac_file(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_numpy_integers_are_numbers_too(tmp_path: Path) -> None:
    saved = content()
    saved["metadata"]["sample_rate"] = np.int64(48000)
    save(tmp_path / "a.dac", saved)
    assert same(read_dac_file(tmp_path / "a.dac"), FILE)


class _Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("place", ["codes", "input_db", "sample_rate", "padding", "dac_version"])
def test_code_in_a_file_does_not_run(place: str, tmp_path: Path) -> None:
    target, path = tmp_path / "made by the attack", tmp_path / "evil.dac"
    saved = content()
    (saved if place == "codes" else saved["metadata"])[place] = _Attack(target)
    save(path, saved)
    with pytest.raises(BitstreamError, match=r"evil\.dac"):
        read_dac_file(path)
    assert not target.exists()


@pytest.mark.parametrize(
    ("write", "cause"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b""), r"np\.save"),
        (lambda path: path.write_text("RIFF, not codes\n"), r"np\.save"),
        (lambda path: save(path, np.zeros(3)), "single object"),
    ],
    ids=["missing", "a folder", "empty", "text", "a plain array"],
)
def test_files_that_are_no_dac_file(
    write: Callable[[Path], object], cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.dac"
    write(path)
    with pytest.raises(BitstreamError, match=rf"other\.dac.*{cause}"):
        read_dac_file(path)


def test_a_damaged_file_raises_nothing_else(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, content())  # type: ignore[arg-type]
    data, path = buffer.getvalue(), tmp_path / "a.dac"
    rng = np.random.default_rng(1)
    for _ in range(1000):
        damaged = bytearray(data)
        damaged[rng.integers(128, len(data))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert read_dac_file(path).codes.shape == (2, 3, 4)
        except BitstreamError:
            continue


def test_values_that_no_recording_has_cannot_be_written() -> None:
    with pytest.raises(UsageError, match="uint16"):
        replace(FILE, codes=FILE.codes.astype(np.int64))
    with pytest.raises(UsageError, match="input_db"):
        replace(FILE, input_db=float("-inf"))
