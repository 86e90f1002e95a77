"""Audio decoded elsewhere: which file belongs to a clip, and which bitrate is stated for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import speechlike

from codecbench.codecs.folder import create
from codecbench.errors import CodingError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("speech/a.wav", "b.flac", "c.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, speechlike(0.1, 24000), 24000)
    (tmp_path / "manifest.csv").write_text("path,bitrate_kbps\nspeech/a.wav,5.5\nb.flac,6.5\n")
    return tmp_path


def test_the_manifest_states_a_bitrate_for_each_file(folder: Path) -> None:
    codec = create("mine", {"path": str(folder)}, "cpu")
    (point,) = codec.points(1)
    assert (point.bitrate_bps, point.sample_rate_hz) == (6000, 24000)
    assert not codec.bitrate_is_measured
    a, b = codec.estimate("speech/a"), codec.estimate("b")
    assert a is not None
    assert b is not None
    assert (a.path, a.bitrate_bps) == (folder / "speech/a.wav", 5500)
    assert (b.path, b.bitrate_bps) == (folder / "b.flac", 6500)
    with pytest.raises(CodingError, match=r"states no bitrate for c\.wav"):
        codec.estimate("c")
    with pytest.raises(CodingError, match="no audio for the clip d"):
        codec.estimate("d")


def test_a_bitrate_in_the_name_goes_before_the_manifest(folder: Path) -> None:
    codec = create("mine", {"path": str(folder), "kbps": "8"}, "cpu")
    estimate = codec.estimate("c")
    assert estimate is not None
    assert estimate.bitrate_bps == 8000


def test_other_audio_makes_other_results(folder: Path) -> None:
    before = create("mine", {"path": str(folder)}, "cpu").find_weights()
    soundfile.write(folder / "c.wav", speechlike(0.1, 24000, seed=1), 24000)
    assert create("mine", {"path": str(folder)}, "cpu").find_weights() != before


def test_audio_is_kept_bit_by_bit(folder: Path) -> None:
    codec = create("mine", {"path": str(folder)}, "cpu")
    loud = (3 * speechlike(0.1, 24000, channels=2).T).astype(np.float32)
    assert np.array_equal(codec.decode(codec.encode(loud, codec.points(2)[0])), loud)


@pytest.mark.parametrize("text", ["file,rate\na,1\n", "path,bitrate_kbps\nb.flac,fast\n"])
def test_a_manifest_that_cannot_be_read_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.csv").write_text(text)
    with pytest.raises(UsageError, match=r"manifest\.csv"):
        create("mine", {"path": str(folder)}, "cpu")
