"""STOI and ESTOI: predicted intelligibility of speech, not its quality.

stoi correlates the envelopes of 15 third-octave bands (150 Hz to 4.3 kHz) over 384 ms; estoi
correlates them across bands too. -1 to 1, in practice 0 to 1, higher is better. Frames in which
the reference is more than 40 dB under its loudest are left out.

Source: Taal et al., IEEE TASLP 2011; Jensen and Taal, IEEE TASLP 2016; through the package
pystoi. It returns 1e-5 where fewer than 30 frames remain, 0 or noise for a silent estimate:
refused here.
"""

from __future__ import annotations

import warnings

import numpy as np

from codecbench.errors import Unscorable
from codecbench.metrics.activity import require_active
from codecbench.metrics.contract import Metric, Mono

_RATE_HZ = 10_000
_FRAME, _HOP = 256, 128
_DYNAMIC_RANGE_DB = 40
_FRAMES_NEEDED = 31  # joined again, 31 frames leave the 30 that one segment takes
# The library takes a frame where more than its length is left, hence the one sample.
MIN_DURATION_S = (_FRAME + (_FRAMES_NEEDED - 1) * _HOP + 1) / _RATE_HZ


def _at_working_rate(signal: Mono, sample_rate_hz: int) -> Mono:
    from pystoi.utils import resample_oct

    if sample_rate_hz == _RATE_HZ:
        return signal
    resampled: Mono = resample_oct(signal, _RATE_HZ, sample_rate_hz)
    return resampled


def active_frames(signal: Mono) -> int:
    """Frames within 40 dB of the loudest, of a signal at 10 kHz."""
    if len(signal) <= _FRAME:
        return 0
    frames = np.lib.stride_tricks.sliding_window_view(signal[:-1], _FRAME)[::_HOP]
    window = np.hanning(_FRAME + 2)[1:-1]
    energies = np.sum((frames * window) ** 2, axis=1)
    return int(np.sum(energies > energies.max() * 10 ** (-_DYNAMIC_RANGE_DB / 10)))


def reference_at_working_rate(reference: Mono, sample_rate_hz: int) -> Mono:
    """The reference at 10 kHz. Raises `Unscorable` for a silent one or too little speech."""
    require_active(reference, "reference")
    resampled = _at_working_rate(reference, sample_rate_hz)
    frames = active_frames(resampled)
    if frames < _FRAMES_NEEDED:
        raise Unscorable(f"too little speech for STOI: {frames} frames, {_FRAMES_NEEDED} needed")
    return resampled


def _intelligibility(
    reference: Mono, estimate: Mono, sample_rate_hz: int, *, extended: bool
) -> float:
    from pystoi import stoi

    require_active(estimate, "estimate")
    estimate = _at_working_rate(estimate, sample_rate_hz)
    # The extended measure adds noise of 1e-16 from numpy's global generator: fixed for the call, so
    # that a score is a function of its arguments, and put back afterwards.
    state = np.random.get_state()
    np.random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Not enough STFT frames")
            return float(stoi(reference, estimate, _RATE_HZ, extended=extended))
    except RuntimeWarning as error:
        raise Unscorable("too little speech for STOI after leaving out silent frames") from error
    finally:
        np.random.set_state(state)


def stoi_score(reference: Mono, estimate: Mono, sample_rate_hz: int) -> float:
    """STOI against a reference at 10 kHz. Raises `Unscorable` for a silent estimate."""
    return _intelligibility(reference, estimate, sample_rate_hz, extended=False)


def estoi_score(reference: Mono, estimate: Mono, sample_rate_hz: int) -> float:
    """ESTOI against a reference at 10 kHz. Raises `Unscorable` for a silent estimate."""
    return _intelligibility(reference, estimate, sample_rate_hz, extended=True)


STOI = Metric(
    name="stoi",
    unit="",
    direction="higher",
    value_range=(-1.0, 1.0),
    version=1,
    sample_rate_hz=16_000,
    summary="short-time objective intelligibility",
    source="Taal et al. 2011, IEEE TASLP 19(7)",
    prepare=reference_at_working_rate,
    compare=stoi_score,
    category="speech",
    min_duration_s=MIN_DURATION_S,
)

ESTOI = Metric(
    name="estoi",
    unit="",
    direction="higher",
    value_range=(-1.0, 1.0),
    version=1,
    sample_rate_hz=16_000,
    summary="extended short-time objective intelligibility",
    source="Jensen and Taal 2016, IEEE TASLP 24(11)",
    prepare=reference_at_working_rate,
    compare=estoi_score,
    category="speech",
    min_duration_s=MIN_DURATION_S,
)
