"""Files of many formats, read against soundfile, scipy and the signal that was written."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from made_audio import RATES, encode, noise
from scipy.io import wavfile

from codecbench.audio import Audio, read_audio, write_wav


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "au", "caf", "w64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_integers_are_read_as_soundfile_reads_them(
    tmp_path: Path, suffix: str, subtype: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, noise(2, 5001).T, 44_100, subtype=subtype)
    expected, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    audio = read_audio(path)
    assert audio.sample_rate_hz == rate_hz
    np.testing.assert_array_equal(audio.samples, expected.T)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_wav_values_are_scaled_by_a_power_of_two(tmp_path: Path, dtype: str) -> None:
    scale = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}.get(dtype, 1.0)
    values = noise(3, 4000).astype(np.float64).T
    if dtype[0] != "f":
        values = np.round(values * scale)
        values[0, 0], values[1, 0] = -scale, scale - 1
    stored = (values + (128 if dtype == "u1" else 0)).astype(dtype)
    wavfile.write(tmp_path / "a.wav", 48_000, stored)
    expected = (values / scale).astype(np.float32).T
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav").samples, expected)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp3", "libmp3lame"),
        ("opus", "libopus"),
        ("webm", "libopus"),
        ("m4a", "aac"),
        ("aac", "aac"),
        ("ac3", "ac3"),
        ("wv", "wavpack"),
        ("m4a", "alac"),
    ],
)
def test_coded_files_are_read_in_place_and_length(tmp_path: Path, suffix: str, codec: str) -> None:
    t = np.arange(48_000) / 48_000
    tone = (0.4 * np.sin(2 * np.pi * (200 * t + 400 * t**2)))[None].astype(np.float32)
    audio = read_audio(encode(tmp_path / f"a.{suffix}", codec, tone, 48_000))
    assert (audio.sample_rate_hz, audio.channels) == (48_000, 1)
    # Raw AAC and AC-3 have no place to say how long the delay and the padding are.
    slack = 2600 if suffix in ("aac", "ac3") else 1024
    assert 48_000 <= audio.samples.shape[1] <= 48_000 + slack
    if suffix not in ("aac", "ac3"):
        assert np.corrcoef(audio.samples[0, :48_000], tone[0])[0, 1] > 0.99


def test_vorbis_is_read_as_soundfile_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    soundfile.write(path, noise(2, 30_000).T, 44_100, format="OGG", subtype="VORBIS")
    expected, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_allclose(read_audio(path).samples, expected.T, atol=1e-4)


@pytest.mark.parametrize("rate_hz", RATES)
def test_every_rate_and_eight_channels(tmp_path: Path, rate_hz: int) -> None:
    samples = noise(8, rate_hz // 50 + 1)
    write_wav(tmp_path / "a.wav", Audio(samples, rate_hz))
    audio = read_audio(tmp_path / "a.wav")
    assert (audio.channels, audio.sample_rate_hz) == (8, rate_hz)
    assert audio.duration_s == samples.shape[1] / rate_hz
    np.testing.assert_array_equal(audio.samples, samples)


@pytest.mark.parametrize(
    "samples",
    [np.zeros((1, 900)), np.ones((2, 900)), np.full((1, 1), 0.25), np.tile([[-3.0, 3.0]], 450)],
    ids=["silence", "DC", "one sample", "beyond full scale"],
)
@pytest.mark.parametrize("suffix", ["wav", "au"])
def test_odd_but_sound_audio(tmp_path: Path, samples: npt.NDArray[np.float64], suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, samples.T, 16_000, subtype="FLOAT")
    np.testing.assert_array_equal(read_audio(path).samples, samples)


def test_tags_and_cover_and_odd_names_do_no_harm(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", noise(1, 48_000), 48_000)
    plain = read_audio(path).samples
    latin = b"ID3\x03\0\0\0\0\0\x10TIT2\0\0\0\x06\0\0\0\xe9\xe8\xea\xeb\xec"
    tail = b"TAG" + b"\xe9" * 125
    odd = tmp_path / "50%d|concat:b é.mp3"
    odd.write_bytes(latin + path.read_bytes() + tail)
    np.testing.assert_array_equal(read_audio(odd).samples, plain)


def test_wav_of_open_length_and_with_chunks_behind_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wavfile.write(path, 16_000, np.arange(1000, dtype=np.int16))
    whole = path.read_bytes()
    expected = read_audio(path).samples
    for changed in (
        whole[:40] + struct.pack("<I", 0xFFFFFFFF) + whole[44:],
        whole + b"LIST" + struct.pack("<I", 4) + b"INFO",
        whole + bytes(4),
    ):
        path.write_bytes(changed)
        np.testing.assert_array_equal(read_audio(path).samples, expected)


def test_video_with_sound_gives_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    samples = noise(1, 48_000)
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        audio = container.add_stream("flac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16), format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = 48_000, 0
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        packets = [*video.encode(picture), *video.encode(None)]
        for packet in [*packets, *audio.encode(frame), *audio.encode(None)]:
            container.mux(packet)
    np.testing.assert_allclose(read_audio(path).samples, samples, atol=1 / 16_000)
