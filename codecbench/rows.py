"""Results as rows of the store's tables (`codecbench.schema`)."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from codecbench import coding
from codecbench.clips import Clip
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint
from codecbench.plan import Coding, point_name
from codecbench.scoring import Score
from codecbench.tasks import Coded, Failed, Scored, Timed


def clip_row(clip: Clip) -> dict[str, Any]:
    """A clip and its labels."""
    return {
        "clip_hash": clip.content_hash,
        "clip": clip.name,
        "category": clip.category,
        "group": clip.group,
        "licence": clip.licence,
        "source": clip.source,
        "sample_rate_hz": clip.sample_rate_hz,
        "channels": clip.channels,
        "duration_s": clip.duration_s,
    }


def encoding_row(codec: Codec, planned: Coding, bitstream: Bitstream) -> dict[str, Any]:
    """An encoding without what is known once it is decoded (clipped samples)."""
    point = planned.point
    payload = b"".join(bitstream.packets)
    return {
        "key": planned.key,
        "clip_hash": planned.clip.content_hash,
        "codec": planned.codec.name,
        "codec_version": planned.codec.version,
        "weights_hash": planned.codec.weights_hash,
        "device": planned.codec.device_class,
        "channels": planned.channels,
        "nominal_bps": point.bitrate_bps,
        "label": point.label,
        "internal_rate_hz": point.sample_rate_hz,
        "coded_bandwidth_hz": point.coded_bandwidth_hz,
        "codebooks": point.codebooks,
        "codebook_size": point.codebook_size,
        "duration_s": planned.clip.duration_s,
        "payload_bytes": bitstream.payload_bytes,
        "header_bytes": len(bitstream.header),
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "measured": planned.codec.measured,
        "token_counts": _token_counts(codec, point, bitstream),
    }


def _token_counts(codec: Codec, point: OperatingPoint, bitstream: Bitstream) -> bytes | None:
    codes = coding.tokens(codec, bitstream)
    if codes is None or point.codebook_size is None:
        return None
    size = point.codebook_size
    counts = [np.bincount(book[book >= 0], minlength=size) for book in codes]
    return zlib.compress(np.asarray(counts, dtype="<i4").tobytes())


def score_row(result: Scored, score: Score) -> dict[str, Any]:
    """A score, or the reason why there is none."""
    return {
        "encoding_key": result.item.coding.key,
        "metric": score.metric,
        "metric_version": score.version,
        "protocol": score.protocol,
        "payload_sha256": result.item.payload_sha256,
        "unit": score.unit,
        "direction": score.direction,
        "value": score.value,
        "reason": score.reason,
    }


def alignment_rows(result: Coded) -> list[dict[str, Any]]:
    """The alignment of audio decoded elsewhere as scores; none where it was not asked for.

    Channels of inverted polarity, and what is missing at an end, have a row where there are any.
    """
    if result.row is None or result.alignment is None:
        return []
    found = result.alignment
    facts: list[tuple[str, str, float | None, str]]
    facts = [("delay_samples", "sample", found.delay.samples, found.delay.reason)]
    missing = {
        "missing_start_ms": found.missing_start_ms,
        "missing_end_ms": found.missing_end_ms,
    }
    facts += [(name, "ms", value, "") for name, value in missing.items() if value]
    if found.delay.inverted:
        facts.append(("inverted_channels", "", len(found.delay.inverted), ""))
    return [
        {
            "encoding_key": result.row["key"],
            "metric": name,
            "metric_version": 1,
            "protocol": "fixed",
            "payload_sha256": result.row["payload_sha256"],
            "unit": unit,
            "direction": "neither",
            "value": value,
            "reason": reason,
        }
        for name, unit, value, reason in facts
    ]


def timing_row(result: Timed, machine_name: str) -> dict[str, Any]:
    """Real-time factors of one codec at one point on one machine."""
    coding = result.task.coding
    return {
        "codec": coding.codec.name,
        "codec_version": coding.codec.version,
        "weights_hash": coding.codec.weights_hash,
        "device": coding.codec.device_class,
        "channels": coding.channels,
        "point": point_name(coding.point),
        "threads": result.task.threads,
        "machine": machine_name,
        "clip_hash": coding.clip.content_hash,
        "rtf_encode": result.rtf_encode,
        "rtf_decode": result.rtf_decode,
    }


def failure_row(
    failed: Failed, protocol: str, lost: Sequence[tuple[str, str]], failed_at: str
) -> dict[str, Any]:
    """A failure as the store keeps it. protocol: of the score, else "". lost: see `FAILURES`."""
    coding = failed.coding
    return {
        "clip_hash": coding.clip.content_hash,
        "codec": coding.codec.name,
        "weights_hash": coding.codec.weights_hash,
        "device": coding.codec.device_class,
        "channels": coding.channels,
        "point": point_name(coding.point),
        "stage": failed.stage,
        "metric": failed.metric,
        "protocol": protocol,
        "clip": coding.clip.name,
        "reason": failed.reason,
        "traceback": failed.traceback,
        "lost": [list(pair) for pair in lost],
        "failed_at": failed_at,
    }
