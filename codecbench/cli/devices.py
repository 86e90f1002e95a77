"""Devices that neural codecs run on, as options name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

DEVICES = ("cpu", "cuda", "mps", "xpu")

DEVICE: Callable[[Any], Any] = click.option(
    "--device",
    default="cpu",
    metavar="NAME",
    help="Run neural codecs on cpu, cuda, mps or xpu.",
)
"""The option of every command that codes or decodes."""


def check_device(device: str) -> None:
    """Raise `UsageError` for what names no device, before anything is computed."""
    from codecbench.errors import UsageError

    if device.partition(":")[0] not in DEVICES:
        raise UsageError(f'--device "{device}" is none of {", ".join(DEVICES)}')
