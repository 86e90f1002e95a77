"""The clips that a run coded, found again by the hash of their audio.

A run keeps its clips' hashes and where they lay (`codecbench.clip_places`), not the clips. Runs of
older versions keep the command that named their folder alone: what it says is followed last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from codecbench.audio import content_hash, read_audio
from codecbench.clip_places import ClipPlaces, Source
from codecbench.clips import Clip, clip_of_file, find_clips
from codecbench.errors import AudioError, CodecbenchError, StoreError


class RunClips:
    """Files of a run's clips. folder: where they are, None for where the run had them."""

    def __init__(self, places: ClipPlaces, folder: Path | None) -> None:
        self._places, self._folder = places, folder

    def path_of(self, name: str, clip_hash: str) -> Path:
        """The file of a clip. Raises `StoreError` where there is none of that hash.

        Its messages name the option `--run-clips` of the commands that read stored runs.
        """
        there = [path for path in self._noted(clip_hash) if path.is_file()]
        for path in there:
            if _hash_of(path) == clip_hash:
                return path
        if clip_hash in self._searched:
            return self._searched[clip_hash].path
        named = (clip.path for clip in self._searched.values() if clip.name == name)
        if (other := next(iter((*there, *named)), None)) is not None:
            raise StoreError(
                f"{other} is not the clip {name} that the run coded: its audio differs (by hash). "
                "Give --run-clips FOLDER with the clips of the run"
            )
        raise StoreError(
            f"the clip {name} of the run was not found in {self.where}: give --run-clips FOLDER"
        )

    def clip(self, name: str, clip_hash: str) -> Clip:
        """A clip with the labels that it has where it lies. Raises as `path_of` does.

        Whoever asks for many clips gets them by one search of the folder that has them.
        """
        if clip_hash in self._searched:
            return self._searched[clip_hash]
        path = self.path_of(name, clip_hash)
        return clip_of_file(name, path, read_audio(path))

    @property
    def where(self) -> str:
        """The places that are searched, in words."""
        if self._folder:
            return str(self._folder)
        places = [str(source or "the built-in clips") for source in self._places.sources]
        if self._places.guessed:
            places.append(
                "the folder of its command (the run is of an older version, which noted no more)"
            )
        return " or ".join(places) or "any place that it notes"

    def _noted(self, clip_hash: str) -> tuple[Path, ...]:
        return () if self._folder else self._places.files.get(clip_hash, ())

    @cached_property
    def _searched(self) -> dict[str, Clip]:
        """Clips by hash, as searching the places finds them.

        Raises what `find_clips` does for the folder that was given; a place that is no longer there
        is passed over.
        """
        if self._folder:
            clips = find_clips(self._folder).clips
        else:
            clips = tuple(_clips_in((*self._places.sources, *self._places.guessed)))
        return {clip.content_hash: clip for clip in reversed(clips)}


def _clips_in(sources: Iterable[Source]) -> Iterator[Clip]:
    for source in dict.fromkeys(sources):
        try:
            yield from find_clips(source).clips
        except CodecbenchError:
            continue  # moved or on another machine: what is missing is asked for by name


def _hash_of(path: Path) -> str:
    try:
        return content_hash(read_audio(path))
    except AudioError:
        return ""
