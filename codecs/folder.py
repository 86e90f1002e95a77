"""Audio that was decoded elsewhere, so that a system nobody packaged can be compared.

    folder:NAME@6=DIR     a bitrate of 6 kbps is stated for all of it
    folder:NAME=DIR       DIR/manifest.csv states one for each file (columns path, bitrate_kbps),
                          or there is no manifest, and then no bitrate

DIR holds one audio file a clip, under the clip's name (sub-folders included) and any suffix. The
bitrate is marked as not measured wherever it is shown.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from codecbench.audio import sample_rate_hz
from codecbench.codecs.contract import Bitstream, Codec, Estimate, OperatingPoint, Samples
from codecbench.codecs.lossless import pack_samples, unpack_samples
from codecbench.errors import AudioError, CodingError, UsageError

_ALIGNMENT = "2"
"""Part of the hash of what is aligned; raised when `codecbench.alignment` finds other delays."""


class Folder(Codec):
    """The files of one folder as a codec of one operating point."""

    version = "1"
    channels = (1, 2)
    bitrate_is_measured = False

    def __init__(self, name: str, folder: Path, bitrate_bps: float | None, align: bool) -> None:
        self.name = f"folder:{name}"
        self._folder = folder
        self._align = align
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        # A clip's name may hold dots, so both spellings of a file find it.
        by_name = {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}
        self._files = by_name | {path.relative_to(folder).as_posix(): path for path in files}
        self._stated = {} if bitrate_bps else _read_manifest(folder)
        self._bitrate_bps = bitrate_bps

    def find_weights(self) -> str:
        """Hash of the files: other audio in the folder makes other results."""
        digest = hashlib.sha256(str(self._align and _ALIGNMENT).encode())
        for name, path in sorted(self._files.items()):
            digest.update(name.encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """The one point: the stated bitrate, or the mean of the manifest's."""
        rate_hz = self._rate_hz()
        rates = [self._bitrate_bps] if self._bitrate_bps else list(self._stated.values())
        if not rates:
            return (OperatingPoint(None, rate_hz, rate_hz / 2, label="given"),)
        return (OperatingPoint(sum(map(float, rates)) / len(rates), rate_hz, rate_hz / 2),)

    def _rate_hz(self) -> int:
        for path in self._files.values():
            with suppress(AudioError):  # a manifest or a note beside the audio
                return sample_rate_hz(path)
        raise UsageError(f"{self._folder} holds no audio that FFmpeg reads")

    def estimate(self, clip_name: str) -> Estimate | None:
        """The file of a clip. Raises `CodingError` where the folder or its manifest has none."""
        path = self._files.get(clip_name)
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


def _read_manifest(folder: Path) -> dict[Path, float]:
    path = folder / "manifest.csv"
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {folder / row["path"]: float(row["bitrate_kbps"]) * 1000 for row in rows}
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: it needs the columns path and bitrate_kbps ({error})") from error


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """Make the codec of `folder:NAME[@KBPS]=DIR`; options path, kbps, align (none or xcorr)."""
    unknown = set(options) - {"path", "kbps", "align"}
    if not variant or "path" not in options or unknown:
        raise UsageError("write folder:NAME@KBPS=DIR, or folder:NAME=DIR with a manifest")
    if options.get("align", "none") not in ("none", "xcorr"):
        raise UsageError(f'folder: align is none or xcorr, not "{options["align"]}"')
    folder = Path(options["path"])
    if not folder.is_dir():
        raise UsageError(f"folder:{variant}: there is no folder {folder}")
    bitrate_bps = float(options["kbps"]) * 1000 if "kbps" in options else None
    return Folder(variant, folder, bitrate_bps, options.get("align") == "xcorr")
