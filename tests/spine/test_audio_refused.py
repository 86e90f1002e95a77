"""Files that are refused: no audio, damaged, truncated, lying headers, values out of range."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from made_audio import encode, noise
from scipy.io import wavfile

from codecbench.audio import read_audio
from codecbench.errors import AudioError


def cut(path: Path, share: float = 0.6) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def refused(path: Path, *words: str) -> None:
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    for word in words:
        assert word in message


def test_no_file_no_folder_no_bytes(tmp_path: Path) -> None:
    refused(tmp_path / "none.wav", "No such file")
    refused(tmp_path, "folder")
    (tmp_path / "empty.wav").touch()
    refused(tmp_path / "empty.wav", "empty")


@pytest.mark.parametrize(
    "content",
    [
        b"this is a text\n" * 40,
        b"1\n00:00:01,000 --> 00:00:02,000\nsubtitles are a stream without sound\n\n",
        np.random.default_rng(1).bytes(20_000),
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
    ],
    ids=["text", "subtitles", "random bytes", "a bare header"],
)
@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac"])
def test_files_that_are_not_audio(tmp_path: Path, content: bytes, suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(content)
    refused(tmp_path / f"a.{suffix}")


def test_a_list_of_other_files_is_not_followed(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "other.wav", 16_000, np.ones(100, np.int16))
    (tmp_path / "a.wav").write_text("ffconcat version 1.0\nfile other.wav\n")
    refused(tmp_path / "a.wav", "list of other files")


def test_pictures_and_silent_video(tmp_path: Path) -> None:
    with av.open(tmp_path / "a.mp4", "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        for packet in [*video.encode(picture), *video.encode(None)]:
            container.mux(packet)
    refused(tmp_path / "a.mp4", "no audio stream")
    with av.open(tmp_path / "a.png", "w", format="image2", options={"update": "1"}) as container:
        image = container.add_stream("png", rate=1)
        image.width, image.height, image.pix_fmt = 32, 32, "rgb24"
        for packet in [*image.encode(picture), *image.encode(None)]:
            container.mux(packet)
    refused(tmp_path / "a.png", "no audio stream")
    refused(Path(shutil.copy(tmp_path / "a.png", tmp_path / "a.wav")), "no audio stream")


def test_no_samples(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "a.wav", 16_000, np.zeros(0, np.int16))
    refused(tmp_path / "a.wav", "no samples")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_with_count_and_place(
    tmp_path: Path, dtype: type[np.float32 | np.float64], value: float
) -> None:
    samples = noise(2, 3000).T.astype(dtype)
    samples[1234, 1] = samples[2000, 0] = value
    wavfile.write(tmp_path / "a.wav", 16_000, samples)
    refused(tmp_path / "a.wav", "2 values", "sample 1234 of channel 1")


def test_float64_beyond_float32_is_infinite(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "a.wav", 16_000, np.array([0.0, 1e300]))
    refused(tmp_path / "a.wav", "1 values", "sample 1 of channel 0")


@pytest.mark.parametrize("rate_hz", [4_000, 7_999, 192_001, 384_000])
def test_rates_out_of_range(tmp_path: Path, rate_hz: int) -> None:
    wavfile.write(tmp_path / "a.wav", rate_hz, np.ones(100, np.int16))
    refused(tmp_path / "a.wav", f"{rate_hz} Hz")


def test_too_many_channels(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "a.wav", 16_000, np.ones((100, 10), np.int16))
    refused(tmp_path / "a.wav", "10 channels")


@pytest.mark.parametrize("length", [100, 1996, 2004, 10**6, 2**32 - 20_000])
def test_wav_header_that_lies(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.wav"
    wavfile.write(path, 16_000, np.arange(1000, 2000, dtype=np.int16))
    data = path.read_bytes()
    path.write_bytes(data[:40] + struct.pack("<I", length) + data[44:])
    refused(path, "truncated" if length > 2000 else "lying header")


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC"])
@pytest.mark.parametrize("share", [0.4, 0.99])
def test_truncated_lossless_files(tmp_path: Path, form: str, share: float) -> None:
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, noise(1, 50_000)[0], 48_000, format=form, subtype="PCM_16")
    read_audio(path)
    refused(cut(path, share))


@pytest.mark.parametrize("samples", [2048, 4096, 6144, 40_000])
@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF"])
def test_files_cut_between_two_blocks_of_samples(tmp_path: Path, form: str, samples: int) -> None:
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, noise(1, 50_000)[0], 48_000, format=form, subtype="PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 2 * samples])
    refused(path)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp3", "libmp3lame"),
        ("opus", "libopus"),
        ("oga", "flac"),
        ("webm", "libopus"),
        ("mka", "flac"),
        ("m4a", "aac"),
        ("m4a", "alac"),
        ("wv", "wavpack"),
        ("ac3", "ac3"),
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.75])
def test_truncated_coded_files(tmp_path: Path, suffix: str, codec: str, share: float) -> None:
    path = encode(tmp_path / f"a.{suffix}", codec, noise(1, 96_000), 48_000)
    read_audio(path)
    refused(cut(path, share))


def test_truncated_vorbis(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    soundfile.write(path, noise(1, 96_000)[0], 48_000, format="OGG", subtype="VORBIS")
    whole = path.read_bytes()
    refused(cut(path), "truncated")
    path.write_bytes(whole[: whole.rfind(b"OggS")])  # between two pages
    refused(path, "not marked as the end")
    path.write_bytes(whole[: whole.rfind(b"OggS")] + b"more" + whole[whole.rfind(b"OggS") :])
    refused(path, "no Ogg page")


def test_m4a_with_its_index_in_front_is_seen_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(path, "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(noise(1, 96_000), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    read_audio(path)
    refused(cut(path), "truncated or damaged")


@pytest.mark.parametrize(("suffix", "codec"), [("flac", "flac"), ("opus", "libopus")])
def test_a_flipped_bit_is_noticed(tmp_path: Path, suffix: str, codec: str) -> None:
    path = encode(tmp_path / f"a.{suffix}", codec, noise(1, 144_000), 48_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    refused(path)


def test_a_rate_that_changes_on_the_way(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.ogg", "flac", noise(1, 48_000), 48_000)
    second = encode(tmp_path / "b.ogg", "flac", noise(1, 16_000), 16_000)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    refused(first)
