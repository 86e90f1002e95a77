"""What `bench show` says of a run beside its table: skipped, stopped, failed, mixed versions."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from codecbench.plan import Skipped
    from codecbench.standing import Standing
    from codecbench.store import Row


def print_standing(
    folder: Path | None, standing: Standing, skipped: Sequence[Skipped] | None = None
) -> None:
    """Print what the sessions of a run left, unless a later one made it good.

    folder: None where the run is not kept. skipped: what is told of it; None for all that stands.
    """
    from codecbench.cli.reasons import by_reason
    from codecbench.cli.terminal import tell
    from codecbench.failure_kinds import kinds_of, traceback_of

    told = standing.skipped if skipped is None else skipped
    for line in by_reason((one.what, one.reason) for one in told):
        tell(f"skipped: {line}")
    for stopped in standing.stopped:
        tell(f"this run is not complete: {stopped.words}. It goes on with")
        click.echo(f"  {stopped.command}")
    keys = set().union(*(session["versions"] for session in standing.sessions))
    for name in sorted(keys):
        versions = sorted({str(session["versions"].get(name)) for session in standing.sessions})
        if len(versions) > 1:
            tell(f"warning: this run mixes {name} {' and '.join(versions)}")
    kinds = kinds_of(standing.failures)
    for kind in kinds:
        tell(f"failed: {kind.words}")
    if kinds:
        again = "the command that asked for them tries them again"
        kept = again if folder else "--out RUN keeps them"
        tell(f"cells that failed: {len(standing.failures)}; {kept}")
    with_tracebacks = any(map(traceback_of, standing.failures))
    if folder is not None and (with_tracebacks or any(kind.hides for kind in kinds)):
        which = "with their tracebacks" if with_tracebacks else "each by itself"
        tell(f"all of them, {which}: bench show {shlex.quote(str(folder))} --failures")


def show_failures(folder: Path) -> None:
    """Print the cells that failed, those of one traceback together, which stands below them."""
    from codecbench.cli.terminal import tell
    from codecbench.failure_kinds import traceback_of
    from codecbench.standing import in_words, what_stands
    from codecbench.store import read_run

    with read_run(folder) as store:
        failures = what_stands(store).failures
    by_traceback: dict[str, list[Row]] = {}
    for failure in failures:
        by_traceback.setdefault(traceback_of(failure), []).append(failure)
    for traceback, alike in by_traceback.items():
        for failure in alike:
            tell(f"failed: {in_words(failure)}")
        click.echo(traceback)
    tell(f"cells that failed: {len(failures)}")
