"""Files that were joined end to end, and several chunks of samples: nothing is lost unsaid."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_audio import encode, noise
from made_containers import aiff, au, caf, chunk, ramp, rf64, riff, w64, wav

from codecbench.audio import read_audio
from codecbench.audio_joined import find_second
from codecbench.errors import AudioError

RATE_HZ = 48_000
PCM = {"wav": wav, "rf64": rf64, "w64": w64, "aiff": aiff, "caf": caf, "au": au}


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(AudioError) as refused:
        read_audio(path)
    return str(refused.value)


@pytest.mark.parametrize("between", [b"", bytes(6), b"TAG" + bytes(125)])
@pytest.mark.parametrize("second", PCM)
@pytest.mark.parametrize("first", PCM)
def test_joined_pcm_is_refused_with_the_place(
    tmp_path: Path, first: str, second: str, between: bytes
) -> None:
    data = PCM[first]()
    told = refusal(tmp_path / f"a.{first}", data + between + PCM[second](count=500))
    assert f"another file follows its end at byte {len(data)}" in told
    assert "join them with FFmpeg or SoX" in told


@pytest.mark.parametrize(
    ("form", "length"), [("wav", 0xFFFFFFFF), ("au", 0xFFFFFFFF), ("aiff", 0), ("caf", -1)]
)
def test_joined_files_of_open_length_are_refused(tmp_path: Path, form: str, length: int) -> None:
    """All that follows the first header would be audio, the second header too."""
    data = PCM[form](length)
    assert "another file" in refusal(tmp_path / f"a.{form}", data + data)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp3", "libmp3lame"),
        ("m4a", "aac"),
        ("m4a", "alac"),
        ("wv", "wavpack"),
        ("tta", "tta"),
        ("mka", "flac"),
        ("webm", "libopus"),
    ],
)
def test_joined_coded_files_are_refused(tmp_path: Path, suffix: str, codec: str) -> None:
    data = encode(tmp_path / f"a.{suffix}", codec, noise(1, 30_001), RATE_HZ).read_bytes()
    assert read_audio(tmp_path / f"a.{suffix}").samples.shape[1] >= 30_001
    told = refusal(tmp_path / f"b.{suffix}", data + data)
    assert "another file follows its end" in told
    assert "not audio" not in told


@pytest.mark.parametrize(("suffix", "codec"), [("flac", "flac"), ("aac", "aac"), ("ac3", "ac3")])
def test_what_may_be_joined_is_read_whole(tmp_path: Path, suffix: str, codec: str) -> None:
    path = encode(tmp_path / f"a.{suffix}", codec, noise(1, 30_001), RATE_HZ)
    alone = read_audio(path).samples
    path.write_bytes(2 * path.read_bytes())
    joined = read_audio(path).samples
    assert joined.shape == (1, 2 * alone.shape[1])
    if suffix == "flac":
        np.testing.assert_array_equal(joined, np.tile(alone, 2))


def test_another_container_behind_ogg_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.ogg", noise(1, 9_000)[0], RATE_HZ, format="OGG")
    assert "another file" in refusal(tmp_path / "a.ogg", (tmp_path / "a.ogg").read_bytes() + wav())


@pytest.mark.parametrize("kept", [None, 1_500])
def test_several_chunks_of_samples_are_refused(tmp_path: Path, kept: int | None) -> None:
    data = ramp().tobytes()
    more = chunk(b"data", data)[:kept]
    told = refusal(tmp_path / "a.wav", riff(data, len(data)) + chunk(b"LIST", b"INFO") + more)
    assert "several chunks of samples" in told


def test_an_empty_second_chunk_of_samples_is_none(tmp_path: Path) -> None:
    data = ramp().tobytes()
    (tmp_path / "a.wav").write_bytes(riff(data) + struct.pack("<4sI", b"data", 0))
    assert read_audio(tmp_path / "a.wav").samples.shape == (1, 1000)


def test_sound_does_not_look_like_a_file(tmp_path: Path) -> None:
    """Random bytes behind every kind's own beginning, and its name alone, are no second file."""
    rng = np.random.default_rng(0)
    for form, make in PCM.items():
        path = tmp_path / f"a.{form}"
        data = make()
        path.write_bytes(data + rng.bytes(1 << 20) + data[:4] + rng.bytes(1000))
        with path.open("rb") as file:
            assert find_second(file) is None
