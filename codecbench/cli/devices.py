"""Devices that neural codecs run on, as options name them."""

from __future__ import annotations

DEVICES = ("cpu", "cuda", "mps", "xpu")


def check_device(device: str) -> None:
    """Raise `UsageError` for what names no device, before anything is computed."""
    from codecbench.errors import UsageError

    if device.partition(":")[0] not in DEVICES:
        raise UsageError(f'--device "{device}" is none of {", ".join(DEVICES)}')
