"""The codecs by name. Each entry is a function `create(variant, options, device) -> Codec`."""

from __future__ import annotations

from collections.abc import Mapping

from codecbench import plugins
from codecbench.codecs.contract import Codec
from codecbench.errors import UsageError

CODECS = {
    "dac": "codecbench.codecs.dac:create",
    "encodec": "codecbench.codecs.encodec:create",
    "lyra": "codecbench.codecs.lyra:create",
    "opus": "codecbench.codecs.opus:create",
    "mp3": "codecbench.codecs.mp3:create",
    "aac": "codecbench.codecs.aac:create",
    "lowpass": "codecbench.codecs.lowpass:create",
    "folder": "codecbench.codecs.folder:create",
}
VARIANTS = {
    "dac": ("44khz", "44khz-16kbps", "24khz", "16khz"),
    "encodec": ("24khz", "48khz"),
}
"""Variants that `bench codecs` lists one by one."""

GROUP = "codecbench.codecs"


def codec_families() -> list[str]:
    """Return every family's name, those of other packages last."""
    return plugins.names(CODECS, GROUP)


def create_codec(family: str, variant: str, options: Mapping[str, str], device: str) -> Codec:
    """Make a codec; cheap. Raises `UsageError` for an unknown name, variant or option."""
    create = plugins.load(CODECS, GROUP, "codec", family)
    codec = create(variant, options, device)
    if not isinstance(codec, Codec):
        raise UsageError(
            f'codec "{family}": its entry point makes a {type(codec).__name__}, no Codec'
        )
    return codec
