"""The options of `bench listen create`, under the headings of its help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from codecbench.cli.devices import DEVICE

_PATH = click.Path(path_type=Path)

GROUPS = {
    "Sound of a run": ("--run", "--conditions", "--run-clips", "--channels", "--device"),
    "Sound of folders": ("--folder", "--references", "--align"),
    "Stimuli": (
        *("--clips", "--training", "--length", "--rate", "--loudness", "--seed"),
        *("--published",),
    ),
    "What raters meet": (
        *("--kind", "--title", "--items-per-rater", "--replicated-items", "--languages"),
        *("--questions", "--headphones", "--level", "--completion-code", "--return-url"),
    ),
    "Analysis": ("--primary", "--correction", "--power", "--depart"),
}

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--run", "run_", type=_PATH, metavar="RUN", help="Take sound from this stored run."
    ),
    click.option(
        "--conditions",
        multiple=True,
        metavar="NAMES",
        help="Compare these codecs of the run, such as dac@8,opus,vbr=cbr@24. For AB and ABX, "
        "reference names the original.",
    ),
    click.option(
        "--run-clips",
        type=_PATH,
        metavar="FOLDER",
        help="Take the run's clips from here, where they no longer lie where it found them.",
    ),
    click.option(
        "--folder",
        "folders",
        multiple=True,
        metavar="NAME=DIR",
        help="Take this condition's audio from a folder, with files named as the references. Give "
        "it once for each condition.",
    ),
    click.option(
        "--references", type=_PATH, metavar="DIR", help="Take the originals from this folder."
    ),
    click.option("--align", is_flag=True, help="Undo the delays that cross-correlation finds."),
    click.option(
        "--clips",
        metavar="N|NAMES",
        show_default="the standard's number",
        help="Draw so many clips, evenly over the categories, or take those named.",
    ),
    click.option(
        "--training",
        default="1",
        metavar="N|NAMES",
        help="Draw so many more for the training, or take those named.",
    ),
    click.option(
        "--kind",
        type=click.Choice(["mushra", "ab", "abx", "acr"]),
        default="mushra",
        help="Make a test of this kind.",
    ),
    click.option(
        "--title",
        default="",
        metavar="TEXT",
        show_default="the folder's name",
        help="Show this title to raters.",
    ),
    click.option("--length", default=10.0, metavar="S", help="Cut excerpts of so many seconds."),
    click.option(
        "--channels",
        type=click.Choice(["mono", "keep"]),
        show_default="what the run holds; keep for folders",
        help="Take this layout, where a run holds both.",
    ),
    click.option(
        "--rate",
        type=click.IntRange(8000, 192_000),
        metavar="HZ",
        show_default="the clips' own, 48000 where they differ",
        help="Give all stimuli this sample rate.",
    ),
    click.option(
        "--loudness",
        default=-23.0,
        metavar="LUFS",
        help="Bring references to this loudness, where their peaks allow it.",
    ),
    click.option(
        "--items-per-rater",
        type=click.IntRange(1),
        metavar="N",
        show_default="all",
        help="Ask each rater for so many items.",
    ),
    click.option(
        "--replicated-items",
        type=click.IntRange(0),
        default=0,
        metavar="N",
        help="Ask for so many items twice.",
    ),
    click.option(
        "--languages", default="en,de", metavar="CODES", help="Offer the pages in these languages."
    ),
    click.option(
        "--questions",
        type=_PATH,
        metavar="FILE.toml",
        help="Read a questionnaire, and own text of consent and instructions, from this file.",
    ),
    click.option(
        "--headphones",
        type=click.Choice(["off", "record", "gate"]),
        default="record",
        help="Leave out the check of headphones, note its result, or require it to go on.",
    ),
    click.option("--level/--no-level", default=True, help="Begin with a page to set the level."),
    click.option(
        "--completion-code",
        default="",
        metavar="CODE",
        show_default=False,
        help="Show this code at the end.",
    ),
    click.option(
        "--return-url",
        default="",
        metavar="URL",
        show_default=False,
        help="Send raters there at the end.",
    ),
    click.option(
        "--primary",
        type=click.Choice(["permutation", "wilcoxon"]),
        default="wilcoxon",
        help="Decide by this statistical test.",
    ),
    click.option(
        "--correction",
        type=click.Choice(["holm", "hochberg"]),
        default="holm",
        help="Correct for many comparisons in this way.",
    ),
    click.option("--seed", default=0, metavar="N", help="Seed the choice of clips and the dither."),
    click.option(
        "--power",
        is_flag=True,
        help="Simulate how many raters find 5 points, as `bench listen power` does.",
    ),
    click.option(
        "--depart",
        default="",
        metavar="REASON",
        show_default=False,
        help="Leave the standard, for this reason.",
    ),
    click.option(
        "--published", is_flag=True, help="Require licences, and list them in LICENCES.md."
    ),
    DEVICE,
)


def create_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a function all of them, by their names."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
