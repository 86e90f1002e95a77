"""The command `bench`: parses, imports what a command needs, calls it, prints.

Modules here import nothing but click at their top, so that `bench --help` answers at once.
"""

from __future__ import annotations

import sys

import click

from codecbench import __version__
from codecbench.cli.catalogue import codecs, metrics
from codecbench.cli.check import check
from codecbench.cli.coding import decode, encode
from codecbench.cli.command import Group
from codecbench.cli.export import export
from codecbench.cli.fetch import fetch
from codecbench.cli.listen import listen
from codecbench.cli.merge import merge
from codecbench.cli.mistakes import of_file, sentence
from codecbench.cli.report import report
from codecbench.cli.run import run
from codecbench.cli.score import score
from codecbench.cli.show import show
from codecbench.cli.train import train
from codecbench.errors import CodecbenchError

SECTIONS = {
    "Measure codecs": ("run", "show", "merge", "report", "check", "score"),
    "Codecs, metrics, files": ("codecs", "metrics", "fetch", "encode", "decode"),
    "Train a codec": ("train", "export"),
    "Ask listeners": ("listen",),
}
"""Commands in the order of the work."""


@click.group(
    cls=Group,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, prog_name="codecbench")
def bench() -> None:
    """Audio codecs from a checkpoint to a table in a paper.

    \b
    bench run --codecs dac,encodec,opus --bitrates 2,8,24

    `bench COMMAND --help` explains a command.
    """


for command in (
    *(run, show, merge, report, check, score),
    *(codecs, metrics, fetch, encode, decode),
    *(train, export),
    listen,
):
    bench.add_command(command)


def main() -> None:
    """Entry point. Exit status: 0 done, 1 something failed, 2 a request that can't be meant."""
    if sys.platform == "win32":  # locks, links and signals are those of POSIX
        sys.exit("bench: codecbench runs on Linux and macOS; on Windows, inside WSL")
    _let_streams_take_any_name()
    try:
        status = bench.main(prog_name="bench", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CodecbenchError as error:
        from codecbench.cli.terminal import tell_error

        tell_error(sentence(error))
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        if not (text := of_file(error)):
            raise
        from codecbench.cli.terminal import tell_error

        tell_error(text)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _let_streams_take_any_name() -> None:
    """Show escaped what standard output and error cannot encode, such as names of files."""
    import io
    from codecs import register_error

    from codecbench.readable import escape_unencodable

    register_error("readable", escape_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="readable")
