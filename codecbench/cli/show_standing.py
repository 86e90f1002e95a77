"""What `bench show` says of a run beside its table: skipped, stopped, failed, mixed versions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from codecbench.plan import Skipped
    from codecbench.standing import Standing


def print_standing(
    folder: Path, standing: Standing, skipped: Sequence[Skipped] | None = None
) -> None:
    """Print what the sessions of a run left, unless a later one made it good.

    skipped: what is told of it; None for all that stands.
    """
    from codecbench.cli.reasons import by_reason
    from codecbench.cli.terminal import tell
    from codecbench.standing import in_words

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
    for failure in standing.failures:
        tell(f"failed: {in_words(failure)}")
    if standing.failures:
        tell(
            f"cells that failed: {len(standing.failures)}; the command that asked for them tries "
            "them again"
        )
    if any(failure["traceback"] for failure in standing.failures):
        tell(f"their tracebacks: bench show {folder} --failures")


def show_failures(folder: Path) -> None:
    """Print the cells that failed, those of one traceback together."""
    from codecbench.standing import in_words, what_stands
    from codecbench.store import read_run

    with read_run(folder) as store:
        failures = what_stands(store).failures
    by_traceback: dict[str, list[dict[str, Any]]] = {}
    for failure in failures:
        by_traceback.setdefault(failure["traceback"], []).append(failure)
    for traceback, alike in by_traceback.items():
        for failure in alike:
            click.echo(f"failed: {in_words(failure)}")
        click.echo(traceback or "no traceback was kept\n")
    click.echo(f"cells that failed: {len(failures)}")
