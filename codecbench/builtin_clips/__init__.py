"""Eight clips that codecbench makes itself: two speech-like, three of music, three of environment.

They exercise every codec and metric without a download, the same bits each time. They are no test
material: to rank codecs, take recordings.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codecbench.audio import Audio, content_hash, read_audio, write_wav
from codecbench.builtin_clips import environment, music, speech
from codecbench.builtin_clips.signals import Signal
from codecbench.errors import AudioError, StoreError, UsageError
from codecbench.files import write_text

LICENCE = "CC0-1.0"
SOURCE = "made by codecbench"
DURATION_S = 5.0


@dataclass(frozen=True)
class Recipe:
    """How one clip is made; `rms_dbfs` sets its level, over all channels."""

    name: str
    make: Callable[[int, float], Signal]
    sample_rate_hz: int
    rms_dbfs: float


RECIPES = (
    Recipe("speech/low_voice", speech.low_voice, 48_000, -22),
    Recipe("speech/high_voice_16k", speech.high_voice, 16_000, -22),
    Recipe("music/plucked_strings", music.plucked_strings, 44_100, -26),
    Recipe("music/ensemble", music.ensemble, 48_000, -21),
    Recipe("music/castanets", music.castanets, 44_100, -31),
    Recipe("environment/rain", environment.rain, 44_100, -25),
    Recipe("environment/birdsong", environment.birdsong, 48_000, -28),
    Recipe("environment/engine", environment.engine, 44_100, -20),
)
"""Between −21 and −25 LUFS (ITU-R BS.1770), peaks under −1 dBFS."""

CONTENT_HASHES = {
    "speech/low_voice": "c4691ce57fbd3f9267f21bea351e98bd",
    "speech/high_voice_16k": "cf85c435680fae7d8ecb1966ce05dae8",
    "music/plucked_strings": "17df4a0c6d46403f7c9dfd6edc70bd3d",
    "music/ensemble": "4272f1b4ac754b2a379b9024be18723c",
    "music/castanets": "2e6d32aa89c412f0e460ee689ffdad02",
    "environment/rain": "6602d606824fd6402706d0ad23127f26",
    "environment/birdsong": "d0ff1a430a6e7b511c227dd1ab44d9af",
    "environment/engine": "a5ec60313e76bd617a1e39419056e583",
}
"""`audio.content_hash` of each clip."""


def make(recipe: Recipe) -> Audio:
    """Make one clip: 5 s, each sample a multiple of 1/32768."""
    signal = np.atleast_2d(recipe.make(recipe.sample_rate_hz, DURATION_S))
    signal = signal * 10 ** (recipe.rms_dbfs / 20) / np.sqrt(np.mean(signal**2))
    whole = np.round(np.clip(signal, -1, 1 - 2**-15) * 32768)
    return Audio((whole / 32768).astype(np.float32), recipe.sample_rate_hz)


def write_missing(folder: Path) -> Path:
    """Write the clips and their manifest into `folder`; sound ones stay as they are.

    Each file is read and its hash checked, so a damaged cache mends itself. Returns the manifest.
    Raises `UsageError` where the folder cannot be written.
    """
    try:
        for recipe in RECIPES:
            path = folder / f"{recipe.name}.wav"
            if not _is_sound(path, recipe):
                write_wav(path, make(recipe))
        return _write_manifest(folder)
    except (OSError, AudioError, StoreError) as error:
        raise UsageError(
            f"the built-in clips cannot be written ({error}); set CODECBENCH_CACHE to a folder that"
            " can be"
        ) from error


def _is_sound(path: Path, recipe: Recipe) -> bool:
    try:
        return content_hash(read_audio(path)) == CONTENT_HASHES[recipe.name]
    except AudioError:
        return False


def _write_manifest(folder: Path) -> Path:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["path", "category", "licence", "source"])
    for recipe in RECIPES:
        category = recipe.name.partition("/")[0]
        table.writerow([f"{recipe.name}.wav", category, LICENCE, SOURCE])
    manifest = folder / "manifest.csv"
    if not manifest.is_file() or manifest.read_text() != text.getvalue():
        write_text(manifest, text.getvalue())
    return manifest
