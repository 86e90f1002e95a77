"""`bench run`: clips in; bitstreams, scores, a table and plots out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from codecbench.plan import Plan, Request
    from codecbench.run import Outcome


@click.command()
@click.option(
    "--codecs",
    "codecs_",
    multiple=True,
    required=True,
    metavar="NAMES",
    help="Such as dac,encodec,opus or opus,vbr=cbr@24. See `bench codecs`.",
)
@click.option(
    "--bitrates",
    metavar="KBPS",
    help="Total over channels, such as 2,8,24. Default: every operating point.",
)
@click.option(
    "--clips",
    type=click.Path(path_type=Path),
    metavar="FOLDER|MANIFEST",
    help="Audio to code; sub-folders are categories. Default: the built-in clips.",
)
@click.option(
    "--channels",
    type=click.Choice(["mono", "keep"]),
    default="mono",
    show_default=True,
    help="Downmix before coding, or keep each clip's channels.",
)
@click.option(
    "--metrics",
    multiple=True,
    metavar="NAMES",
    help="Such as mel,visqol. stoi:all scores clips that are not speech too. Default: all.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Where results go; an existing run goes on. Default: runs/TIME.",
)
@click.option(
    "--protocol",
    type=click.Choice(["paper", "native"]),
    default="paper",
    show_default=True,
    help="Compare at 44.1 kHz, or at the codec's rate.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes. Default: one a core.")
@click.option(
    "--device", default="cpu", show_default=True, help="For neural codecs: cpu, cuda, ..."
)
@click.option("--strict", is_flag=True, help="A codec without its weights is an error.")
@click.option("--keep-audio", is_flag=True, help="Keep decoded audio as WAV in RUN/audio.")
@click.option(
    "--timing/--no-timing",
    default=True,
    show_default=True,
    help="Time encoding and decoding afterwards.",
)
def run(
    codecs_: tuple[str, ...],
    bitrates: str | None,
    clips: Path | None,
    channels: str,
    metrics: tuple[str, ...],
    out: Path | None,
    protocol: str,
    jobs: int | None,
    device: str,
    strict: bool,
    keep_audio: bool,
    timing: bool,
) -> int:
    """Measure codecs on clips.

    \b
    bench run --codecs dac,encodec,opus --bitrates 2,8,24
    bench run --codecs opus,lyra --bitrates 6,9 --clips my/clips --out runs/first

    Run into the same RUN again to go on, or to add codecs, bitrates, metrics or clips.
    """
    from codecbench.cli.devices import check_device
    from codecbench.clips import find_clips
    from codecbench.names import parse_bitrates, parse_codec_names
    from codecbench.plan import Request, lay_plan, require_something
    from codecbench.run import execute
    from codecbench.store import open_run

    check_device(device)
    request = Request(
        codecs=parse_codec_names(codecs_),
        bitrates_bps=parse_bitrates(bitrates) if bitrates is not None else (),
        clips=clips,
        channels=channels,  # type: ignore[arg-type]
        metrics=tuple(name.strip() for text in metrics for name in text.split(",") if name.strip()),
        protocol=protocol,  # type: ignore[arg-type]
        device=device,
        strict=strict,
    )
    plan = lay_plan(request, find_clips(clips))
    require_something(plan)
    _show_plan(plan, request)
    folder = out or _new_folder()
    with open_run(folder) as store:
        from codecbench.cli.terminal import progress

        try:
            with progress() as report:
                outcome = execute(
                    plan,
                    store,
                    shlex.join(["bench", *sys.argv[1:]]),
                    jobs=jobs or 0,
                    keep_audio=keep_audio,
                    timing=timing,
                    report=report,
                )
        except KeyboardInterrupt:
            raise _Stopped(folder) from None
    return _finish(folder, plan, request, outcome)


class _Stopped(click.ClickException):
    exit_code = 130

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"stopped. What was done is kept: the same command with --out {folder} goes on"
        )

    def show(self, file: object = None) -> None:
        """Print without "Error:": nothing went wrong."""
        click.echo(f"\n{self.message}", err=True)


def _new_folder() -> Path:
    from datetime import datetime

    return Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")


def _show_plan(plan: Plan, request: Request) -> None:
    from codecbench.cli.clip_notes import tell_notes
    from codecbench.plan import point_name

    by_codec: dict[str, dict[str, None]] = {}
    for coding in plan.codings:
        layout = {1: "", 2: " stereo"}.get(coding.channels, f" {coding.channels} channels")
        unit = "" if coding.point.label else " kbps"
        by_codec.setdefault(coding.codec.name, {})[point_name(coding.point) + unit + layout] = None
    seconds = sum(clip.duration_s for clip in plan.clips)
    click.echo(
        f"{len(plan.clips)} clips, {seconds:.0f} s; {len(plan.codings)} encodings; "
        f"metrics: {', '.join(name for name, _ in plan.metrics)}; protocol: {plan.protocol}"
    )
    for codec, points in by_codec.items():
        click.echo(f"  {codec}: {', '.join(points)}")
    for skipped in plan.skipped:
        click.echo(f"  skipped: {skipped.what}: {skipped.reason}")
    tell_notes(plan.clips)
    if plan.ignored_files:
        click.echo(f"  files ignored because they are not audio: {plan.ignored_files}")
    if request.clips is None:
        click.echo("  The built-in clips are synthetic: take real ones (--clips) to rank codecs.")


def _finish(folder: Path, plan: Plan, request: Request, outcome: Outcome) -> int:
    from codecbench.cli.show import show_run
    from codecbench.reports.files import write_files

    pictures = write_files(folder)
    show_run(folder)
    if request.clips is None:
        click.echo("The built-in clips are synthetic: take real ones (--clips) to rank codecs.")
    click.echo(f"{outcome.computed} results computed, {outcome.found} were there already")
    click.echo(f"results: {folder}/results.csv, summary.csv and {len(pictures)} plots in plots/")
    refused = any(skipped.kind == "clip" for skipped in plan.skipped)
    return 1 if outcome.failures or refused else 0
