"""Audio that was decoded elsewhere, so that a system nobody packaged can be compared.

    folder:NAME@6=DIR     a bitrate of 6 kbps is stated for all of it
    folder:NAME=DIR       DIR/manifest.csv states one for each file (columns path, bitrate_kbps),
                          or there is no manifest, and then no bitrate

DIR holds one audio file a clip, under the clip's name (sub-folders included) and any suffix of
audio (`codecbench.audio_files`); what else lies there is left alone. The bitrate is marked as not
measured wherever it is shown.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from codecbench.audio import sample_rate_hz
from codecbench.audio_files import EstimateFiles, match_files
from codecbench.codecs.contract import (
    NO_BITRATE,
    Bitstream,
    Codec,
    Estimate,
    OperatingPoint,
    Samples,
)
from codecbench.codecs.lossless import pack_samples, unpack_samples
from codecbench.errors import AudioError, CodingError, UsageError
from codecbench.manifests import MANIFEST_NAME, Line, manifest_columns, read_manifest
from codecbench.names import parse_kbps
from codecbench.readable import readable

_SPREAD = 100
"""Rates of one point that lie further apart are of two units, or mistyped."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

_BITRATE = "bitrate_kbps"
"""The column of a manifest."""


class Folder(Codec):
    """The files of one folder as a codec of one operating point.

    stated: the bitrate of each file, where not one bitrate is stated for all.
    """

    version = "3"
    channels = (1, 2)
    bitrate_is_measured = False

    def __init__(
        self,
        name: str,
        folder: Path,
        bitrate_bps: float | None,
        stated: Mapping[Path, float],
        align: bool,
    ) -> None:
        self.name = f"folder:{readable(name)}"
        self._folder = folder
        self._align = align
        self._files = EstimateFiles(folder, stated)
        self._stated = match_files(stated, self._files.files)
        self._bitrate_bps = bitrate_bps

    def find_weights(self) -> str:
        """Hash of the files and of what is stated of them: others make other results."""
        digest = hashlib.sha256(str(self._align).encode())
        for name, path in sorted(self._files.names().items()):
            digest.update(name.encode() + hashlib.sha256(_content(path)).digest())
            if path in self._stated:
                digest.update(repr(self._stated[path]).encode())
        return digest.hexdigest()[:16]

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """The one point: the stated bitrate, or the mean of the manifest's."""
        rate_hz = self._rate_hz()
        rates = [self._bitrate_bps] if self._bitrate_bps else list(self._stated.values())
        if not rates:
            return (OperatingPoint(None, rate_hz, rate_hz / 2, label=NO_BITRATE),)
        return (OperatingPoint(sum(map(float, rates)) / len(rates), rate_hz, rate_hz / 2),)

    def _rate_hz(self) -> int:
        """The highest rate of the files: none of them is to lose any of its band."""
        rates = []
        for path in self._files.files:
            with suppress(AudioError):  # its clip will say why
                rates.append(sample_rate_hz(path))
        if not rates:
            raise UsageError(f"{self._folder} holds no audio that FFmpeg reads")
        return max(rates)

    def estimate(self, clip_name: str) -> Estimate | None:
        """The file of a clip. Raises `CodingError` where the folder or its manifest has none.

        Raises `UsageError` where several files could be it.
        """
        path = self._files.file_of(clip_name)
        if path is None:
            raise CodingError(f"{self._folder} has no audio for the clip {clip_name}")
        bitrate_bps = self._bitrate_bps
        if self._stated:
            bitrate_bps = self._stated.get(path)
            if bitrate_bps is None:
                raise CodingError(f"{self._folder}/manifest.csv states no bitrate for {path.name}")
        return Estimate(path, bitrate_bps, self._align)

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Keep the audio as it is."""
        return pack_samples(samples)

    def decode(self, bitstream: Bitstream) -> Samples:
        """Give it back."""
        return unpack_samples(bitstream)


def _content(path: Path) -> bytes:
    """A file's bytes; none for one that cannot be read, which costs its own clip alone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _stated_bps(manifest: Path, is_needed: bool) -> dict[Path, float]:
    """The bitrate of each file in a manifest; none where there is no manifest.

    is_needed: whether a manifest without bitrates, such as that of clips, is refused.
    """
    if not os.path.lexists(manifest):
        return {}
    if not is_needed and _BITRATE not in manifest_columns(manifest):
        return {}
    lines = read_manifest(manifest, (_BITRATE,))
    stated = {line.path: _bitrate_bps(line) for line in lines}
    lowest = min(stated.values(), default=0.0)
    for line in lines:
        if stated[line.path] > _SPREAD * lowest:
            raise UsageError(
                f"{line.where}: {stated[line.path] / 1000:g} kbps, where another file has "
                f"{lowest / 1000:g}: rates of one codec are within a factor of {_SPREAD}, in kbps"
            )
    return stated


def _bitrate_bps(line: Line) -> float:
    text = line.fields[_BITRATE]
    # Where commas do not separate fields, a spreadsheet may write 6,5 for 6.5.
    number = text.replace(",", ".", 1) if line.separator != "," else text
    if not _NUMBER.fullmatch(number):
        raise UsageError(
            f'{line.where}: bitrate_kbps is "{text}": write a number of kbps, such as 8 or 2.67'
        )
    try:
        return parse_kbps(number)
    except UsageError as error:
        raise UsageError(f"{line.where}: {error}") from error


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """Make the codec of `folder:NAME[@KBPS]=DIR`.

    Options: path; kbps; align, none or xcorr; rates, needed (unless given), or optional where
    nothing depends on them: then a manifest without bitrates may lie there.
    """
    unknown = set(options) - {"path", "kbps", "align", "rates"}
    if not variant or "path" not in options or unknown:
        raise UsageError("write folder:NAME@KBPS=DIR, or folder:NAME=DIR with a manifest")
    for option, values in {"align": ("none", "xcorr"), "rates": ("needed", "optional")}.items():
        if options.get(option, values[0]) not in values:
            meant = " or ".join(values)
            raise UsageError(f'folder: {option} is {meant}, not "{options[option]}"')
    folder = Path(options["path"])
    if not folder.is_dir():
        raise UsageError(f"folder:{variant}: there is no folder {folder}")
    bitrate_bps = parse_kbps(options["kbps"]) if "kbps" in options else None
    is_needed = options.get("rates", "needed") == "needed"
    stated = {} if bitrate_bps else _stated_bps(folder / MANIFEST_NAME, is_needed)
    return Folder(variant, folder, bitrate_bps, stated, options.get("align") == "xcorr")
