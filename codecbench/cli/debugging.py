"""The option of commands whose cells may fail for causes that nobody foresaw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

DEBUG: Callable[[Any], Any] = click.option(
    "--debug",
    is_flag=True,
    help="End with a traceback at the first cell that fails for a cause that was not foreseen.",
)
"""The option."""
