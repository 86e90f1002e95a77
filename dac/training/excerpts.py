"""Excerpts to train and validate on, prepared as published: gate, loudness, peak, phase.

Excerpt n depends on index, configuration, seed and n alone: not on the order in which excerpts are
asked for, on the process, or on what came before. So a training goes on exactly where it stopped.
"""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from codecbench.dac.loudness import integrated_loudness_lufs
from codecbench.dac.training.recipe import DataConfig
from codecbench.dac.training.rotation import Rotation
from codecbench.dac.training.sources import Index, SourceFile
from codecbench.dac.training.stretches import read_stretch, samples_at
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import numpy.typing as npt

_MARGIN_S = 0.05
"""Heard to each side of an excerpt when its phase is shifted, for right edges."""

_SILENCE_LUFS = -70.0
"""The least loudness that is brought up: below, it is the gain of this one. As in audiotools."""

_ATTEMPTS = 8


class Excerpt(NamedTuple):
    """audio: (1, samples), float32; failed: paths of files that could not be read for it."""

    audio: torch.Tensor
    failed: tuple[str, ...]


class Excerpts(torch.utils.data.Dataset[Excerpt]):
    """`excerpts[n]` for any n >= 0, of mono audio at `sample_rate_hz`.

    Its place in the file is drawn evenly, up to `gate_tries` times until it is louder than
    `gate_lufs`; if none was, the last is taken. It is brought to `loudness_lufs`, turned down where
    its peak would exceed 1, and only then shifted in phase: peaks may come to exceed 1 again, and
    stay, as published. Files shorter than an excerpt get zeros at their end.
    """

    def __init__(
        self, index: Index, config: DataConfig, sample_rate_hz: int, excerpt_samples: int, seed: int
    ) -> None:
        """Raises `AudioError` for an index without files."""
        self._index = index
        self._config = config
        self._rate_hz = sample_rate_hz
        self._samples = excerpt_samples
        self._seed = seed
        self._rotation = Rotation(index, config.balance, seed)

    def __getitem__(self, n: int) -> Excerpt:
        """Excerpt n.

        In place of a file that cannot be read, any other file of the index is drawn. Raises
        `AudioError` after 8 such files in a row.
        """
        failed: list[str] = []
        for attempt in range(_ATTEMPTS):
            random = np.random.default_rng([self._seed, n, attempt])
            if attempt:
                file = self._index.files[random.integers(len(self._index.files))]
            else:
                file = self._rotation.file(n)
            # Drawn in any case: with or without the shift, the same places are heard.
            angle_rad = random.uniform(-np.pi, np.pi)
            try:
                audio = _excerpt(
                    Path(self._index.folder),
                    file,
                    self._config,
                    self._rate_hz,
                    self._samples,
                    random,
                    angle_rad if self._config.phase_shift else 0.0,
                )
            except AudioError as error:
                failed.append(file.path)
                cause = error
            else:
                return Excerpt(torch.from_numpy(audio[None]), tuple(dict.fromkeys(failed)))
        raise AudioError(
            f"{self._index.folder}: {_ATTEMPTS} files in a row cannot be read; the last: {cause}"
        ) from cause


def validation_excerpts(
    index: Index,
    config: DataConfig,
    sample_rate_hz: int,
    duration_s: float = 5.0,
    limit: int = 64,
) -> tuple[list[torch.Tensor], tuple[str, ...]]:
    """Excerpts (1, samples) of at most `limit` files, always the same, and the files that failed.

    One for each file, from all groups and bands by turns. Prepared as for training, but not
    shifted in phase. A shorter file is heard whole: excerpts differ in length, between
    `config.excerpt_s` and `duration_s`.
    """
    excerpts: list[torch.Tensor] = []
    failed = []
    longest, shortest = (int(time_s * sample_rate_hz) for time_s in (duration_s, config.excerpt_s))
    strata = [sorted(files, key=_hash) for files in index.strata().values()]
    for file in itertools.chain.from_iterable(itertools.zip_longest(*strata)):
        if file is None:
            continue
        if len(excerpts) == limit:
            break
        samples = max(shortest, min(longest, samples_at(file, sample_rate_hz)))
        random = np.random.default_rng(_hash(file))
        try:
            audio = _excerpt(Path(index.folder), file, config, sample_rate_hz, samples, random, 0.0)
        except AudioError:
            failed.append(file.path)
        else:
            excerpts.append(torch.from_numpy(audio[None]))
    return excerpts, tuple(failed)


def shift_phase(
    samples: npt.NDArray[np.float32], angle_rad: float, margin: int
) -> npt.NDArray[np.float32]:
    """cos(angle) x - sin(angle) H(x), H the Hilbert transform; all frequencies turn by `angle_rad`.

    samples: (margin + n + margin,), of which the middle (n,) is returned. The margins fade to zero,
    so that the end of the excerpt does not sound at its beginning.
    """
    from scipy import fft

    fade = np.sin(np.linspace(0, np.pi / 2, margin, endpoint=False, dtype=np.float32)) ** 2
    heard = samples.copy()
    heard[:margin] *= fade
    heard[len(heard) - margin :] *= fade[::-1]
    size = fft.next_fast_len(len(heard), real=True)
    turn = np.complex64(np.exp(1j * angle_rad))
    turned: npt.NDArray[np.float32] = fft.irfft(fft.rfft(heard, size) * turn, size)
    return turned[margin : len(heard) - margin]


def _excerpt(
    folder: Path,
    file: SourceFile,
    config: DataConfig,
    rate_hz: int,
    samples: int,
    random: np.random.Generator,
    angle_rad: float,
) -> npt.NDArray[np.float32]:
    """(samples,): drawn past the gate, then loudness, peak and phase in this order."""
    margin = round(_MARGIN_S * rate_hz) if angle_rad else 0
    places = max(1, samples_at(file, rate_hz) - samples + 1)
    for _ in range(config.gate_tries if places > 1 else 1):
        start = int(random.integers(places))
        heard = read_stretch(folder, file, rate_hz, start - margin, start + samples + margin)
        excerpt = heard[margin : margin + samples]
        loudness_lufs = integrated_loudness_lufs(excerpt[None], rate_hz)
        if loudness_lufs > config.gate_lufs:
            break
    gain = 10 ** ((config.loudness_lufs - max(loudness_lufs, _SILENCE_LUFS)) / 20)
    peak = float(np.abs(excerpt).max())
    gain = min(gain, 1 / peak) if peak else gain
    heard = heard * np.float32(gain)
    return shift_phase(heard, angle_rad, margin) if angle_rad else heard


def _hash(file: SourceFile) -> int:
    return int.from_bytes(hashlib.sha256(file.path.encode(errors="surrogateescape")).digest()[:8])
