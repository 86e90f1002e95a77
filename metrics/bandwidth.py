"""Bandwidth that survives coding, and the reference's own.

`bandwidth_hz` and `bandwidth_reference_hz`, from Welch's power spectrum (Hann windows of 2048
samples, half overlapped) in bands of 200 Hz. A band of the reference is active where it lies
above the strongest band - 70 dB; it is kept where the estimate has at least the reference's level
- 20 dB. The result is the upper edge of the highest band that is kept (of the highest active one,
for the reference), in Hz, 0 to Nyquist. An estimate that keeps no band, silence for one, has a
bandwidth of 0 Hz. Higher is better, up to the reference's own.

Why 70 dB: the noise that any decoder leaves lies some 90 to 95 dB under the strongest band. With
active bands down to -80 dB it passes for signal in the reference's weakest bands: at 8 kbps,
where Opus codes 4 kHz, real clips gave 7.8 to 20.6 kHz (whale song, guitar, celesta). The level
is the mean over the clip, so what happens in few frames counts little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from codecbench.errors import Unscorable
from codecbench.metrics.activity import require_active
from codecbench.metrics.contract import Metric, Mono

WINDOW_SAMPLES = 2048
BAND_HZ = 200.0
ACTIVE_BELOW_PEAK_DB = 70.0
KEPT_BELOW_REFERENCE_DB = 20.0


@dataclass(frozen=True)
class Bands:
    """Mean power spectral density of the reference per band, shape (bands,); which are active."""

    power: npt.NDArray[np.float64]
    active: npt.NDArray[np.bool_]


def band_powers(signal: Mono, sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """Mean power spectral density per band of 200 Hz, shape (bands,), up to Nyquist."""
    if len(signal) < WINDOW_SAMPLES:
        raise Unscorable(f"too short: {len(signal)} samples, at least {WINDOW_SAMPLES} needed")
    import scipy.signal  # slow to import, and a plan asks for the metric's description alone

    frequencies_hz, density = scipy.signal.welch(signal, sample_rate_hz, nperseg=WINDOW_SAMPLES)
    band_of_bin = (frequencies_hz // BAND_HZ).astype(np.intp)
    power: npt.NDArray[np.float64] = np.bincount(band_of_bin, density) / np.bincount(band_of_bin)
    return power


def reference_bands(reference: Mono, sample_rate_hz: int) -> Bands:
    """The bands of the reference. Raises `Unscorable` for a silent or a too short one."""
    require_active(reference, "reference")
    power = band_powers(reference, sample_rate_hz)
    return Bands(power, active=power > power.max() * 10 ** (-ACTIVE_BELOW_PEAK_DB / 10))


def _upper_edge_hz(bands: npt.NDArray[np.bool_], sample_rate_hz: int) -> float:
    chosen = np.flatnonzero(bands)
    if not len(chosen):
        return 0.0
    return float(min((chosen[-1] + 1) * BAND_HZ, sample_rate_hz / 2))


def kept_bandwidth_hz(reference: Bands, estimate: Mono, sample_rate_hz: int) -> float:
    """Upper edge of the highest active band that the estimate keeps, in Hz; 0 for none."""
    tolerance = 10 ** (-KEPT_BELOW_REFERENCE_DB / 10)
    kept = band_powers(estimate, sample_rate_hz) >= reference.power * tolerance
    return _upper_edge_hz(kept & reference.active, sample_rate_hz)


def reference_bandwidth_hz(reference: Bands, _estimate: Mono, sample_rate_hz: int) -> float:
    """Upper edge of the highest active band of the reference in Hz, whatever the estimate."""
    return _upper_edge_hz(reference.active, sample_rate_hz)


BANDWIDTH = Metric(
    name="bandwidth_hz",
    unit="Hz",
    direction="higher",
    value_range=(0.0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="highest frequency of the reference that survives",
    source="this project",
    prepare=reference_bands,
    compare=kept_bandwidth_hz,
    min_duration_s=WINDOW_SAMPLES / 44_100,
)

BANDWIDTH_REFERENCE = Metric(
    name="bandwidth_reference_hz",
    unit="Hz",
    direction="neither",
    value_range=(0.0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="bandwidth of the reference itself",
    source="this project",
    prepare=reference_bands,
    compare=reference_bandwidth_hz,
    min_duration_s=WINDOW_SAMPLES / 44_100,
)
