"""Runs read together: what reports are made from.

The same codec on the same clip at the same point has the same key in every run, so what two runs
hold both counts once. What can't be compared is never mixed: of a metric with several versions of
its definition only the newest is kept, metrics of different protocols stay apart, and a clip is
known by its hash, not by its name. `notes` says what was left out, and what runs do not share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecbench.clip_places import ClipPlaces, places_of
from codecbench.errors import UsageError
from codecbench.frames import clip_rows, load_timings, load_token_counts
from codecbench.readable import readable
from codecbench.reports.series import KEY, SeriesKey, label_series
from codecbench.schema import CLIPS
from codecbench.standing import Standing, what_stands
from codecbench.store import Row, read_run
from codecbench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

SCORE_KEY = ["encoding_key", "metric", "metric_version", "protocol"]


NUMBERS = (
    *("channels", "duration_s", "bitrate_nominal_bps", "bitrate_bps", "bitrate_is_measured"),
    *("coded_bandwidth_hz", "metric_version", "value"),
)
"""Columns of `rows` that are not text."""


@dataclass(frozen=True)
class RunInfo:
    """A run that was read. standing: its sessions, and what of them is not made good.

    clips: rows of the table of this name. places: where their files may be.
    """

    name: str
    folder: Path
    standing: Standing = field(default_factory=Standing)
    clips: tuple[Row, ...] = ()
    places: ClipPlaces = field(default_factory=ClipPlaces)


@dataclass(frozen=True, eq=False)
class Measurements:
    """Tidy rows of one run or several.

    rows: `codecbench.frames.COLUMNS`, `series` (its label) and `run` (the name of the first run
    that holds the row); texts are categorical. token_counts, timings: as `codecbench.frames` reads
    them, with the same two columns. notes: what was left out on joining, and what the runs do not
    share.
    """

    runs: tuple[RunInfo, ...]
    rows: pd.DataFrame
    token_counts: pd.DataFrame
    timings: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def series(self) -> list[str]:
        """Labels, sorted."""
        return sorted(set(self.rows["series"]))


def read_runs(runs: Sequence[Path | tuple[str, Path]]) -> Measurements:
    """Read stored runs and join them. A run may be given as (name, folder).

    Raises `UsageError` where no run is named, one is named twice or is no run, `StoreError` for one
    that cannot be read.
    """
    import pandas as pd

    named = _named(runs)
    infos = tuple(_info(name, folder) for name, folder in named)
    notes: list[str] = []
    rows = _joined([clip_rows(folder).assign(run=name) for name, folder in named])
    rows = _one_name_a_clip(rows, notes)
    rows = _each_score_once(rows, notes)
    rows = _newest_definitions(rows, notes)
    notes += _protocols_that_differ(rows)
    notes += _versions_that_differ(infos)
    labels = _labels(rows)
    tokens = _joined([load_token_counts(folder).assign(run=name) for name, folder in named])
    if len(named) > 1 and not tokens.empty:
        tokens = tokens.drop_duplicates("encoding_key")
    timings = pd.concat([load_timings(folder).assign(run=name) for name, folder in named])
    timings = timings.drop_duplicates([*KEY, "point", "threads", "machine"])
    rows, tokens, timings = (_labelled(frame, labels) for frame in (rows, tokens, timings))
    return Measurements(infos, _categorical(rows), tokens, timings, tuple(notes))


def _named(runs: Sequence[Path | tuple[str, Path]]) -> list[tuple[str, Path]]:
    if not runs:
        raise UsageError("no run is named: give the folder of one")
    named: list[tuple[str, Path]] = []
    for run in runs:
        name, folder = run if isinstance(run, tuple) else ("", run)
        if any(folder.resolve() == other.resolve() for _, other in named):
            raise UsageError(f"the run {folder} is named twice")
        named.append((readable(name or folder.resolve().name), folder))
    for i, (name, folder) in enumerate(named):
        given = isinstance(runs[i], tuple)
        if not given and any(name == other for other, _ in named[:i]):
            named[i] = (readable(f"{folder.resolve().parent.name}/{name}"), folder)
    if len({name for name, _ in named}) < len(named):
        raise UsageError("two runs have the same name: give names of your own, as NAME=RUN")
    return named


def _info(name: str, folder: Path) -> RunInfo:
    with read_run(folder) as store:
        clips = tuple(store.rows(CLIPS))
        return RunInfo(name, folder, what_stands(store), clips, places_of(store))


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    with_rows = [frame for frame in frames if not frame.empty]
    if not with_rows:
        return frames[0]
    return pd.concat(with_rows, ignore_index=True) if len(with_rows) > 1 else with_rows[0]


def _one_name_a_clip(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Two clips of one name get names of their own; one clip of two names keeps the first."""
    clips = rows[["clip_hash", "clip", "run"]].drop_duplicates()
    first = clips.drop_duplicates("clip_hash")
    again = first[first.duplicated("clip", keep=False)]
    names = dict(zip(first["clip_hash"], first["clip"], strict=True))
    for row in again.to_dict("records"):
        names[row["clip_hash"]] = f"{row['clip']} ({row['run']}, {row['clip_hash'][:6]})"
    if len(again):
        example = again["clip"].iloc[0]
        names_again = again["clip"].nunique()
        notes.append(
            f"{counted(names_again, 'name')} {'stands' if names_again == 1 else 'stand'} for "
            "clips of "
            f"different audio, {example} for one: they are told apart by run and hash, and "
            "never compared"
        )
    if rows["run"].nunique() < 2 and not len(again):
        return rows
    labels = ["category", "group"]
    of_clip = rows.drop_duplicates("clip_hash").set_index("clip_hash")[labels]
    return rows.assign(
        clip=rows["clip_hash"].map(names),
        **{name: rows["clip_hash"].map(of_clip[name]) for name in labels},
    )


