"""Scoring of estimates against one reference: rates, channels, what a metric may not be given.

What depends on the reference alone is done once for each metric and kept in `Reference`, which
serves every codec and rate of a clip. Stereo that is kept is scored per channel, then averaged;
SI-SDR of the side signal goes beside it under the name `si_sdr_side`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from codecbench.audio import Audio, fit_length, resample
from codecbench.errors import Unscorable
from codecbench.metrics.contract import Metric, Mono
from codecbench.metrics.table import load_metric
from codecbench.plan import PAPER_RATE_HZ, Protocol

SILENCE_DBFS = -70.0
"""A reference whose loudest 50 ms stay under this RMS is silent: likeness to it says nothing."""


@dataclass(frozen=True)
class Score:
    """A metric's value for one estimate, or None and the reason why it has none."""

    metric: str
    version: int
    protocol: str
    unit: str
    direction: str
    value: float | None
    reason: str = ""


def working_rate(metric: Metric, protocol: Protocol, internal_rate_hz: int) -> int:
    """The rate that a metric sees: its own, or that of the protocol."""
    if metric.sample_rate_hz is not None:
        return metric.sample_rate_hz
    return PAPER_RATE_HZ if protocol == "paper" else internal_rate_hz


def stored_protocol(metric: Metric, protocol: Protocol) -> str:
    """The protocol in a score's key: "fixed" where the metric has a rate of its own."""
    return protocol if metric.sample_rate_hz is None else "fixed"


def is_silent(samples: Mono, sample_rate_hz: int) -> bool:
    """Whether no stretch of 50 ms reaches `SILENCE_DBFS`."""
    width = min(samples.size, max(1, sample_rate_hz // 20))
    energy = np.r_[0, np.cumsum(samples**2)]
    power = (energy[width:] - energy[:-width]).max() / width
    return bool(power < 10 ** (SILENCE_DBFS / 10))


class Reference:
    """A clip's reference, with what each metric has prepared from it."""

    def __init__(self, audio: Audio, category: str) -> None:
        self.audio = audio
        self.category = category
        self._resampled: dict[int, Audio] = {audio.sample_rate_hz: audio}
        self._prepared: dict[tuple[str, int, int], object] = {}

    def at(self, rate_hz: int) -> Audio:
        """The reference at another rate, resampled once."""
        if rate_hz not in self._resampled:
            samples = resample(self.audio.samples, self.audio.sample_rate_hz, rate_hz)
            self._resampled[rate_hz] = Audio(samples, rate_hz)
        return self._resampled[rate_hz]

    def prepared(self, metric: Metric, rate_hz: int, channel: int) -> object:
        """What the metric computes from this reference alone. Raises `Unscorable`."""
        key = (metric.name, rate_hz, channel)
        if key not in self._prepared:
            mono = self.at(rate_hz).samples[channel].astype(np.float64)
            if is_silent(mono, rate_hz):
                which = f"channel {channel + 1} of " if self.audio.channels > 1 else ""
                raise Unscorable(f"{which}the reference is silent")
            self._prepared[key] = metric.prepare(mono, rate_hz)
        return self._prepared[key]


class EstimateAudio:
    """Decoded audio, resampled once for each rate that a metric asks for."""

    def __init__(self, audio: Audio, length: int) -> None:
        self._resampled = {audio.sample_rate_hz: audio}
        self._audio = audio
        if audio.samples.shape[1] != length:
            raise Unscorable(f"{audio.samples.shape[1]} samples, the reference has {length}")

    def at(self, rate_hz: int, length: int) -> Audio:
        """The estimate at another rate and exactly the reference's length there."""
        if rate_hz not in self._resampled:
            samples = resample(self._audio.samples, self._audio.sample_rate_hz, rate_hz)
            self._resampled[rate_hz] = Audio(fit_length(samples, length), rate_hz)
        return self._resampled[rate_hz]


def applies(metric: Metric, category: str, every_category: bool) -> bool:
    """Whether a metric is meant for clips of a category."""
    return metric.category is None or every_category or category == metric.category


def score(
    metric: Metric, reference: Reference, estimate: EstimateAudio, protocol: Protocol, rate_hz: int
) -> Score:
    """Score one estimate. A clip that the metric cannot judge gives no value and the reason."""
    try:
        if reference.audio.duration_s < metric.min_duration_s:
            raise Unscorable(
                f"the clip lasts {reference.audio.duration_s:.3g} s, "
                f"the metric needs {metric.min_duration_s:g} s"
            )
        length = reference.at(rate_hz).samples.shape[1]
        channels = estimate.at(rate_hz, length).samples
        values = [
            _value(metric, reference.prepared(metric, rate_hz, c), channel, rate_hz)
            for c, channel in enumerate(channels)
        ]
    except Unscorable as verdict:
        return _scored(metric, protocol, None, str(verdict))
    return _scored(metric, protocol, float(np.mean(values)))


def score_side(
    reference: Reference, estimate: EstimateAudio, protocol: Protocol, rate_hz: int
) -> Score:
    """SI-SDR in dB of the side signal, (left - right) / 2, of stereo that was kept."""
    si_sdr = load_metric("si_sdr")
    left, right = reference.at(rate_hz).samples.astype(np.float64)
    heard = estimate.at(rate_hz, left.size).samples.astype(np.float64)
    try:
        if is_silent((left - right) / 2, rate_hz):
            raise Unscorable("the reference has no side signal")
        prepared = si_sdr.prepare((left - right) / 2, rate_hz)
        value = _value(si_sdr, prepared, (heard[0] - heard[1]) / 2, rate_hz)
    except Unscorable as verdict:
        return _scored(si_sdr, protocol, None, str(verdict), "si_sdr_side")
    return _scored(si_sdr, protocol, value, name="si_sdr_side")


def _value(metric: Metric, prepared: object, channel: Mono, rate_hz: int) -> float:
    value = float(metric.compare(prepared, channel.astype(np.float64), rate_hz))
    if not math.isfinite(value):
        raise Unscorable(f"{metric.name} gave {value}")
    return value


def _scored(
    metric: Metric, protocol: Protocol, value: float | None, reason: str = "", name: str = ""
) -> Score:
    return Score(
        name or metric.name,
        metric.version,
        stored_protocol(metric, protocol),
        metric.unit,
        metric.direction,
        value,
        reason,
    )
