"""Weights of the Descript Audio Codec: the published ones, and the model of this project's own."""

from __future__ import annotations

from pathlib import Path

from codecbench.codecs.weights import WeightFile, WeightSet
from codecbench.dac import config as _config

SHIPPED = Path(_config.__file__).parent / "weights" / "small.pth"
"""The model that comes with the project, `dac:small`."""


def _released(name: str, tag: str, file: str, sha256: str | None) -> WeightSet:
    url = "https://github.com/descriptinc/descript-audio-codec/releases/download"
    files = (WeightFile(file, f"{url}/{tag}/{file}", sha256),)
    return WeightSet(name, "descriptinc/descript-audio-codec", tag, "MIT", files)


# The publisher names no checksums. These are what others noted who fetched the files; nobody's for
# the 16 kbps file was found.
WEIGHTS = {
    "44khz": _released(
        "dac",
        "0.0.1",
        "weights.pth",
        "a88eed82a7024ccc1facdb1e605c4c2f99281c8118c22c9895ffa846d8fb61aa",
    ),
    "44khz-16kbps": _released("dac:44khz-16kbps", "1.0.0", "weights_44khz_16kbps.pth", None),
    "24khz": _released(
        "dac:24khz",
        "0.0.4",
        "weights_24khz.pth",
        "44bad592fc393e03eb0be7a5120b7d487fe9612fa41269dc03fca3d4b87e20ad",
    ),
    "16khz": _released(
        "dac:16khz",
        "0.0.5",
        "weights_16khz.pth",
        "95ab7176b67137d4d4c6c54b8d6ef3cea797faec228cb03ad084badcad570b4d",
    ),
}
"""The published weights by variant."""
