"""The clips that a run coded, found again by the hash of their audio.

A run keeps its clips' hashes and the command that named their folder, not the clips.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from codecbench.clips import find_clips
from codecbench.errors import CodecbenchError, StoreError
from codecbench.store import Row


class RunClips:
    """Files of a run's clips. folder: where they are, None for where its commands had them."""

    def __init__(self, sessions: Sequence[Row], folder: Path | None) -> None:
        self._sessions, self._folder = sessions, folder

    def path_of(self, name: str, clip_hash: str) -> Path:
        """The file of a clip. Raises `StoreError` where there is none of that hash.

        Its messages name the option `--run-clips` of the commands that read stored runs.
        """
        by_hash, by_name = self._found
        if clip_hash in by_hash:
            return by_hash[clip_hash]
        if name in by_name:
            raise StoreError(
                f"{by_name[name]} is not the clip {name} that the run coded: its audio differs (by "
                "hash). Give --run-clips FOLDER with the clips of the run"
            )
        raise StoreError(
            f"the clip {name} of the run was not found in "
            f"{self._folder or 'the folder of its command'}: give --run-clips FOLDER"
        )

    @cached_property
    def _found(self) -> tuple[dict[str, Path], dict[str, Path]]:
        """Paths by hash and by name."""
        by_hash: dict[str, Path] = {}
        by_name: dict[str, Path] = {}
        for folder in [self._folder] if self._folder else folders_of(self._sessions):
            try:
                clips = find_clips(folder).clips
            except CodecbenchError:
                if self._folder:
                    raise
                continue  # the command ran elsewhere: its clips are asked for where they are needed
            by_hash |= {clip.content_hash: clip.path for clip in clips}
            by_name |= {clip.name: clip.path for clip in clips}
        return by_hash, by_name


def folders_of(sessions: Sequence[Row]) -> list[Path | None]:
    """What a run's commands gave as --clips; None, the built-in clips, where they gave nothing."""
    folders: dict[Path | None, None] = {}
    for session in sessions:
        words = shlex.split(session["command"])
        given: Path | None = None
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if word == "--clips":
                given = Path(following)
            elif word.startswith("--clips="):
                given = Path(word.partition("=")[2])
        folders[given] = None
    return list(folders)
