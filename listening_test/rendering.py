"""The sounds of an item as raters hear them, and their files: rendered once, then only copied.

Every stimulus of a test has the same rate and layout; those of an item the same length, the same
excerpt and the same gain. Files are 16-bit WAV. Each gets triangular dither (TPDF, ±1 step) of its
own, drawn from the test's seed: the same test is rendered to the same bytes, and no two stimuli are
alike, the open and the hidden reference neither.
"""

from __future__ import annotations

import hashlib
import io
import wave
from dataclasses import dataclass

import numpy as np

from codecbench.audio import Audio, Samples, resample
from codecbench.codecs.anchor_filter import LOW_HZ, MID_HZ
from codecbench.errors import ListeningTestError
from codecbench.listening_test import levels
from codecbench.listening_test.anchors import anchor
from codecbench.listening_test.excerpts import Excerpt, choose_excerpt, cut
from codecbench.listening_test.sources import Sounds
from codecbench.listening_test.test_file import Condition

_CUTOFF_HZ = {"hidden_reference": None, "low_anchor": LOW_HZ, "mid_anchor": MID_HZ}
_STEPS = 32768


@dataclass(frozen=True)
class Rendered:
    """An item's sounds, (channels, length) each with the gain applied. excerpt: at the test's rate.

    limited: dB that a true peak took from the gain.
    """

    by_condition: dict[str, Samples]
    open_reference: Samples
    excerpt: Excerpt
    gain_db: float
    limited_db: float


def render(
    sounds: Sounds,
    conditions: tuple[Condition, ...],
    rate_hz: int,
    channels: int,
    length_s: float,
    target_lufs: float = levels.TARGET_LUFS,
) -> Rendered:
    """Render a clip for all of a test's conditions.

    Raises `ListeningTestError` where the reference is silent, or the rate too low for an anchor.
    """
    reference = _fitted(sounds.reference, rate_hz, channels)
    excerpt = choose_excerpt(reference, rate_hz, length_s)
    heard = {}
    for condition in conditions:
        if condition.kind == "codec":
            whole = _fitted(sounds.conditions[condition.name], rate_hz, channels)
        else:
            cutoff_hz = _CUTOFF_HZ[condition.kind]
            whole = anchor(reference, rate_hz, cutoff_hz) if cutoff_hz else reference
        if whole.shape != reference.shape:
            raise ListeningTestError(
                f"{condition.name} has the shape {whole.shape}, its reference {reference.shape}"
            )
        if not np.isfinite(whole).all():
            raise ListeningTestError(f"{condition.name} holds NaN or infinity")
        heard[condition.name] = cut(whole, excerpt, rate_hz)
    open_reference = cut(reference, excerpt, rate_hz)
    gain_db = levels.item_gain_db(open_reference, heard.values(), rate_hz, target_lufs)
    loudness = levels.loudness_lufs(open_reference, rate_hz)
    limited_db = target_lufs - (loudness or 0) - gain_db
    gain = np.float32(10 ** (gain_db / 20))
    return Rendered(
        {name: samples * gain for name, samples in heard.items()},
        open_reference * gain,
        excerpt,
        gain_db,
        limited_db,
    )


def to_wav(samples: Samples, rate_hz: int, dither_seed: str) -> bytes:
    """A 16-bit WAV file of (channels, n), dithered; the same arguments give the same bytes.

    Raises `ListeningTestError` for samples beyond full scale.
    """
    digest = hashlib.sha256(dither_seed.encode()).digest()
    randomness = np.random.default_rng(np.frombuffer(digest, dtype="<u4"))
    dither = randomness.random(samples.shape) + randomness.random(samples.shape) - 1
    codes = np.rint(samples.astype(np.float64) * _STEPS + dither)
    if codes.min() < -_STEPS or codes.max() > _STEPS - 1:
        raise ListeningTestError("a stimulus passes full scale, and its gain should not let it")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(np.ascontiguousarray(codes.T, dtype="<i2").tobytes())
    return file.getvalue()


def _fitted(audio: Audio, rate_hz: int, channels: int) -> Samples:
    """Audio at the test's rate and layout; mono goes to both channels of a stereo test."""
    samples = resample(audio.samples, audio.sample_rate_hz, rate_hz)
    if audio.channels < channels:
        samples = np.repeat(samples, channels, axis=0)
    return samples
