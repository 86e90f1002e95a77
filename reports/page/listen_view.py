"""The part of the page that one listens to: players in words, and each codec's worst clips."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codecbench.reports.metric_titles import title_of
from codecbench.reports.page.clip_choice import Choice
from codecbench.reports.page.clip_names import WHOLE, CommonFolder
from codecbench.reports.page.metrics_shown import ShownMetric
from codecbench.reports.page.sound import Player
from codecbench.reports.page.sound_plan import PlannedPlayer, Version
from codecbench.reports.page.view import (
    Cell,
    Column,
    TableView,
    kbps,
    listed,
    number,
    number_cell,
    series_cell,
    text_cell,
)


@dataclass(frozen=True)
class SoundView:
    """One button of a player, with its spectrogram. series: "" for the reference."""

    label: str
    rate: str
    value: str
    series: str
    picture: str


@dataclass(frozen=True)
class PlayerView:
    """A player as it is drawn. id: of its data in the page.

    x_ticks, y_ticks: (place in percent, words).
    """

    id: str
    clip: str
    why: str
    notes: tuple[str, ...]
    sounds: tuple[SoundView, ...]
    duration_s: float
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    data: dict[str, Any]


Values = Mapping[tuple[str, str, str], str]
"""What the judging metric says, in words, by clip hash, series and point."""


def player_views(
    players: tuple[Player, ...], values: Values, folder: CommonFolder = WHOLE
) -> list[PlayerView]:
    """Players by the name of their clip."""
    ordered = sorted(players, key=lambda player: player.planned.clip)
    return [_view(f"sound-{i}", player, values, folder) for i, player in enumerate(ordered)]


def value_words(metric: ShownMetric, value: float) -> str:
    """A value with the metric's short name, such as "ViSQOL 3.21"; "" for none."""
    if not math.isfinite(value):
        return ""
    title = title_of(metric.name)
    return f"{title.short} {number(title.scale * value, max(2, title.digits))}"


def choice_words(choice: Choice) -> str:
    """How the clips were chosen; "" where none was."""
    if not choice.of_series:
        return ""
    categories: dict[str, list[str]] = {}
    for category, metric in choice.metrics.items():
        categories.setdefault(metric.title, []).append(category or "those without a category")
    if len(categories) == 1:
        by = f"by {next(iter(categories))}"
    else:
        by = "; ".join(f"{listed(names)} by {metric}" for metric, names in categories.items())
        by = f"({by})"
    if len(choice.metrics) > 1:
        by = f"in each category {by}"
    return (
        f"For each codec its worst and its median clip {by}, at the codec's middle bitrate. Beside "
        "it are the other codecs at the point nearest in bitrate, and the same codec at its lowest "
        "and highest. Bitrates in a player are of that clip alone."
    )


def worst_table(choice: Choice, folder: CommonFolder) -> TableView | None:
    """The worst clips of each codec at its middle point, a row a category; None without any."""
    if not choice.of_series:
        return None
    titles = {metric.title for metric in choice.metrics.values()}
    several = len(choice.metrics) > 1
    most = max(len(of.worst) for of in choice.of_series)
    columns = (
        Column("Codec", numeric=False),
        Column("kbps", "measured"),
        *((Column("Clips", numeric=False),) if several else ()),
        *((Column("Judged by", numeric=False),) if len(titles) > 1 else ()),
        Column("Worst", numeric=False),
        *(Column(f"{place}.", numeric=False) for place in range(2, most + 1)),
    )
    rows = []
    for of in sorted(choice.of_series, key=lambda of: (of.series, of.category)):
        digits, scale = max(2, of.metric.digits), title_of(of.metric.name).scale
        clips = [
            Cell(folder.shortened(c.clip), scale * c.value, number(scale * c.value, digits))
            for c in of.worst
        ]
        facts = (
            series_cell(of.series),
            number_cell(of.bitrate_bps, kbps(of.bitrate_bps))
            if math.isfinite(of.bitrate_bps)
            else Cell(of.point, None, hint="without a bitrate"),
            *((text_cell(of.category or "–"),) if several else ()),
            *((text_cell(of.metric.short),) if len(titles) > 1 else ()),
        )
        rows.append((*facts, *clips, *(Cell("") for _ in range(most - len(clips)))))
    by = f"with their {titles.pop()}" if len(titles) == 1 else "with what their metric says"
    caption = f"Each codec's worst clips at its middle bitrate, {by}"
    return TableView(caption, columns, tuple(rows))


def _view(identity: str, player: Player, values: Values, folder: CommonFolder) -> PlayerView:
    planned = player.planned
    sounds = []
    for sound in player.sounds:
        version = sound.version
        if version is None:
            sounds.append(SoundView("Reference", "", "", "", sound.picture))
            continue
        sounds.append(
            SoundView(
                version.series,
                _rate_words(version),
                values.get((planned.clip_hash, version.series, version.point), ""),
                version.series,
                sound.picture,
            )
        )
    return PlayerView(
        identity,
        folder.shortened(planned.clip),
        _why(planned),
        tuple(_notes(player)),
        tuple(sounds),
        player.duration_s,
        tuple(_seconds(player.duration_s)),
        tuple(_kilohertz(player.top_hz)),
        {"duration": player.duration_s, "sounds": [sound.flac for sound in player.sounds]},
    )


def _rate_words(version: Version) -> str:
    """Its bitrate, or the name of a point that has none."""
    if not math.isfinite(version.bitrate_bps):
        return version.point
    return f"{kbps(version.bitrate_bps)} kbps{'' if version.is_measured else ' as stated'}"


def _why(planned: PlannedPlayer) -> str:
    """Such as "speech: worst of mp3 and opus, median of lyra".

    The category is left to the clip's name where that begins with it.
    """
    parts = []
    for role in ("worst", "median"):
        names = sorted(series for series, of in planned.roles if of == role)
        if names:
            parts.append(f"{role} of {listed(names)}")
    if any(role == "only" for _, role in planned.roles):
        parts.append("the only clip")
    category = planned.category
    told = not category or planned.clip.lower().startswith(f"{category}/")
    return ", ".join(parts) if told else f"{category}: {', '.join(parts)}"


def _notes(player: Player) -> list[str]:
    notes = []
    whole = player.planned.duration_s
    if player.duration_s < whole - 0.01:
        notes.append(
            f"{player.duration_s:.0f} s out of {whole:.0f} s, from {player.start_s:.1f} s on"
        )
    if player.gain < 1:
        notes.append(
            f"all versions {number(20 * math.log10(player.gain), 1)} dB, as one goes beyond "
            "full scale"
        )
    return notes


def _seconds(duration_s: float) -> list[tuple[float, str]]:
    step = next((s for s in (0.1, 0.2, 0.5, 1, 2, 5) if duration_s / s <= 6), 10)
    count = math.floor(duration_s / step + 1e-9)
    words = [f"{i * step:g}" for i in range(count + 1)]
    places = [round(100 * i * step / duration_s, 2) for i in range(count + 1)]
    return list(zip(places, ["0 s", *words[1:]], strict=True))


def _kilohertz(top_hz: float) -> list[tuple[float, str]]:
    top = top_hz / 1000
    step = next((s for s in (1, 2, 5, 10) if top / s <= 5), 20)
    return [(round(100 * i * step / top, 2), f"{i * step:g}") for i in range(int(top / step) + 1)]
