"""Series: what is one curve in a figure, with its name and its looks.

A series is one codec of one version, with one set of weights, on one kind of device and in one
layout. Its label is the codec's name, and as much more as it takes to tell it from the others.
Colours follow Okabe and Ito (2008), which stay apart in all common forms of colour blindness;
markers and line styles tell series apart in grey.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar

from codecbench.wording import layout_words

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#882255")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":")

FAMILIES = {"dac": 1, "opus": 0, "encodec": 2, "mp3": 3, "aac": 4, "lyra": 5, "lowpass": 6}
"""Places in `COLOURS` of the families that ship with the project."""

KEY = ["codec", "codec_version", "weights_hash", "device", "channels"]
"""Columns that tell one series from another."""

Key = TypeVar("Key")


@dataclass(frozen=True)
class SeriesKey:
    """What makes a series one. run: the name of the run that holds it (the first that does)."""

    codec: str
    codec_version: str
    weights_hash: str
    device: str
    channels: int
    run: str


@dataclass(frozen=True)
class Style:
    """The looks of a series. dash, marker: as matplotlib names them. colour: #rrggbb."""

    colour: str
    marker: str
    dash: str


def label_series(keys: Iterable[SeriesKey]) -> dict[SeriesKey, str]:
    """A label for each series, each of its own; as short as tells them apart."""
    distinct = list(dict.fromkeys(keys))
    names = _short_names({key.codec for key in distinct})
    # Names of files may hold what is not Unicode, and nothing can draw that.
    names = {codec: name.encode(errors="replace").decode() for codec, name in names.items()}
    labels = {key: names[key.codec] for key in distinct}
    for tell in (_layout, _run, _weights, _version, _device):
        _tell_apart(labels, tell)
    return number_alike(labels)


def number_alike(labels: Mapping[Key, str]) -> dict[Key, str]:
    """The labels, with a number where several are alike: a codec may be called as another one is
    labelled."""
    uses = Counter(labels.values())
    taken = set(uses)
    told = dict(labels)
    for key, label in labels.items():
        if uses[label] > 1:
            told[key] = next(
                numbered
                for number in itertools.count(1)
                if (numbered := f"{label} #{number}") not in taken
            )
            taken.add(told[key])
    return told


def palette(series: Iterable[str]) -> dict[str, Style]:
    """Looks for each label: the same in every figure that is given the same labels.

    The first series of a family in `FAMILIES` has that family's looks, so that they stay from
    report to report; the others share what is left.
    """
    labels = sorted(set(series))
    places: dict[str, int] = {}
    for label in labels:
        place = FAMILIES.get(re.split("[:,@ ]", label)[0])
        if place is not None and place not in places.values():
            places[label] = place
    free = (i for i in itertools.count() if i not in places.values())
    others = {label: next(free) for label in labels if label not in places}
    return {label: _style((places | others)[label]) for label in labels}


def _style(place: int) -> Style:
    count = len(COLOURS)
    dash = DASHES[place // count % len(DASHES)]
    return Style(COLOURS[place % count], MARKERS[place % count], dash)


def _tell_apart(labels: dict[SeriesKey, str], tell: Callable[[SeriesKey], str]) -> None:
    """Add what `tell` says to labels that several series share, where it says different things."""
    sharing: Mapping[str, list[SeriesKey]] = defaultdict(list)
    for key, label in labels.items():
        sharing[label].append(key)
    for keys in sharing.values():
        if len({tell(key) for key in keys}) > 1:
            for key in keys:
                labels[key] += f", {tell(key)}"


def _layout(key: SeriesKey) -> str:
    return layout_words(key.channels)


def _run(key: SeriesKey) -> str:
    return key.run


def _weights(key: SeriesKey) -> str:
    return f"weights {key.weights_hash[:6]}" if key.weights_hash else "no weights"


def _version(key: SeriesKey) -> str:
    return f"version {key.codec_version}"


def _device(key: SeriesKey) -> str:
    return key.device


def _short_names(codecs: set[str]) -> dict[str, str]:
    """Codecs' names, with a path in one cut to its end where that leaves it unlike the others."""
    cut = {codec: _without_folders(codec) for codec in codecs}
    counts = Counter(cut.values())
    return {codec: short if counts[short] == 1 else codec for codec, short in cut.items()}


def _without_folders(codec: str) -> str:
    family, colon, variant = codec.partition(":")
    if family == "folder" or "/" not in variant:
        return codec
    return f"{family}{colon}{PurePath(variant).name}"
