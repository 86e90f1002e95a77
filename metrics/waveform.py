"""Distances of waveforms, sample by sample: `l1` and `si_sdr`.

Neither forgives a delay: a few samples of it cost most of the SI-SDR.

l1: mean absolute difference of the samples, full scale 1. Range 0 upwards, lower is better.

si_sdr: scale-invariant signal-to-distortion ratio in dB, higher is better. Both signals are made
zero-mean; with s the reference, e the estimate and t = (<e, s> / <s, s>) s, it is 10 log10(|t|^2
/ |e - t|^2). Source: Le Roux et al., SDR - half-baked or well done?, ICASSP 2019, arXiv
1811.02508. In double precision a residual cannot be told from rounding below eps·|e|, so both
energies are raised by eps^2·|e|^2: a perfect copy scores 313 dB, an orthogonal estimate -313 dB,
and values between are those of the formula.
"""

from __future__ import annotations

import numpy as np

from codecbench.metrics.activity import require_active
from codecbench.metrics.contract import Metric, Mono

_EPS = float(np.finfo(np.float64).eps)
SI_SDR_LIMIT_DB = -20 * np.log10(_EPS)  # 313.07 dB


def _unchanged(reference: Mono, _sample_rate_hz: int) -> Mono:
    return reference


def mean_absolute_error(reference: Mono, estimate: Mono, _sample_rate_hz: int) -> float:
    """Mean absolute difference of the samples."""
    return float(np.mean(np.abs(reference - estimate)))


def zero_mean(reference: Mono, _sample_rate_hz: int) -> Mono:
    """The reference without its mean. Raises `Unscorable` where nothing is left."""
    centred: Mono = reference - np.mean(reference)
    require_active(centred, "reference")
    return centred


def si_sdr_db(reference: Mono, estimate: Mono, _sample_rate_hz: int) -> float:
    """SI-SDR in dB of an estimate against a zero-mean reference.

    Raises `Unscorable` for an estimate that is silent or constant: the ratio is 0 / 0 there.
    """
    centred = estimate - np.mean(estimate)
    require_active(centred, "estimate")
    target = (np.dot(centred, reference) / np.dot(reference, reference)) * reference
    residual = centred - target
    rounding = _EPS**2 * np.dot(centred, centred)
    ratio = (np.dot(target, target) + rounding) / (np.dot(residual, residual) + rounding)
    return float(np.clip(10 * np.log10(ratio), -SI_SDR_LIMIT_DB, SI_SDR_LIMIT_DB))


L1 = Metric(
    name="l1",
    unit="",
    direction="lower",
    value_range=(0.0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="mean absolute difference of the samples",
    source="mean absolute error",
    prepare=_unchanged,
    compare=mean_absolute_error,
)

SI_SDR = Metric(
    name="si_sdr",
    unit="dB",
    direction="higher",
    value_range=(-float(SI_SDR_LIMIT_DB), float(SI_SDR_LIMIT_DB)),
    version=1,
    sample_rate_hz=None,
    summary="scale-invariant signal-to-distortion ratio, zero-mean",
    source="Le Roux et al. 2019, arXiv 1811.02508",
    prepare=zero_mean,
    compare=si_sdr_db,
)
