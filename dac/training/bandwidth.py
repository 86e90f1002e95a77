"""Whether audio is full-band: measured, for names and sample rates do not tell.

Much audio at 44.1 or 48 kHz was once sampled at less, or went through a codec that cut it off.
Looked at is the stretch from 0.73 to 0.82 of the model's Nyquist frequency, 16.1 to 18.1 kHz at
44.1 kHz: above the edge of material from 32 kHz, below the top that converters roll off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_STRETCH = (0.73, 0.82)  # of the model's Nyquist frequency
_LEAST_RATE = 0.9  # of the model's rate
_LEAST_RELATIVE_DB = -75.0
_LEAST_DBFS = -100.0  # above the noise of 16 bits, which has -108 dBFS there


def is_full_band(probes: npt.NDArray[np.float32], rate_hz: int, model_rate_hz: int) -> bool:
    """Whether `probes` (probes, samples) hold something high up, at full scale 1.

    What counts is the level there that a tenth of the frames reach, which sibilants and cymbals do
    and single clicks do not: at least -75 dB of the mean power of all frequencies, and -100 dBFS.
    Frames 50 dB below the loudest are left out, being pauses.
    """
    import numpy as np

    if rate_hz < _LEAST_RATE * model_rate_hz:
        return False
    size = min(2 ** round(math.log2(0.046 * rate_hz)), probes.shape[1])
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    frames = probes[:, : probes.shape[1] // size * size].reshape(-1, size)
    spectra = np.abs(np.fft.rfft(frames * window)) ** 2
    powers = 2 * spectra / (size * np.sum(window**2))  # summed over bins: the power of a frame
    low, high = (math.ceil(share * model_rate_hz / 2 * size / rate_hz) for share in _STRETCH)
    whole = powers.sum(axis=1)
    audible = whole > 1e-5 * whole.max()
    level_dbfs = _db(np.quantile(powers[audible, low:high].sum(axis=1), 0.9))
    return level_dbfs >= max(_LEAST_DBFS, _db(whole[audible].mean()) + _LEAST_RELATIVE_DB)


def _db(power: float) -> float:
    return 10 * math.log10(power + 1e-30)
