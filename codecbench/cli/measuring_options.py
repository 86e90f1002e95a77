"""Options that several commands share which measure, or show what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Option = Callable[[Any], Any]

JOBS: Option = click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    show_default="one a core",
    help="Use so many processes.",
)

WIDE: Option = click.option(
    "--wide", is_flag=True, help="Show every metric, with 95% intervals, by category."
)

DEBUG: Option = click.option(
    "--debug",
    is_flag=True,
    help="End with a traceback at the first cell that fails for a cause that was not foreseen.",
)
