"""The plan of a run: which clips are coded by which codecs at which operating points, and what is
skipped and why. Laid and shown before anything is computed; a pure function of what was asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from codecbench.audio import CANCELS
from codecbench.bitrate_units import Asked, pcm_bps, refuse_bits
from codecbench.clips import Clip, ClipSet, Refused
from codecbench.codecs.contract import Codec, OperatingPoint
from codecbench.codecs.table import create_codec, stand_in
from codecbench.coding import PREPROCESSING_VERSION
from codecbench.errors import CodecbenchError, CodingError, UsageError, WeightsError
from codecbench.metrics.table import load_metric, metric_names
from codecbench.names import CodecName
from codecbench.point_choice import REACH, resolve_points

Channels = Literal["mono", "keep"]
Protocol = Literal["paper", "native"]

PAPER_RATE_HZ = 44100


@dataclass(frozen=True)
class Request:
    """What the user asked for. bitrates_bps: total over channels; empty asks for every point."""

    codecs: tuple[CodecName, ...]
    bitrates_bps: tuple[float, ...] = ()
    clips: Path | None = None
    channels: Channels = "mono"
    metrics: tuple[str, ...] = ()
    protocol: Protocol = "paper"
    device: str = "cpu"
    strict: bool = False


@dataclass(frozen=True)
class PlannedCodec:
    """A codec whose weights are at hand, as its results are keyed."""

    asked: CodecName
    name: str
    version: str
    weights_hash: str
    device: str
    measured: bool

    @property
    def device_class(self) -> str:
        """`cuda` for `cuda:1`: which of several like devices did the work is no part of a key."""
        return self.device.partition(":")[0]


@dataclass(frozen=True)
class Coding:
    """One clip, one codec, one operating point, one layout: what an encoding's key names."""

    key: str
    clip: Clip
    codec: PlannedCodec
    point: OperatingPoint
    channels: int


@dataclass(frozen=True)
class Skipped:
    """What was asked for and is not in the plan."""

    kind: Literal["clip", "codec", "bitrate", "metric"]
    what: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """The whole of it.

    metrics: names, each with whether it applies to every category. clip_source: the folder or
    manifest of the clips, None where they were put together otherwise.
    """

    clips: tuple[Clip, ...]
    codecs: tuple[PlannedCodec, ...]
    codings: tuple[Coding, ...]
    metrics: tuple[tuple[str, bool], ...]
    protocol: Protocol
    skipped: tuple[Skipped, ...]
    ignored_files: int = 0
    made_folders: tuple[Path, ...] = ()
    clip_source: Path | None = None


def point_name(point: OperatingPoint) -> str:
    """`7.75` (kbps) or the label of a point without bitrate."""
    return point.label or f"{(point.bitrate_bps or 0) / 1000:.4g}"


def series_name(coding: Coding) -> str:
    """What the files of a series at one point are called by: `opus@24`, and what else tells codecs
    of one name apart. Audio of a newer version of a codec takes the place of an older one's."""
    codec = coding.codec
    name = f"{codec.name}@{point_name(coding.point)}"
    name += f" weights {codec.weights_hash}" if codec.weights_hash else ""
    name += f" {coding.channels} channels" if coding.channels > 1 else ""
    return name if codec.device_class == "cpu" else f"{name} {codec.device_class}"


def encoding_key(clip_hash: str, codec: PlannedCodec, point: OperatingPoint, channels: int) -> str:
    """Hash of everything that produces an encoding; equal keys mean equal bytes."""
    parts = {
        "clip": clip_hash,
        "codec": codec.name,
        "version": codec.version,
        "weights": codec.weights_hash,
        "device": codec.device_class,
        "dtype": "float32",
        "point": asdict(point),
        "channels": channels,
        "preprocessing": PREPROCESSING_VERSION,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:40]


