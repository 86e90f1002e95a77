"""How every command explains itself and refuses: help in groups, errors on one line in one style.

bench: run has no option "--codec". Did you mean "--codecs"? See `bench run --help`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from codecbench.cli import mistakes
from codecbench.errors import UsageError

Groups = Mapping[str, Sequence[str]]
"""Headings, each with the names that stand under it."""


_NAMES_COLUMN = 28
"""Characters of the column of options, at most; a longer one has a line of its own."""


class Refused(click.ClickException):
    """An error that is printed as ours are, with the exit status that it asks for."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click has it of the class alone

    def show(self, file: Any = None) -> None:
        """Print it."""
        from codecbench.cli.terminal import tell_error

        tell_error(self.message)


class Stopped(click.ClickException):
    """The user stopped it, and nothing went wrong. message: what is kept and how it goes on."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        """Print it, below what progress left on its line."""
        click.echo(f"\nstopped. {self.message}", err=True)


class Command(click.Command):
    """A command. option_groups: headings of its help; what none of them names comes last."""

    misuse_status = 2
    """Exit status for what cannot be meant."""

    def __init__(self, *arguments: Any, option_groups: Groups | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.option_groups = option_groups or {}

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parse. Raises `Refused` for what cannot be meant."""
        try:
            return super().make_context(*arguments, **more)
        except click.UsageError as error:
            raise _refused(error, self.misuse_status) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what is left over in words of our own."""
        ctx.allow_extra_args = True
        with _of(ctx):
            rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(mistakes.left_over(rest, ctx), ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run. An error of use leaves with the hint at this command's help as a note."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _refused(error, self.misuse_status) from error
        except UsageError as error:
            error.add_note(mistakes.hint(ctx))
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options under their headings."""
        records = {
            max(parameter.opts, key=len): (record[0], mistakes.in_words(record[1]))
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            and (record := parameter.get_help_record(ctx)) is not None
        }
        column = min(_NAMES_COLUMN, max(len(name) for name, _ in records.values()))
        records = {key: (name.ljust(column), text) for key, (name, text) in records.items()}
        for heading, names in self.option_groups.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names])
        with formatter.section("Other options" if self.option_groups else "Options"):
            formatter.write_dl(list(records.values()))


class Group(click.Group):
    """A group of commands, which suggests the one that was meant.

    sections: headings of its help.
    """

    command_class = Command

    def __init__(self, *arguments: Any, sections: Groups | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.sections = sections or {}

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parse. Raises `Refused` for what cannot be meant."""
        try:
            return super().make_context(*arguments, **more)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise _refused(error, 2) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse."""
        with _of(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, or refuse one that is not there."""
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise _refused(error, 2) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or say which one is like it."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            raise click.UsageError(mistakes.unknown_command(args[0], known), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write commands under their headings, in the order of the work."""
        names = self.list_commands(ctx)
        column = max(map(len, names))
        room = formatter.width - column - 6
        for heading, under in (self.sections or {"Commands": names}).items():
            with formatter.section(heading):
                found = [(name, self.get_command(ctx, name)) for name in under]
                formatter.write_dl(
                    [
                        (name.ljust(column), command.get_short_help_str(room))
                        for name, command in found
                        if command is not None
                    ]
                )


@contextmanager
def _of(ctx: click.Context) -> Iterator[None]:
    """Errors say whose they are, which click leaves out of some."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


def _refused(error: click.UsageError, status: int) -> Refused:
    message = mistakes.said(error)
    return Refused(f"{message} {mistakes.hint(error.ctx)}" if error.ctx else message, status)
