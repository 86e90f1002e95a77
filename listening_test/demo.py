"""The whole way in one call, with simulated raters: run, test, server, ratings, results.

    OUT/run            the built-in clips through Opus at three bitrates
    OUT/test           the listening test made from it, with its database and results

It shows what each step leaves behind, and that who rates out of rule is found. The numbers mean
nothing: nobody listened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from codecbench.errors import UsageError
from codecbench.listening_test import records
from codecbench.listening_test.results import Results, analyse, write
from codecbench.listening_test.simulated_raters import Population, SimulatedRater
from codecbench.listening_test.test_file import ListeningTest
from codecbench.wording import counted

Say = Callable[[str], None]

CODECS = "opus@8,opus@16,opus@32"
QUALITY = {
    "reference": 100.0,
    "anchor35": 22.0,
    "anchor70": 42.0,
    "opus@8": 48.0,
    "opus@16": 66.0,
    "opus@32": 84.0,
}
ITEMS = 7
"""Of the eight built-in clips; the other one is for training."""

OUT_OF_RULE = (
    SimulatedRater("draws lots", "careless"),
    SimulatedRater("turned the scale round", "reversed"),
    SimulatedRater("2 of 7 hidden references at 89", low_references=2),
    SimulatedRater("2 of 7 mid anchors at 91", high_anchors=2),
)


def run_demo(out: Path, say: Say, raters: int = 16, seed: int = 0) -> Results:
    """Make everything in `out`, which must be empty or not there; return the results.

    raters: 6 at least, the last four of whom break the rule of screening. say: told each step.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already: give another folder with --out")
    if raters < len(OUT_OF_RULE) + 2:
        raise UsageError(
            f"{counted(raters, 'rater')}: the demonstration needs {len(OUT_OF_RULE) + 2}"
        )
    say(f"coding the built-in clips: {CODECS}")
    _code(out / "run")
    test = _make(out / "test", out / "run")
    say(f"made {out}/test: {len(test.items)} items, {len(test.conditions)} stimuli each")
    good = [SimulatedRater(f"good {k}") for k in range(raters - len(OUT_OF_RULE))]
    _listen(out / "test", test, [*good, *OUT_OF_RULE], Population(QUALITY, seed=seed), say)
    folder = out / "test"
    results = analyse(
        test,
        records.load_ratings(folder),
        records.load_events(folder),
        records.load_raters(folder),
        records.load_answers(folder),
    )
    write(results, folder / "results")
    return results


def _code(run: Path) -> None:
    from codecbench.clips import find_clips
    from codecbench.names import parse_codec_names
    from codecbench.plan import Request, lay_plan
    from codecbench.run import execute
    from codecbench.store import open_run

    request = Request(
        codecs=parse_codec_names([CODECS]),
        bitrates_bps=(),
        clips=None,
        channels="mono",
        metrics=("l1",),
        protocol="native",
        device="cpu",
        strict=True,
    )
    with open_run(run) as store:
        command = f"bench run --codecs {CODECS} --metrics l1 --protocol native"
        execute(lay_plan(request, find_clips(None)), store, command, jobs=1, timing=False)


def _make(folder: Path, run: Path) -> ListeningTest:
    from codecbench.listening_test.design import Wanted
    from codecbench.listening_test.making import make_test
    from codecbench.listening_test.run_source import RunSource

    wanted = Wanted(
        title="A demonstration with simulated raters",
        clips=ITEMS,
        length_s=4.0,
        command="bench listen demo",
    )
    return make_test(folder, RunSource(run, [CODECS]), wanted, lambda _: None)


def _listen(
    folder: Path,
    test: ListeningTest,
    raters: list[SimulatedRater],
    population: Population,
    say: Say,
) -> None:
    from codecbench.listening_test.app import create_app
    from codecbench.listening_test.invites import make_open_invite
    from codecbench.listening_test.served import open_served
    from codecbench.listening_test.simulated_listening import SimulatedListener, known_sounds

    sounds = known_sounds(folder, test)
    items = tuple(item.id for item in test.items)
    with open_served(folder) as served:
        app = create_app(served)
        with served.database.writing() as connection:
            invite = make_open_invite(connection, len(raters))
        say(f"{len(raters)} simulated raters listen through the server")
        for number, rater in enumerate(raters, 1):
            SimulatedListener(app, invite, rater, population, items, sounds).take_the_test()
            if rater in OUT_OF_RULE:
                say(f"  R{number:04} {rater.name}")