def resolve_metrics(asked: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Names of metrics, each with whether it scores clips outside its category (`stoi:all`)."""
    if not asked:
        return tuple((name, False) for name in metric_names())
    pairs: dict[str, bool] = {}
    for text in asked:
        name, colon, scope = text.partition(":")
        if colon and scope != "all":
            raise UsageError(f'metric "{text}": only ":all" may follow the name')
        load_metric(name)
        pairs[name] = bool(colon)
    return tuple(pairs.items())


def lay_plan(request: Request, clip_set: ClipSet) -> Plan:
    """Resolve a request against the clips and codecs that there are.

    Raises `UsageError` for what cannot be meant; a codec without weights is skipped with its reason
    (with `strict`, the error is raised), and where the project has a model to stand in, that one is
    planned in its place.
    """
    metrics = resolve_metrics(request.metrics)
    clip_set = _refuse_cancelled(clip_set, request.channels)
    layouts = sorted({_layout(clip, request.channels) for clip in clip_set.clips})
    _refuse_bits(request, clip_set, layouts)
    planned: dict[str, PlannedCodec] = {}
    wanted: dict[tuple[str, int], dict[OperatingPoint, None]] = {}
    skipped = [
        Skipped("clip", str(r.path), r.reason.removeprefix(f"{r.path}: ")) for r in clip_set.refused
    ]
    skipped += _metrics_without_clips(metrics, clip_set)
    pending = deque(request.codecs)
    while pending:
        asked = pending.popleft()
        codec = create_codec(asked.family, asked.variant, dict(asked.options), request.device)
        try:
            found = _find(codec, asked, request)
            rates = (asked.bitrate_bps,) if asked.bitrate_bps else request.bitrates_bps
            for channels in layouts:
                points, missed = resolve_points(codec, rates, channels)
                skipped += [Skipped("bitrate", f"{codec.name} {m.what}", m.reason) for m in missed]
                wanted.setdefault((asked.canonical, channels), {}).update(dict.fromkeys(points))
        except (WeightsError, CodingError) as error:
            if request.strict:
                raise
            reason = str(error).removeprefix(f"{codec.name}: ")
            if instead := stand_in(asked, codec):
                pending.appendleft(instead[0])
                reason = instead[1]
            skipped.append(Skipped("codec", codec.name, reason))
            continue
        planned.setdefault(asked.canonical, found)
    codings = [
        Coding(
            encoding_key(clip.content_hash, codec, point, channels), clip, codec, point, channels
        )
        for codec in planned.values()
        for clip in clip_set.clips
        for channels in [_layout(clip, request.channels)]
        for point in sorted(
            wanted.get((codec.asked.canonical, channels), {}),
            key=lambda p: (p.bitrate_bps or 0, p.label),
        )
    ]
    return Plan(
        clip_set.clips,
        tuple(planned.values()),
        # Two spellings of one codec ask for the same.
        tuple({coding.key: coding for coding in codings}.values()),
        metrics,
        request.protocol,
        tuple(dict.fromkeys(skipped)),
        clip_set.ignored_files,
        clip_set.made,
        clip_set.source,
    )


def _refuse_bits(request: Request, clip_set: ClipSet, layouts: Sequence[int]) -> None:
    codecs = [
        Asked(name, create_codec(name.family, name.variant, dict(name.options), request.device))
        for name in request.codecs
    ]
    most_bps = max(
        (pcm_bps(c.sample_rate_hz, _layout(c, request.channels)) for c in clip_set.clips), default=0
    )
    refuse_bits(codecs, request.bitrates_bps, layouts, most_bps, REACH)


def _refuse_cancelled(clip_set: ClipSet, channels: Channels) -> ClipSet:
    """What a downmix silences would score well at any bitrate: no codec does harm to nothing."""
    if channels == "keep":
        return clip_set
    sound = tuple(clip for clip in clip_set.clips if not clip.cancels)
    refused = tuple(Refused(clip.path, CANCELS) for clip in clip_set.clips if clip.cancels)
    return replace(clip_set, clips=sound, refused=clip_set.refused + refused)


def _metrics_without_clips(
    metrics: Iterable[tuple[str, bool]], clip_set: ClipSet
) -> Iterator[Skipped]:
    there = {clip.category for clip in clip_set.clips}
    for name, everywhere in metrics:
        category = load_metric(name).category
        if category is not None and not everywhere and category not in there:
            reason = (
                f"no clip is in the category {category}: put such clips into a folder {category}/, "
                "or ask for the metric with :all behind its name"
            )
            yield Skipped("metric", name, reason)


def _find(codec: Codec, asked: CodecName, request: Request) -> PlannedCodec:
    weights_hash = codec.find_weights()
    device = request.device if codec.runs_on_device else "cpu"
    _require_device(device)
    return PlannedCodec(
        asked, codec.name, codec.version, weights_hash, device, codec.bitrate_is_measured
    )


def _require_device(device: str) -> None:
    if device == "cpu":
        return
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--device {device}: torch cannot use it here ({reason})") from error


def _layout(clip: Clip, channels: Channels) -> int:
    return 1 if channels == "mono" else clip.channels


def require_something(plan: Plan) -> None:
    """Raise the error that explains an empty plan."""
    if not plan.codings:
        reasons = "; ".join(f"{s.what}: {s.reason}" for s in plan.skipped)
        raise CodecbenchError(f"there is nothing to measure. {reasons}")
