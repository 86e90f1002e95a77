"""Where a listening test's sounds come from: what every source says and gives.

`run_source` decodes a stored run's bitstreams again, `folder_source` reads plain folders of audio,
one for each condition.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from codecbench.audio import Audio

Layout = Literal["mono", "keep"]


@dataclass(frozen=True)
class SourceClip:
    """A clip that could become an item. Labels as in `codecbench.clips.Clip`.

    channels: of its sounds, 1 or 2, which is 1 for a stereo clip that was coded mono.
    """

    name: str
    category: str
    group: str
    licence: str
    source: str
    sample_rate_hz: int
    channels: int
    duration_s: float


@dataclass(frozen=True)
class Sounds:
    """One clip as heard: the reference and each condition, all of one rate, layout and length.

    notes: what the maker of the test should know, such as a delay that was found.
    """

    reference: Audio
    conditions: dict[str, Audio]
    notes: tuple[str, ...] = ()


class Source(ABC):
    """Clips and conditions, and the sound of each pair.

    conditions: names as results show them. clips: those that can be items: every condition has
    them, and what is checked beforehand can be read. lacking: all others by name, each with the
    reason. notes: what else the maker of a test should know.
    """

    conditions: tuple[str, ...]
    clips: tuple[SourceClip, ...]
    lacking: dict[str, str]
    notes: tuple[str, ...] = ()

    @abstractmethod
    def sounds(self, clip: SourceClip) -> Sounds:
        """The sound of a clip in every condition."""

    def bitrate_bps(self, condition: str, clips: Sequence[SourceClip]) -> float | None:
        """The bitrate that was measured over some clips; None where none was."""
        return None
