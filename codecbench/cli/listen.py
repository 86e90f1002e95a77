"""`bench listen`: a blind listening test, from its sounds to its statistics.

The subcommands are in `listen_*.py` and imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module

import click

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


class ListenCommands(click.Group):
    """A group whose subcommands are imported on use, and which suggests the one that was meant."""

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or say which one is like it."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from codecbench.plugins import did_you_mean

            known = ", ".join(COMMANDS)
            ctx.fail(f'no command "{args[0]}".{did_you_mean(args[0], COMMANDS)} Known: {known}')
        return super().resolve_command(ctx, args)


@click.group(cls=ListenCommands)
def listen() -> None:
    """Hold a blind listening test (MUSHRA, AB, ABX, ACR) on what a run coded.

    \b
    bench listen create tests/mine --run runs/first --conditions dac@8,opus@8 --clips 8
    bench listen serve tests/mine
    bench listen results tests/mine
    """
