"""The command `bench`: parses, imports what a command needs, calls it, prints.

Modules here import nothing but click at their top, so that `bench --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from codecbench import __version__
from codecbench.cli.catalogue import codecs, metrics
from codecbench.cli.check import check
from codecbench.cli.coding import decode, encode
from codecbench.cli.export import export
from codecbench.cli.fetch import fetch
from codecbench.cli.listen import listen
from codecbench.cli.merge import merge
from codecbench.cli.report import report
from codecbench.cli.run import run
from codecbench.cli.score import score
from codecbench.cli.show import show
from codecbench.cli.train import train
from codecbench.errors import CodecbenchError


class Commands(click.Group):
    """A group that suggests the command that was meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or say which one is like it."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from codecbench.plugins import did_you_mean

            known = ", ".join(self.commands)
            ctx.fail(
                f'no command "{args[0]}".{did_you_mean(args[0], self.commands)} Known: {known}'
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="codecbench")
def bench() -> None:
    """Audio codecs from a checkpoint to a table in a paper.

    \b
    bench run --codecs dac,encodec,opus --bitrates 2,8,24
    """


for command in (
    *(
        run,
        check,
        merge,
        show,
        report,
        score,
        encode,
        decode,
        codecs,
        metrics,
        fetch,
        train,
        export,
    ),
    listen,
):
    bench.add_command(command)


def main() -> None:
    """Entry point. Exit status: 0 done, 1 something failed, 2 a request that can't be meant."""
    if sys.platform == "win32":  # locks, links and signals are those of POSIX
        sys.exit("bench: codecbench runs on Linux and macOS; on Windows, inside WSL")
    try:
        status = bench.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CodecbenchError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
