"""Clip sets: which audio a run measures, from a folder, a manifest or the built-in clips."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from codecbench.audio import Audio, content_hash, downmix_cancels, read_audio
from codecbench.audio_files import clip_names, is_audio, match_files, search_whole
from codecbench.categories import as_category
from codecbench.clip_manifest import Row, read_clip_manifest
from codecbench.codecs.weights import cache_folder
from codecbench.errors import AudioError, UsageError
from codecbench.manifests import MANIFEST_NAME
from codecbench.readable import as_shown


@dataclass(frozen=True)
class Clip:
    """One recording.

    name: relative path without suffix, with "/" on every system, as `audio_files.clip_names` gives
        it; unique in its set.
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
    """The clips of a run by name, the files refused, and how many had no suffix of audio.

    made: folders below the source that bench wrote, which are left out. source: the folder or
    manifest that was searched; None for clips put together otherwise.
    """

    clips: tuple[Clip, ...]
    refused: tuple[Refused, ...] = ()
    ignored_files: int = 0
    made: tuple[Path, ...] = ()
    source: Path | None = None


def find_clips(source: Path | None = None) -> ClipSet:
    """The clips of a folder, a manifest (CSV), or, for None, the built-in set.

    A folder is searched whole, as `audio_files` does; its first sub-folder is the category. A
    `manifest.csv` in it says more about the files that it lists: category, group, licence, source.
    A manifest given itself also says which files are taken. Each file is read once, here, for its
    hash. A file that cannot be read, or repeats another's audio or name, is refused and the others
    stay.

    Raises `UsageError` where there is no such folder or manifest, the manifest is not sound or
    lists a missing file, or the folder has no audio; `AudioError` where no file can be read.
    """
    if source is None:
        from codecbench import builtin_clips

        source = builtin_clips.write_missing(builtin_folder())
    source = Path(os.path.normpath(source))
    source = as_shown(source) or source  # a stored run has the path as it is shown
    if source.is_dir():
        return replace(_clips_of_folder(source), source=source)
    if not source.exists():
        raise UsageError(f"{source}: no such folder or manifest of clips")
    if is_audio(source):
        raise UsageError(f"{source}: one audio file; give its folder, or a manifest that lists it")
    rows = read_clip_manifest(source)
    return replace(_clip_set(source.parent, rows, rows, 0), source=source)


def builtin_folder() -> Path:
    """Where the built-in clips are, or will be written."""
    return cache_folder() / "clips"


def _clips_of_folder(folder: Path) -> ClipSet:
    found = search_whole(folder)
    manifest = folder / MANIFEST_NAME
    rows, others = {}, found.others
    if manifest.is_file():
        rows = match_files(read_clip_manifest(manifest), found.audio)
        in_spite_of_name = [p for p in rows.keys() - set(found.audio) if p.is_relative_to(folder)]
        others -= 1 + len(in_spite_of_name)
    files = {*found.audio, *rows}
    if not files:
        raise UsageError(f"{folder}: no audio in this folder ({others} other files)")
    return replace(_clip_set(folder, files, rows, others), made=found.made)


def _clip_set(base: Path, files: Iterable[Path], rows: dict[Path, Row], ignored: int) -> ClipSet:
    clips: list[Clip] = []
    refused = []
    first_with: dict[str, str] = {}
    of_name: dict[str, Path] = {}
    named = [(name, path) for path, name in clip_names(base, files).items()]
    for name, path in sorted(named):
        if name in of_name:
            reason = f"its name reads as that of {of_name[name]} does ({name}): rename one of them"
            refused.append(Refused(path, reason))
            continue
        try:
            audio = read_audio(path)
        except AudioError as error:
            refused.append(Refused(path, str(error)))
            continue
        of_name[name] = path
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


def clip_of_file(name: str, path: Path, audio: Audio) -> Clip:
    """A clip of one file alone, without labels but the category that its name has."""
    return _clip(name, path, audio, Row())


def _clip(name: str, path: Path, audio: Audio, row: Row) -> Clip:
    folder, slash, _ = name.partition("/")
    return Clip(
        name=name,
        path=path,
        category=as_category(row.category or (folder if slash else "")),
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
