"""Descript's `.dac` files, version 1.0.0: codes and what decompressing needs, read and written.

A file is `np.save` of a dict: `codes`, uint16, and `metadata`: input_db, original_length,
sample_rate, chunk_length, channels, padding, dac_version. Reading runs nothing that a file holds
(see `npy_pickle`), and every field is checked. 16 bits are stored per code: `compact` stores 10.

Source: descript-audio-codec 1.0.0, `dac/model/base.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.dac.npy_pickle import array_of, dump_dict, load_dict, number_of
from codecbench.errors import BitstreamError, UsageError
from codecbench.files import read_whole, write_whole

VERSION = "1.0.0"

_RANGES = {
    "original_length": (1, 1 << 40),
    "sample_rate": (1, 1_000_000),
    "chunk_length": (1, 1 << 40),
    "channels": (1, 1 << 16),
}
_METADATA = {*_RANGES, "input_db", "padding", "dac_version"}


@dataclass(frozen=True, eq=False)
class DacFile:
    """What a `.dac` file holds of one recording.

    codes: uint16 (channels, codebooks, frames).
    input_db: loudness of the original in LUFS, -70 to 100; descript stores -70 for silence.
    original_length, sample_rate: of the original, in samples per channel and Hz.
    chunk_length: frames that were coded at a time.
    channels: of the original, each coded as mono.
    padding: True where the convolutions of encoder and decoder pad with zeros, False where none
        does and chunks are joined without (descript's way with audio longer than its window).

    Raises `UsageError` for values that no recording can have.
    """

    codes: npt.NDArray[np.uint16]
    input_db: float
    original_length: int
    sample_rate: int
    chunk_length: int
    channels: int
    padding: bool

    def __post_init__(self) -> None:
        codes = self.codes
        if codes.dtype != np.uint16 or codes.ndim != 3 or not codes.size:
            raise UsageError(
                "codes must be uint16 (channels, codebooks, frames), got "
                f"{codes.dtype} {codes.shape}"
            )
        if not (math.isfinite(self.input_db) and -70 <= self.input_db <= 100):
            raise UsageError(f"input_db must lie in -70..100 LUFS, got {self.input_db}")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise UsageError(f"{name} must be a whole number in {least}..{most}")
        if type(self.padding) is not bool:
            raise UsageError("padding must be True or False")
        if self.channels != codes.shape[0]:
            raise UsageError(f"codes of {codes.shape[0]} channels, but channels is {self.channels}")
        if self.chunk_length > codes.shape[2]:
            raise UsageError(
                f"chunk_length {self.chunk_length} exceeds the {codes.shape[2]} frames of codes"
            )


def read_dac_file(path: Path) -> DacFile:
    """Read a `.dac` file; nothing in it is run.

    Raises `BitstreamError` naming file and cause: no such file, damage, a field that is missing,
    unknown, of another type, shape or range, a version other than 1.0.0, a batch of recordings.
    """
    data = read_whole(path, BitstreamError)
    try:
        return _unpack(data)
    except (BitstreamError, UsageError) as error:
        raise BitstreamError(f"{path}: not a sound .dac file: {error}") from error


def write_dac_file(path: Path, file: DacFile) -> None:
    """Write a file that descript's package reads with any numpy; it appears whole or not at all.

    Raises `BitstreamError` where it cannot be written.
    """
    metadata = {
        "input_db": np.array([file.input_db], dtype=np.float32),
        "original_length": file.original_length,
        "sample_rate": file.sample_rate,
        "chunk_length": file.chunk_length,
        "channels": file.channels,
        "padding": file.padding,
        "dac_version": VERSION,
    }
    codes = np.ascontiguousarray(file.codes, dtype="<u2")
    write_whole(path, dump_dict({"codes": codes, "metadata": metadata}), BitstreamError)


def _unpack(data: bytes) -> DacFile:
    content = load_dict(data)
    metadata = content.get("metadata")
    if content.keys() != {"codes", "metadata"} or type(metadata) is not dict:
        raise BitstreamError("it does not hold codes and metadata")
    version = metadata.get("dac_version")
    if version != VERSION:
        shown = ascii(version[:20]) if type(version) is str else "unknown"
        raise BitstreamError(f"its format is of version {shown}, not {VERSION}")
    if metadata.keys() != _METADATA:
        odd = ascii(sorted(metadata.keys() ^ _METADATA)[:5])
        raise BitstreamError(f"its metadata lacks or adds {odd[:200]}")
    return DacFile(
        codes=_codes(content["codes"]),
        input_db=_input_db(metadata["input_db"]),
        padding=metadata["padding"],
        # What is no number gets through to the dataclass, which refuses it.
        **{name: number_of(metadata[name]) for name in _RANGES},  # type: ignore[arg-type]
    )


def _codes(record: object) -> npt.NDArray[np.uint16]:
    try:
        codes = array_of(record)
    except BitstreamError as error:
        raise BitstreamError(f"codes: {error}") from error
    # In the machine's order of bytes, and writable: torch warns of arrays that are not.
    return codes.astype(codes.dtype.newbyteorder("="))


def _input_db(record: object) -> float:
    try:
        loudness = array_of(record)
    except BitstreamError as error:
        raise BitstreamError(f"input_db: {error}") from error
    if loudness.dtype.kind != "f":
        raise BitstreamError(f"input_db: numbers of dtype {loudness.dtype} where floats belong")
    if loudness.size != 1:
        raise BitstreamError(f"a batch of {loudness.size} recordings: only single ones are read")
    return float(loudness.item())
