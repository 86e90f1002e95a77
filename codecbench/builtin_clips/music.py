"""Music-like clips: plucked strings across the stereo field, an ensemble with drums, castanets."""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import fftconvolve, lfilter

from codecbench.builtin_clips.signals import (
    Signal,
    add,
    band,
    decay,
    low_pass,
    oscillator,
    pan,
    uniform,
    white_noise,
)


def plucked_strings(rate_hz: int, duration_s: float) -> Signal:
    """Broken chords on two plucked instruments, left and right, over a bass; (2, samples)."""
    mix = np.zeros((2, round(duration_s * rate_hz)))
    chords = (
        (45, 57, 60, 64, 69),
        (41, 57, 60, 65, 69),
        (48, 55, 60, 64, 67),
        (43, 55, 59, 62, 67),
    )
    beat_s = duration_s / 16.5
    for step in range(16):
        bass, *notes = chords[step // 4]
        if step % 4 == 0:
            add(mix, pan(_pluck(bass, 2.2, 100 + step, rate_hz), 0.0), step * beat_s, rate_hz, 1.2)
        first, second = notes[step % 4], notes[(step * 3 + 1) % 4] + 12
        add(mix, pan(_pluck(first, 1.6, 200 + step, rate_hz), -0.7), step * beat_s, rate_hz)
        add(
            mix,
            pan(_pluck(second, 1.1, 300 + step, rate_hz), 0.6),
            (step + 0.5) * beat_s,
            rate_hz,
            0.7,
        )
    return np.stack([band(side, 40, rate_hz / 2, rate_hz) for side in mix])  # the loops hold DC


def ensemble(rate_hz: int, duration_s: float) -> Signal:
    """Sustained chords with vibrato, a melody, and drums with cymbals up to 18 kHz; mono."""
    count = round(duration_s * rate_hz)
    mix = np.zeros(count)
    quarter_s = duration_s / 10
    for bar, chord in enumerate(((50, 57, 62, 66), (47, 59, 62, 66), (43, 59, 62, 67))):
        for voice, note in enumerate(chord):
            tone = _bowed(note, 4.2 * quarter_s, bar * 7 + voice, rate_hz)
            add(mix, tone, bar * 4 * quarter_s, rate_hz, 0.16)
    for step, note in enumerate((74, 78, 81, 78, 74, 71, 74, 79, 83, 81)):
        add(
            mix, _bowed(note, 0.95 * quarter_s, 50 + step, rate_hz), step * quarter_s, rate_hz, 0.13
        )
    for eighth in range(20):
        hat = band(white_noise(400 + eighth, round(0.12 * rate_hz)), 6000, 18000, rate_hz)
        open_s = 0.06 if eighth % 4 == 3 else 0.02
        hat *= decay(hat.size, rate_hz, 0.0005, open_s)
        add(mix, hat, eighth * quarter_s / 2, rate_hz, 0.16)
        if eighth % 4 == 0:
            add(mix, _kick(rate_hz), eighth * quarter_s / 2, rate_hz, 0.7)
        if eighth % 4 == 2:
            add(mix, _snare(500 + eighth, rate_hz), eighth * quarter_s / 2, rate_hz, 0.4)
    return mix


def castanets(rate_hz: int, duration_s: float) -> Signal:
    """Sharp clicks with a little room, from two sides; the hard case for pre-echo; (2, samples)."""
    mix = np.zeros((2, round(duration_s * rate_hz)))
    time_s, hit, beat_s = 0.15, 0, duration_s / 13
    figures = ((1, 1), (0.5, 0.5, 1), (0.25, 0.25, 0.25, 0.25, 1), (0.5, 0.25, 0.25, 1))
    while time_s < duration_s - 0.3:
        for length in figures[hit % len(figures)]:
            if time_s < duration_s - 0.15:
                side = -0.45 if length >= 0.5 else 0.5
                strength = 0.7 + 0.3 * float(uniform(700 + hit, 1)[0])
                add(mix, pan(_clack(600 + hit, side, rate_hz), side), time_s, rate_hz, strength)
            time_s += length * beat_s
            hit += 1
    for side, seed in enumerate((810, 811)):  # early reverberation, another on each side
        room = white_noise(seed, round(0.12 * rate_hz))
        room = low_pass(room * decay(room.size, rate_hz, 0.004, 0.025), 5000, rate_hz)
        mix[side] += 0.02 * fftconvolve(mix[side], room)[: mix.shape[1]]
    return mix + 1e-4 * np.stack([white_noise(s, mix.shape[1]) for s in (820, 821)])


def _hz(note: float) -> float:
    """Frequency of a MIDI note, equal temperament, A4 = 440 Hz."""
    return 440.0 * math.exp2((note - 69) / 12)


def _pluck(note: int, duration_s: float, seed: int, rate_hz: int) -> Signal:
    """A plucked string (Karplus & Strong 1983): a burst of noise in a damped loop of one period."""
    count = round(duration_s * rate_hz)
    period = rate_hz / _hz(note)
    whole = int(period - 0.5)
    rest = period - 0.5 - whole
    burst = np.zeros(count)
    burst[: whole + 1] = low_pass(white_noise(seed, whole + 1), 7000, rate_hz)
    # The loop's filter, a mean of two neighbours and an interpolation, delays by 0.5 + rest.
    loop = np.zeros(whole + 3)
    loop[0] = 1.0
    loop[whole:] -= 0.997 * np.array([0.5 * (1 - rest), 0.5, 0.5 * rest])
    fade = np.minimum(np.arange(count)[::-1] / (0.05 * rate_hz), 1.0)
    return np.asarray(lfilter([1.0], loop, burst)) * fade


def _bowed(note: int, duration_s: float, seed: int, rate_hz: int) -> Signal:
    """A sustained tone of up to 24 harmonics with vibrato and a soft start and end."""
    count = round(duration_s * rate_hz)
    t = np.arange(count) / rate_hz
    vibrato = 1 + 0.005 * np.minimum(t / 0.4, 1) * np.sin(2 * np.pi * (5.3 * t + seed * 0.37))
    phase = oscillator(_hz(note) * vibrato, rate_hz)
    tone = np.zeros(count)
    for k in range(1, min(24, int(0.45 * rate_hz / _hz(note))) + 1):
        tone += np.sin(2 * np.pi * (k * phase + 0.31 * k * k)) / k**1.2
    return np.asarray(tone * np.minimum(np.minimum(t / 0.07, (t[-1] - t) / 0.09), 1.0))


def _kick(rate_hz: int) -> Signal:
    count = round(0.25 * rate_hz)
    t = np.arange(count) / rate_hz
    phase = oscillator(48 + 90 * np.exp(-t / 0.03), rate_hz)
    return np.asarray(np.sin(2 * np.pi * phase) * decay(count, rate_hz, 0.002, 0.07))


def _snare(seed: int, rate_hz: int) -> Signal:
    count = round(0.2 * rate_hz)
    t = np.arange(count) / rate_hz
    rattle = band(white_noise(seed, count), 1200, 9000, rate_hz) * decay(
        count, rate_hz, 0.001, 0.05
    )
    return np.asarray(
        rattle + 0.6 * np.sin(2 * np.pi * 190 * t) * decay(count, rate_hz, 0.001, 0.04)
    )


def _clack(seed: int, side: float, rate_hz: int) -> Signal:
    """Two pieces of wood: a click of noise and three short resonances, higher on the right."""
    count = round(0.08 * rate_hz)
    t = np.arange(count) / rate_hz
    click = white_noise(seed, count) * decay(count, rate_hz, 0.0001, 0.0012)
    shift = 1.0 + 0.12 * side
    ring = sum(
        weight * np.sin(2 * np.pi * hz * shift * t) * decay(count, rate_hz, 0.0002, ring_s)
        for hz, weight, ring_s in ((1450, 0.5, 0.012), (2700, 0.8, 0.008), (4900, 0.4, 0.004))
    )
    return np.asarray(click + ring)
