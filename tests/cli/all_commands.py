"""Every command of `bench`, with the words that call it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from codecbench.cli import bench


def all_commands() -> list[tuple[str, click.Command]]:
    """Pairs such as ("listen create", command), groups included; `bench` itself is ""."""
    return list(_under("", bench))


def _under(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _under(f"{words} {name}".strip(), found)
