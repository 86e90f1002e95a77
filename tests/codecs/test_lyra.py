"""Lyra: packets as google/lyra's, no state between clips, no delay left over on real speech."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import correlate

from codecbench.codecs import weights as weight_cache
from codecbench.codecs.contract import Bitstream, Codec, Samples
from codecbench.codecs.lyra import WEIGHTS, create
from codecbench.errors import BitstreamError, CodingError, UsageError

SHARED = Path(__file__).parents[2].parent / "shared"
MODELS = SHARED / "models" / "lyra"
SPEECH = SHARED / "audio" / "clips" / "speech" / "audiobook_austen_16k.flac"

needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason="needs ../shared/models/lyra")
needs_clips = pytest.mark.skipif(not SPEECH.is_file(), reason="needs ../shared/audio/clips")


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Codec]:
    """Lyra on the official files, brought into a cache of the test's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODECBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        weight_cache.fetch(WEIGHTS, MODELS)
        yield create("", {}, "cpu")


def voiced(samples: int) -> Samples:
    """A buzz of harmonics with a gliding pitch under syllables, a little like speech."""
    t = np.arange(samples) / 16000
    phase = 2 * np.pi * (120 * t + 15 * np.sin(3 * t))
    buzz = sum(np.sin(k * phase) / k for k in range(1, 30))
    return np.asarray(0.2 * buzz * np.sin(2 * np.pi * 2 * t) ** 2, np.float32)[None]


def speech(start_s: float, duration_s: float) -> Samples:
    audio, _ = sf.read(SPEECH, dtype="float32", start=int(start_s * 16000))
    return np.asarray(audio[None, : int(duration_s * 16000)], np.float32)


def test_points() -> None:
    """google/lyra 1.3 has 64, 120 and 184 bits a packet of 20 ms (lyra_config.cc)."""
    points = create("", {}, "cpu").points(1)
    assert [p.bitrate_bps for p in points] == [3200, 6000, 9200]
    assert [p.codebooks for p in points] == [16, 30, 46]
    assert {(p.codebook_size, p.sample_rate_hz, p.coded_bandwidth_hz) for p in points} == {
        (16, 16000, 8000)
    }


@needs_models
def test_packets_have_the_published_sizes(codec: Codec) -> None:
    samples = voiced(1601)  # a sample more than five packets
    for point, size in zip(codec.points(1), (8, 15, 23), strict=True):
        bitstream = codec.encode(samples, point)
        assert [len(packet) for packet in bitstream.packets] == [size] * 6
        assert codec.decode(bitstream).shape == samples.shape


@needs_models
def test_fewer_stages_are_a_prefix_and_the_first_is_highest(codec: Codec) -> None:
    samples = voiced(3200)
    streams = [codec.encode(samples, point) for point in codec.points(1)]
    tokens = [codec.tokens(stream) for stream in streams]
    assert tokens[2] is not None
    for shorter in tokens[:2]:
        assert shorter is not None
        np.testing.assert_array_equal(shorter, tokens[2][: len(shorter)])
    first_packet = "".join(f"{byte:08b}" for byte in streams[2].packets[0])
    by_hand = [int(first_packet[i : i + 4], 2) for i in range(0, 184, 4)]
    np.testing.assert_array_equal(by_hand, tokens[2][:, 0])
    assert len(np.unique(tokens[2])) == 16


@needs_models
def test_clips_do_not_touch_each_other(codec: Codec) -> None:
    a, b = voiced(4000), voiced(2500)[:, ::-1].copy()
    point = codec.points(1)[1]
    first = codec.encode(a, point)
    heard = codec.decode(first)
    codec.decode(codec.encode(b, point))
    assert codec.encode(a, point) == first
    np.testing.assert_array_equal(codec.decode(first), heard)
    codec.close()
    assert codec.encode(a, point) == first


@needs_models
@pytest.mark.parametrize("length", [1, 319, 320, 321])
def test_lengths(codec: Codec, length: int) -> None:
    decoded = codec.decode(codec.encode(voiced(length), codec.points(1)[0]))
    assert decoded.shape == (1, length)
    assert decoded.dtype == np.float32


