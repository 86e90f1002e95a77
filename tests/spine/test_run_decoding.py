"""Stored bitstreams decode to what their codec decodes, and others are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from conftest import speechlike

from codecbench import coding
from codecbench.audio import Audio
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint
from codecbench.codecs.folder import create as create_folder
from codecbench.codecs.table import create_codec
from codecbench.container import Description, pack_file
from codecbench.errors import BitstreamError, StoreError
from codecbench.files import write_whole
from codecbench.run_decoding import Given, RunDecoder
from codecbench.store import Row, Store, open_run

SOUND = Audio(speechlike(0.5, 44100, channels=2).T, 44100)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty run."""
    with open_run(tmp_path / "run") as opened:
        return opened


def stored(store: Store, codec: Codec, bitstream: Bitstream, point: OperatingPoint) -> Row:
    """What `RunDecoder` reads of an encoding's row; its bitstream is in the store."""
    weights_hash = codec.find_weights()
    data = pack_file(Description(codec.name, codec.version, weights_hash, point), bitstream)
    write_whole(store.bitstream_path("key"), data)
    return {
        "key": "key",
        "codec": codec.name,
        "codec_version": codec.version,
        "weights_hash": weights_hash,
    }


def opus(store: Store) -> tuple[Row, Audio]:
    """An encoding by Opus, and what decoding gives without a run."""
    codec = create_codec("opus", "", {}, "cpu")
    point = coding.operating_points(codec, 2)[0]
    bitstream = coding.encode(codec, SOUND, point)
    return stored(store, codec, bitstream, point), coding.decode(codec, bitstream)


def test_the_sound_is_the_codecs(store: Store) -> None:
    row, expected = opus(store)
    decoder = RunDecoder(store, "cpu")
    decoded = decoder.decode(row)
    np.testing.assert_array_equal(decoded.samples, expected.samples)
    assert decoded.samples.shape == SOUND.samples.shape
    assert decoded.sample_rate_hz == 44100
    assert decoder.is_of_this_version(row)
    assert not decoder.is_of_this_version(row | {"codec_version": "0"})


def test_audio_decoded_elsewhere_needs_its_folder_no_more(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mine" / "a.wav"
    path.parent.mkdir()
    soundfile.write(path, SOUND.samples.T, 44100, subtype="FLOAT")
    codec = create_folder("mine", {"path": str(path.parent)}, "cpu")
    (point,) = codec.points(2)
    row = stored(store, codec, coding.encode(codec, SOUND, point), point)
    path.unlink()
    np.testing.assert_array_equal(RunDecoder(store, "cpu").decode(row).samples, SOUND.samples)
    with pytest.raises(StoreError, match="folder:mine: audio that is stored is not encoded again"):
        Given("folder:mine").encode(SOUND.samples, point)


@pytest.mark.parametrize(
    ("damage", "change", "error", "message"),
    [
        ("gone", {}, StoreError, r"key\.cbs cannot be read: No such file"),
        ("cut", {}, BitstreamError, r"key\.cbs is damaged"),
        ("", {"weights_hash": "others"}, StoreError, "opus: the run was made with other weights"),
    ],
)
def test_refused(
    store: Store, damage: str, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    row, _ = opus(store)
    path = store.bitstream_path("key")
    if damage == "gone":
        path.unlink()
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(error, match=message):
        RunDecoder(store, "cpu").decode(row | change)
