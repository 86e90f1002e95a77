"""The sound of a page: what is decoded for it, what fits, and why the rest cannot be heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench.reports.page.clip_choice import Choice
from codecbench.reports.page.content import Content
from codecbench.reports.page.gaps import by_reason
from codecbench.reports.page.listen_view import Values, player_views, value_words
from codecbench.reports.page.metrics_shown import of_metric
from codecbench.reports.page.sound import Player, choose, make_sounds
from codecbench.reports.page.sound_plan import fit, plan_players
from codecbench.reports.page.view import counted

if TYPE_CHECKING:
    import pandas as pd

    from codecbench.reports.report import Report

SPARE_BYTES = 15_000_000
"""Of sound that is decoded beyond the budget: something small may fit where the first does not."""


@dataclass(frozen=True)
class Sounds:
    """What there is to hear, and what is not: (what, reason).

    left_out: versions that were not even decoded, for lack of room.
    """

    players: tuple[Player, ...]
    missing: tuple[tuple[str, str], ...]
    left_out: int
    values: Values


def decode_sounds(
    report: Report, choice: Choice, sound_bytes: int, clips_folder: Path | None, device: str
) -> Sounds:
    """About as much sound as there is room for, or somewhat more; none where there is no room."""
    rows, runs = report.measurements.rows, report.measurements.runs
    planned = plan_players(rows, choice.of_series)
    if sound_bytes <= 0:
        return Sounds((), (), sum(len(player.versions) for player in planned), {})
    values = _values(rows[rows.clip_hash.isin([p.clip_hash for p in planned])], choice)
    rates = {clip["clip_hash"]: clip["sample_rate_hz"] for run in runs for clip in run.clips}
    fitting, left_out = fit(planned, rates, sound_bytes + SPARE_BYTES)
    heard = make_sounds(runs, fitting, clips_folder, device)
    return Sounds(heard.players, heard.missing, left_out, values)


def add_sound(content: Content, sounds: Sounds, sound_bytes: int) -> Content:
    """The content with the sound that fits, and with what is missing of it."""
    chosen, without_room = choose(sounds.players, sound_bytes)
    players = player_views(chosen, sounds.values, content.folder)
    left_out = sounds.left_out + without_room
    missing = [(content.folder.shortened(what), why) for what, why in sounds.missing]
    return replace(
        content,
        players=players,
        left_out=left_out,
        left_out_words=_left_out(left_out, is_silent=not players),
        unheard=[*content.unheard, *by_reason(missing)],
        data_blocks=[*content.data_blocks, *((player.id, player.data) for player in players)],
    )


def _values(rows: pd.DataFrame, choice: Choice) -> Values:
    """What each category's metric says of the versions of its clips."""
    values: dict[tuple[str, str, str], str] = {}
    for category, metric in choice.metrics.items():
        judged = of_metric(rows[rows.category == category], metric)
        keys = zip(judged.clip_hash, judged["series"], judged.point, strict=True)
        for key, value in zip(keys, judged.value.astype(float), strict=True):
            values[key] = value_words(metric, value)
    return values


def _left_out(count: int, is_silent: bool) -> str:
    if not count:
        return ""
    verb = "was" if count == 1 else "were"
    which = "" if is_silent else ": the least important ones, lowest and highest bitrates first"
    return (
        f"{counted(count, 'version')} {verb} left out for lack of room{which}. Make the page with "
        "a larger --budget to have them."
    )
