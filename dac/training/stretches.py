"""Parts of audio files, mono and at the model's rate, as the whole file resampled would have them.

In Vorbis and MP3, libsndfile seeks exactly only in a file just opened (its issue 885), and what
follows at once is still wrong. So each stretch opens its file anew and starts decoding earlier.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.dac.training.sources import SourceFile
from codecbench.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_REACH = 256
"""Samples, at the lower of both rates, after which soxr's filter no longer sees an edge; 128 do."""

_RUN_IN = {"OGG": 16384, "MP3": 8192}
"""Frames to decode before those that are wanted; a quarter of it does for most files."""


def samples_at(file: SourceFile, rate_hz: int) -> int:
    """Samples that the file has at `rate_hz`."""
    return file.frames * rate_hz // file.sample_rate_hz


def read_stretch(
    folder: Path, file: SourceFile, rate_hz: int, start: int, stop: int
) -> npt.NDArray[np.float32]:
    """Samples `start` to `stop`, at `rate_hz`, of the mean of the file's channels: (stop - start,).

    Zeros where that is before the file's beginning or after its end. Raises `AudioError` for a
    file that is gone, broken, or another than was indexed, and for samples that are not finite.
    """
    import numpy as np

    stretch = np.zeros(stop - start, dtype=np.float32)
    first, last = max(0, start), min(samples_at(file, rate_hz), stop)
    if first >= last:
        return stretch
    if file.sample_rate_hz == rate_hz:
        inside = _read(folder, file, first, last)
    else:
        inside = _read_resampled(folder, file, rate_hz, first, last)
    if not np.isfinite(inside).all():
        raise AudioError(f"{file.path}: NaN or infinite samples")
    stretch[first - start : first - start + len(inside)] = inside
    return stretch


def _read_resampled(
    folder: Path, file: SourceFile, rate_hz: int, first: int, last: int
) -> npt.NDArray[np.float32]:
    import soxr

    common = math.gcd(file.sample_rate_hz, rate_hz)
    step_in, step_out = file.sample_rate_hz // common, rate_hz // common
    reach = math.ceil(_REACH * max(1.0, step_in / step_out))
    # Only every `step_in` frames do samples of both rates coincide: there a part may begin.
    begin = max(0, first * step_in // step_out - reach) // step_in * step_in
    end = min(file.frames, math.ceil(last * step_in / step_out) + reach)
    resampled: npt.NDArray[np.float32] = soxr.resample(
        _read(folder, file, begin, end), file.sample_rate_hz, rate_hz
    )
    offset = begin // step_in * step_out
    return resampled[first - offset : last - offset]


def _read(folder: Path, file: SourceFile, first: int, last: int) -> npt.NDArray[np.float32]:
    import soundfile

    try:
        with soundfile.SoundFile(os.fsencode(folder / file.path)) as opened:
            if opened.samplerate != file.sample_rate_hz:
                raise AudioError(f"{file.path}: its sample rate changed since it was indexed")
            run_in = min(first, _RUN_IN.get(opened.format, 0))
            opened.seek(first - run_in)
            # In one read: soundfile seeks again after each.
            samples = opened.read(run_in + last - first, dtype="float32", always_2d=True)[run_in:]
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{file.path}: cannot be read: {error.error_string}") from error
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{file.path}: cannot be read: {error}") from error
    if len(samples) < last - first:
        raise AudioError(f"{file.path}: ends before its header says")
    mono: npt.NDArray[np.float32] = samples[:, 0] if file.channels == 1 else samples.mean(axis=1)
    return mono
