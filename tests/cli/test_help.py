"""The help of every command and option: whole sentences, within 80 columns, nothing cut."""

from __future__ import annotations

import re

import click
import pytest
from all_commands import all_commands
from click.testing import CliRunner

from codecbench.cli import bench
from codecbench.cli.command import Command

COMMANDS = all_commands()
NAMES = [name for name, _ in COMMANDS]

HALVES = r"(That|Which|Of|For|To|With|Such|Where|When|By|From|In|As|Also|Then|How|What)\b"
"""Words that a half sentence begins with."""


def shown(words: str, columns: int = 80) -> str:
    environment = {"COLUMNS": str(columns)}
    done = CliRunner(env=environment).invoke(bench, [*words.split(), "--help"], prog_name="bench")
    assert done.exit_code == 0, done.output
    return done.output


def test_all_commands_are_walked() -> None:
    assert {"run", "listen", "listen create", "listen demo", "export"} <= set(NAMES)
    assert len(NAMES) > 22


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_texts_are_whole_sentences(words: str, command: click.Command) -> None:
    paragraphs = [
        " ".join(paragraph.split())
        for paragraph in (command.help or "").split("\n\n")
        if not paragraph.lstrip().startswith("\b")
    ]
    texts = {f"{words} {i}": text for i, text in enumerate(paragraphs)}
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            texts[f"{words} {option.opts[-1]}"] = option.help or ""
    assert paragraphs
    for what, text in texts.items():
        assert re.match(r"[A-Z`]|[\w.]+\.html\b", text), f"{what}: {text!r} begins with no capital"
        assert text.endswith((".", ":")), f"{what}: {text!r} has no end"
        assert not re.match(HALVES, text) or "," in text, f"{what}: {text!r} is a half sentence"
        assert "Default" not in text, f"{what}: defaults stand in brackets behind the text"


@pytest.mark.parametrize("words", NAMES)
def test_help_fits_80_columns_and_shows_all_options(words: str) -> None:
    text = shown(words)
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in text.replace("RUN...", "").replace("RUNS...", "").replace("[ARGS]...", "")
    command = dict(COMMANDS)[words]
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            name = max(option.opts, key=len)
            assert len(re.findall(rf"^  (-h, )?{name}[ \n]", text, re.MULTILINE)) == 1, name
    assert not re.search(r"x[<>]|<=x|default: \(|INTEGER|FLOAT|TEXT RANGE", text)


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_defaults_are_shown(words: str, command: click.Command) -> None:
    text = " ".join(shown(words).split())
    for option in command.params:
        said = isinstance(option, click.Option) and option.show_default is not False
        if (
            said
            and isinstance(option.default, int | float)
            and not isinstance(option.default, bool)
        ):
            assert f"[default: {option.default}" in text, option.opts


def test_groups_of_options_name_what_there_is() -> None:
    for words, command in COMMANDS:
        if isinstance(command, Command):
            named = [name for names in command.option_groups.values() for name in names]
            assert len(named) == len(set(named)), words
            assert set(named) <= {max(option.opts, key=len) for option in command.params}, words


def test_the_first_page_shows_every_command_with_a_whole_line() -> None:
    text = shown("")
    for words, command in COMMANDS:
        if words and " " not in words:
            line = next(line for line in text.splitlines() if line.startswith(f"  {words} "))
            first = (command.help or "").split("\n")[0]
            assert line.split(maxsplit=1)[1] == first
            assert first.endswith(".")


def test_the_help_of_a_run_says_how_a_codec_is_named() -> None:
    from codecbench.names import parse_codec_names

    text = shown("run")
    assert "name[:variant][,key=value…][@kbps]" in text
    block = text.split("[@kbps]:")[1].split("`bench codecs`")[0]
    examples = [line.split()[0] for line in block.splitlines() if line.strip()]
    assert len(examples) >= 6
    families = {name.family for name in parse_codec_names(examples)}
    assert {"opus", "encodec", "dac", "folder"} <= families
