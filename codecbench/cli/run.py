"""`bench run`: clips in; bitstreams, scores, a table and plots out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command, Stopped
from codecbench.cli.devices import DEVICE
from codecbench.cli.measuring_options import DEBUG, JOBS, WIDE
from codecbench.cli.terminal import tell

if TYPE_CHECKING:
    from codecbench.plan import Plan, Request
    from codecbench.run import Outcome


GROUPS = {
    "What is measured": (
        *("--codecs", "--bitrates", "--clips", "--channels"),
        *("--metrics", "--protocol"),
    ),
    "Where results go": ("--out", "--keep-audio", "--wide"),
    "How it runs": ("--jobs", "--device", "--strict", "--timing", "--debug"),
}


@click.command(cls=Command, option_groups=GROUPS)
@click.option(
    "--codecs",
    "codecs_",
    multiple=True,
    required=True,
    metavar="NAMES",
    help="Measure these codecs, joined by commas, such as dac,encodec,opus.",
)
@click.option(
    "--bitrates",
    metavar="KBPS",
    show_default="all that a codec has",
    help="Code at these bitrates, in kbps in total over the channels, such as 2,8,24. Each is "
    "answered by a codec's nearest within a factor of 1.5.",
)
@click.option(
    "--clips",
    type=click.Path(path_type=Path),
    metavar="FOLDER|MANIFEST",
    show_default="the built-in clips",
    help="Code this audio: a folder, whose sub-folders are categories, or a CSV file.",
)
@click.option(
    "--channels",
    type=click.Choice(["mono", "keep"]),
    default="mono",
    help="Downmix before coding, or keep each clip's channels.",
)
@click.option(
    "--metrics",
    multiple=True,
    metavar="NAMES",
    show_default="all",
    help="Score by these metrics, such as mel,visqol. With :all, as in stoi:all, one of speech "
    "scores other clips too.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    show_default="runs/TIME",
    help="Write results to this folder. A run that is there goes on.",
)
@click.option(
    "--protocol",
    type=click.Choice(["paper", "native"]),
    default="paper",
    help="Compare at 44.1 kHz, as papers do, or at the codec's own rate.",
)
@JOBS
@DEVICE
@click.option("--strict", is_flag=True, help="Fail where a codec has no weights, and skip none.")
@click.option("--keep-audio", is_flag=True, help="Keep decoded audio as WAV in RUN/audio.")
@click.option("--timing/--no-timing", default=True, help="Time encoding and decoding at the end.")
@WIDE
@DEBUG
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
    debug: bool,
    timing: bool,
    wide: bool,
) -> int:
    """Measure codecs on clips.

    \b
    bench run --codecs dac,encodec,opus --bitrates 2,8,24
    bench run --codecs opus,lyra --bitrates 6,9 --clips my/clips --out runs/first

    Run into the same RUN again to go on, or to add codecs, bitrates, metrics or clips.

    A codec is named name[:variant][,key=value…][@kbps]:

    \b
    opus                        at --bitrates, or at every bitrate that it has
    opus@24                     at 24 kbps alone
    opus,vbr=cbr,complexity=5   with options of the codec
    encodec:48khz               a variant of it
    dac:runs/mine               your training, or the file of a checkpoint
    folder:mine@6=my/decoded    audio that was decoded elsewhere, at 6 kbps

    `bench codecs` lists names, variants and bitrates.
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
    # So that whoever has this command, of a message or of the run, can go on with it.
    words = sys.argv[1:] if out else [*sys.argv[1:], "--out", str(folder)]
    command = shlex.join(["bench", *words])
    with open_run(folder) as store:
        from codecbench.cli.progress import progress

        try:
            with progress() as report:
                outcome = execute(
                    plan,
                    store,
                    command,
                    jobs=jobs or 0,
                    keep_audio=keep_audio,
                    timing=timing,
                    report=report,
                    debug=debug,
                )
        except KeyboardInterrupt:
            raise Stopped(f"What was done is kept, and this goes on:\n  {command}") from None
    return _finish(folder, plan, request, outcome, wide)


def _new_folder() -> Path:
    from datetime import datetime

    return Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")


def _show_plan(plan: Plan, request: Request) -> None:
    from codecbench.cli.clip_notes import tell_notes
    from codecbench.cli.reasons import by_reason
    from codecbench.plan import point_name
    from codecbench.wording import counted, layout_words

    by_codec: dict[str, dict[str, None]] = {}
    for coding in plan.codings:
        layout = "" if coding.channels == 1 else f" {layout_words(coding.channels)}"
        unit = "" if coding.point.label else " kbps"
        by_codec.setdefault(coding.codec.name, {})[point_name(coding.point) + unit + layout] = None
    seconds = sum(clip.duration_s for clip in plan.clips)
    tell(
        f"{counted(len(plan.clips), 'clip')}, {seconds:.0f} s; "
        f"{counted(len(plan.codings), 'encoding')}; "
        f"metrics: {', '.join(name for name, _ in plan.metrics)}; protocol: {plan.protocol}"
    )
    for codec, points in by_codec.items():
        tell(f"{codec}: {', '.join(points)}", "  ")
    for line in by_reason((skipped.what, skipped.reason) for skipped in plan.skipped):
        tell(f"skipped: {line}", "  ")
    tell_notes(plan)
    if plan.made_folders:
        names = ", ".join(map(str, plan.made_folders))
        tell(f"left out, since bench wrote what is in it: {names}", "  ")
    if plan.ignored_files:
        tell(f"files ignored because they are not audio: {plan.ignored_files}", "  ")
    click.echo()


def _finish(folder: Path, plan: Plan, request: Request, outcome: Outcome, wide: bool) -> int:
    from codecbench.cli.show import show_run
    from codecbench.reports.files import write_files
    from codecbench.wording import counted

    pictures = write_files(folder)
    show_run(folder, wide, skipped=())  # those of the plan are told above it
    if request.clips is None:
        tell("The built-in clips are synthetic: take real ones (--clips) to rank codecs.")
    tell(
        f"{counted(outcome.computed, 'result')} computed, {outcome.found} "
        f"{'was' if outcome.found == 1 else 'were'} there already"
    )
    tell(
        f"results: {folder}/results.csv, summary.csv and {counted(len(pictures), 'plot')} in plots/"
    )
    refused = any(skipped.kind == "clip" for skipped in plan.skipped)
    return 1 if outcome.failures or refused else 0
