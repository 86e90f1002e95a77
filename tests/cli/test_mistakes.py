"""What cannot be meant, at every command: one line in one style, which says where help is."""

from __future__ import annotations

import re
import sys

import click
import pytest
from all_commands import all_commands
from click.testing import CliRunner

from codecbench.cli import bench, main
from codecbench.cli.command import Command

COMMANDS = [(words, c) for words, c in all_commands() if not isinstance(c, click.Group)]
NAMES = [words for words, _ in COMMANDS]


def refused(*words: str) -> str:
    """What a refused command line prints: the one line of its error."""
    done = CliRunner().invoke(bench, words, prog_name="bench")
    assert done.exit_code == (3 if words[:1] == ("check",) else 2), (words, done.output)
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("bench: ")
    assert re.search(r"[.?] See `bench[a-z ]* --help`$", line), line
    assert "Usage:" not in line
    assert "Error" not in line
    return line


def arguments(command: click.Command) -> list[str]:
    """Words that stand for the arguments of a command and its options that are needed."""
    words = [f"some-{p.name}" for p in command.params if isinstance(p, click.Argument)]
    for option in command.params:
        if isinstance(option, click.Option) and option.required:
            words += [option.opts[0], "x"]
    return words


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_options_that_are_not_there(words: str, command: click.Command) -> None:
    name = words.split()
    assert f'{words} has no option "--xyzzy"' in refused(*name, "--xyzzy")
    for option in command.params:
        long = max(option.opts, key=len)
        if isinstance(option, click.Option) and len(long) > 6:
            misspelt = long[:-3] + long[-2] + long[-3] + long[-1]
            if misspelt != long:
                assert f'Did you mean "{long}"?' in refused(*name, *arguments(command), misspelt)


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_what_is_missing_or_too_much(words: str, command: click.Command) -> None:
    name = words.split()
    needed = [p for p in command.params if p.required]
    if needed:
        metavar = needed[0].make_metavar(click.Context(command))
        assert re.search(rf"{words} needs .*{re.escape(metavar)}", refused(*name))
    if all(p.nargs == 1 for p in command.params if isinstance(p, click.Argument)):
        line = refused(*name, *arguments(command), "one-too-many")
        assert f'{words} takes no argument "one-too-many"' in line


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_values_that_cannot_be(words: str, command: click.Command) -> None:
    name = words.split()
    for option in command.params:
        if not isinstance(option, click.Option):
            continue
        long = max(option.opts, key=len)
        if option.is_flag:
            assert f"{long} takes no value" in refused(*name, f"{long}=yes")
        elif not option.is_eager:
            assert f"{long} needs a value: {long} " in refused(*name, *arguments(command), long)
        if isinstance(option.type, click.Choice | click.types.IntParamType):
            line = refused(*name, *arguments(command), f"{long}=nonsense")
            assert f'{long}: "nonsense" is not ' in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], 'no command is called "rnu". Did you mean "run"? Known: run, show, '),
        (["listen", "crate"], 'no command is called "crate". Did you mean "create"?'),
        (["--versoin"], 'bench has no option "--versoin". Did you mean "--version"?'),
        (["--version=9"], "--version takes no value. See `bench --help`"),
        (["run", "--codecs", "opus", "--bitrates", "2", "8"], "joined by commas without blanks"),
        (["run", "--codecs", "opus", "--jobs", "two"], '--jobs: "two" is not a whole number.'),
        (["run", "--codecs", "opus", "--jobs", "0"], "0 is out of range, which is at least 1."),
        (["codecs", "all"], 'codecs takes no argument "all". See'),
        (["decode", "in", "out", "more"], 'takes no argument "more" after IN OUT'),
        (
            ["listen", "serve", "t", "--port", "99999"],
            "--port: 99999 is out of range, which is 1 to 65535.",
        ),
    ],
)
def test_what_is_likely_meant_is_said(words: list[str], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["show", "nowhere"], 2, "bench: nowhere is not a run: .* See `bench show --help`\n"),
        (["check", "--baseline", "nowhere"], 3, "bench: say what .* See `bench check --help`\n"),
        (["run", "--codecs", "opsu"], 2, 'Did you mean "opus".* See `bench run --help`\n'),
        (["listen", "status", "nowhere"], 2, "no test.json. See `bench listen status --help`\n"),
        (["decode", "nowhere", "out.wav"], 1, "bench: cannot read nowhere: .*\n"),
    ],
)
def test_errors_of_commands_have_the_same_style(
    words: list[str],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["anything", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == status
    shown = capsys.readouterr()
    assert not shown.out
    assert re.fullmatch(f".*{said}", shown.err), shown.err


def test_every_command_is_of_our_kind() -> None:
    assert all(isinstance(command, Command) for _, command in COMMANDS)


def test_no_command_at_all_shows_the_help() -> None:
    done = CliRunner().invoke(bench, [], prog_name="bench")
    assert done.exit_code == 2
    assert "Measure codecs:" in done.output
