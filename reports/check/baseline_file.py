"""A baseline as a small file to keep in git: one line a cell, with its mean for who reads the diff.

Values have 7 significant digits, in the order of the clips. Everything is here that a check needs
to run a candidate on the same clips, points and metrics, but the clips themselves.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from codecbench.clip_places import ClipPlaces, folders_of
from codecbench.errors import ReportError, UsageError
from codecbench.files import write_text
from codecbench.reports.check.sides import (
    DIGITS,
    ClipFact,
    Measured,
    Quantity,
    Series,
    Side,
    Subject,
)

FORMAT = "codecbench baseline"
VERSION = 1


def write_baseline(side: Side, path: Path) -> None:
    """Write a side's values. Raises `StoreError` where the file cannot be written."""
    write_text(path, "".join(_lines(side, path.absolute().parent)))


def read_baseline(path: Path) -> Side:
    """Read such a file. Raises `ReportError` for one that is none, is damaged, or is newer."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(f"{path}: neither a run nor a baseline file ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ReportError(f"{path}: not a baseline file: make one with bench check --save-baseline")
    if content.get("version") != VERSION:
        raise ReportError(
            f"{path}: of version {content.get('version')} of baseline files; this codecbench reads "
            f"{VERSION}: make it again with bench check --save-baseline"
        )
    try:
        return _side(content, path)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReportError(
            f"{path}: the baseline file is damaged ({type(error).__name__}: {error}): "
            "take it from git again, or make it again"
        ) from error


def _lines(side: Side, folder: Path) -> Iterator[str]:
    """JSON by hand in so far as one entry stands on one line."""
    hashes = sorted(side.clips, key=lambda key: (side.clips[key].name, key))
    yield "{\n"
    yield f'"format": {_json(FORMAT)},\n"version": {VERSION},\n'
    yield f'"commands": {_block(map(_json, side.commands))},\n'
    yield f'"clips_in": {_block(map(_json, _sources(side.places, folder)))},\n'
    yield f'"versions": {_json(dict(sorted(side.versions.items())))},\n'
    yield f'"clips": {_block(_json(_clip_entry(key, side.clips[key])) for key in hashes)},\n'
    yield f'"codecs": {_block(_json(_codec_entry(name, s)) for name, s in _sorted(side))},\n'
    cells = (
        _json(_cell_entry(name, quantity, series.cells[quantity], hashes))
        for name, series in _sorted(side)
        for quantity in sorted(series.cells, key=lambda q: _cell_order(q, series))
    )
    yield f'"cells": {_block(cells)}\n}}\n'


def _sources(places: ClipPlaces, folder: Path) -> Iterator[str | None]:
    """Where clips may be, from the file's folder; null for the built-in ones."""
    noted = [path for paths in places.files.values() for path in paths]
    folders = places.sources or tuple(path.parent for path in noted)
    for source in dict.fromkeys(folders):
        if source is None or source.exists():
            yield None if source is None else os.path.relpath(source, folder)


def _sorted(side: Side) -> list[tuple[str, Series]]:
    return sorted(side.series.items())


def _cell_order(quantity: Quantity, series: Series) -> tuple[Any, ...]:
    return (quantity.channels, series.cells[quantity].nominal_bps or 0, quantity)


def _block(entries: Any) -> str:
    lines = ",\n".join(f" {entry}" for entry in entries)
    return f"[\n{lines}\n]" if lines else "[]"


def _json(entry: Any) -> str:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False)


def _clip_entry(key: str, clip: ClipFact) -> dict[str, Any]:
    facts = {"name": clip.name, "category": clip.category, "group": clip.group}
    return {"hash": key, **facts, "duration_s": clip.duration_s}


def _codec_entry(name: str, series: Series) -> dict[str, Any]:
    subject = series.subject
    facts = {"name": name, "codec": subject.codec, "version": subject.version}
    return {**facts, "weights": subject.weights_hash, "device": subject.device}


def _cell_entry(
    name: str, quantity: Quantity, measured: Measured, hashes: list[str]
) -> dict[str, Any]:
    known = [value for value in measured.values.values() if not math.isnan(value)]
    reasons = {hashes.index(key): reason for key, reason in measured.reasons.items()}
    return {
        "codec": name,
        "channels": quantity.channels,
        "point": quantity.point,
        "nominal_bps": measured.nominal_bps,
        "metric": quantity.metric,
        "protocol": quantity.protocol,
        "definition": measured.version,
        "unit": measured.unit,
        "direction": measured.direction,
        "mean": float(f"{np.mean(known):.{DIGITS}g}") if known else None,
        # "-": not coded; null: coded, and the metric has no value.
        "values": [_value(measured.values, key) for key in hashes],
    } | ({"no_value": {str(i): reasons[i] for i in sorted(reasons)}} if reasons else {})


def _value(values: dict[str, float], key: str) -> float | str | None:
    if key not in values:
        return "-"
    return None if math.isnan(values[key]) else values[key]


def _side(content: dict[str, Any], path: Path) -> Side:
    clips = {
        entry["hash"]: ClipFact(
            entry["name"], entry["category"], entry["group"], float(entry["duration_s"])
        )
        for entry in content["clips"]
    }
    hashes = [entry["hash"] for entry in content["clips"]]
    series = {
        entry["name"]: Series(
            Subject(entry["codec"], entry["version"], entry["weights"], entry["device"]), {}
        )
        for entry in content["codecs"]
    }
    cells: dict[str, dict[Quantity, Measured]] = {name: {} for name in series}
    for entry in content["cells"]:
        quantity = Quantity(
            int(entry["channels"]), entry["point"], entry["metric"], entry["protocol"]
        )
        cells[entry["codec"]][quantity] = _measured(entry, hashes)
    return Side(
        str(path),
        clips,
        {name: Series(series[name].subject, cells[name]) for name in series},
        commands=tuple(content["commands"]),
        versions=content["versions"],
        places=_places(content, path.absolute().parent),
    )


def _places(content: dict[str, Any], folder: Path) -> ClipPlaces:
    """What the file says, then what its commands do: files of older versions have these alone."""
    sources = tuple(
        None if source is None else Path(os.path.normpath(folder / source))
        for source in content.get("clips_in", ())
    )
    named = folders_of(content["commands"])
    return ClipPlaces(
        sources=sources, guessed=tuple(f for f in named if f is not None or not sources)
    )


def _measured(entry: dict[str, Any], hashes: list[str]) -> Measured:
    values = {
        key: math.nan if value is None else float(value)
        for key, value in zip(hashes, entry["values"], strict=True)
        if value != "-"
    }
    reasons = {hashes[int(i)]: reason for i, reason in entry.get("no_value", {}).items()}
    if entry["direction"] not in ("higher", "lower"):
        raise ValueError(f"direction {entry['direction']!r}")
    return Measured(
        int(entry["definition"]),
        entry["unit"],
        entry["direction"],
        entry["nominal_bps"],
        values,
        reasons,
    )
