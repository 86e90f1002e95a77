"""Which clips of a check are worth hearing, and their players: reference, baseline, candidate.

First come the worst clips of what is a regression, the furthest beyond tolerance first; where
nothing is, of what could not be judged; else of what differs at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codecbench.clip_places import joined
from codecbench.reports.check.sides import Side
from codecbench.reports.check.verdict import Change, Judged, Verdict
from codecbench.reports.measurements import RunInfo
from codecbench.reports.metric_titles import TITLES
from codecbench.reports.page.sound import Heard, choose, make_sounds
from codecbench.reports.page.sound_plan import PlannedPlayer, Version
from codecbench.schema import ENCODINGS
from codecbench.store import Row, read_run

PLAYERS = 6
VERSIONS = 6
"""Versions of one clip at most, besides the reference."""

BUDGET_BYTES = 30_000_000

BEFORE, AFTER = "baseline", "candidate"


def hear(verdict: Verdict, clips_folder: Path | None, device: str) -> Heard:
    """Decode what is worth hearing. What cannot be had on this machine is said in the result.

    clips_folder: None for where the baseline found its clips.
    """
    planned = list(_planned(verdict))
    if not planned:
        return Heard((), ())
    places = joined([verdict.baseline.places, verdict.candidate.places])
    runs = [
        RunInfo(name, run, places=places)
        for name, side in ((BEFORE, verdict.baseline), (AFTER, verdict.candidate))
        for run in side.runs
    ]
    heard = make_sounds(runs, planned, clips_folder, device)
    players, _ = choose(heard.players, BUDGET_BYTES)
    return replace(heard, players=players)


def worth_hearing(verdict: Verdict) -> list[Judged]:
    """Cells whose worst clips are to be heard, metrics of sound before counts of bits."""
    for cells in (verdict.having("regression"), verdict.having("could not judge"), verdict.cells):
        differing = [cell for cell in cells if any(change.worse > 0 for change in cell.changes)]
        if differing:
            in_order = sorted(differing, key=lambda cell: -cell.in_tolerances)
            return sorted(in_order, key=lambda cell: cell.pairing.quantity.metric not in TITLES)
    return []


@dataclass(frozen=True)
class _Wanted:
    cell: Judged
    change: Change


def _planned(verdict: Verdict) -> Iterator[PlannedPlayer]:
    cells = worth_hearing(verdict)
    ranked = [
        _Wanted(cell, cell.changes[place])
        for place in range(2)
        for cell in cells
        if place < len(cell.changes) and cell.changes[place].worse > 0
    ]
    encodings = {BEFORE: _encodings(verdict.baseline), AFTER: _encodings(verdict.candidate)}
    players: dict[tuple[str, int], PlannedPlayer] = {}
    for wanted in ranked:
        channels = wanted.cell.pairing.quantity.channels
        key = (wanted.change.clip_hash, channels)
        if key not in players and len(players) == PLAYERS:
            continue
        player = players.setdefault(
            key,
            PlannedPlayer(
                wanted.change.clip,
                wanted.change.clip_hash,
                channels,
                verdict.baseline.clips[wanted.change.clip_hash].duration_s,
                AFTER,
            ),
        )
        player.roles.append((wanted.cell.name, "worst"))
        _add(player, wanted, encodings, verdict)
    yield from players.values()


def _add(
    player: PlannedPlayer, wanted: _Wanted, encodings: Mapping[str, Sequence[Row]], verdict: Verdict
) -> None:
    """Both sides' versions at the point of a cell, where they are not there yet."""
    pairing = wanted.cell.pairing
    sides = (
        (BEFORE, verdict.baseline, pairing.codec),
        (AFTER, verdict.candidate, pairing.candidate_codec),
    )
    found = []
    for name, side, codec in sides:
        subject = side.series[codec].subject
        for row in encodings[name]:
            of = (row["codec"], row["codec_version"], row["weights_hash"], row["device"])
            same = of == (subject.codec, subject.version, subject.weights_hash, subject.device)
            at = (row["clip_hash"], row["channels"], row["nominal_bps"])
            if same and at == (player.clip_hash, player.channels, pairing.nominal_bps):
                label = f"{name}: {codec}"
                rate = 8 * row["payload_bytes"] / row["duration_s"]
                found.append(Version(label, pairing.quantity.point, rate, name, row, 0))
    known = {(version.series, version.point) for version in player.versions}
    new = [version for version in found if (version.series, version.point) not in known]
    if len(player.versions) + len(new) <= VERSIONS:
        player.versions += new


def _encodings(side: Side) -> list[Row]:
    rows: list[Row] = []
    for run in side.runs:
        with read_run(run) as store:
            rows += store.rows(ENCODINGS)
    return rows
