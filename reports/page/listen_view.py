"""The part of the page that one listens to: players in words, and each codec's worst clips."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from codecbench.reports.metric_titles import title_of
from codecbench.reports.page.clip_choice import OfSeries
from codecbench.reports.page.clip_names import WHOLE, CommonFolder
from codecbench.reports.page.metrics_shown import ShownMetric
from codecbench.reports.page.sound import Player
from codecbench.reports.page.view import (
    Cell,
    Column,
    TableView,
    kbps,
    listed,
    number,
    number_cell,
    series_cell,
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


Values = dict[tuple[str, str, str], float]
"""The judging metric's value by clip hash, series and point."""


def player_views(
    players: tuple[Player, ...], metric: ShownMetric, values: Values, folder: CommonFolder = WHOLE
) -> list[PlayerView]:
    """Players by the name of their clip."""
    ordered = sorted(players, key=lambda player: player.planned.clip)
    return [_view(f"sound-{i}", player, metric, values, folder) for i, player in enumerate(ordered)]


def worst_table(chosen: list[OfSeries], metric: ShownMetric, folder: CommonFolder) -> TableView:
    """The worst clips of each codec at its middle point."""
    scale, digits = title_of(metric.name).scale, max(2, metric.digits)
    most = max(len(of.worst) for of in chosen)
    columns = (
        Column("Codec", numeric=False),
        Column("kbps", "measured"),
        Column("Worst", numeric=False),
        *(Column(f"{place}.", numeric=False) for place in range(2, most + 1)),
    )
    rows = []
    for of in chosen:
        clips = [
            Cell(
                folder.shortened(clip.clip),
                scale * clip.value,
                number(scale * clip.value, digits),
            )
            for clip in of.worst
        ]
        clips += [Cell("") for _ in range(most - len(clips))]
        rate = number_cell(of.bitrate_bps, kbps(of.bitrate_bps))
        rows.append((series_cell(of.series), rate, *clips))
    caption = f"Each codec's worst clips at its middle bitrate, with their {metric.title}"
    return TableView(caption, columns, tuple(rows))


def _view(
    identity: str, player: Player, metric: ShownMetric, values: Values, folder: CommonFolder
) -> PlayerView:
    planned = player.planned
    title = title_of(metric.name)
    sounds = []
    for sound in player.sounds:
        version = sound.version
        if version is None:
            sounds.append(SoundView("Reference", "", "", "", sound.picture))
            continue
        value = values.get((planned.clip_hash, version.series, version.point), math.nan)
        shown = number(title.scale * value, max(2, title.digits))
        sounds.append(
            SoundView(
                version.series,
                f"{kbps(version.bitrate_bps)} kbps",
                f"{title.short} {shown}" if math.isfinite(value) else "",
                version.series,
                sound.picture,
            )
        )
    return PlayerView(
        identity,
        folder.shortened(planned.clip),
        _why(planned.roles),
        tuple(_notes(player)),
        tuple(sounds),
        player.duration_s,
        tuple(_seconds(player.duration_s)),
        tuple(_kilohertz(player.top_hz)),
        {"duration": player.duration_s, "sounds": [sound.flac for sound in player.sounds]},
    )


def _why(roles: list[tuple[str, str]]) -> str:
    """Such as "worst of mp3 and opus, median of lyra"."""
    parts = []
    for role in ("worst", "median"):
        names = [series for series, of in roles if of == role]
        if names:
            parts.append(f"{role} of {listed(names)}")
    return ", ".join(parts)


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
