"""Words that messages, tables and pages share: counted nouns, layouts, lists of names."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def counted(count: int, noun: str, plural: str = "") -> str:
    """A count and its noun: "1 clip", "12 clips". plural: where it is not the noun with an s."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def layout_words(channels: int) -> str:
    """A layout: "mono", "stereo", "6 channels"."""
    return {1: "mono", 2: "stereo"}.get(channels, counted(channels, "channel"))


def clips_in_layouts(clips: Mapping[int, int]) -> str:
    """How many clips, by channels: "4 clips", or "2 mono and 2 stereo clips" of several layouts."""
    if len(clips) < 2:
        return counted(sum(clips.values()), "clip")
    *others, last = (f"{n} {layout_words(channels)}" for channels, n in sorted(clips.items()))
    return f"{', '.join(others)} and {last} clips"


def joined(names: Collection[str]) -> str:
    """Names in a row; semicolons part them where a name holds a comma of its own."""
    return ("; " if any("," in name for name in names) else ", ").join(names)
