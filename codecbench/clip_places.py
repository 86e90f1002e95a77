"""Where the clips of a run lie: what a session notes of them, and what is read back.

A session's clips are noted with their folder twice, absolute and as seen from the run, so that a
run that was moved together with its clips finds them too. Where clips lie is a hint, never proof:
whoever opens one compares its hash (`codecbench.run_clips`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codecbench.clips import builtin_folder
from codecbench.plan import Plan
from codecbench.schema import CLIP_SETS, SESSIONS
from codecbench.store import Row, Store

Source = Path | None
"""A folder or manifest of clips; None for the built-in ones."""


@dataclass(frozen=True)
class ClipPlaces:
    """Where clips may be, the likeliest places first.

    files: by the hash of a clip. sources: to search for what is not there. guessed: folders that
    commands of older runs named, relative to wherever these were given.
    """

    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    guessed: tuple[Source, ...] = ()


def clip_set_row(plan: Plan, run: Path) -> Row:
    """A plan's clips as the store keeps them. run: the folder of the run."""
    paths = {clip.content_hash: os.path.abspath(clip.path) for clip in plan.clips}
    source = None if plan.clip_source is None else os.path.abspath(plan.clip_source)
    if source is None:
        folders = {os.path.dirname(path) for path in paths.values()}
        folder = os.path.commonpath(folders) if folders else str(run)
    else:
        folder = source if os.path.isdir(source) else os.path.dirname(source)
    files = {key: _relative(path, folder) or path for key, path in sorted(paths.items())}
    content = json.dumps([source, folder, files])
    return {
        "id": hashlib.sha256(content.encode()).hexdigest()[:32],
        "source": source,
        "builtin": source is not None and source == os.path.abspath(builtin_folder()),
        "folder": folder,
        "folder_from_run": _relative(folder, run),
        "files": files,
    }


def merged_clip_set(row: Row, source: Path, target: Path) -> Row:
    """A note of the run in `source` as the run in `target` keeps it."""
    folder = next((str(f) for f in _folders(row, source) if f.is_dir()), row["folder"])
    return row | {"folder": folder, "folder_from_run": _relative(folder, target)}


def places_of(store: Store) -> ClipPlaces:
    """Where the clips of a stored run may be; what a later session noted comes first."""
    sessions = sorted(store.rows(SESSIONS), key=lambda row: str(row["started"]), reverse=True)
    notes = {row["id"]: row for row in store.rows(CLIP_SETS)}
    used = dict.fromkeys(session["clip_set"] for session in sessions)
    places = [_places(notes[name], store.folder) for name in used if name in notes]
    old = [session["command"] for session in sessions if session["clip_set"] is None]
    return joined([*places, ClipPlaces(guessed=folders_of(old))])


def joined(places: Sequence[ClipPlaces]) -> ClipPlaces:
    """Places of several runs."""
    files: dict[str, dict[Path, None]] = {}
    for place in places:
        for key, paths in place.files.items():
            files.setdefault(key, {}).update(dict.fromkeys(paths))
    return ClipPlaces(
        {key: tuple(paths) for key, paths in files.items()},
        tuple(dict.fromkeys(source for place in places for source in place.sources)),
        tuple(dict.fromkeys(source for place in places for source in place.guessed)),
    )


def folders_of(commands: Sequence[str]) -> tuple[Source, ...]:
    """What commands gave as --clips; None, the built-in clips, where they gave nothing."""
    folders: dict[Source, None] = {}
    for command in commands:
        words = words_of(command)
        given: Source = None
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if word == "--clips":
                given = Path(following)
            elif word.startswith("--clips="):
                given = Path(word.partition("=")[2])
        folders[given] = None
    return tuple(folders)


def words_of(command: str) -> list[str]:
    """The words of a command; of a Python caller it may be any text."""
    try:
        return shlex.split(command)
    except ValueError:  # a quote that is not closed
        return command.split()


def _places(row: Row, run: Path) -> ClipPlaces:
    folders = _folders(row, run)
    files = {
        key: tuple(Path(os.path.normpath(folder / path)) for folder in folders)
        for key, path in row["files"].items()
    }
    if row["builtin"]:
        return ClipPlaces(files, (None,))
    if row["source"] is None:
        return ClipPlaces(files)
    name = "" if row["source"] == row["folder"] else os.path.basename(row["source"])
    return ClipPlaces(files, tuple(folder / name for folder in folders))


def _folders(row: Row, run: Path) -> list[Path]:
    """The folder of a clip set as it was noted, and as it lies from the run."""
    folders = [Path(row["folder"])]
    if row["folder_from_run"] is not None:
        folders.append(Path(os.path.normpath(Path(run).absolute() / row["folder_from_run"])))
    return list(dict.fromkeys(folders))


def _relative(path: str, start: str | Path) -> str | None:
    try:
        return os.path.relpath(path, start)
    except ValueError:  # on another drive
        return None
