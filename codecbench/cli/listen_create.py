"""`bench listen create`: a run or folders of audio in; the file and sounds of a test out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codecbench.cli.command import Command
from codecbench.cli.listen_create_options import GROUPS, create_options
from codecbench.cli.terminal import tell
from codecbench.wording import counted

if TYPE_CHECKING:
    from codecbench.listening_test.design import Wanted
    from codecbench.listening_test.sources import Source
    from codecbench.listening_test.test_file import ListeningTest, Pages

_PATH = click.Path(path_type=Path)


@click.command(cls=Command, option_groups=GROUPS)
@click.argument("test", type=_PATH)
@create_options
def create(test: Path, power: bool, **options: Any) -> int:
    """Make a test from a stored run or from folders of audio.

    \b
    bench listen create tests/mine --run runs/first --conditions dac@8,opus@8
    bench listen create tests/mine --references ref --folder a=out/a \\
        --folder b=out/b

    It writes TEST/test.json, to be reviewed and kept, and TEST/stimuli. A MUSHRA test gets its
    hidden reference and its anchors by itself.

    Clips that cannot be used are named, and the test is drawn from the others: exit status 1.
    """
    from codecbench.listening_test.making import make_test

    wanted = _wanted(options)
    source = _source(options)
    made = make_test(test, source, wanted, lambda line: tell(line, "  "))
    _show(test, made)
    if power:
        from codecbench.cli.listen_power import power as simulate

        click.get_current_context().invoke(simulate, test=test)
    tell(f"Review {test}/test.json, then: bench listen serve {test}")
    if not (source.lacking and wanted.is_drawn):
        return 0
    tell("The draw was from fewer clips than there are: those left out are named above.")
    return 1


def _wanted(options: dict[str, Any]) -> Wanted:
    from codecbench.errors import UsageError
    from codecbench.listening_test.choice import parse_wish
    from codecbench.listening_test.design import REFERENCE, Wanted
    from codecbench.listening_test.test_file import AnalysisPlan

    languages = tuple(filter(None, (code.strip() for code in options["languages"].split(","))))
    if not languages:
        raise UsageError("--languages: give one at least, such as en")
    return Wanted(
        title=options["title"],
        kind=options["kind"],
        clips=parse_wish(options["clips"], "--clips") if options["clips"] is not None else None,
        training=parse_wish(options["training"], "--training"),
        length_s=options["length"],
        rate_hz=options["rate"],
        target_lufs=options["loudness"],
        seed=options["seed"],
        reference=any(REFERENCE in _names(text) for text in options["conditions"]),
        items_per_rater=options["items_per_rater"],
        replicated_items=options["replicated_items"],
        languages=languages,
        pages=_pages(options, languages),
        plan=AnalysisPlan(primary=options["primary"], correction=options["correction"]),
        depart=options["depart"],
        published=options["published"],
        command=shlex.join(["bench", *sys.argv[1:]]),
    )


def _pages(options: dict[str, Any], languages: tuple[str, ...]) -> Pages:
    from codecbench.errors import UsageError
    from codecbench.listening_test.pages_file import OwnText, read_pages_file
    from codecbench.listening_test.test_file import Pages

    url = options["return_url"]
    if url and not url.startswith(("https://", "http://")):
        raise UsageError(f"--return-url {url}: it begins with https:// or http://")
    file = options["questions"]
    own = read_pages_file(file, languages) if file else OwnText({}, {}, ())
    return Pages(
        consent=own.consent,
        instructions=own.instructions,
        questions=own.questions,
        level_setting=options["level"],
        headphone_check=options["headphones"],
        completion_code=options["completion_code"],
        return_url=url,
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _source(options: dict[str, Any]) -> Source:
    from codecbench.errors import UsageError
    from codecbench.listening_test.design import REFERENCE

    run, folders = options["run_"], options["folders"]
    if (run is None) == (not folders):
        raise UsageError("give --run RUN with --conditions, or --references DIR with --folder")
    if run is not None:
        from codecbench.listening_test.run_source import RunSource

        if options["references"] is not None or options["align"]:
            raise UsageError("--references and --align are for --folder; a run has its own")
        asked = [
            ",".join(name for name in _names(text) if name != REFERENCE)
            for text in options["conditions"]
        ]
        return RunSource(run, asked, options["run_clips"], options["channels"], options["device"])
    from codecbench.listening_test.folder_source import FolderSource
    from codecbench.readable import readable

    if options["references"] is None or options["run_clips"] is not None:
        raise UsageError("--folder needs --references DIR, the original recordings, and no run")
    pairs = [text.partition("=") for text in folders]
    if not all(name and directory for name, _, directory in pairs):
        raise UsageError("write --folder NAME=DIR")
    if len({name for name, _, _ in pairs}) < len(pairs):
        raise UsageError("--folder: two conditions have the same name")
    return FolderSource(
        options["references"],
        {readable(name): Path(directory) for name, _, directory in pairs},
        options["channels"] or "keep",
        options["align"],
    )


def _show(folder: Path, test: ListeningTest) -> None:
    layout = {1: "mono", 2: "stereo"}[test.channels]
    tell(
        f"{folder}: {test.kind.upper()}, {counted(len(test.items), 'item')} and "
        f"{len(test.training_items)} of "
        f"training, {test.sample_rate_hz} Hz {layout}"
    )
    for condition in test.conditions:
        rate = condition.bitrate_bps
        tell(condition.name + (f": {rate / 1000:.2f} kbps measured" if rate else ""), "  ")
    for item in (*test.items, *test.training_items):
        category = f"{item.category}, " if item.category else ""
        training = "" if item in test.items else ", training"
        tell(
            f"{item.clip}: {category}{item.duration_s:.1f} s from {item.start_s:.1f} s, gain "
            f"{item.gain_db:+.1f} dB{training}",
            "  ",
        )
    for departure in test.departures:
        tell(f"departs from ITU-R BS.1534-3: {departure}", "  ")
