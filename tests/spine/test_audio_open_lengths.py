"""Files as programs write them into a pipe, and what stands behind the audio: read whole."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_audio import encode, noise
from made_containers import FORMS, aiff, caf, chunk, expected, fmt, ramp, rf64, riff, w64, wav

from codecbench.audio import Audio, read_audio, sample_rate_hz
from codecbench.audio_extent import Part, PartOfFile
from codecbench.errors import AudioError

OPEN_32 = (
    *(0, 0x7F000000, 0x7FFFF000, 0x7FFFFFDB, 0x7FFFFFFF, 0x80000000),
    *(0xFFFFF000, 0xFFFFFFDB, 0xFFFFFFFF),
)
OPEN_64 = (0, (1 << 63) - 1, (1 << 64) - 1)
TAG_V2 = b"ID3\x03\0\0\0\0\x07\x76" + b"TIT2" + bytes(1010)
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8)
LIST = chunk(b"LIST", b"INFOISFT" + struct.pack("<I", 6) + b"some1\0")


def read(path: Path, data: bytes) -> Audio:
    path.write_bytes(data)
    return read_audio(path)


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    return str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_containers_made_here_are_what_soundfile_reads(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    audio = read(path, FORMS[form]())
    by_soundfile, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(by_soundfile.T, expected())
    np.testing.assert_array_equal(audio.samples, expected())
    assert (audio.sample_rate_hz, rate_hz, audio.note) == (8000, 8000, "")


@pytest.mark.parametrize(
    ("form", "length"),
    [
        *((form, length) for form in ("wav", "aiff", "au") for length in OPEN_32),
        *((form, length) for form in ("rf64", "w64") for length in OPEN_64),
        ("caf", -1),
    ],
)
def test_a_length_left_open_goes_to_the_end(tmp_path: Path, form: str, length: int) -> None:
    audio = read(tmp_path / f"a.{form}", FORMS[form](length))
    np.testing.assert_array_equal(audio.samples, expected())
    assert "leaves the length of its audio open" in audio.note
    assert sample_rate_hz(tmp_path / f"a.{form}") == 8000


def test_an_open_length_with_the_files_own_stated(tmp_path: Path) -> None:
    data = ramp().tobytes()
    for whole in (0, 0xFFFFFFFF, 36 + len(data)):
        for length in (0, 0xFFFFFFFF):
            audio = read(tmp_path / "a.wav", riff(data, length, whole))
            np.testing.assert_array_equal(audio.samples, expected())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", [2, 100, 10**6, 2**30])
def test_what_is_cut_is_refused(tmp_path: Path, form: str, missing: int) -> None:
    outside = {"w64": 24, "caf": 4}.get(form, 0)
    message = refusal(tmp_path / f"a.{form}", FORMS[form](2000 + outside + missing))
    assert f"truncated: the header claims {2000 + missing}" in message or form in ("caf", "aiff")
    assert f"{missing} are missing" in message
    assert "get a complete copy" in message


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("tail", "note"),
    [
        (b"\0", ""),
        (bytes(5000), ""),
        (b"TAG" + bytes(125), "a tag of 128 bytes"),
        (TAG_V2, "a tag of 1024 bytes"),
        (APE, "a tag of 32 bytes"),
        (bytes(7) + APE, "a tag of 39 bytes"),
        (b"\xff\xfe\xfd" * 200, "junk of 600 bytes"),
        (b"written by some program\n", "junk of 24 bytes"),
    ],
    ids=["NUL", "NULs", "ID3v1", "ID3v2", "APE", "NULs, APE", "junk", "text"],
)
def test_what_stands_behind_the_audio_is_left_out(
    tmp_path: Path, form: str, tail: bytes, note: str
) -> None:
    audio = read(tmp_path / f"a.{form}", FORMS[form]() + tail)
    np.testing.assert_array_equal(audio.samples, expected())
    assert audio.note.startswith(note)
    assert bool(audio.note) == bool(note)


def test_more_bytes_than_samples_are_no_junk(tmp_path: Path) -> None:
    more = ramp(1500)[500:].tobytes()
    for form, data in FORMS.items():
        assert "lying header: 2000 bytes" in refusal(tmp_path / f"a.{form}", data() + more)
    # Few, but the file's own length takes them in: samples that its header doesn't know of.
    assert "lying header: 200 bytes" in refusal(
        tmp_path / "a.wav", riff(ramp().tobytes(), 1800, 36 + 2000)
    )


@pytest.mark.parametrize(("bits", "frames"), [(8, 4001), (24, 4001)])
@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("tail", [b"", LIST, LIST + LIST, LIST + b"TAG" + bytes(125)])
def test_odd_audio_with_and_without_its_pad_byte(
    tmp_path: Path, bits: int, frames: int, pad: bool, tail: bytes
) -> None:
    values = np.random.default_rng(0).integers(0, 256, (frames, bits // 8), dtype=np.uint8)
    data = values.tobytes()
    body = b"WAVE" + chunk(b"fmt ", fmt(bits)) + chunk(b"data", data, pad) + tail
    audio = read(tmp_path / "a.wav", b"RIFF" + struct.pack("<I", len(body)) + body)
    if bits == 8:
        samples = (values[:, 0] - 128.0) / 128
    else:
        wide = np.concatenate([np.zeros((frames, 1), np.uint8), values], axis=1)
        samples = np.ascontiguousarray(wide).view("<i4")[:, 0] / 2**31
    np.testing.assert_array_equal(audio.samples[0], samples.astype(np.float32))


def test_an_odd_chunk_before_the_audio_without_its_pad_byte(tmp_path: Path) -> None:
    for pad in (True, False):
        before = chunk(b"LIST", b"INFOISFT\x05\0\0\0some1", pad)
        audio = read(tmp_path / "a.wav", riff(ramp().tobytes(), before=before))
        np.testing.assert_array_equal(audio.samples, expected())


def test_a_chunk_that_is_cut_behind_whole_audio_is_left_out(tmp_path: Path) -> None:
    audio = read(tmp_path / "a.wav", wav() + LIST[:-4])
    np.testing.assert_array_equal(audio.samples, expected())


@pytest.mark.parametrize("tail", [b"", LIST])
def test_no_samples_are_none_whatever_follows(tmp_path: Path, tail: bytes) -> None:
    assert "holds no samples" in refusal(tmp_path / "a.wav", riff(b"") + tail)
    for data in (aiff(count=0), caf(count=0), w64(count=0), rf64(count=0), FORMS["au"](count=0)):
        assert "holds no samples" in refusal(tmp_path / "a.any", data)


def test_a_header_that_stands_there_twice_is_no_audio(tmp_path: Path) -> None:
    head = caf(-1)[: -2 * 1000]
    for data in (head + caf(-1), w64(0)[:-2000] + w64(0)):
        assert "its header stands in it twice" in refusal(tmp_path / "a.any", data)


@pytest.mark.parametrize("form", FORMS)
def test_damaged_headers_are_refused_or_read(tmp_path: Path, form: str) -> None:
    whole = FORMS[form]()
    random = np.random.default_rng(0)
    path = tmp_path / f"a.{form}"
    for _ in range(60):
        data = bytearray(whole[: random.integers(1, 200)] if random.random() < 0.3 else whole)
        data[random.integers(4, min(len(data), 80) + 5) % len(data)] = random.integers(256)
        path.write_bytes(data)
        with suppress(AudioError):
            read_audio(path)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mp3", "libmp3lame"), ("aac", "aac"), ("ac3", "ac3"), ("wv", "wavpack"), ("mp2", "mp2")],
)
@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
def test_bare_frames_end_where_no_more_follow(
    tmp_path: Path, suffix: str, codec: str, rate_hz: int
) -> None:
    path = encode(tmp_path / f"a.{suffix}", codec, noise(2, rate_hz), rate_hz)
    whole = path.read_bytes()
    samples = read_audio(path).samples
    for tail in (b"TAG" + bytes(125), bytes(3000), TAG_V2, APE, b"not of it\n" * 20):
        audio = read(path, whole + tail)
        np.testing.assert_array_equal(audio.samples, samples)
        is_noted = tail[:3] == b"not" and suffix != "wv"  # which has a tag of its own
        assert audio.note == (is_noted * "junk of 200 bytes follows its audio and is left out")


def test_a_gap_in_bare_frames_is_damage(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", noise(2, 96_000), 48_000)
    whole = path.read_bytes()
    half = len(whole) // 2
    with pytest.raises(AudioError):
        read(path, whole[:half] + b"not of it\n" * 200 + whole[half + 2000 :])


def test_a_part_of_a_file_reads_as_its_bytes_do(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(100)))
    with PartOfFile(tmp_path / "a", Part(10, 60, b"prefix")) as part:
        bytes_of_it = b"prefix" + bytes(range(10, 60))
        for start in range(57):
            for count in (0, 1, 7, 100, -1):
                assert part.seek(start) == start
                stop = None if count < 0 else start + count
                assert part.read(count) == bytes_of_it[start:stop]
                assert part.tell() == min(len(bytes_of_it), start + count) or count < 0
        assert part.seek(0, 2) == len(bytes_of_it)
        assert part.seek(-6, 1) == 50
        buffer = bytearray(4)
        assert part.readinto(memoryview(buffer)) == 4
        assert bytes(buffer) == bytes_of_it[50:54]
        assert part.readable()
        assert part.seekable()
