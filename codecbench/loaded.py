"""What a worker process keeps between tasks: one codec's model, and one clip's audio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from codecbench.audio import Audio, read_audio, to_mono
from codecbench.codecs.contract import Codec
from codecbench.codecs.table import create_codec
from codecbench.errors import CodingError
from codecbench.plan import PlannedCodec

_loaded: dict[PlannedCodec, Codec] = {}


def loaded_codec(planned: PlannedCodec) -> Codec:
    """The codec, its model loaded; the one used before gives its memory back."""
    if planned not in _loaded:
        for other in _loaded.values():
            other.close()
        _loaded.clear()
        asked = planned.asked
        codec = create_codec(asked.family, asked.variant, dict(asked.options), planned.device)
        if codec.find_weights() != planned.weights_hash:
            raise CodingError(f"the weights of {planned.name} changed while the run was going on")
        _loaded[planned] = codec
    return _loaded[planned]


@lru_cache(maxsize=1)
def clip_audio(path: Path, channels: int) -> Audio:
    """A clip in the layout that is coded. Raises `AudioError` where its downmix cancels."""
    audio = read_audio(path)
    return audio if channels == audio.channels else to_mono(audio, path)
