"""`bench listen create`: a run or folders of audio in; the file and sounds of a test out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from codecbench.listening_test.design import Wanted
    from codecbench.listening_test.sources import Source
    from codecbench.listening_test.test_file import ListeningTest, Pages

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("test", type=_PATH)
@click.option("--run", "run_", type=_PATH, metavar="RUN", help="The stored run to take sound from.")
@click.option(
    "--conditions",
    multiple=True,
    metavar="NAMES",
    help="Of the run, such as dac@8,opus,vbr=cbr@24; reference for AB and ABX with it.",
)
@click.option(
    "--run-clips",
    type=_PATH,
    metavar="FOLDER",
    help="The clips of the run, where they no longer lie where it found them.",
)
@click.option(
    "--folder",
    "folders",
    multiple=True,
    metavar="NAME=DIR",
    help="Without a run: a condition's audio, named as the references are. Repeat it.",
)
@click.option(
    "--references", type=_PATH, metavar="DIR", help="With --folder: the original recordings."
)
@click.option("--align", is_flag=True, help="With --folder: undo delays by cross-correlation.")
@click.option(
    "--clips",
    metavar="N|NAMES",
    help="How many, drawn evenly over the categories, or which. Default: the standard's number.",
)
@click.option("--training", default="1", show_default=True, metavar="N|NAMES")
@click.option(
    "--kind",
    type=click.Choice(["mushra", "ab", "abx", "acr"]),
    default="mushra",
    show_default=True,
)
@click.option("--title", default="", help="What raters see. Default: the folder's name.")
@click.option(
    "--length", default=10.0, show_default=True, metavar="S", help="Of excerpts, at most."
)
@click.option(
    "--channels",
    type=click.Choice(["mono", "keep"]),
    help="Where a run holds both. Default: what it holds; keep for folders.",
)
@click.option(
    "--rate",
    type=click.IntRange(8000, 192_000),
    metavar="HZ",
    help="Of all stimuli. Default: the clips' own, 48000 where they differ.",
)
@click.option(
    "--loudness",
    default=-23.0,
    show_default=True,
    metavar="LUFS",
    help="Of references, where their peaks allow it.",
)
@click.option("--items-per-rater", type=click.IntRange(1), metavar="N", help="Default: all.")
@click.option(
    "--replicated-items", type=click.IntRange(0), default=0, metavar="N", help="Heard twice."
)
@click.option("--languages", default="en,de", show_default=True)
@click.option(
    "--questions",
    type=_PATH,
    metavar="FILE.toml",
    help="Questionnaire, and own text for consent and instructions.",
)
@click.option(
    "--headphones",
    type=click.Choice(["off", "record", "gate"]),
    default="record",
    show_default=True,
    help="The check: none, noted, or needed to go on.",
)
@click.option("--level/--no-level", default=True, help="A page to set the level. Default: there.")
@click.option("--completion-code", default="", metavar="CODE", help="Shown at the end.")
@click.option("--return-url", default="", metavar="URL", help="Where raters go at the end.")
@click.option(
    "--primary",
    type=click.Choice(["permutation", "wilcoxon"]),
    default="wilcoxon",
    show_default=True,
    help="The test that will decide.",
)
@click.option(
    "--correction", type=click.Choice(["holm", "hochberg"]), default="holm", show_default=True
)
@click.option("--seed", default=0, show_default=True, help="Of the choice of clips and the dither.")
@click.option(
    "--power",
    is_flag=True,
    help="Then simulate how many raters find 5 points (bench listen power).",
)
@click.option("--depart", default="", metavar="REASON", help="Leave the standard, and say why.")
@click.option("--published", is_flag=True, help="Require licences, and list them in LICENCES.md.")
@click.option("--device", default="cpu", show_default=True, help="For neural codecs.")
def create(test: Path, power: bool, **options: Any) -> None:
    """Make the listening test TEST from a stored run, or from folders of audio.

    \b
    bench listen create tests/mine --run runs/first --conditions dac@8,opus@8 --clips 8
    bench listen create tests/mine --references ref --folder a=out/a --folder b=out/b

    It writes TEST/test.json, to be reviewed and kept, and TEST/stimuli. A MUSHRA test gets its
    hidden reference and its anchors by itself.
    """
    from codecbench.listening_test.making import make_test

    wanted = _wanted(options)
    source = _source(options)
    made = make_test(test, source, wanted, lambda line: click.echo(f"  {line}"))
    _show(test, made)
    if power:
        from codecbench.cli.listen_power import power as simulate

        click.get_current_context().invoke(simulate, test=test)
    click.echo(f"Review {test}/test.json, then: bench listen serve {test}")


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

    if options["references"] is None or options["run_clips"] is not None:
        raise UsageError("--folder needs --references DIR, the original recordings, and no run")
    pairs = [text.partition("=") for text in folders]
    if not all(name and directory for name, _, directory in pairs):
        raise UsageError("write --folder NAME=DIR")
    if len({name for name, _, _ in pairs}) < len(pairs):
        raise UsageError("--folder: two conditions have the same name")
    return FolderSource(
        options["references"],
        {name: Path(directory) for name, _, directory in pairs},
        options["channels"] or "keep",
        options["align"],
    )


def _show(folder: Path, test: ListeningTest) -> None:
    layout = {1: "mono", 2: "stereo"}[test.channels]
    click.echo(
        f"{folder}: {test.kind.upper()}, {len(test.items)} items and {len(test.training_items)} of "
        f"training, {test.sample_rate_hz} Hz {layout}"
    )
    for condition in test.conditions:
        rate = condition.bitrate_bps
        click.echo(f"  {condition.name}" + (f": {rate / 1000:.2f} kbps measured" if rate else ""))
    for item in (*test.items, *test.training_items):
        category = f"{item.category}, " if item.category else ""
        training = "" if item in test.items else ", training"
        click.echo(
            f"  {item.clip}: {category}{item.duration_s:.1f} s from {item.start_s:.1f} s, gain "
            f"{item.gain_db:+.1f} dB{training}"
        )
    for departure in test.departures:
        click.echo(f"  departs from ITU-R BS.1534-3: {departure}")
