"""Environmental clips: rain, birdsong, an engine in the wind."""

from __future__ import annotations

import numpy as np

from codecbench.builtin_clips.signals import (
    Signal,
    add,
    band,
    decay,
    low_pass,
    oscillator,
    pan,
    uniform,
    wander,
    white_noise,
)


def rain(rate_hz: int, duration_s: float) -> Signal:
    """Steady rain to 20 kHz with drops that fall close by; mono."""
    count = round(duration_s * rate_hz)
    noise = white_noise(31, count)
    mix = band(noise, 400, 20000, rate_hz) * 0.5 + low_pass(noise, 900, rate_hz) * 0.7
    mix = mix * (1 + 0.25 * wander(32, count, 14))
    for index, (when, pitch, size) in enumerate(uniform(33, 3 * 220).reshape(-1, 3)):
        length = round(0.05 * rate_hz)
        t = np.arange(length) / rate_hz
        # A drop's bubble rings, rising a little; the splash is a click of noise.
        phase = oscillator((900 + 4200 * pitch) * (1 + 6 * t), rate_hz)
        drop = np.sin(2 * np.pi * phase) * decay(length, rate_hz, 0.0004, 0.004 + 0.008 * size)
        drop += white_noise(1000 + index, length) * decay(length, rate_hz, 0.0001, 0.0015)
        add(mix, drop, 0.98 * duration_s * when, rate_hz, 0.5 + 3.0 * size**3)
    return mix


def birdsong(rate_hz: int, duration_s: float) -> Signal:
    """Two birds, left and right, with glides and trills from 2 to 12 kHz; (2, samples)."""
    count = round(duration_s * rate_hz)
    leaves = [band(white_noise(seed, count), 200, 6000, rate_hz) for seed in (41, 42)]
    mix = 0.004 * np.stack(leaves) * (1 + 0.4 * wander(43, count, 8))
    # start, length, first and last frequency, trill rate and depth (Hz), side, strength
    calls = (
        (0.20, 0.25, 3200, 5200, 0, 0, -0.6, 0.9), (0.50, 0.12, 6800, 4100, 0, 0, -0.6, 0.8),
        (0.68, 0.40, 5600, 4800, 28, 900, -0.6, 1.0), (1.25, 0.06, 8200, 11800, 0, 0, 0.7, 0.6),
        (1.36, 0.06, 8200, 11800, 0, 0, 0.7, 0.6), (1.47, 0.06, 8400, 12000, 0, 0, 0.7, 0.6),
        (1.58, 0.22, 9500, 7000, 55, 1200, 0.7, 0.7), (2.05, 0.30, 2400, 2900, 9, 150, -0.6, 0.8),
        (2.40, 0.18, 4300, 7400, 0, 0, -0.6, 0.9), (2.62, 0.45, 6200, 5400, 34, 1100, -0.6, 1.0),
        (2.90, 0.07, 8000, 11500, 0, 0, 0.7, 0.6), (3.02, 0.07, 8000, 11500, 0, 0, 0.7, 0.6),
        (3.14, 0.35, 10200, 7600, 48, 1500, 0.7, 0.7), (3.70, 0.25, 3000, 5600, 0, 0, -0.6, 0.9),
        (3.98, 0.14, 7000, 4000, 0, 0, -0.6, 0.9), (4.15, 0.50, 5200, 6400, 24, 700, -0.6, 1.0),
    )  # fmt: skip
    for start, length_s, first, last, trill_hz, depth, side, strength in calls:
        length = round(length_s * rate_hz)
        t = np.arange(length) / rate_hz
        hz = np.linspace(first, last, length) + depth * np.sin(2 * np.pi * trill_hz * t)
        phase = oscillator(hz, rate_hz)
        call = np.sin(2 * np.pi * phase) + 0.08 * np.sin(4 * np.pi * phase)
        call *= np.sqrt(np.abs(np.sin(np.pi * t / t[-1])))
        if start * rate_hz < count:
            add(mix, pan(call, side), start, rate_hz, strength)
            # the echo from the wood comes from the other side, softer
            add(mix, pan(low_pass(call, 3000, rate_hz), -side), start + 0.09, rate_hz, 0.2)
    return mix


def engine(rate_hz: int, duration_s: float) -> Signal:
    """An engine that speeds up and slows down, tonal to 3 kHz, in gusts of wind; mono."""
    count = round(duration_s * rate_hz)
    t = np.arange(count) / rate_hz
    revolutions = 27 + 9 * np.sin(2 * np.pi * t / duration_s) + 0.4 * wander(51, count, 60)
    phase = oscillator(revolutions, rate_hz)
    firing = np.zeros(count)
    for k in range(1, 61):
        order = 0.5 * k  # a four-stroke engine fires every other turn
        weight = (1.0 if k % 4 == 0 else 0.35) / (1 + (k / 9) ** 1.4)
        firing += weight * np.sin(2 * np.pi * (order * phase + 0.17 * k * k))
    stroke = 0.5 + 0.5 * np.sin(4 * np.pi * phase)
    clatter = band(white_noise(52, count), 1500, 9000, rate_hz) * stroke**4
    gusts = 1 + 0.7 * wander(53, count, 12)
    wind = low_pass(low_pass(white_noise(54, count), 500, rate_hz), 1500, rate_hz) * gusts
    hiss = band(white_noise(55, count), 3000, 16000, rate_hz) * gusts**2
    return np.asarray(firing + 0.35 * clatter + 3.0 * wind + 0.04 * hiss)
