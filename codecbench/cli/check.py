"""`bench check`: is a codec worse than it was? For people, pull requests and CI."""

from __future__ import annotations

import shlex
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codecbench.cli.command import Command, Refused, Stopped
from codecbench.cli.devices import DEVICE
from codecbench.cli.measuring_options import JOBS
from codecbench.cli.mistakes import of_file, sentence
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.reports.check.course import Course
    from codecbench.reports.check.settings import Settings
    from codecbench.reports.check.sides import Side
    from codecbench.reports.check.verdict import Verdict

COULD_NOT_RUN = 3
_PATH = click.Path(path_type=Path)


class Check(Command):
    """Exits with 3 for whatever goes wrong: 1 and 2, as other commands exit, are verdicts here."""

    misuse_status = COULD_NOT_RUN

    def invoke(self, ctx: click.Context) -> Any:
        """Run."""
        from codecbench.errors import CodecbenchError

        try:
            return super().invoke(ctx)
        except CodecbenchError as error:
            raise Refused(sentence(error), COULD_NOT_RUN) from error
        except (click.exceptions.Exit, click.ClickException, click.exceptions.Abort):
            raise
        except Exception as error:  # a fault of ours, told with its traceback: 1 would be a verdict
            if isinstance(error, OSError) and (text := of_file(error)):
                raise Refused(text, COULD_NOT_RUN) from error
            traceback.print_exc()
            raise Refused(f"{type(error).__name__}: {error}", COULD_NOT_RUN) from error


GROUPS = {
    "What is compared": (
        *("--baseline", "--candidate", "--checkpoint", "--codec"),
        *("--match", "--metrics", "--tolerance", "--tolerances"),
    ),
    "How a codec is measured": ("--out", "--run-clips", "--jobs", "--device"),
    "What is written": ("--markdown", "--junit", "--json", "--html", "--save-baseline"),
}


