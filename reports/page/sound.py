"""The sound of the page: stored bitstreams decoded again, as FLAC and as spectrograms, in base64.

All versions of a clip are at the clip's own rate and of its length. They share one gain, which is 1
unless some version goes beyond full scale. What cannot be had on this machine is said, not raised.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codecbench.audio import Samples, fit_length
from codecbench.errors import CodecbenchError, WeightsError, reason_of
from codecbench.loaded import clip_audio
from codecbench.reports.measurements import RunInfo
from codecbench.reports.page.sound_plan import EXCERPT_S, PlannedPlayer, Version
from codecbench.reports.page.spectrogram import RANGE_DB, draw_png, loudest, power_over_time
from codecbench.run_clips import RunClips
from codecbench.run_decoding import RunDecoder
from codecbench.store import read_run

FULL_SCALE = 32767 / 32768

DRAWING_BYTES = 2_500
"""A version's button and the axes of its spectrogram, about."""


@dataclass(frozen=True)
class Sound:
    """Something to be heard. version: None for the reference. flac, picture: base64."""

    version: Version | None
    flac: str
    picture: str

    @property
    def size(self) -> int:
        """Bytes in the page, about."""
        return len(self.flac) + len(self.picture) + DRAWING_BYTES


@dataclass(frozen=True)
class Player:
    """A clip and its versions, the reference first.

    start_s: where the excerpt begins in the clip. gain: what all versions were multiplied by.
    top_hz: the upper end of the spectrograms. range_db: from their brightest to their darkest.
    """

    planned: PlannedPlayer
    sounds: tuple[Sound, ...]
    duration_s: float
    start_s: float
    gain: float
    top_hz: float
    range_db: float = RANGE_DB


@dataclass(frozen=True)
class Heard:
    """Players, and what could not be had: (what, reason)."""

    players: tuple[Player, ...]
    missing: tuple[tuple[str, str], ...]


class SoundMaker:
    """Makes players out of the runs' clips and bitstreams; codecs stay loaded in between."""

    def __init__(
        self, runs: Sequence[RunInfo], clips_folder: Path | None, stack: ExitStack, device: str
    ) -> None:
        self._decoders: dict[str, RunDecoder] = {}
        self._clips = {run.name: RunClips(run.places, clips_folder) for run in runs}
        self._without_weights: set[str] = set()
        self._undecoded: dict[tuple[str, str], list[str]] = {}
        self._missing: dict[tuple[str, str], None] = {}
        for run in runs:
            try:
                store = stack.enter_context(read_run(run.folder))
            except CodecbenchError as error:  # moved since its rows were read
                self._missing[f"sound of the run {run.name}", reason_of(error)] = None
            else:
                self._decoders[run.name] = RunDecoder(store, device)

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """(what, reason) of all that could not be had until now; a codec's reason is told once."""
        undecoded = [
            (f"sound of {series}{where[0] if len(where) == 1 else ''}", reason)
            for (series, reason), where in self._undecoded.items()
        ]
        return (*self._missing, *undecoded)

    def make(self, planned: PlannedPlayer) -> Player | None:
        """The player, or None where its clip or all of its codecs are not at hand."""
        try:
            path = self._clips[planned.run].path_of(planned.clip, planned.clip_hash)
            reference = clip_audio(path, planned.channels)
        except CodecbenchError as error:
            self._missing[f"sound of the clip {planned.clip}", reason_of(error)] = None
            return None
        rate_hz, length = reference.sample_rate_hz, reference.samples.shape[1]
        start, end = _excerpt(length, rate_hz)
        found: list[tuple[Version | None, Samples]] = [(None, reference.samples[:, start:end])]
        for version in planned.versions:
            decoded = self._decoded(version, planned)
            if decoded is not None:
                found.append((version, fit_length(decoded, length)[:, start:end]))
        if len(found) == 1:
            return None
        gain = _gain([samples for _, samples in found])
        top = loudest(power_over_time(found[0][1]))
        sounds = tuple(
            Sound(
                version,
                _text(flac(gain * samples, rate_hz)),
                _text(draw_png(power_over_time(samples), top)),
            )
            for version, samples in found
        )
        return Player(planned, sounds, (end - start) / rate_hz, start / rate_hz, gain, rate_hz / 2)

    def _decoded(self, version: Version, planned: PlannedPlayer) -> Samples | None:
        if version.series in self._without_weights or version.run not in self._decoders:
            return None
        try:
            return self._decoders[version.run].decode(version.encoding).samples
        except CodecbenchError as error:
            where = f" at {version.point} on {planned.clip}"
            if isinstance(error, WeightsError):  # missing for all clips, and slow to look for
                self._without_weights.add(version.series)
                where = ""
            self._undecoded.setdefault((version.series, reason_of(error)), []).append(where)
            return None


def make_sounds(
    runs: Sequence[RunInfo],
    planned: Sequence[PlannedPlayer],
    clips_folder: Path | None = None,
    device: str = "cpu",
) -> Heard:
    """Decode the planned players."""
    with ExitStack() as stack:
        maker = SoundMaker(runs, clips_folder, stack, device)
        made = [maker.make(player) for player in planned]
        return Heard(tuple(player for player in made if player), maker.missing)


def choose(players: Sequence[Player], budget_bytes: int) -> tuple[tuple[Player, ...], int]:
    """The most important versions that fit, each player with its reference.

    One that does not fit makes room for less important ones that do. Also returned: how many
    versions were left out.
    """
    ranked = [
        (sound.version.rank, i, k)
        for i, player in enumerate(players)
        for k, sound in enumerate(player.sounds)
        if sound.version
    ]
    kept: dict[int, list[int]] = {}
    room, left_out = budget_bytes, 0
    for _, i, k in sorted(ranked):
        own = players[i].sounds[k].size
        cost = own if i in kept else own + players[i].sounds[0].size
        if cost > room:
            left_out += 1
            continue
        room -= cost
        kept.setdefault(i, [0]).append(k)
    chosen = (
        replace(players[i], sounds=tuple(players[i].sounds[k] for k in sorted(places)))
        for i, places in sorted(kept.items())
    )
    return tuple(chosen), left_out


def flac(samples: Samples, rate_hz: int) -> bytes:
    """16-bit FLAC of (channels, n); what was 16 bit before is kept to the bit."""
    import soundfile

    whole = np.clip(np.round(samples * 32768.0), -32768, 32767).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, whole.T, rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def _excerpt(length: int, rate_hz: int) -> tuple[int, int]:
    """First and last sample of what is taken of a clip."""
    most = round(EXCERPT_S * rate_hz)
    start = max(0, (length - most) // 2)
    return start, min(length, start + most)


def _gain(versions: list[Samples]) -> float:
    peak = max(float(np.abs(samples).max()) for samples in versions)
    return 1.0 if peak <= 1 else FULL_SCALE / peak


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
