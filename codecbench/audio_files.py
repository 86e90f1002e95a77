"""Which files of a folder are audio, and by which name a clip goes: one rule for all who ask.

That is clips, audio that was decoded elsewhere, listening tests and training data. A file is audio
by its suffix. Hidden files are left out; links are followed, and each folder is read once, on the
way without links where there is one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

from codecbench.errors import UsageError
from codecbench.readable import canonical_name

AUDIO_SUFFIXES = frozenset(
    {
        *("wav", "wave", "w64", "rf64", "flac", "ogg", "oga", "opus", "spx", "mp2", "mp3", "m4a"),
        *("m4b", "mp4", "mov", "aac", "ac3", "eac3", "aif", "aiff", "aifc", "au", "snd", "caf"),
        *("wma", "asf", "mka", "mkv", "webm", "amr", "3gp", "ape", "wv", "tta", "dts", "tak"),
        "mpc",
    }
)

Value = TypeVar("Value")


@dataclass(frozen=True)
class FoundFiles:
    """What lies below a folder.

    audio: sorted; links that lead nowhere are among them, to be refused by name. others: how many
    more files there are. unread: folders that cannot be searched, each with the cause. made:
    folders that commands of ours wrote, whose audio is none of the user's: runs, listening tests.
    """

    audio: tuple[Path, ...]
    others: int
    unread: tuple[tuple[Path, str], ...] = ()
    made: tuple[Path, ...] = ()


def is_audio(path: PurePath | str) -> bool:
    """Whether the suffix is one of audio, in either case."""
    return PurePath(path).suffix[1:].lower() in AUDIO_SUFFIXES


def find_files(folder: Path) -> FoundFiles:
    """The audio below a folder, but for what lies in runs and listening tests below it."""
    made: list[Path] = []
    audio: list[Path] = []
    unread: list[tuple[Path, str]] = []
    others = 0
    read: set[str] = set()
    links = [folder]
    while links:
        folders = [links.pop(0)]
        while folders:
            here = folders.pop(0)
            real = os.path.realpath(here)
            if real in read:
                continue
            read.add(real)
            try:
                entries = sorted(os.scandir(here), key=lambda entry: entry.name)
            except OSError as error:
                unread.append((here, error.strerror or str(error)))
                continue
            if here != folder and _is_made(entry.name for entry in entries):
                made.append(here)
                continue
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                path = here / entry.name
                if os.path.isdir(path):
                    (links if entry.is_symlink() else folders).append(path)
                elif is_audio(path) and (entry.is_symlink() or os.path.isfile(path)):
                    audio.append(path)
                else:
                    others += 1
    return FoundFiles(tuple(sorted(audio)), others, tuple(unread), tuple(sorted(made)))


def _is_made(names: Iterable[str]) -> bool:
    """Whether a folder with these entries is a stored run or a listening test."""
    there = set(names)
    return "run.sqlite" in there or {"test.json", "stimuli"} <= there


def search_whole(folder: Path) -> FoundFiles:
    """As `find_files`; raises `UsageError` for a folder below that cannot be searched."""
    found = find_files(folder)
    for path, cause in found.unread:
        raise UsageError(f"{path}: this folder cannot be searched: {cause}")
    return found


def match_files(listed: Mapping[Path, Value], found: Iterable[Path]) -> dict[Path, Value]:
    """What is listed of files, by the path by which a search found them: a file has several.

    Files that no search found stay under the path that is listed.
    """
    by_place = {place_of(path): path for path in found}
    return {by_place.get(place_of(path), path): value for path, value in listed.items()}


def place_of(path: Path) -> Path:
    """One path for one entry of one folder, whichever way leads there."""
    return Path(os.path.realpath(path.parent), path.name)


def clip_names(base: Path, files: Iterable[Path]) -> dict[Path, str]:
    """The clip's name of each file: its path from `base` without suffix, in canonical form.

    a.wav beside a.flac keep their suffixes. Files whose names differ in their Unicode form alone
    have one name.
    """
    relative = {path: _relative(path, base) for path in files}
    named = set(relative.values())
    count = Counter(name.with_suffix("") for name in named)
    short = {
        name: name if count[name.with_suffix("")] > 1 else name.with_suffix("") for name in named
    }
    if len(set(short.values())) < len(named):  # a.wav, a.flac and a.wav.flac
        short = {name: name for name in named}
    return {path: short[name].as_posix() for path, name in relative.items()}


class EstimateFiles:
    """The audio files of a folder, to be found by the names of the clips that they are made of.

    files: sorted; `listed` ones (of a manifest) belong whatever their suffix. Raises `UsageError`
    for a folder that cannot be searched.
    """

    def __init__(self, folder: Path, listed: Iterable[Path] = ()) -> None:
        found = search_whole(folder).audio
        self._folder = folder
        self.files = tuple(sorted({*found, *match_files(dict.fromkeys(listed), found)}))
        self._by_name: dict[str, list[Path]] = {}
        self._by_stem: dict[str, list[Path]] = {}
        for path in self.files:
            name = _relative(path, folder)
            self._by_name.setdefault(name.as_posix(), []).append(path)
            self._by_stem.setdefault(name.with_suffix("").as_posix(), []).append(path)

    def file_of(self, clip_name: str) -> Path | None:
        """The file of that name, which is a clip's beside others of its stem, else of that stem.

        None where there is none. Raises `UsageError` that names them where there are several.
        """
        files = self._by_name.get(clip_name) or self._by_stem.get(clip_name) or []
        if len(files) > 1:
            names = " and ".join(str(path.relative_to(self._folder)) for path in files)
            raise UsageError(
                f"{self._folder} has {len(files)} audio files for the clip {clip_name}: {names}; "
                "keep one of them there"
            )
        return files[0] if files else None

    def names(self) -> dict[str, Path]:
        """Each file by its name, and by its name without suffix."""
        return {
            name: files[0]
            for names in (self._by_stem, self._by_name)
            for name, files in names.items()
        }


def _relative(path: Path, base: Path) -> PurePath:
    """The canonical path from `base`; for files elsewhere, the whole one without root and ".."."""
    if path.is_relative_to(base):
        path = path.relative_to(base)
    return PurePath(
        *[canonical_name(part) for part in path.parts if part not in (path.anchor, "..")]
    )
