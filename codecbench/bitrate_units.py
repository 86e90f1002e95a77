"""Bitrates that were surely meant in bit/s, such as `--bitrates 24000` for 24 kbps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codecbench.codecs.contract import Codec
from codecbench.coding import operating_points
from codecbench.errors import CodingError, UsageError, WeightsError
from codecbench.names import CodecName

_LEAST_BPS = 500_000
"""A lower bitrate is not looked at: in bit/s it would be under 0.5 kbps."""

_PCM_RATE_HZ, _PCM_BITS = 48_000, 32
"""Audio that is not coded at all takes no more, or by its own rate where that is higher."""


@dataclass(frozen=True)
class Asked:
    """A codec, as it was asked for and as it was made."""

    name: CodecName
    codec: Codec


def pcm_bps(sample_rate_hz: int, channels: int) -> float:
    """A bitrate that audio of a clip does not reach by any coding."""
    return max(sample_rate_hz, _PCM_RATE_HZ) * _PCM_BITS * channels


def refuse_bits(
    codecs: Sequence[Asked],
    bitrates_bps: Iterable[float],
    layouts: Sequence[int],
    most_bps: float,
    reach: float,
) -> None:
    """Raise `UsageError` for bitrates that are surely in bit/s, and say what was meant.

    Such a one is out of every codec's reach, and either a thousandth of it is in one's, or it is
    above `most_bps`. Of audio decoded elsewhere, whose bitrate is stated, the latter alone counts.

    bitrates_bps: of the codecs that bring none. layouts: numbers of channels. reach: a factor.
    """
    for asked in codecs:
        own_bps = asked.name.bitrate_bps or 0
        if own_bps < _LEAST_BPS:
            continue
        stated = not asked.codec.bitrate_is_measured
        ranges = [] if stated else list(_ranges([asked.codec], layouts, reach))
        if _is_bits(own_bps, ranges, most_bps):
            raise UsageError(
                f"{asked.codec.name}@{own_bps / 1000:g}: bitrates are in kbps, and "
                f"{own_bps / 1000:g} are too many. Did you mean "
                f'"{asked.codec.name}@{own_bps / 1e6:g}"?'
            )
    suspects = [rate for rate in bitrates_bps if rate >= _LEAST_BPS]
    if not suspects:
        return
    free = [asked.codec for asked in codecs if asked.name.bitrate_bps is None]
    ranges = list(_ranges(free, layouts, reach))
    if bits := [rate for rate in suspects if _is_bits(rate, ranges, most_bps)]:
        given, meant = (",".join(f"{rate / unit:g}" for rate in bits) for unit in (1e3, 1e6))
        raise UsageError(
            f"--bitrates {given}: bitrates are in kbps, and no codec codes at so many. "
            f'Did you mean "{meant}"?'
        )


def _is_bits(bitrate_bps: float, ranges: Sequence[tuple[float, float]], most_bps: float) -> bool:
    def within(rate_bps: float) -> bool:
        return any(low <= rate_bps <= high for low, high in ranges)

    return not within(bitrate_bps) and (within(bitrate_bps / 1000) or bitrate_bps > most_bps)


def _ranges(
    codecs: Iterable[Codec], layouts: Sequence[int], reach: float
) -> Iterable[tuple[float, float]]:
    """The least and the greatest bitrate that each codec answers, in bit/s."""
    for codec in codecs:
        for channels in layouts:
            try:
                points = operating_points(codec, channels)
            except (WeightsError, CodingError):
                continue  # which is told where the codec is planned
            rates = [point.bitrate_bps for point in points if point.bitrate_bps]
            if rates:
                yield min(rates) / reach, max(rates) * reach
