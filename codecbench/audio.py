"""Audio in and out: files to float32 and back, resampling, downmix.

Every rate change of codecbench goes through `resample`, every file through `read_audio`.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.audio_decoding import decode, stated_rate_hz
from codecbench.audio_headers import find_extent
from codecbench.errors import AudioError
from codecbench.files import appearing

Samples = npt.NDArray[np.float32]
"""Audio of shape (channels, samples), float32, full scale ±1."""


DOWNMIX_KEEPS = 0.01
"""The least share of the channels' energy that a downmix is worth measuring with."""

CANCELS = (
    "its channels cancel in the downmix to mono, of which nothing is left to measure: give"
    " --channels keep, or mend the polarity of a channel"
)


@dataclass(frozen=True)
class Audio:
    """Decoded audio: samples of shape (channels, samples), float32, full scale ±1.

    note: what was made of the odd file that it comes from; "" for nothing to tell.
    """

    samples: Samples
    sample_rate_hz: int
    note: str = ""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return int(self.samples.shape[1]) / self.sample_rate_hz


def read_audio(path: str | Path) -> Audio:
    """Read the first audio stream of any file that FFmpeg decodes, without dither or normalisation.

    Integers scale by a power of two (16 bit: 1/32768), so sources of up to 24 bits are exact;
    32-bit integers and float64 are rounded to float32 once. Silence, DC, one sample and values
    beyond ±1 are sound input.

    Files whose header leaves the length open, as written to a pipe, are read to their end, tags,
    zeros and junk behind the audio are left out, a missing pad byte is none, and `Audio.note` says
    so. What an encoder added to fill its frames is cut off where the container says what that is:
    MP4's edit list, packet durations or iTunSMPB, the fact chunk of WAV, CAF's packet table, the
    last position of an Ogg stream, the LAME tag of MP3; links of an Ogg chain are decoded one by
    one. It stays in AAC and AC-3 without a container, AAC, MP3 and Vorbis in Matroska, MP3
    without a tag, WMA, and fragmented MP4.

    Raises `AudioError`, naming file and cause, for whatever is not sound: no such file, no audio
    stream, no samples, NaN or infinity, rates outside 8–192 kHz, more than 8 channels, damage that
    the decoder notices, files joined end to end other than Ogg, FLAC and bare frames, WAV with
    several data chunks, and files that are shorter than their header says: to the sample for
    lossless formats, to 0.1 s (at least 4 MP3 frames) for lossy ones.
    A cut cannot be seen in MP3 without a Xing or Info header, raw AAC, AC-3 or AMR, WMA, Matroska
    without a duration, and where the length was left open.
    """
    file = Path(path)
    _check_file(file)
    extent = find_extent(file)
    if extent.fault:
        raise AudioError(f"{file}: {extent.fault}; {extent.remedy}")
    samples, rate_hz = decode(file, extent)
    _check_finite(file, samples)
    return Audio(samples, rate_hz, extent.note)


def sample_rate_hz(path: str | Path) -> int:
    """The sample rate that a file states, found without reading it all. Raises `AudioError`."""
    file = Path(path)
    _check_file(file)
    return stated_rate_hz(file, find_extent(file))


def note_of(path: str | Path) -> str:
    """`Audio.note` of a file, found without decoding it; "" for one that cannot be read."""
    try:
        return find_extent(Path(path)).note
    except OSError:
        return ""


def content_hash(audio: Audio) -> str:
    """Hash of rate, channels and decoded samples: 32 hex digits of a SHA-256.

    The same audio in another lossless container has the same hash.
    """
    digest = hashlib.sha256(f"{audio.sample_rate_hz} {audio.channels} ".encode())
    # Adding 0 makes -0.0, which integers do not have, the same as 0.0.
    digest.update(np.ascontiguousarray(audio.samples + np.float32(0), dtype="<f4").data)
    return digest.hexdigest()[:32]


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the sample rate with soxr at its highest quality (VHQ), linear phase, no delay.

    `samples` is (channels, n); the result is (channels, m) with m = n · to / from rounded half up,
    at least 1. Equal rates give `samples` itself back.
    """
    if from_hz == to_hz:
        return samples
    import soxr

    length = samples.shape[1]
    # soxr gives no sample at all where the result is shorter than half of one; zeros mend that.
    enough = fit_length(samples, max(length, -(-from_hz // to_hz)))
    wanted = max(1, (2 * length * to_hz + from_hz) // (2 * from_hz))
    changed = soxr.resample(np.ascontiguousarray(enough.T), from_hz, to_hz, quality="VHQ")
    return fit_length(np.ascontiguousarray(changed.T, dtype=np.float32), wanted)


def fit_length(samples: Samples, length: int) -> Samples:
    """Cut (channels, n) at the end, or append zeros, to (channels, length)."""
    if samples.shape[1] >= length:
        return samples[:, :length]
    return np.pad(samples, ((0, 0), (0, length - samples.shape[1])))


def downmix(samples: Samples) -> Samples:
    """Mean over the channels: (channels, n) to (1, n)."""
    mean: Samples = samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    return mean


def downmix_cancels(samples: Samples) -> bool:
    """Whether the mean of the channels keeps less than `DOWNMIX_KEEPS` of their energy.

    samples: (channels, n). The energy is the mean of the channels', without constants. Channels
    that have nothing in common keep 1 / channels of it, as one that sounds alone does. Silence is
    not cancelled.
    """
    if samples.shape[0] == 1:
        return False
    of_channels = float(samples.var(axis=1, dtype=np.float64).mean())
    return float(downmix(samples).var(dtype=np.float64)) < DOWNMIX_KEEPS * of_channels


def to_mono(audio: Audio, what: object) -> Audio:
    """The downmix. Raises `AudioError`, naming `what`, where the channels cancel in it."""
    if audio.channels == 1:
        return audio
    if downmix_cancels(audio.samples):
        raise AudioError(f"{what}: {CANCELS}")
    return Audio(downmix(audio.samples), audio.sample_rate_hz)


def write_wav(path: str | Path, audio: Audio) -> None:
    """Write a float32 WAV: whole or not at all, the same bytes each time, values beyond ±1 kept.

    The folder is made. Raises `AudioError` where the file cannot be written.
    """
    from scipy.io import wavfile

    file = Path(path)
    try:
        with appearing(file, AudioError) as part:
            # scipy, because libsndfile writes the time of day into each float WAV.
            wavfile.write(part, audio.sample_rate_hz, np.ascontiguousarray(audio.samples.T, "<f4"))
    except (ValueError, struct.error) as error:  # what does not fit into a WAV file
        raise AudioError(f"cannot write {file}: {error}") from error


def _check_file(file: Path) -> None:
    if file.is_dir():
        raise AudioError(f"{file}: is a folder, not an audio file")
    try:
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise AudioError(f"{file}: cannot be opened: {error.strerror}") from error
    if empty:
        raise AudioError(f"{file}: the file is empty (0 bytes)")


def _check_finite(file: Path, samples: Samples) -> None:
    bad = ~np.isfinite(samples)
    if bad.any():
        position, channel = np.argwhere(bad.T)[0]
        raise AudioError(
            f"{file}: {np.count_nonzero(bad)} values are NaN or infinite, the first at sample"
            f" {position} of channel {channel}; mend the file"
        )
