"""Audio made for tests: noise, files coded by FFmpeg, the rates that are read."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000)


def noise(channels: int, count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.5, 0.5, (channels, count)).astype(np.float32)


def encode(
    path: Path,
    codec: str,
    samples: npt.NDArray[np.float32],
    rate_hz: int,
    coding: dict[str, str] | None = None,
    **options: str,
) -> Path:
    """Samples as a file; coding: options of FFmpeg's encoder; options: of its muxer."""
    layout = {1: "mono", 2: "stereo"}[samples.shape[0]]
    with av.open(path, "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout, options=coding)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        form = stream.codec_context.format
        resampler = av.AudioResampler(format=form, layout=layout, rate=rate_hz)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(part):
                container.mux(packet)
    return path
