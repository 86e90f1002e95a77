"""`bench score`: two folders of audio, no codec."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from codecbench.cli.command import Command, Stopped
from codecbench.cli.measuring_options import DEBUG, JOBS, WIDE
from codecbench.cli.terminal import tell


@click.command(cls=Command)
@click.argument("references", type=click.Path(path_type=Path))
@click.argument("estimates", type=click.Path(path_type=Path))
@click.option(
    "--align",
    type=click.Choice(["none", "xcorr"]),
    default="none",
    help="Undo the delay that cross-correlation finds, and say where it finds none.",
)
@click.option(
    "--metrics",
    multiple=True,
    metavar="NAMES",
    show_default="all",
    help="Score by these metrics, such as mel,visqol.",
)
@click.option(
    "--channels",
    type=click.Choice(["mono", "keep"]),
    default="mono",
    help="Downmix before scoring, or keep each file's channels.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    show_default="shown and not kept",
    help="Keep the scores as a run.",
)
@JOBS
@WIDE
@DEBUG
def score(
    references: Path,
    estimates: Path,
    align: str,
    metrics: tuple[str, ...],
    channels: str,
    out: Path | None,
    jobs: int | None,
    wide: bool,
    debug: bool,
) -> int:
    """Score two folders of audio, without a codec.

    \b
    bench score my/references my/estimates --align xcorr

    A file of ESTIMATES is compared with that of the same name in REFERENCES.
    """
    import tempfile

    from codecbench.cli.clip_notes import tell_alignment, tell_notes
    from codecbench.cli.progress import progress
    from codecbench.cli.show import show_run
    from codecbench.clips import find_clips
    from codecbench.names import CodecName
    from codecbench.plan import Request, lay_plan, require_something
    from codecbench.reports.files import write_files
    from codecbench.run import execute
    from codecbench.store import open_run

    options = (("align", align), ("path", str(estimates)), ("rates", "optional"))
    asked = CodecName("folder", "estimates", options)
    names = tuple(name.strip() for text in metrics for name in text.split(",") if name.strip())
    request = Request((asked,), clips=references, channels=channels, metrics=names)  # type: ignore[arg-type]
    plan = lay_plan(request, find_clips(references))
    require_something(plan)
    tell_notes(plan)
    with tempfile.TemporaryDirectory() as temporary:
        folder = out or Path(temporary)
        try:
            with open_run(folder) as store, progress() as report:
                command = shlex.join(["bench", *sys.argv[1:]])
                outcome = execute(
                    plan, store, command, jobs or 0, timing=False, report=report, debug=debug
                )
        except KeyboardInterrupt:
            kept = "What was done is kept, and the same command goes on."
            raise Stopped(kept if out else "With --out RUN it could go on.") from None
        show_run(folder, wide, is_kept=out is not None, skipped=plan.skipped)
        tell_alignment(folder)
        if out is not None:
            write_files(out)
            tell(f"results: {out}/results.csv")
    return 1 if outcome.failures or any(s.kind == "clip" for s in plan.skipped) else 0
