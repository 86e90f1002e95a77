"""Speech-like clips: a source-filter voice that babbles in phrases. Nobody's voice, no language.

Glottal pulses (Rosenberg 1971, the trigonometric pulse) pass five formants that glide from sound to
sound (vowel formants: Peterson & Barney 1952); hiss makes the fricatives and the bursts of stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import lfilter

from codecbench.builtin_clips.signals import Signal, band, oscillator, wander, white_noise

FRAME_S = 0.004
_HIGHER_FORMANTS_HZ = (3400.0, 4500.0)
_BANDWIDTHS_HZ = (70.0, 90.0, 130.0, 200.0, 280.0)


@dataclass(frozen=True)
class Phone:
    """A speech sound: how long, how voiced, how hissing (below and above 5 kHz), its formants."""

    duration_s: float
    voice: float
    low_hiss: float
    high_hiss: float
    formants_hz: tuple[float, float, float]


PHONES = {
    "a": Phone(0.13, 1.0, 0, 0, (730, 1090, 2440)),
    "e": Phone(0.11, 0.9, 0, 0, (530, 1840, 2480)),
    "i": Phone(0.11, 0.8, 0, 0, (270, 2290, 3010)),
    "o": Phone(0.13, 0.9, 0, 0, (570, 840, 2410)),
    "u": Phone(0.11, 0.8, 0, 0, (300, 870, 2240)),
    "m": Phone(0.07, 0.35, 0, 0, (250, 1000, 2200)),
    "n": Phone(0.06, 0.35, 0, 0, (250, 1500, 2500)),
    "l": Phone(0.06, 0.5, 0, 0, (360, 1300, 2700)),
    "v": Phone(0.06, 0.3, 0.06, 0.05, (300, 1200, 2300)),
    "s": Phone(0.10, 0.0, 0.02, 0.55, (350, 1700, 2600)),
    "x": Phone(0.10, 0.0, 0.45, 0.25, (350, 1900, 2500)),  # as in "shoe"
    "f": Phone(0.08, 0.0, 0.06, 0.12, (350, 1200, 2300)),
    "-": Phone(0.055, 0.0, 0, 0, (350, 1600, 2600)),  # the closure before a stop
    "t": Phone(0.022, 0.0, 0.25, 0.5, (350, 1800, 2700)),
    "k": Phone(0.028, 0.0, 0.5, 0.15, (350, 1900, 2300)),
    " ": Phone(0.30, 0.0, 0, 0, (450, 1500, 2500)),
}


def low_voice(rate_hz: int, duration_s: float) -> Signal:
    """A low voice (about 110 Hz) in three phrases, mono."""
    text = " masoti-kalune ve-texamo-ti si-tunala fe-komi nosa-tila "
    return _voice(text, 112.0, rate_hz, duration_s, tract=1.0, seed=11)


def high_voice(rate_hz: int, duration_s: float) -> Signal:
    """A high voice (about 205 Hz, formants 16% up), mono."""
    text = " luna-tesi mo-kaxelafi-tu ne-tosami vile-ka suxo-tima-leni "
    return _voice(text, 205.0, rate_hz, duration_s, tract=1.16, seed=23)


def _voice(
    text: str, f0_hz: float, rate_hz: int, duration_s: float, *, tract: float, seed: int
) -> Signal:
    count = round(duration_s * rate_hz)
    phones = [PHONES[letter] for letter in text]
    ends = np.cumsum([phone.duration_s for phone in phones])
    stretch = duration_s / ends[-1]
    ends = ends * stretch
    starts = np.concatenate([[0.0], ends[:-1]])
    # Each sound holds its target through its middle and glides over to the next one.
    knots = np.stack([starts + 0.3 * (ends - starts), ends - 0.3 * (ends - starts)], 1).ravel()
    time = np.arange(count) / rate_hz

    def track(values: list[float]) -> Signal:
        return np.asarray(np.interp(time, knots, np.repeat(values, 2)))

    f0 = f0_hz * _melody(text, starts, time) * (1 + 0.012 * wander(seed, count, 160))
    source = _glottal_flow(oscillator(f0, rate_hz))
    breath = white_noise(seed + 1, count)
    source = (source + 0.012 * breath * (0.3 + source)) * track([p.voice for p in phones])
    source = np.diff(source, prepend=0.0) * rate_hz / 8000  # radiation from the lips
    frames = -(-count // round(FRAME_S * rate_hz))
    centres = (np.arange(frames) + 0.5) * FRAME_S
    formants = [
        tract * np.interp(centres, knots, np.repeat([p.formants_hz[i] for p in phones], 2))
        for i in range(3)
    ]
    formants += [np.full(frames, tract * f) for f in _HIGHER_FORMANTS_HZ]
    direct = 0.012 * source  # stands for the many formants above the fifth
    for formant, bandwidth_hz in zip(formants, _BANDWIDTHS_HZ, strict=True):
        if formant.max() < 0.45 * rate_hz:
            source = _gliding_resonance(source, formant, bandwidth_hz * tract, rate_hz)
    hiss = white_noise(seed + 2, count)
    low = band(hiss, 2000, 5000, rate_hz) * track([p.low_hiss for p in phones])
    high = band(hiss, 4800, 12000, rate_hz) * track([p.high_hiss for p in phones])
    room = 2e-4 * white_noise(seed + 3, count)
    return np.asarray(source + direct + 0.35 * (low + high) + room)


def _melody(text: str, starts: Signal, time: Signal) -> Signal:
    """Pitch over the base: each phrase starts high and falls, each vowel lifts it a little."""
    pauses = [start for letter, start in zip(text, starts, strict=True) if letter == " "]
    knots, levels = [], []
    for begin, end in pairwise(pauses):
        knots += [begin + 0.1, begin + 0.35, end, end + 0.05]
        levels += [1.05, 1.22, 0.84, 0.84]
    accents = 0.05 * np.sin(2 * np.pi * 2.7 * time)
    return np.interp(time, knots, levels) + accents


def _glottal_flow(phase: Signal) -> Signal:
    """Rosenberg's pulse: opens for 40% of a cycle, closes for 16%, then stays closed."""
    cycle = phase - np.floor(phase)
    opening = 0.5 * (1 - np.cos(np.pi * cycle / 0.4))
    closing = np.cos(np.pi / 2 * (cycle - 0.4) / 0.16)
    return np.where(cycle < 0.4, opening, np.where(cycle < 0.56, closing, 0.0))


def _gliding_resonance(
    signal: Signal, centre_hz: Signal, bandwidth_hz: float, rate_hz: int
) -> Signal:
    """A two-pole resonance of unit gain at 0 Hz whose centre moves from frame to frame."""
    radius = np.exp(-np.pi * bandwidth_hz / rate_hz)
    size = round(FRAME_S * rate_hz)
    state = np.zeros(2)
    parts = []
    for index, hz in enumerate(centre_hz):
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * hz / rate_hz), radius**2]
        frame = signal[index * size : (index + 1) * size]
        part, state = lfilter([sum(poles)], poles, frame, zi=state)
        parts.append(part)
    return np.concatenate(parts)