@click.command(cls=Check, option_groups=GROUPS)
@click.option(
    "--baseline",
    type=_PATH,
    required=True,
    metavar="RUN|FILE",
    help="Compare with this run, or with a file that --save-baseline wrote.",
)
@click.option("--candidate", type=_PATH, metavar="RUN", help="Judge the codec of this stored run.")
@click.option(
    "--checkpoint",
    "checkpoints",
    type=_PATH,
    multiple=True,
    metavar="PATH",
    help="Measure and judge this trained codec. Of several the last is judged and the course is "
    "shown, by steps where they lie in one training's folder, else as given.",
)
@click.option("--codec", metavar="NAME", help="Measure and judge this codec.")
@click.option(
    "--match",
    "matches",
    multiple=True,
    metavar="OLD=NEW",
    help="Compare this codec of the baseline with that one. NAME stands for NAME=NAME.",
)
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="METRIC=AMOUNT",
    help="Let this metric be so much worse, in its unit or as 2%.",
)
@click.option(
    "--tolerances",
    "settings_file",
    type=_PATH,
    metavar="FILE.toml",
    help="Read tolerances by metric and point, metrics and error rate from this file.",
)
@click.option("--metrics", multiple=True, metavar="NAMES", help="Compare these metrics alone.")
@click.option(
    "--out",
    type=_PATH,
    metavar="RUN",
    show_default="runs/check",
    help="Measure into this run, which goes on where it was stopped.",
)
@click.option(
    "--run-clips",
    type=_PATH,
    metavar="FOLDER",
    help="Take the baseline's clips from here, where they no longer lie where its run found them.",
)
@JOBS
@DEVICE
@click.option("--markdown", type=_PATH, metavar="FILE", help="Write Markdown for a pull request.")
@click.option("--junit", type=_PATH, metavar="FILE", help="Write JUnit XML for CI.")
@click.option("--json", "json_", type=_PATH, metavar="FILE", help="Write JSON for programs.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write a page with the clips to hear.")
@click.option(
    "--save-baseline",
    type=_PATH,
    metavar="FILE",
    help="Keep the baseline's values in a small file for git.",
)
def check(
    baseline: Path,
    candidate: Path | None,
    checkpoints: tuple[Path, ...],
    codec: str | None,
    matches: tuple[str, ...],
    tolerances: tuple[str, ...],
    settings_file: Path | None,
    metrics: tuple[str, ...],
    out: Path | None,
    run_clips: Path | None,
    jobs: int | None,
    device: str,
    markdown: Path | None,
    junit: Path | None,
    json_: Path | None,
    html: Path | None,
    save_baseline: Path | None,
) -> int:
    """Judge a codec against a baseline, for CI.

    \b
    bench check --baseline runs/base --candidate runs/new
    bench check --baseline base.json --checkpoint runs/mine --markdown check.md
    bench check --baseline runs/base --save-baseline base.json

    The exit status is 0 for pass, 1 for a regression, 2 where it could not be judged, and 3 where
    something was missing or wrong and there is no verdict.
    """
    from codecbench.cli.check_shown import show_verdict
    from codecbench.cli.progress import progress
    from codecbench.errors import UsageError
    from codecbench.names import parse_codec_names
    from codecbench.reports.check.baseline_file import write_baseline
    from codecbench.reports.check.candidate import Effort
    from codecbench.reports.check.checking import (
        DEFAULT_RUN,
        Measuring,
        baseline_to_keep,
        check_checkpoints,
        check_codec,
        check_sides,
        read_side,
    )
    from codecbench.reports.check.run_side import read_run_side

    ways = [candidate is not None, bool(checkpoints), codec is not None]
    if sum(ways) > 1 or not (any(ways) or save_baseline):
        raise UsageError(
            "say what to judge: one of --candidate RUN, --checkpoint PATH and --codec NAME"
        )
    before = read_side(baseline)
    settings = _settings(settings_file, tolerances, metrics, before)
    if save_baseline:
        kept = baseline_to_keep(before, settings, () if any(ways) else matches)
        write_baseline(kept, save_baseline)
        tell(f"the baseline's values are in {save_baseline}")
        if not any(ways):
            return 0
    course = None
    if candidate is not None:
        verdict = check_sides(before, read_run_side(candidate), settings, matches)
    else:
        if len(matches) > 1:
            raise UsageError("--match: name the one codec of the baseline to compare with")
        match = matches[0] if matches else None
        try:
            with progress() as report:
                how = Measuring(out or DEFAULT_RUN, run_clips, Effort(jobs or 0, device, report))
                if codec is not None:
                    (asked,) = parse_codec_names([codec])
                    verdict = check_codec(before, asked, settings, match, how)
                else:
                    verdict, course = check_checkpoints(before, checkpoints, settings, match, how)
        except KeyboardInterrupt:
            raise Stopped(
                f"What was measured is kept in {out or DEFAULT_RUN}, and the same command goes on."
            ) from None
    show_verdict(verdict, course)
    _write_files(verdict, course, {"markdown": markdown, "junit": junit, "json": json_})
    if html is not None:
        from codecbench.reports.check.page import write_page

        command = shlex.join(["bench", *sys.argv[1:]])
        write_page(verdict, html, command, course, run_clips, device)
        tell(f"html: {html}")
    return verdict.exit_status


def _settings(
    file: Path | None, tolerances: tuple[str, ...], metrics: tuple[str, ...], baseline: Side
) -> Settings:
    from codecbench.metrics.table import metric_names
    from codecbench.reports.check.settings import Settings, read_settings, with_flags
    from codecbench.reports.check.sides import base_metric

    held = {base_metric(q.metric) for series in baseline.series.values() for q in series.cells}
    known = {*metric_names(), *held}
    settings = read_settings(file, known) if file else Settings()
    return with_flags(settings, tolerances, metrics, known)


def _write_files(verdict: Verdict, course: Course | None, wanted: dict[str, Path | None]) -> None:
    """Write each file whole or not at all, and say so."""
    from codecbench.files import write_whole
    from codecbench.readable import utf8
    from codecbench.reports.check.json_file import to_json
    from codecbench.reports.check.junit import to_junit
    from codecbench.reports.check.markdown import to_markdown

    made = {
        "markdown": lambda: utf8(to_markdown(verdict, course)),
        "junit": lambda: to_junit(verdict),
        "json": lambda: to_json(verdict, course),
    }
    for kind, path in wanted.items():
        if path is not None:
            write_whole(path, made[kind]())
            tell(f"{kind}: {path}")
