"""Worker: how fast a codec is, measured apart, with nothing else of the run going on."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from statistics import median

from codecbench import coding
from codecbench.loaded import clip_audio, loaded_codec
from codecbench.tasks import Result, Timed, TimeTask, failed


def time_codec(task: TimeTask) -> list[Result]:
    """Time encoding and decoding: a warm-up, then the median of 3, without input and resampling."""
    try:
        codec = loaded_codec(task.coding.codec)
        _pin_threads(task.threads)
        audio = clip_audio(task.coding.clip.path, task.coding.channels)
        samples = audio.samples[:, : round(task.at_most_s * audio.sample_rate_hz)]
        audio = replace(audio, samples=samples)
        streams = coding.to_streams(codec, audio, task.coding.point)
        point = coding.stream_point(codec, task.coding.point, audio.channels)
        coded = [codec.encode(stream, point) for stream in streams]
        for part in coded:
            codec.decode(part)
        seconds_encode, seconds_decode = [], []
        for _ in range(3):
            start = time.perf_counter()
            coded = [codec.encode(stream, point) for stream in streams]
            between = time.perf_counter()
            for part in coded:
                codec.decode(part)
            seconds_encode.append(between - start)
            seconds_decode.append(time.perf_counter() - between)
    except Exception as error:  # whatever it is costs this timing alone
        return [failed(error, task.coding, "time")]
    duration_s = audio.duration_s
    return [Timed(task, median(seconds_encode) / duration_s, median(seconds_decode) / duration_s)]


def _pin_threads(threads: int) -> None:
    # Only where the codec brought torch in: importing it for the sake of a number is not cheap.
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
