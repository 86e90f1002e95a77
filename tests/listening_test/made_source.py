"""A source of sounds that are made on the spot, in place of a run or of folders."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

import numpy as np
from conftest import speechlike

from codecbench.audio import Audio, Samples
from codecbench.listening_test.sources import Sounds, Source, SourceClip

Process = Callable[[Samples], Samples]


def _half(samples: Samples) -> Samples:
    return np.asarray(0.5 * samples, np.float32)


def _flat(samples: Samples) -> Samples:
    return np.asarray(np.sign(samples) / 9, np.float32)


def clip(name: str, duration_s: float = 2.5, **labels: object) -> SourceClip:
    """A clip whose category is the folder in its name."""
    plain = {
        "category": name.partition("/")[0] if "/" in name else "",
        "group": "",
        "licence": "CC0",
        "source": "made",
        "sample_rate_hz": 48000,
        "channels": 1,
    }
    return SourceClip(name=name, duration_s=duration_s, **(plain | labels))  # type: ignore[arg-type]


def clips(count: int, **labels: object) -> tuple[SourceClip, ...]:
    """Clips by turns in the categories speech, music and environment."""
    categories = ("speech", "music", "environment")
    return tuple(clip(f"{categories[i % 3]}/{i:02}", **labels) for i in range(count))  # type: ignore[arg-type]


class MadeSource(Source):
    """Clips of speech-like noise, and conditions as functions of the samples."""

    def __init__(
        self,
        clips: Iterable[SourceClip],
        processes: dict[str, Process] | None = None,
        breaks_at: str = "",
    ) -> None:
        self.clips = tuple(clips)
        self._processes = processes or {"half": _half, "flat": _flat}
        self.conditions = tuple(self._processes)
        self.lacking = {}
        self._breaks_at = breaks_at

    def sounds(self, clip: SourceClip) -> Sounds:
        """The clip and its conditions; an error at the clip `breaks_at`."""
        if clip.name == self._breaks_at:
            raise KeyError(clip.name)
        rate_hz, seed = clip.sample_rate_hz, zlib.crc32(clip.name.encode())
        samples = speechlike(clip.duration_s, rate_hz, seed=seed, channels=clip.channels).T
        processed = {
            name: Audio(np.asarray(process(samples), np.float32), rate_hz)
            for name, process in self._processes.items()
        }
        return Sounds(Audio(samples, rate_hz), processed)
