"""What encoders add to fill frames, cut off as the container says; and chains of Ogg streams."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from made_audio import encode, noise

from codecbench.audio import read_audio
from codecbench.audio_extent import Part
from codecbench.audio_length import without_padding
from codecbench.errors import AudioError

RATE_HZ = 48_000
ODD_COUNT = 48_003
"""No multiple of any frame."""

Sound = npt.NDArray[np.float32]


def sweep(count: int = ODD_COUNT, start_hz: float = 200) -> Sound:
    t = np.arange(count) / RATE_HZ
    return (0.4 * np.sin(2 * np.pi * (start_hz * t + 400 * t**2)))[None].astype(np.float32)


@pytest.mark.parametrize("codec", ["aac", "alac", "libopus"])
@pytest.mark.parametrize("timescale", ["1000", "48000"])
def test_the_last_frame_of_an_mp4_ends_where_its_audio_does(
    tmp_path: Path, codec: str, timescale: str
) -> None:
    path = encode(tmp_path / "a.mp4", codec, sweep(), RATE_HZ, movie_timescale=timescale)
    samples = read_audio(path).samples
    assert samples.shape == (1, ODD_COUNT)
    middle = slice(5_000, 40_000)
    assert np.corrcoef(samples[0, middle], sweep()[0, middle])[0, 1] > 0.99


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def with_apples_tag(data: bytes, priming: int, valid: int) -> bytes:
    """An MP4 file, its index behind its audio, with iTunSMPB added to its tags."""
    text = f" 00000000 {priming:08X} 0000047D {valid:016X}" + 8 * " 00000000"
    tag = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"iTunSMPB")
    tag = box(b"----", tag + box(b"data", struct.pack(">II", 1, 0) + text.encode()))
    holders, start, end = [], 0, len(data)
    for name in (b"moov", b"udta", b"meta", b"ilst"):
        while data[start + 4 : start + 8] != name:
            start += int.from_bytes(data[start : start + 4], "big")
        holders.append(start)
        end = start + int.from_bytes(data[start : start + 4], "big")
        start += 12 if name == b"meta" else 8
    changed = bytearray(data[:end] + tag + data[end:])
    for at in holders:
        length = int.from_bytes(changed[at : at + 4], "big") + len(tag)
        changed[at : at + 4] = struct.pack(">I", length)
    return bytes(changed)


def test_apples_tag_says_what_is_audio(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", "aac", sweep(), RATE_HZ, use_editlist="0")
    plain = read_audio(path).samples
    assert plain.shape[1] > ODD_COUNT  # nothing says what was added before it
    path.write_bytes(with_apples_tag(path.read_bytes(), 1024, ODD_COUNT))
    samples = read_audio(path).samples
    np.testing.assert_array_equal(samples, plain[:, 1024 : 1024 + ODD_COUNT])


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM", "GSM610"])
@pytest.mark.parametrize("count", [16_001, 16_320])
def test_the_last_block_of_wav_ends_where_its_fact_says(
    tmp_path: Path, subtype: str, count: int
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sweep(count)[0], 8_000, subtype=subtype)
    data = bytearray(path.read_bytes())
    at = data.find(b"fact") + 8
    data[at : at + 4] = struct.pack("<I", count)  # libsndfile counts whole blocks
    path.write_bytes(data)
    samples = read_audio(path).samples
    with soundfile.SoundFile(path) as file:
        expected = file.read(count, dtype="float32")
    assert samples.shape == (1, count)
    np.testing.assert_allclose(samples[0], expected, atol=3e-3)  # their predictors round apart
    data[at : at + 4] = struct.pack("<I", 4)  # a count that cannot be meant is not believed
    path.write_bytes(data)
    assert read_audio(path).samples.shape[1] >= count


def encoded_and_back(folder: Path) -> Sound:
    """The sweep as ALAC has it, from a container that counts samples."""
    return read_audio(encode(folder / "b.m4a", "alac", sweep(), RATE_HZ)).samples


def test_the_packet_table_of_caf_says_what_is_audio(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.caf", "alac", sweep(), RATE_HZ)
    data = bytearray(path.read_bytes())
    at = data.find(b"pakt") + 12 + 8
    whole = read_audio(path).samples
    assert whole.shape == (1, ODD_COUNT)
    np.testing.assert_array_equal(whole, encoded_and_back(tmp_path))
    data[at : at + 16] = struct.pack(">qii", ODD_COUNT - 1500, 1000, 1649)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_audio(path).samples, whole[:, 1000:-500])


def test_padding_is_less_than_two_frames() -> None:
    samples = np.arange(10_000, dtype=np.float32)[None]
    assert without_padding(samples, Part(), None, 1000) is samples
    assert without_padding(samples, Part(), 8001, 1000).shape == (1, 8001)
    for far in (8000, 10, 10_001):
        assert without_padding(samples, Part(), far, 1000) is samples
    part = Part(samples=8000, lead=1500)
    np.testing.assert_array_equal(without_padding(samples, part, 8000, 1000), samples[:, 1500:9500])


def write_ogg(path: Path, subtype: str, samples: Sound) -> Path:
    soundfile.write(path, samples[0], RATE_HZ, format="OGG", subtype=subtype)
    return path


@pytest.mark.parametrize("count", [1, 100, 128, 900, 5_000, 20_741, 96_000, 200_000])
@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_ogg_file_has_the_length_that_its_last_page_says(
    tmp_path: Path, count: int, subtype: str
) -> None:
    path = write_ogg(tmp_path / "a.ogg", subtype, sweep(count))
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    samples = read_audio(path).samples
    assert samples.shape == expected.T.shape == (1, count)
    np.testing.assert_allclose(samples, expected.T, atol=1e-4)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_links_of_a_chain_are_decoded_one_by_one(tmp_path: Path, subtype: str) -> None:
    """The seam is where soundfile, given each link alone, ends one and begins the next."""
    parts = [
        write_ogg(tmp_path / f"{i}.ogg", subtype, sweep(count, 300 * (i + 1)))
        for i, count in enumerate((20_741, 9_000, 30_011))
    ]
    expected = np.concatenate([soundfile.read(part, dtype="float32")[0] for part in parts])
    chain = tmp_path / "chain.ogg"
    for tail in (b"", b"TAG" + bytes(125), bytes(100), b"not of it"):
        chain.write_bytes(b"".join(part.read_bytes() for part in parts) + tail)
        audio = read_audio(chain)
        assert audio.samples.shape == (1, 59_752)
        np.testing.assert_allclose(audio.samples[0], expected, atol=1e-4)
        assert bool(audio.note) == bool(tail.strip(b"\0"))


def test_a_chain_that_is_cut_is_refused(tmp_path: Path) -> None:
    parts = [write_ogg(tmp_path / f"{i}.ogg", "VORBIS", sweep()).read_bytes() for i in (1, 2)]
    chain = tmp_path / "chain.ogg"
    for data in (parts[0] + parts[1][:-100], parts[0] + parts[1][: parts[1].rfind(b"OggS")]):
        chain.write_bytes(data)
        with pytest.raises(AudioError, match=r"chain\.ogg: truncated"):
            read_audio(chain)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: encode(path.with_suffix(".mka"), "aac", sweep(), RATE_HZ),
        lambda path: encode(path.with_suffix(".aac"), "aac", sweep(), RATE_HZ),
    ],
    ids=["AAC in Matroska", "AAC in ADTS"],
)
def test_where_nothing_is_said_padding_stays(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    samples = read_audio(make(tmp_path / "a")).samples
    assert ODD_COUNT < samples.shape[1] <= ODD_COUNT + 2048
    assert samples.shape[1] % 1024 == 0


def of_matroska(data: bytes, rate_hz: int) -> bytes:
    """The file with another sample rate in its track: element 0xB5, a float of 8 bytes."""
    at = data.index(b"\xb5\x88")
    return data[: at + 2] + struct.pack(">d", rate_hz) + data[at + 10 :]


@pytest.mark.parametrize("rate_hz", [8_000, 12_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("suffix", ["webm", "mka", "mp4"])
@pytest.mark.parametrize("frame_ms", ["2.5", "20", "60"])
def test_opus_begins_behind_its_pre_skip_whatever_rate_its_container_states(
    tmp_path: Path, rate_hz: int, suffix: str, frame_ms: str
) -> None:
    """The same packets in an Ogg file are the oracle."""
    count = 2 * rate_hz - 877
    sound = noise(1, count)
    frames = {"frame_duration": frame_ms}
    units = {"movie_timescale": "48000"} if suffix == "mp4" else {}
    path = encode(tmp_path / f"a.{suffix}", "libopus", sound, rate_hz, coding=frames, **units)
    if suffix != "mp4":
        path.write_bytes(of_matroska(path.read_bytes(), rate_hz))
    expected = read_audio(encode(tmp_path / "a.opus", "libopus", sound, rate_hz, coding=frames))
    assert expected.samples.shape == (1, count * 48_000 // rate_hz)
    np.testing.assert_array_equal(read_audio(path).samples, expected.samples)
