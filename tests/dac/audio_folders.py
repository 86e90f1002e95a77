"""Small folders of audio for the tests of training: noise, tones and ways to be broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from codecbench.dac.training.sources import Index, index_folder

Floats = npt.NDArray[np.float64]
RATE_HZ = 16_000


def noise(duration_s: float, rate_hz: int = RATE_HZ, seed: int = 0) -> Floats:
    """White noise of -20 dBFS."""
    return 0.1 * np.random.default_rng(seed).standard_normal(int(duration_s * rate_hz))


def tone(frequency_hz: float, duration_s: float, rate_hz: int = RATE_HZ) -> Floats:
    """A sine of peak 0.1."""
    return 0.1 * np.sin(2 * np.pi * frequency_hz * np.arange(int(duration_s * rate_hz)) / rate_hz)


def write(path: Path, samples: Floats, rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> None:
    """Samples (frames,) or (frames, channels) as a file; `subtype` counts for WAV alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, subtype=subtype if path.suffix == ".wav" else None)


def indexed(folder: Path, excerpt_s: float = 0.38, rate_hz: int = RATE_HZ) -> Index:
    """The folder's index for a model at `rate_hz`."""
    return index_folder(folder, rate_hz, excerpt_s)
