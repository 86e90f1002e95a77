"""Which audio a training may draw from: a folder's files with group, band and length.

A folder is scanned once; the index is stored with the run, which then draws the same excerpts
whenever it goes on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from codecbench.audio_files import find_files
from codecbench.audio_headers import find_extent
from codecbench.dac.training.bandwidth import is_full_band
from codecbench.errors import AudioError, UsageError
from codecbench.readable import canonical_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import soundfile

SUFFIXES = (
    *(".wav", ".wave", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus", ".mp3"),
    *(".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"),
)
"""Of files that libsndfile reads; other audio is skipped by name."""

_PROBES, _PROBE_S = 8, 0.5
_SILENT_PEAK = 10 ** (-70 / 20)
_MEAN_KEEPS = 0.01
"""The least share of the channels' energy that their mean, which is trained on, has to keep."""

Band = Literal["full", "limited"]


@dataclass(frozen=True)
class SourceFile:
    """One file. path: relative to the folder, with `/`; group: its top folder, "" for none."""

    path: str
    group: str
    band: Band
    frames: int
    sample_rate_hz: int
    channels: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate_hz


@dataclass(frozen=True)
class Index:
    """Files in the order of their paths; skipped: (path, reason) of those that are not used."""

    folder: str
    files: tuple[SourceFile, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    def strata(self) -> dict[tuple[str, str], tuple[SourceFile, ...]]:
        """(group, band) -> its files, both in alphabetical order."""
        strata = defaultdict(list)
        for file in self.files:
            strata[file.group, file.band].append(file)
        return {key: tuple(strata[key]) for key in sorted(strata)}


def index_folder(
    folder: Path,
    sample_rate_hz: int,
    excerpt_s: float,
    progress: Callable[[int, int], None] | None = None,
) -> Index:
    """The audio below `folder`, for a model of `sample_rate_hz` and excerpts of `excerpt_s`.

    A few short probes of each file are decoded, not all of it. Files that are broken, silent, not
    finite or shorter than half an excerpt, those whose channels cancel in their mean, and those
    that are not what their header says, are skipped, each with its reason. What is audio, and which
    links are followed, is said in `codecbench.audio_files`. progress: (files done, files).
    Raises `UsageError` for a folder that is missing or holds no audio, `AudioError` where nothing
    in it can be used.
    """
    if not folder.exists():
        raise UsageError(f"{folder}: no such folder; give a folder of audio to train on")
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder; give a folder of audio to train on")
    below = find_files(folder)
    paths = sorted(path.relative_to(folder).as_posix() for path in below.audio)
    audio = [path for path in paths if path.lower().endswith(SUFFIXES)]
    skipped = [
        (path.relative_to(folder).as_posix(), f"cannot be read: {cause}")
        for path, cause in below.unread
    ]
    skipped += [
        (path.relative_to(folder).as_posix(), "a run or listening test, no recordings")
        for path in below.made
    ]
    foreign = [path for path in paths if not path.lower().endswith(SUFFIXES)]
    skipped += [(path, "not read by libsndfile: convert it to FLAC") for path in foreign]
    if not audio:
        ending = f"; but {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise UsageError(f"{folder}: no audio of {', '.join(SUFFIXES)} in it{ending}")
    files: list[SourceFile] = []
    describe = partial(_described, folder, sample_rate_hz, excerpt_s)
    # Threads do, since neither disk nor decoder holds Python's lock.
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for done, found in enumerate(pool.map(describe, audio), 1):
            if isinstance(found, SourceFile):
                files.append(found)
            else:
                skipped.append((audio[done - 1], str(found)))
            if progress is not None:
                progress(done, len(audio))
    index = Index(str(folder.resolve()), tuple(files), tuple(sorted(skipped)))
    if not files:
        counts = ", ".join(f"{count} {reason}" for reason, count in reasons(index).items())
        raise AudioError(f"{folder}: none of the audio in it can be used: {counts}")
    return index


def reasons(index: Index) -> dict[str, int]:
    """Why files were skipped -> how many, the most frequent first."""
    return dict(Counter(reason.partition(":")[0] for _, reason in index.skipped).most_common())


def split(index: Index, held_out: float, seed: int) -> tuple[Index, Index]:
    """The index for training and the one for validation, which gets `held_out` of each stratum.

    A stratum is a group's files of one band. A hash of seed and path decides, so that files keep
    their side on every machine. Each stratum keeps a file for training. Where the share is over 0
    but rounds to nothing everywhere, one file is held out; from strata of single files, none.
    """
    ranked = [sorted(files, key=partial(_rank, seed)) for files in index.strata().values()]
    counts = [min(len(files) - 1, math.floor(held_out * len(files) + 0.5)) for files in ranked]
    if held_out > 0 and ranked and not any(counts):
        largest = max(range(len(ranked)), key=lambda k: len(ranked[k]))
        counts[largest] = min(len(ranked[largest]) - 1, 1)
    kept_back = {file.path for files, n in zip(ranked, counts, strict=True) for file in files[:n]}
    training = tuple(file for file in index.files if file.path not in kept_back)
    validation = tuple(file for file in index.files if file.path in kept_back)
    return dataclasses.replace(index, files=training), Index(index.folder, validation)


def to_plain(index: Index) -> dict[str, Any]:
    """The index as JSON holds it."""
    return dataclasses.asdict(index)


def from_plain(plain: Mapping[str, Any]) -> Index:
    """The index of `to_plain`. Raises `UsageError` for anything else."""
    try:
        return Index(
            str(plain["folder"]),
            tuple(SourceFile(**file) for file in plain["files"]),
            tuple((path, reason) for path, reason in plain["skipped"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not an index of audio: {error!r}; scan the folder again") from error


def _rank(seed: int, file: SourceFile) -> bytes:
    return hashlib.sha256(f"{seed}:{file.path}".encode(errors="surrogateescape")).digest()


def _described(
    folder: Path, model_rate_hz: int, excerpt_s: float, path: str
) -> SourceFile | AudioError:
    """The file, or why it cannot be used."""
    import numpy as np
    import soundfile

    try:
        _check_header(folder / path)
        # As bytes: of a name that is not UTF-8 soundfile makes none.
        with soundfile.SoundFile(os.fsencode(folder / path)) as file:
            probes = _probes(file, excerpt_s)
            rate_hz, frames, channels = file.samplerate, file.frames, file.channels
    except soundfile.LibsndfileError as error:
        return AudioError(f"cannot be read: {error.error_string}")
    except (soundfile.SoundFileError, OSError) as error:
        return AudioError(f"cannot be read: {error}")
    except AudioError as error:
        return error
    if not np.isfinite(probes).all():
        return AudioError("NaN or infinite samples")
    if np.abs(probes).max() < _SILENT_PEAK:
        return AudioError("silent")
    band: Band = "full" if is_full_band(probes, rate_hz, model_rate_hz) else "limited"
    group = canonical_name(path.partition("/")[0]) if "/" in path else ""
    return SourceFile(path, group, band, frames, rate_hz, channels)


def _check_header(file: Path) -> None:
    """Refuse what libsndfile would read the rest of without a word."""
    if fault := find_extent(file).fault:
        raise AudioError(fault)


def _probes(file: soundfile.SoundFile, excerpt_s: float) -> npt.NDArray[np.float32]:
    """Stretches of the downmix, evenly spread: (probes, samples)."""
    import numpy as np

    if file.frames < max(1, excerpt_s / 2 * file.samplerate):
        raise AudioError("shorter than half an excerpt")
    length = min(file.frames, int(_PROBE_S * file.samplerate))
    count = min(_PROBES, file.frames // length)
    probes, of_channels = [], 0.0
    for start in np.linspace(0, file.frames - length, count).astype(int).tolist():
        file.seek(start)
        block = file.read(length, dtype="float32", always_2d=True)
        probes.append(block.mean(axis=1))
        of_channels += float(block.var(axis=0, dtype=np.float64).mean())
    # A second seek in Vorbis may land some thousand frames late, and read less at the end.
    shortest = min(len(probe) for probe in probes)
    if shortest < length / 2:
        raise AudioError("cannot be read: it ends before its header says")
    mean = sum(float(probe.var(dtype=np.float64)) for probe in probes)
    if file.channels > 1 and mean < _MEAN_KEEPS * of_channels:
        raise AudioError("channels that cancel in their mean: mend the polarity of one")
    return np.stack([probe[:shortest] for probe in probes])
