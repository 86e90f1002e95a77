"""The codecs by name. Each entry is a function `create(variant, options, device) -> Codec`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codecbench import plugins
from codecbench.codecs import weights
from codecbench.codecs.contract import Codec
from codecbench.errors import UsageError, WeightsError
from codecbench.names import CodecName

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
    "dac": ("44khz", "44khz-16kbps", "24khz", "16khz", "small"),
    "encodec": ("24khz", "48khz"),
}
"""Variants that `bench codecs` lists one by one."""

STAND_INS = {"dac": "small"}
"""Variants that ship with the project, by the family whose bare name they answer to."""

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


def stand_in(asked: CodecName, codec: Codec) -> tuple[CodecName, str] | None:
    """What is coded with where a bare name's weights are missing, and the reason to be shown.

    None for every other codec; where weights are damaged, as those are to be replaced; and where
    the variant that would stand in is not here either.
    """
    variant = STAND_INS.get(asked.family)
    if variant is None or asked.variant or codec.weights is None:
        return None
    instead = replace(asked, variant=variant)
    try:
        if weights.find(codec.weights) is not None:
            return None
        create_codec(asked.family, variant, dict(asked.options), "cpu").find_weights()
    except WeightsError:
        return None
    reason = (
        f"its weights are not here (bench fetch {codec.weights.name}); "
        f"the project's own small model stands in as {instead.canonical}"
    )
    return instead, reason
