"""An outside package with a codec and a metric, found by codecbench through entry points.

The codec keeps some bits of each sample at 8 kHz. Its options make it misbehave, for tests of what
a run does then: `die=N` and `fail=N` crash and raise on a clip of N samples, `log=FILE` notes each
encoding, `sleep=S` takes its time, with `while=FILE` only as long as that file is there.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.errors import BitstreamError
from codecbench.metrics.contract import Metric, Mono


class Toy(Codec):
    """Uniform quantisation to 2, 4 or 8 bits a sample at 8 kHz."""

    version = "1"

    def __init__(self, options: Mapping[str, str]) -> None:
        self.name = ",".join(["toy", *(f"{k}={v}" for k, v in sorted(options.items()))])
        self.options = options

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """16, 32 and 64 kbps."""
        return tuple(OperatingPoint(8000 * bits, 8000, 4000) for bits in (2, 4, 8))

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Quantise; misbehave where the options say so."""
        self._misbehave(samples.shape[1])
        bits = round((point.bitrate_bps or 0) / 8000)
        steps = (1 << bits) - 1
        codes = np.round((np.clip(samples[0], -1, 1) + 1) / 2 * steps).astype(np.uint8)
        per_byte = 8 // bits
        padded = np.zeros(-(-codes.size // per_byte) * per_byte, np.uint8)
        padded[: codes.size] = codes
        shifts = np.arange(per_byte, dtype=np.uint8) * bits
        packed = np.bitwise_or.reduce(padded.reshape(-1, per_byte) << shifts, axis=1)
        return Bitstream(struct.pack("<BI", bits, codes.size), (packed.astype(np.uint8).tobytes(),))

    def decode(self, bitstream: Bitstream) -> Samples:
        """Undo it."""
        try:
            bits, size = struct.unpack("<BI", bitstream.header)
        except struct.error as error:
            raise BitstreamError("toy: the header is damaged") from error
        packed = np.frombuffer(bitstream.packets[0], np.uint8)
        shifts = np.arange(8 // bits, dtype=np.uint8) * bits
        codes = (packed[:, None] >> shifts & ((1 << bits) - 1)).ravel()[:size]
        decoded: Samples = (codes / ((1 << bits) - 1) * 2 - 1).astype(np.float32)[None]
        return decoded

    def _misbehave(self, length: int) -> None:
        if "log" in self.options:
            with Path(self.options["log"]).open("a") as log:
                log.write(f"{length}\n")
        if str(length) == self.options.get("die"):
            if multiprocessing.parent_process() is None:
                raise RuntimeError("this would take the tests down: call bench_process")
            os.kill(os.getpid(), signal.SIGSEGV)
        if str(length) == self.options.get("fail"):
            raise RuntimeError("toy trouble")
        if "while" not in self.options or Path(self.options["while"]).exists():
            time.sleep(float(self.options.get("sleep", 0)))


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """Make the codec."""
    return Toy(options)


def _peak(reference: Mono, sample_rate_hz: int) -> float:
    return float(np.abs(reference).max())


def _ratio(reference_peak: float, estimate: Mono, sample_rate_hz: int) -> float:
    return float(np.abs(estimate).max()) / reference_peak


TOY_PEAK = Metric(
    name="toy_peak",
    unit="",
    direction="neither",
    value_range=(0, float("inf")),
    version=1,
    sample_rate_hz=None,
    summary="Peak of the estimate over peak of the reference.",
    source="this package",
    prepare=_peak,
    compare=_ratio,
)
