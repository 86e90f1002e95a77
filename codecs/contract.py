"""The contract of a codec: what an adapter says of itself, and two functions, encode and decode.

An adapter works at the rate of its operating point and on a layout that it codes natively.
Resampling, channels coded one by one, the original's rate and length are the business of
`codecbench.coding`, once for all codecs. A new codec is one file with one subclass of `Codec`, a
function `create`, and one line in `codecs/table.py`, or an entry point of another package.

Shapes: audio is `(channels, samples)` float32, full scale ±1; tokens are `(codebooks, frames)`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.codecs.weights import WeightSet
from codecbench.errors import UsageError

Samples = npt.NDArray[np.float32]
"""Audio of shape (channels, samples), float32, full scale ±1."""

Tokens = npt.NDArray[np.int32]
"""Codes of shape (codebooks, frames); -1 fills a codebook that a frame does not use."""


NO_BITRATE = "given"
"""Label of the one point of audio decoded elsewhere for which no bitrate is stated."""


@dataclass(frozen=True)
class OperatingPoint:
    """One setting of a codec for one channel layout.

    bitrate_bps: nominal and total over the channels; None where a rate means nothing (an anchor).
    sample_rate_hz: the rate that the codec works at inside; `encode` gets audio of that rate.
    coded_bandwidth_hz: the highest frequency that the codec sets out to code.
    codebooks, codebook_size: of codecs with tokens, per coded channel stream; else None.
    label: what a table shows where there is no bitrate.
    """

    bitrate_bps: float | None
    sample_rate_hz: int
    coded_bandwidth_hz: float
    codebooks: int | None = None
    codebook_size: int | None = None
    label: str = ""


@dataclass(frozen=True)
class Bitstream:
    """What a decoder sees, and all that it sees.

    header: what does not vary with the signal (configuration, pre-skip, length); no bitrate.
    packets: what does (codes, scales, gains); `8 * sum(len)` over the duration is the bitrate.
    """

    header: bytes
    packets: tuple[bytes, ...]

    @property
    def payload_bytes(self) -> int:
        """Bytes that count as bitrate."""
        return sum(map(len, self.packets))


@dataclass(frozen=True)
class Estimate:
    """Audio that was decoded elsewhere, and the bitrate that is claimed for it (None: none is).

    align: whether the delay that cross-correlation finds is undone (and recorded).
    """

    path: Path
    bitrate_bps: float | None
    align: bool = False


class Codec(ABC):
    """A codec with its options fixed. Making one is cheap; weights load when first needed.

    name: canonical, as the user would type it: `opus,complexity=5`. Tables show it.
    version: of the adapter and of the library that makes the bits; part of a result's key.
    channels: the layouts coded natively; others are coded one channel at a time where 1 is among
        them, and mono is sent twice to a codec of stereo alone.
    """

    name: str
    version: str
    channels: tuple[int, ...] = (1,)
    weights: WeightSet | None = None
    bitrate_is_measured: bool = True
    runs_on_device: bool = False
    """Whether `--device` moves this codec's work; results of the others are keyed as of the CPU."""
    delay_samples: int = 0
    """Algorithmic delay at the internal rate, for information: decoded audio is compensated."""

    def find_weights(self) -> str:
        """Find the weights that this codec needs, fetching them where their publisher is in reach.

        Returns a hash of their content ("" for a codec without weights), part of a result's key.
        Imports nothing heavy. Raises `WeightsError`, with what to do, where they can't be had.
        """
        return ""

    @abstractmethod
    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """Operating points for a native layout, rates rising. Needs no weights."""

    def nearest_point(self, bitrate_bps: float, channels: int) -> OperatingPoint:
        """The point whose nominal rate is nearest on a log scale, however far it is.

        A codec with a continuous range overrides this and clips the request to its range.
        """
        rated = [(p.bitrate_bps, p) for p in self.points(channels) if p.bitrate_bps]
        if not rated:
            raise UsageError(f"{self.name}: its operating points have no bitrate to choose by")
        return min(rated, key=lambda pair: abs(math.log(pair[0] / bitrate_bps)))[1]

    @abstractmethod
    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Code audio of a native layout at `point.sample_rate_hz`, one sample or more.

        A pure function of its arguments: no state passes from one clip to the next.
        """

    @abstractmethod
    def decode(self, bitstream: Bitstream) -> Samples:
        """Decode to the layout, rate and exact length that `encode` was given, delay removed.

        Raises `BitstreamError` for bytes that `encode` did not make. Values may exceed ±1.
        """

    def tokens(self, bitstream: Bitstream) -> Tokens | None:
        """The codes of shape (codebooks, frames), or None for a codec without tokens."""
        return None

    def estimate(self, clip_name: str) -> Estimate | None:
        """Where this codec's audio of a clip was decoded elsewhere, the file; None for real codecs.

        That audio is then "encoded" in the clip's place. Raises `CodingError` where it is missing.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most codecs hold nothing
        """Give back models and memory. The codec stays usable: it loads again when asked."""
