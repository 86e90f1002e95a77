"""`bench listen`: a blind listening test, from its sounds to its statistics.

The subcommands are in `listen_*.py` and imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module

import click

from codecbench.cli.command import Group

COMMANDS = {
    "create": "listen_create",
    "power": "listen_power",
    "serve": "listen_serve",
    "status": "listen_serve",
    "invite": "listen_serve",
    "close": "listen_serve",
    "erase": "listen_serve",
    "results": "listen_results",
    "demo": "listen_results",
}
"""The module of each subcommand, in the order of a test's life."""


class ListenCommands(Group):
    """A group whose subcommands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = f"codecbench.cli.{COMMANDS[cmd_name]}"
        try:
            command: click.Command | None = getattr(import_module(module), cmd_name, None)
        except ModuleNotFoundError as error:
            if error.name == module:
                return None
            raise
        return command


@click.group(cls=ListenCommands)
def listen() -> None:
    """Hold a blind listening test on what a run coded.

    \b
    bench listen create tests/mine --run runs/first --conditions dac@8,opus@8
    bench listen serve tests/mine
    bench listen results tests/mine

    It is a MUSHRA, AB, ABX or ACR test, in the browsers of its raters.
    """