def _each_score_once(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    again = rows.duplicated(SCORE_KEY)
    if not again.any():
        return rows
    kept = rows[~again]
    both = rows[again].merge(kept, on=SCORE_KEY, suffixes=("", "_kept"))
    scale = both["value_kept"].abs().clip(lower=1e-9)
    unlike = both[((both["value"] - both["value_kept"]).abs() > 1e-6 * scale)]
    if len(unlike):
        worst = unlike.iloc[0]
        notes.append(
            f"{counted(len(unlike), 'score')} that several runs hold "
            f"{'differs' if len(unlike) == 1 else 'differ'} between them, "
            f"{worst['metric']} of {worst['codec']}@{worst['point']} on {worst['clip']} for one: "
            f"those of the run named first were taken ({worst['run_kept']})"
        )
    return kept.reset_index(drop=True)


def _newest_definitions(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    newest = rows.groupby("metric")["metric_version"].transform("max")
    old = rows["metric_version"] < newest
    if not old.any():
        return rows
    scored = rows[~old].set_index(["encoding_key", "metric", "protocol"]).index
    for (metric, run), group in rows[old].groupby(["metric", "run"]):
        lacking = ~group.set_index(["encoding_key", "metric", "protocol"]).index.isin(scored)
        if lacking.any():
            notes.append(
                f"{metric}: {counted(int(lacking.sum()), 'score')} of the run {run} "
                f"{'is' if lacking.sum() == 1 else 'are'} of an older "
                "definition than the others and left out; score again with the same "
                "`bench run --out` to have what is left out"
            )
    return rows[~old].reset_index(drop=True)


def _protocols_that_differ(rows: pd.DataFrame) -> Iterator[str]:
    scored = rows[rows["protocol"] != "fixed"]
    by_run = scored.groupby("run")["protocol"].unique()
    sets = {run: frozenset(found) for run, found in by_run.items()}
    if len(set(sets.values())) > 1:
        said = ", ".join(f"{run}: {' and '.join(sorted(found))}" for run, found in sets.items())
        yield (
            f"runs were scored under different protocols ({said}): their metrics stand apart and "
            "are not compared; run one again with the other's --protocol to compare them"
        )


def _versions_that_differ(infos: Sequence[RunInfo]) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for info in infos:
        for session in info.standing.sessions:
            for package, version in session["versions"].items():
                found.setdefault(package, set()).add(version)
    mixed = {name: sorted(versions) for name, versions in found.items() if len(versions) > 1}
    if mixed:
        said = ", ".join(f"{name} {' and '.join(versions)}" for name, versions in mixed.items())
        yield f"results were made with different versions of libraries: {said}"


def _labels(rows: pd.DataFrame) -> pd.DataFrame:
    """`KEY` and the label of each series."""
    first = rows[[*KEY, "run"]].drop_duplicates(KEY)
    keys = [SeriesKey(*row) for row in first.itertuples(index=False, name=None)]
    labels = label_series(keys)
    return first[KEY].assign(series=[labels[key] for key in keys])


def _categorical(rows: pd.DataFrame) -> pd.DataFrame:
    """Texts as categories: grouping half a million rows by their text again and again is slow."""
    texts = [name for name in rows if name not in NUMBERS]
    return rows.astype(dict.fromkeys(texts, "category"))


def _labelled(frame: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column `series`; rows of series without any score are left out."""
    if frame.empty:
        return frame.assign(series="")
    on: list[Any] = KEY
    return frame.merge(labels, on=on, how="inner", validate="many_to_one")