@needs_models
def test_silence_stays_quiet(codec: Codec) -> None:
    decoded = codec.decode(codec.encode(np.zeros((1, 16000), np.float32), codec.points(1)[2]))
    assert np.abs(decoded).max() < 0.01


@needs_models
def test_audio_passes_as_16_bit_integers(codec: Codec) -> None:
    """What a 16-bit file can't tell apart gives the same bytes, and so does what it clips."""
    point = codec.points(1)[2]
    rounded = np.asarray(np.rint(voiced(3200) * 32768) / 32768, np.float32)
    nearly = np.asarray(rounded + 1e-6, np.float32)
    assert codec.encode(nearly, point) == codec.encode(rounded, point)
    loud = np.asarray(8 * rounded, np.float32)
    clipped = np.asarray(loud.clip(-1, 32767 / 32768), np.float32)
    assert codec.encode(loud, point) == codec.encode(clipped, point)
    integers = codec.decode(codec.encode(loud, point)) * 32768
    np.testing.assert_array_equal(integers, np.rint(integers))
    assert integers.min() >= -32768
    assert integers.max() <= 32767


@needs_models
def test_damaged_bitstreams_are_refused(codec: Codec) -> None:
    sound = codec.encode(voiced(1000), codec.points(1)[1])
    header, packets = sound.header, sound.packets
    for damaged in (
        Bitstream(header + b"\0", packets),
        Bitstream(b"\7" + header[1:], packets),
        Bitstream(header[:1] + b"\x11" + header[2:], packets),
        Bitstream(header[:2] + bytes(4), packets),
        Bitstream(header, packets[:-1]),
        Bitstream(header, (packets[0][:-1], *packets[1:])),
        Bitstream(header, (*packets[:-1], packets[-1] + b"\0")),
    ):
        with pytest.raises(BitstreamError, match="lyra"):
            codec.decode(damaged)


def test_what_cannot_be_meant() -> None:
    codec = create("", {}, "cpu")
    with pytest.raises(UsageError, match="no variant"):
        create("v2", {}, "cpu")
    with pytest.raises(UsageError, match="bits"):
        create("", {"bits": "4"}, "cpu")
    with pytest.raises(UsageError, match="1 channel"):
        codec.points(2)
    with pytest.raises(CodingError, match="1 channel"):
        codec.encode(np.zeros((2, 320), np.float32), codec.points(1)[0])


@needs_models
@needs_clips
def test_no_delay_is_left_over_on_speech(codec: Codec) -> None:
    """By cross-correlation: at the rates where the waveform still follows, the lag is 0 samples."""
    reference = speech(1.0, 4.0)
    for point in codec.points(1)[1:]:
        decoded = codec.decode(codec.encode(reference, point))
        correlation = correlate(decoded[0], reference[0])
        assert int(np.argmax(np.abs(correlation))) - (reference.shape[1] - 1) == 0


@needs_models
@needs_clips
def test_speech_comes_through(codec: Codec) -> None:
    """The envelope in 20 ms follows the speech, and better than half of the codes are in use."""
    reference = speech(1.0, 4.0)
    bitstream = codec.encode(reference, codec.points(1)[2])
    tokens = codec.tokens(bitstream)
    assert tokens is not None
    assert min(len(np.unique(stage)) for stage in tokens) > 8
    levels = [
        np.log(np.square(x.reshape(-1, 320)).mean(axis=1) + 1e-7)
        for x in (reference, codec.decode(bitstream))
    ]
    assert np.corrcoef(*levels)[0, 1] > 0.95


def test_missing_weights_are_found_before_the_interpreter_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from codecbench.codecs.lyra import create
from codecbench.errors import WeightsError
try:
    create("", {}, "cpu").find_weights()
except WeightsError as error:
    print(error)
print({"torch", "ai_edge_litert"} & {*sys.modules})
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"CODECBENCH_OFFLINE": "1", "CODECBENCH_CACHE": str(tmp_path)},
    )
    message, heavy = run.stdout.splitlines()
    assert message == "lyra: its weights are not here: run `bench fetch lyra`"
    assert heavy == "set()"
