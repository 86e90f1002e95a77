"""What the page will sound like: which versions of which clips, within the room there is.

A player holds the reference of a clip and codecs' versions of it. First comes what the clip was
chosen for, its codec at the middle point; then the other codecs at the point nearest in bitrate;
then the same codec at its lowest and highest points. What there is no room for is left out from the
end of that order.

Codecs and categories take turns: in the first turn each codec's clips are of another category, and
every category is among them, so that no category is what there is no room for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codecbench.reports.page.clip_choice import Judged, OfSeries, in_order, nearest_point

if TYPE_CHECKING:
    import pandas as pd

EXCERPT_S = 12.0
"""Of longer clips the middle is taken."""

FLAC_SHARE = 0.3
"""Bytes of FLAC per byte of 16-bit audio that most sounds exceed: what is planned by it fills the
room, and what turns out to be larger is left out then."""

USUAL_RATE_HZ = 44100
PICTURE_BYTES = 12_000
TEXT_PER_BYTE = 4 / 3
"""Base64."""

RANKS = 6
"""Ranks in a turn."""


@dataclass(frozen=True)
class Version:
    """One codec's version of a clip. rank: 0 is the most important. encoding: what is decoded.

    bitrate_bps: of this clip alone, NaN where there is none; is_measured: and not as stated.
    """

    series: str
    point: str
    bitrate_bps: float
    run: str
    encoding: dict[str, Any]
    rank: int
    is_measured: bool = True


@dataclass
class PlannedPlayer:
    """A clip in one layout. roles: (series, "worst", "median" or "only"), why it was chosen."""

    clip: str
    clip_hash: str
    channels: int
    duration_s: float
    run: str
    category: str = ""
    roles: list[tuple[str, str]] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)


def plan_players(rows: pd.DataFrame, chosen: Sequence[OfSeries]) -> list[PlannedPlayer]:
    """Players of all chosen clips with every version that one would want to hear.

    They come in the order of their turns.
    """
    hashes = {clip.clip_hash for of in chosen for _, clip in _roles(of)}
    wanted = rows[rows.clip_hash.isin(hashes)].drop_duplicates("encoding_key")
    of_clip = dict(list(wanted.groupby("clip_hash", observed=True)))
    players: dict[tuple[str, int], PlannedPlayer] = {}
    for turn, place, of, (role, clip) in _roles_in_turns(chosen):
        here = of_clip[clip.clip_hash]
        player = _player(players, here, of, clip)
        player.roles.append((of.series, role))
        here = here[here.channels == player.channels]
        for series, mine in here.groupby("series", sort=True, observed=True):
            for point, rank in _points_of(mine, series == of.series, of):
                _want(player, mine[mine.point == point].iloc[0], RANKS * turn + rank + place)
    for player in players.values():
        player.versions.sort(key=_by_series_and_rate)
    return list(players.values())


def in_turns(chosen: Sequence[OfSeries]) -> list[list[OfSeries]]:
    """Turns, each with as many categories of every codec as it takes for all to have their share.

    In a turn, the first ones are of as many categories as there are.
    """
    categories = sorted({of.category for of in chosen})
    series = sorted({of.series for of in chosen})
    in_a_turn = math.ceil(len(categories) / max(len(series), 1))
    turns: dict[int, list[tuple[int, OfSeries]]] = {}
    for of in chosen:
        place, first = categories.index(of.category), series.index(of.series) * in_a_turn
        step = (place - first) % len(categories)
        turns.setdefault(step // in_a_turn, []).append((step, of))
    return [
        [of for _, of in sorted(turns[turn], key=lambda pair: (pair[0], pair[1].series))]
        for turn in sorted(turns)
    ]


def _roles_in_turns(
    chosen: Sequence[OfSeries],
) -> Iterator[tuple[int, int, OfSeries, tuple[str, Judged]]]:
    """(turn, place, of whom, (role, clip)): in each turn all first roles before the second."""
    for turn, those in enumerate(in_turns(chosen)):
        for place in range(2):
            for of in those:
                roles = _roles(of)
                if place < len(roles):
                    yield turn, place, of, roles[place]


def _roles(of: OfSeries) -> list[tuple[str, Judged]]:
    if len(of.worst) == 1:
        return [("only", of.median)]
    return [("worst", of.worst[0]), ("median", of.median)]


def _by_series_and_rate(version: Version) -> tuple[str, bool, float, str]:
    rate = version.bitrate_bps
    return version.series, math.isnan(rate), rate, version.point


def fit(
    players: list[PlannedPlayer], rate_of: dict[str, int], budget_bytes: int
) -> tuple[list[PlannedPlayer], int]:
    """Keep what fits into the budget by estimate; return it, and how many versions were dropped.

    rate_of: sample rate in Hz by clip hash.
    """
    queue = [(v.rank, i, k) for i, p in enumerate(players) for k, v in enumerate(p.versions)]
    kept: dict[int, set[int]] = {}
    used, dropped = 0.0, 0
    for _, i, k in sorted(queue):
        player = players[i]
        each = estimated_bytes(player, rate_of.get(player.clip_hash, USUAL_RATE_HZ))
        cost = each if i in kept else 2 * each  # the reference comes with the first version
        if used + cost > budget_bytes:
            dropped += 1
            continue
        used += cost
        kept.setdefault(i, set()).add(k)
    fitting = []
    for i in sorted(kept):
        player = players[i]
        player.versions = [player.versions[k] for k in sorted(kept[i])]
        fitting.append(player)
    return fitting, dropped


def estimated_bytes(player: PlannedPlayer, rate_hz: int) -> float:
    """What one version will take in the page at least, mostly."""
    seconds = min(player.duration_s, EXCERPT_S)
    sound = FLAC_SHARE * 2 * rate_hz * player.channels * seconds
    return TEXT_PER_BYTE * (sound + PICTURE_BYTES)


def _player(
    players: dict[tuple[str, int], PlannedPlayer],
    here: pd.DataFrame,
    of: OfSeries,
    clip: Judged,
) -> PlannedPlayer:
    own = here[(here["series"] == of.series) & (here.point == of.point)].iloc[0]
    key = (clip.clip_hash, int(own.channels))
    if key not in players:
        players[key] = PlannedPlayer(
            clip.clip,
            clip.clip_hash,
            int(own.channels),
            float(own.duration_s),
            str(own.run),
            of.category,
        )
    return players[key]


def _points_of(mine: pd.DataFrame, is_own: bool, of: OfSeries) -> list[tuple[str, int]]:
    """(point, rank) of a series in a player that was made for `of`."""
    rates = dict(zip(map(str, mine.point), map(float, mine.bitrate_bps), strict=True))
    if not is_own:
        return [(nearest_point(rates, of.bitrate_bps), 2)]
    ordered = in_order(rates)
    return [(of.point, 0), (ordered[0], 4), (ordered[-1], 4)]


def _want(player: PlannedPlayer, row: Any, rank: int) -> None:
    """Add a version, or raise the importance of one that is there."""
    for i, version in enumerate(player.versions):
        if (version.series, version.point) == (row["series"], row["point"]):
            if rank < version.rank:
                player.versions[i] = _version(row, rank)
            return
    player.versions.append(_version(row, rank))


def _version(row: Any, rank: int) -> Version:
    encoding = {
        "key": row["encoding_key"],
        "codec": row["codec"],
        "weights_hash": row["weights_hash"],
        "codec_version": row["codec_version"],
    }
    return Version(
        str(row["series"]),
        str(row["point"]),
        float(row["bitrate_bps"]),
        str(row["run"]),
        encoding,
        rank,
        bool(row["bitrate_is_measured"]),
    )
