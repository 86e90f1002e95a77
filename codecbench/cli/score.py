"""`bench score`: two folders of audio, no codec."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click


@click.command()
@click.argument("references", type=click.Path(path_type=Path))
@click.argument("estimates", type=click.Path(path_type=Path))
@click.option(
    "--align",
    type=click.Choice(["none", "xcorr"]),
    default="none",
    show_default=True,
    help="xcorr undoes the delay that cross-correlation finds, and says where it finds none.",
)
@click.option("--metrics", multiple=True, metavar="NAMES", help="Default: all.")
@click.option("--channels", type=click.Choice(["mono", "keep"]), default="mono", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Keep the scores as a run. Default: only show them.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N")
def score(
    references: Path,
    estimates: Path,
    align: str,
    metrics: tuple[str, ...],
    channels: str,
    out: Path | None,
    jobs: int | None,
) -> int:
    """Score ESTIMATES against REFERENCES: two folders with files of the same names."""
    import tempfile

    from codecbench.cli.clip_notes import tell_notes, tell_unaligned
    from codecbench.cli.show import show_run
    from codecbench.cli.terminal import progress
    from codecbench.clips import find_clips
    from codecbench.names import CodecName
    from codecbench.plan import Request, lay_plan, require_something
    from codecbench.reports.files import write_files
    from codecbench.run import execute
    from codecbench.store import open_run

    asked = CodecName("folder", "estimates", (("align", align), ("path", str(estimates))))
    names = tuple(name.strip() for text in metrics for name in text.split(",") if name.strip())
    request = Request((asked,), clips=references, channels=channels, metrics=names)  # type: ignore[arg-type]
    plan = lay_plan(request, find_clips(references))
    require_something(plan)
    tell_notes(plan.clips)
    with tempfile.TemporaryDirectory() as temporary:
        folder = out or Path(temporary)
        with open_run(folder) as store, progress() as report:
            command = shlex.join(["bench", *sys.argv[1:]])
            outcome = execute(plan, store, command, jobs or 0, timing=False, report=report)
        show_run(folder)
        tell_unaligned(folder)
        if out is not None:
            write_files(out)
            click.echo(f"results: {out}/results.csv")
    return 1 if outcome.failures or any(s.kind == "clip" for s in plan.skipped) else 0
