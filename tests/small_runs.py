"""Stored runs that are written by hand: rows without audio, for what reads runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codecbench.schema import CLIPS, ENCODINGS, FAILURES, SCORES, SESSIONS
from codecbench.store import open_run

Value = float | str | None
"""A score, the reason for none, or None where it was not scored."""


def write_run(
    folder: Path,
    scores: Mapping[str, Mapping[str, Sequence[Value]]],
    *,
    clips: Sequence[str] = ("a", "b", "c", "d", "e", "f"),
    audio: Sequence[str] = (),
    category: str = "",
    categories: Sequence[str] = (),
    protocol: str = "paper",
    metric_version: int = 1,
    weights: str = "",
    skipped: Sequence[Mapping[str, str]] = (),
    failed: Sequence[Mapping[str, Any]] = (),
    status: str = "finished",
    versions: Mapping[str, str] | None = None,
    command: str = "bench run --codecs opus --out here",
) -> Path:
    """Write a run and return its folder.

    scores: metric to values of the clips, by codec with its rate in kbps, `opus@6`. audio: hashes
    of the clips, their names where left out. categories: one a clip, where not all are of
    `category`. Each clip has 2 s.
    """
    hashes = audio or clips
    with open_run(folder) as store:
        of_clips = categories or [category] * len(clips)
        for clip, clip_hash, of_clip in zip(clips, hashes, of_clips, strict=True):
            store.add(CLIPS, [_clip(clip, clip_hash, of_clip)])
        for name, by_metric in scores.items():
            codec, _, kbps = name.partition("@")
            for i, clip_hash in enumerate(hashes):
                key = f"{codec}{kbps}{weights}-{clip_hash}"
                row = _encoding(key, clip_hash, codec, float(kbps), weights)
                store.add(ENCODINGS, [row])
                for metric, values in by_metric.items():
                    if values[i] is not None:
                        store.add(
                            SCORES, [_score(key, metric, metric_version, protocol, values[i])]
                        )
        store.add(SESSIONS, [_session(protocol, skipped, status, versions or {}, command)])
        store.add(FAILURES, [dict(row) for row in failed])
    return folder


def failure(
    clip: str, codec: str, point: str, stage: str = "encode", metric: str = "", reason: str = "why"
) -> dict[str, Any]:
    """A failure of a codec without weights on a clip whose hash is its name."""
    return {
        "clip_hash": clip,
        "codec": codec,
        "weights_hash": "",
        "device": "cpu",
        "channels": 1,
        "point": point,
        "stage": stage,
        "metric": metric,
        "protocol": "paper" if metric else "",
        "clip": clip,
        "reason": reason,
        "traceback": "",
        "lost": [[metric, "paper"]] if metric else [],
        "failed_at": "2026-01-01T00:00:30+00:00",
    }


def _clip(clip: str, clip_hash: str, category: str) -> dict[str, Any]:
    return {
        "clip_hash": clip_hash,
        "clip": clip,
        "category": category,
        "group": "",
        "licence": "CC0",
        "source": "made up",
        "sample_rate_hz": 16000,
        "channels": 1,
        "duration_s": 2.0,
    }


def _encoding(key: str, clip_hash: str, codec: str, kbps: float, weights: str) -> dict[str, Any]:
    return {
        "key": key,
        "clip_hash": clip_hash,
        "codec": codec,
        "codec_version": "1",
        "weights_hash": weights,
        "device": "cpu",
        "channels": 1,
        "nominal_bps": 1000 * kbps,
        "label": "",
        "internal_rate_hz": 16000,
        "coded_bandwidth_hz": 8000.0,
        "duration_s": 2.0,
        "payload_bytes": round(250 * kbps),
        "header_bytes": 10,
        "payload_sha256": "",
        "measured": True,
        "clipped_samples": 0,
    }


def _score(key: str, metric: str, version: int, protocol: str, value: Value) -> dict[str, Any]:
    said = isinstance(value, str)
    return {
        "encoding_key": key,
        "metric": metric,
        "metric_version": version,
        "protocol": protocol,
        "payload_sha256": "",
        "unit": {"si_sdr": "dB", "visqol": "MOS"}.get(metric, ""),
        "direction": "lower" if metric == "mel" else "higher",
        "value": None if said else value,
        "reason": value if said else "",
    }


def _session(
    protocol: str,
    skipped: Sequence[Mapping[str, str]],
    status: str,
    versions: Mapping[str, str],
    command: str,
) -> dict[str, Any]:
    return {
        "id": "one",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:00+00:00",
        "status": status,
        "command": command,
        "protocol": protocol,
        "versions": dict(versions),
        "machine": {},
        "skipped": [dict(row) for row in skipped],
    }
