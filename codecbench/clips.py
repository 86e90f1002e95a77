"""Clip sets: which audio a run measures, from a folder, a manifest or the built-in clips."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath

from codecbench.audio import Audio, content_hash, downmix_cancels, read_audio
from codecbench.clip_manifest import MANIFEST_NAME, Row, read_manifest
from codecbench.codecs.weights import cache_folder
from codecbench.errors import AudioError, UsageError

AUDIO_SUFFIXES = frozenset(
    {
        *("wav", "wave", "w64", "rf64", "flac", "ogg", "oga", "opus", "spx", "mp2", "mp3", "m4a"),
        *("m4b", "mp4", "mov", "aac", "ac3", "eac3", "aif", "aiff", "aifc", "au", "snd", "caf"),
        *("wma", "asf", "mka", "mkv", "webm", "amr", "3gp", "ape", "wv", "tta", "dts", "tak"),
    }
)


@dataclass(frozen=True)
class Clip:
    """One recording.

    name: relative path without suffix, with "/" on every system; unique in its set.
    category: lower case: "speech", "music", …; "" where none is known.
    group: what belongs together (a speaker, a song), for clustered intervals; "" for none.
    content_hash: of rate, channels and decoded samples (`audio.content_hash`); the clip's identity.
    note: what was made of an odd file (`audio.Audio`).
    cancels: whether its channels cancel in a downmix, so that it cannot be measured in mono.
    """

    name: str
    path: Path
    category: str
    group: str
    licence: str
    source: str
    content_hash: str
    sample_rate_hz: int
    channels: int
    duration_s: float
    cancels: bool = False
    note: str = ""


@dataclass(frozen=True)
class Refused:
    """A file that is not measured, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class ClipSet:
    """The clips of a run by name, the files refused, and how many had no suffix of audio."""

    clips: tuple[Clip, ...]
    refused: tuple[Refused, ...] = ()
    ignored_files: int = 0


def find_clips(source: Path | None = None) -> ClipSet:
    """The clips of a folder, a manifest (CSV), or, for None, the built-in set.

    A folder is searched whole, hidden files left out; its first sub-folder is the category. A
    `manifest.csv` in it says more about the files that it lists: category, group, licence, source.
    A manifest given itself also says which files are taken. Each file is read once, here, for its
    hash. A file that cannot be read, or repeats another's audio, is refused and the others stay.

    Raises `UsageError` where there is no such folder or manifest, the manifest is not sound or
    lists a missing file, or the folder has no audio; `AudioError` where no file can be read.
    """
    if source is None:
        from codecbench import builtin_clips

        source = builtin_clips.write_missing(cache_folder() / "clips")
    source = Path(os.path.normpath(source))
    if source.is_dir():
        files, ignored = _audio_files(source)
        manifest = source / MANIFEST_NAME
        rows = read_manifest(manifest) if manifest.is_file() else {}
        ignored -= len(rows.keys() - set(files))  # listed in spite of their names
        files = sorted({*files, *rows})
        if not files:
            raise UsageError(f"{source}: no audio in this folder ({ignored} other files)")
        return _clip_set(source, files, rows, ignored)
    if not source.exists():
        raise UsageError(f"{source}: no such folder or manifest of clips")
    if source.suffix[1:].lower() in AUDIO_SUFFIXES:
        raise UsageError(f"{source}: one audio file; give its folder, or a manifest that lists it")
    rows = read_manifest(source)
    return _clip_set(source.parent, sorted(rows), rows, 0)


def _audio_files(folder: Path) -> tuple[list[Path], int]:
    """Files with a suffix of audio, sorted, and the number of other files."""
    files, ignored = [], 0

    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: this folder cannot be searched: {error.strerror}")

    seen = set()
    for here, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        real = os.path.realpath(here)
        folders[:] = [] if real in seen else [name for name in folders if name[0] != "."]
        if real in seen:  # a link back to a folder above
            continue
        seen.add(real)
        for name in names:
            if name[0] == "." or (here == str(folder) and name == MANIFEST_NAME):
                continue
            if PurePath(name).suffix[1:].lower() in AUDIO_SUFFIXES:
                files.append(Path(here, name))
            else:
                ignored += 1
    return sorted(files), ignored


def _clip_set(base: Path, files: list[Path], rows: dict[Path, Row], ignored: int) -> ClipSet:
    clips: list[Clip] = []
    refused = []
    first_with: dict[str, str] = {}
    for name, path in sorted(_names(base, files).items()):
        try:
            audio = read_audio(path)
        except AudioError as error:
            refused.append(Refused(path, str(error)))
            continue
        clip = _clip(name, path, audio, rows.get(path, Row()))
        if clip.content_hash in first_with:
            refused.append(Refused(path, f"same audio as {first_with[clip.content_hash]}"))
            continue
        first_with[clip.content_hash] = name
        clips.append(clip)
    if not clips:
        reasons = "; ".join(entry.reason for entry in refused[:3])
        raise AudioError(f"{base}: none of {len(refused)} audio files can be read: {reasons}")
    return ClipSet(tuple(clips), tuple(refused), ignored)


def _clip(name: str, path: Path, audio: Audio, row: Row) -> Clip:
    folder, slash, _ = name.partition("/")
    return Clip(
        name=name,
        path=path,
        category=(row.category or (folder if slash else "")).lower(),
        group=row.group,
        licence=row.licence,
        source=row.source,
        content_hash=content_hash(audio),
        sample_rate_hz=audio.sample_rate_hz,
        channels=audio.channels,
        duration_s=audio.duration_s,
        cancels=downmix_cancels(audio.samples),
        note=audio.note,
    )


def _names(base: Path, files: list[Path]) -> dict[str, Path]:
    """Unique names: the path from `base` without suffix; a.wav beside a.flac keep theirs."""
    relative = {path: _relative(path, base) for path in files}
    count = Counter(name.with_suffix("") for name in relative.values())
    names = {
        path: (name if count[name.with_suffix("")] > 1 else name.with_suffix("")).as_posix()
        for path, name in relative.items()
    }
    if len(set(names.values())) < len(names):  # a.wav, a.flac and a.wav.flac
        names = {path: name.as_posix() for path, name in relative.items()}
    return {name: path for path, name in names.items()}


def _relative(path: Path, base: Path) -> PurePath:
    """The path from `base`; for files elsewhere, the whole path without root and ".."."""
    if path.is_relative_to(base):
        path = path.relative_to(base)
    return PurePath(*[part for part in path.parts if part not in (path.anchor, "..")])
