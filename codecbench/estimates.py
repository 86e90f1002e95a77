"""Audio decoded elsewhere, brought to its reference's rate, time and length, in this order.

The delay is undone on all that the file holds: what a late estimate has behind the reference's end
is the end of the sound. What it lacks at either end after that is silence, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codecbench.alignment import Delay, find_delay, undo_delay
from codecbench.audio import Audio, Samples, fit_length, resample
from codecbench.errors import AudioError

ESTIMATE_TOLERANCE_S = 0.1
"""Audio decoded elsewhere may be this much longer or shorter than its clip."""


@dataclass(frozen=True)
class Alignment:
    """The delay that was found, or why none was, and what the estimate then does not hold.

    The polarity that `delay` tells of is left as it is.

    missing_start_ms, missing_end_ms: of the reference, 0 upwards; silence stands there.
    """

    delay: Delay
    missing_start_ms: float
    missing_end_ms: float


def fit_to_reference(
    audio: Audio, reference: Audio, path: Path, align: bool
) -> tuple[Samples, Alignment | None]:
    """Samples at the rate and of the shape of a reference of as many channels.

    align: undo the delay that cross-correlation finds, and give the alignment. An aligned estimate
    may be longer or shorter by its delay. Raises `AudioError`, naming `path`, for other lengths.
    """
    rate_hz, length = reference.sample_rate_hz, reference.samples.shape[1]
    samples = resample(audio.samples, audio.sample_rate_hz, rate_hz)
    if not align:
        _check_length(audio, reference, path, 0)
        return fit_length(samples, length), None
    delay = find_delay(reference.samples, fit_length(samples, length), rate_hz)
    shift = delay.samples or 0
    _check_length(audio, reference, path, shift / rate_hz)
    after = samples.shape[1] - shift  # where it ends once the delay is undone
    missing_ms = [1000 * max(0, missing) / rate_hz for missing in (-shift, length - after)]
    return undo_delay(samples, shift, length), Alignment(delay, *missing_ms)


def _check_length(audio: Audio, reference: Audio, path: Path, delay_s: float) -> None:
    longer_s = audio.duration_s - reference.duration_s
    if min(abs(longer_s), abs(longer_s - delay_s)) > ESTIMATE_TOLERANCE_S:
        raise AudioError(
            f"{path} lasts {audio.duration_s:.3f} s where its reference lasts "
            f"{reference.duration_s:.3f} s"
        )
