"""`bench listen power`: how many raters a test needs, by simulation, before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import click

from codecbench.cli.command import Command
from codecbench.cli.terminal import tell
from codecbench.wording import counted

GROUPS = {
    "What is to be found": ("--difference", "--power", "--raters"),
    "The test": ("--items", "--systems", "--primary", "--level"),
    "How raters differ": ("--mean", "--sd-rater", "--sd-item", "--sd-taste", "--sd-residual"),
    "The simulation": ("--simulations", "--seed"),
}


@click.command(cls=Command, option_groups=GROUPS)
@click.argument("test", type=click.Path(path_type=Path), required=False)
@click.option("--difference", default=5.0, metavar="POINTS", help="Find so large a difference.")
@click.option("--power", "wanted", default=0.8, metavar="P", help="Find it with this probability.")
@click.option(
    "--items",
    type=click.IntRange(1),
    metavar="N",
    show_default="the test's, or 8",
    help="Let each rater rate so many items.",
)
@click.option(
    "--systems",
    type=click.IntRange(2),
    metavar="N",
    show_default="the test's, or 2",
    help="Compare so many systems with each other.",
)
@click.option(
    "--raters",
    type=click.IntRange(3),
    metavar="N",
    help="Say the power of so many raters, and do not search.",
)
@click.option(
    "--mean", default=60.0, metavar="POINTS", help="Let the better condition score so much."
)
@click.option(
    "--sd-rater", default=10.0, metavar="POINTS", help="Let raters' means differ so much."
)
@click.option("--sd-item", default=10.0, metavar="POINTS", help="Let items differ so much.")
@click.option(
    "--sd-taste", default=5.0, metavar="POINTS", help="Let tastes for conditions differ so much."
)
@click.option(
    "--sd-residual", default=15.0, metavar="POINTS", help="Let single ratings vary so much."
)
@click.option(
    "--primary",
    type=click.Choice(["permutation", "wilcoxon", "t"]),
    show_default="the plan's, wilcoxon",
    help="Decide by this statistical test.",
)
@click.option(
    "--level",
    type=float,
    metavar="ALPHA",
    show_default="the plan's, 0.05",
    help="Decide at this level of significance.",
)
@click.option(
    "--simulations",
    type=click.IntRange(50),
    default=400,
    metavar="N",
    help="Simulate so many tests for each number of raters.",
)
@click.option("--seed", default=0, metavar="N", help="Seed the simulation.")
def power(
    test: Path | None,
    difference: float,
    wanted: float,
    items: int | None,
    systems: int | None,
    raters: int | None,
    mean: float,
    sd_rater: float,
    sd_item: float,
    sd_taste: float,
    sd_residual: float,
    primary: str | None,
    level: float | None,
    simulations: int,
    seed: int,
) -> None:
    """Say how many raters it takes to find a difference.

    \b
    bench listen power tests/mine --difference 5
    bench listen power --items 8 --systems 3 --sd-residual 18

    Ratings of two conditions are simulated. Items, systems and the analysis are those of TEST
    where it is given.
    """
    from codecbench.listening_test.power import Assumptions, raters_needed
    from codecbench.listening_test.power import power as power_of
    from codecbench.listening_test.test_file import AnalysisPlan

    plan = AnalysisPlan()
    if test is not None:
        from codecbench.listening_test.test_reading import read_test

        made = read_test(test, check_stimuli=False)
        plan = made.plan
        items = items or made.items_per_rater or len(made.items)
        systems = systems or sum(condition.kind == "codec" for condition in made.conditions)
    assumed = Assumptions(
        difference=difference,
        items=items or 8,
        systems=max(2, systems or 2),
        mean=mean,
        sd_item=sd_item,
        sd_rater=sd_rater,
        sd_taste=sd_taste,
        sd_residual=sd_residual,
    )
    by = primary or plan.primary
    at = plan.level if level is None else level
    tell(
        f"{difference:g} {'point' if difference == 1 else 'points'} between two of "
        f"{assumed.systems} systems, {counted(assumed.items, 'item')} a "
        f"rater; SD {sd_rater:g} between raters, {sd_item:g} between items, {sd_taste:g} of "
        f"tastes, {sd_residual:g} of a rating; {by} test at {at:g} over "
        f"{counted(assumed.pairs, 'comparison')}; {counted(simulations, 'simulation')}"
    )
    if raters is not None:
        share = power_of(assumed, raters, by, at, simulations, seed)  # type: ignore[arg-type]
        tell(
            f"{counted(raters, 'rater')} {'finds' if raters == 1 else 'find'} it with power "
            f"{share:.2f}"
        )
        return
    needed = raters_needed(assumed, wanted, by, at, simulations, seed)  # type: ignore[arg-type]
    if needed.raters is None:
        tell(f"not even 400 raters: their power is {needed.power:.2f}")
    else:
        tell(f"{counted(needed.raters, 'rater')} find it with power {needed.power:.2f}")
    tell(
        f"where there is no difference, as many find one in {needed.false_finds:.1%} of such tests"
    )
    if needed.false_finds > 2 * at / assumed.pairs + 0.02:
        tell(
            "which is too often: this test takes a rater's ratings as independent, and tastes "
            "make them alike. Judge by --primary wilcoxon, whose sample is raters",
            "  ",
        )
