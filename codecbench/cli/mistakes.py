"""What is said of a command line that cannot be meant: the thing, the cause, what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import click

_LISTS = ("NAMES", "KBPS")
"""What options that take lists call their values."""

_WORDS = (
    (r"\[default: \(([^)]*)\)", r"[default: \1"),
    (r"(\S+)<=x<=([\w.]+)", r"\1 to \2"),
    (r"x>=([\w.]+)", r"at least \1"),
    (r"x>([\w.]+)", r"above \1"),
    (r"is not in the range (.*)", r"is out of range, which is \1"),
    (r"a valid integer( range)?", "a whole number"),
    (r"a valid float( range)?", "a number"),
)
"""How click writes ranges, defaults and kinds of numbers, and how we do."""


def in_words(text: str) -> str:
    """A text of click's in words of ours."""
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return text


def hint(ctx: click.Context) -> str:
    """Where the command is explained."""
    return f"See `{ctx.command_path} --help`"


def sentence(error: Exception) -> str:
    """What an error of ours says, with the hints that it carries as notes."""
    notes = getattr(error, "__notes__", ())
    return " ".join([_ended(str(error)), *notes]) if notes else str(error)


def of_file(error: OSError) -> str:
    """What the system says of a file or folder that somebody named; "" where it names none.

    A path of which the system refuses even a look, such as one in a folder that may not be entered.
    """
    if not isinstance(error.filename, str | bytes):
        return ""
    return f"{os.fsdecode(error.filename)}: {error.strerror}"


def said(error: click.UsageError) -> str:
    """What click found wrong, as a sentence in our words, which ends in a full stop or a "?"."""
    return _ended(_said(error))


def unknown_command(name: str, known: Sequence[str]) -> str:
    """There is no such command, with the one that is like it."""
    from codecbench.plugins import did_you_mean

    return f'no command is called "{name}".{did_you_mean(name, known)} Known: {", ".join(known)}'


def left_over(rest: Sequence[str], ctx: click.Context) -> str:
    """Arguments that a command does not take, with the cause that is likely."""
    message = f'{_name(ctx)} takes no argument "{rest[0]}"'
    takes = [p.make_metavar(ctx) for p in ctx.command.params if isinstance(p, click.Argument)]
    if takes:
        return f"{message} after {' '.join(takes)}"
    lists = any(isinstance(p, click.Option) and p.metavar in _LISTS for p in ctx.command.params)
    return f"{message}: lists are joined by commas without blanks" if lists else message


def _said(error: click.UsageError) -> str:
    ctx = error.ctx
    if ctx is not None and isinstance(error, click.NoSuchOption):
        return _no_such_option(error.option_name, ctx)
    if ctx is not None and isinstance(error, click.BadOptionUsage):
        return _bad_option_usage(error, ctx)
    if ctx is not None and isinstance(error, click.BadParameter) and error.param is not None:
        if isinstance(error, click.MissingParameter):
            return f"{_name(ctx)} needs {_written(error.param, ctx)}"
        option = isinstance(error.param, click.Option)
        name = max(error.param.opts, key=len) if option else _written(error.param, ctx)
        return f"{name}: {_quoted(error.message)}"
    return _quoted(error.format_message())


def _bad_option_usage(error: click.BadOptionUsage, ctx: click.Context) -> str:
    """An option without its value, or a flag with one."""
    for parameter in ctx.command.get_params(ctx):
        if error.option_name in _spellings(parameter):
            if getattr(parameter, "is_flag", False):
                return f"{error.option_name} takes no value"
            return f"{error.option_name} needs a value: {_written(parameter, ctx)}"
    return _quoted(error.format_message())


def _no_such_option(option: str, ctx: click.Context) -> str:
    from codecbench.plugins import did_you_mean

    known = [name for p in ctx.command.get_params(ctx) for name in _spellings(p)]
    suggestion = did_you_mean(option, [name for name in known if name.startswith("--")])
    return f'{_name(ctx)} has no option "{option}".{suggestion}'


def _spellings(parameter: click.Parameter) -> list[str]:
    """How an option may be typed; an argument has none."""
    option = isinstance(parameter, click.Option)
    return [*parameter.opts, *parameter.secondary_opts] if option else []


def _written(parameter: click.Parameter, ctx: click.Context) -> str:
    """A parameter as it is to be typed: `--out RUN`, `RUN`."""
    metavar = parameter.make_metavar(ctx)
    option = isinstance(parameter, click.Option)
    return f"{max(parameter.opts, key=len)} {metavar}" if option else metavar


def _name(ctx: click.Context) -> str:
    """`listen create` of `bench listen create`, and `bench` of itself."""
    return ctx.command_path.partition(" ")[2] or ctx.command_path


def _quoted(message: str) -> str:
    """A message of click with quotes and its first letter as ours are."""
    text = in_words(re.sub(r"'([^']*)'", r'"\1"', message))
    return text[:1].lower() + text[1:]


def _ended(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."
