"""A whole check: read the baseline, measure or read the candidate, pair, judge.

from codecbench.reports.check.checking import check_run
verdict = check_run(Path("runs/base"), Path("runs/new"))
verdict.outcome, [cell.name for cell in verdict.having("regression")]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codecbench.errors import UsageError
from codecbench.names import CodecName
from codecbench.reports.check.baseline_file import read_baseline
from codecbench.reports.check.candidate import (
    Effort,
    baseline_codec,
    clips_of,
    measure,
    measured_side,
)
from codecbench.reports.check.checkpoints import (
    Entry,
    add_to_ledger,
    earlier,
    in_order,
    open_checkpoint,
    read_ledger,
)
from codecbench.reports.check.codec_pairs import match_codecs
from codecbench.reports.check.course import Course, make_course
from codecbench.reports.check.judging import judge
from codecbench.reports.check.matching import pair_up
from codecbench.reports.check.run_side import read_run_side
from codecbench.reports.check.settings import Settings
from codecbench.reports.check.sides import Side, base_metric
from codecbench.reports.check.verdict import Verdict
from codecbench.store import open_run

DEFAULT_RUN = Path("runs/check")
"""Where candidates are measured into, unless another run is named."""


@dataclass(frozen=True)
class Measuring:
    """Where and how a candidate is measured. clips: None for where the baseline's commands had
    them.
    """

    out: Path = DEFAULT_RUN
    clips: Path | None = None
    effort: Effort = field(default_factory=Effort)


def read_side(path: Path) -> Side:
    """A baseline: a run's folder, or a file of `--save-baseline`."""
    return read_baseline(path) if path.is_file() else read_run_side(path)


def check_run(
    baseline: Path, candidate: Path, settings: Settings | None = None, matches: Sequence[str] = ()
) -> Verdict:
    """Compare a stored run with a baseline. matches: `OLD=NEW` codecs, empty for those alike."""
    return check_sides(read_side(baseline), read_run_side(candidate), settings, matches)


def check_sides(
    baseline: Side, candidate: Side, settings: Settings | None = None, matches: Sequence[str] = ()
) -> Verdict:
    """Compare two sides."""
    settings = settings or Settings()
    return judge(pair_up(baseline, candidate, settings, matches), baseline, candidate, settings)


def check_codec(
    baseline: Side,
    codec: CodecName,
    settings: Settings | None = None,
    match: str | None = None,
    measuring: Measuring | None = None,
) -> Verdict:
    """Measure a codec as the baseline was measured, what is missing of it, and compare."""
    settings, measuring = settings or Settings(), measuring or Measuring()
    name = baseline_codec(baseline, codec.family, match)
    clips = clips_of(baseline, measuring.clips)
    with open_run(measuring.out) as store:
        subject, said = measure(
            codec, baseline.series[name], clips, store, settings, measuring.effort
        )
    side = measured_side(measuring.out, subject, said)
    (new,) = side.series
    return check_sides(baseline, side, settings, [f"{name}={new}"])


def check_checkpoints(
    baseline: Side,
    paths: Sequence[Path],
    settings: Settings | None = None,
    match: str | None = None,
    measuring: Measuring | None = None,
) -> tuple[Verdict, Course | None]:
    """Measure checkpoints of one training and compare each; the verdict is the last one's.

    They are ordered by their steps where all of them say these and lie in one training's folder,
    else they stand as given, and a note of the verdict says so (`checkpoints.in_order`). One that
    is given alone is joined, in the course, by those that were checked before under the same path.
    """
    settings, measuring = settings or Settings(), measuring or Measuring()
    name = baseline_codec(baseline, "dac", match)
    clips = clips_of(baseline, measuring.clips)
    measured: list[tuple[Entry, tuple[str, ...]]] = []
    with open_run(measuring.out) as store:
        known = read_ledger(measuring.out)
        opened = [open_checkpoint(path, measuring.out / "checkpoints") for path in paths]
        ordered, warning = in_order(opened)
        for checkpoint in ordered:
            subject, said = measure(
                checkpoint.codec, baseline.series[name], clips, store, settings, measuring.effort
            )
            measured.append((Entry(checkpoint.given, checkpoint.steps, subject), said))
        add_to_ledger(measuring.out, [entry for entry, _ in measured])
    if len(measured) == 1:
        measured = [(entry, ()) for entry in earlier(known, measured[0][0])] + measured
    verdicts = []
    for entry, said in measured:
        side = measured_side(measuring.out, entry.subject, said)
        (new,) = side.series
        verdicts.append(check_sides(baseline, side, settings, [f"{name}={new}"]))
    last = verdicts[-1]
    if len(measured) == 1:
        return last, None
    if warning:
        last = replace(last, notes=(*last.notes, warning))
    entries = [entry for entry, _ in measured]
    steps = [None if warning else entry.steps for entry in entries]
    return last, make_course(_labels(entries, steps), steps, verdicts)


def baseline_to_keep(side: Side, settings: Settings, matches: Sequence[str]) -> Side:
    """What of a side a baseline file keeps: the codecs that are named, the metrics compared."""
    names = [old for old, _ in match_codecs(list(side.series), list(side.series), matches, [])]
    series = {
        name: replace(
            side.series[name],
            cells={
                quantity: measured
                for quantity, measured in side.series[name].cells.items()
                if settings.compares(base_metric(quantity.metric))
            },
        )
        for name in names
    }
    kept = {key for s in series.values() for m in s.cells.values() for key in m.values}
    if not kept:
        raise UsageError(f"{side.name} holds nothing that a baseline could keep")
    clips = {key: clip for key, clip in side.clips.items() if key in kept}
    return replace(side, series=series, clips=clips)


def _labels(entries: Sequence[Entry], steps: Sequence[int | None]) -> list[str]:
    """Steps, or names of files where steps do not tell all apart, or paths where names do not."""
    known = [f"{done:,} steps" for done in steps if done is not None]
    names = [Path(entry.given).name for entry in entries]
    paths = [entry.given for entry in entries]
    for labels in (known, names, paths):
        if len(set(labels)) == len(entries):
            return labels
    return paths
