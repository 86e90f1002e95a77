"""What Opus, MP3 and AAC have in common: lengths, purity, time alignment, levels, damaged bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr
from scipy.signal import correlate, lfilter

from codecbench.codecs import aac, mp3, opus
from codecbench.codecs.contract import Bitstream, Codec, Samples
from codecbench.codecs.pyav_packets import StreamHeader
from codecbench.errors import BitstreamError, CodingError, UsageError

CLIPS = Path(__file__).parents[2].parent / "shared" / "audio" / "clips"
FAMILIES = {"opus": opus.create, "mp3": mp3.create, "aac": aac.create}
HEADER = struct.Struct("<QIBHH")


@pytest.fixture(params=FAMILIES)
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each codec with its defaults."""
    return FAMILIES[request.param]("", {}, "cpu")


def speech_like(channels: int, count: int, rate_hz: int) -> Samples:
    """Pulses of a moving pitch and noise through resonances, with pauses: (channels, count)."""
    rng = np.random.default_rng(7)
    time_s = np.arange(count) / rate_hz
    phase = np.cumsum(120 + 30 * np.sin(2 * np.pi * 1.3 * time_s)) / rate_hz
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.05 * rng.standard_normal((channels, count))
    for resonance_hz, width_hz in ((500, 80), (1500, 120), (2500, 160)):
        radius = np.exp(-np.pi * width_hz / rate_hz)
        angle = 2 * np.pi * resonance_hz / rate_hz
        pulses = lfilter([1.0], [1, -2 * radius * np.cos(angle), radius**2], pulses, axis=1)
    voice = pulses * (np.sin(2 * np.pi * 2 * time_s) > -0.7)
    voice *= 0.4 / np.abs(voice).max()
    return np.asarray(voice, np.float32)


# LAME's presets turn the level down below 192 kbps (see the module's own text).
GAIN = {"opus": 1.0, "mp3": 0.95, "aac": 1.0}


def lag_samples(reference: Samples, estimate: Samples) -> int:
    """Delay of the estimate by cross-correlation, first channel."""
    ref, est = (signal[0].astype(float) for signal in (reference, estimate))
    full = correlate(est - est.mean(), ref - ref.mean(), method="fft")
    return int(np.argmax(full)) - (len(ref) - 1)


def snr_db(reference: npt.NDArray[np.float32], estimate: npt.NDArray[np.float32]) -> float:
    """Plain signal-to-noise ratio, which a wrong level or a lag ruins."""
    error = reference.astype(float) - estimate
    return float(10 * np.log10((reference.astype(float) ** 2).sum() / (error**2).sum()))


@pytest.mark.parametrize("count", [1, 2, 100, 959, 960, 961, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_decoded_audio_has_the_shape_of_the_input(codec: Codec, channels: int, count: int) -> None:
    point = codec.nearest_point(32_000 * channels, channels)
    samples = speech_like(channels, count, point.sample_rate_hz)
    bitstream = codec.encode(samples, point)
    decoded = codec.decode(bitstream)
    assert decoded.shape == samples.shape
    assert decoded.dtype == np.float32
    assert decoded.flags.c_contiguous
    _, _, _, delay, frame = HEADER.unpack(bitstream.header)
    assert delay == codec.delay_samples
    assert len(bitstream.packets) == -(-(count + delay) // frame)


def test_all_points_code(codec: Codec) -> None:
    for channels in (1, 2):
        rates = [point.bitrate_bps for point in codec.points(channels)]
        assert rates == sorted({rate for rate in rates if rate})
        for point in codec.points(channels):
            assert point.coded_bandwidth_hz <= point.sample_rate_hz / 2
            samples = speech_like(channels, 2_000, point.sample_rate_hz)
            assert codec.decode(codec.encode(samples, point)).shape == samples.shape


def test_nothing_passes_from_one_clip_to_the_next(codec: Codec) -> None:
    point = codec.nearest_point(48_000, 2)
    first = speech_like(2, 30_000, point.sample_rate_hz)
    second = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 20_000)).astype(np.float32)
    before = codec.encode(first, point)
    between = codec.encode(second, point)
    assert between != before
    assert codec.encode(first, point) == before
    decoded = codec.decode(before)
    codec.decode(between)
    np.testing.assert_array_equal(codec.decode(before), decoded)


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_stays_silent(codec: Codec, channels: int) -> None:
    point = codec.nearest_point(24_000 * channels, channels)
    samples = np.zeros((channels, 20_000), np.float32)
    assert np.abs(codec.decode(codec.encode(samples, point))).max() < 1e-4


def test_the_layout_and_the_level_of_each_channel_come_back(codec: Codec) -> None:
    point = codec.nearest_point(128_000, 2)
    samples = speech_like(2, point.sample_rate_hz, point.sample_rate_hz)
    samples[1] *= 0.1
    decoded = codec.decode(codec.encode(samples, point))
    for channel in (0, 1):
        gain = samples[channel] @ decoded[channel] / (samples[channel] @ samples[channel])
        assert gain == pytest.approx(GAIN[codec.name], abs=0.03)


@pytest.mark.parametrize(("family", "level"), [("opus", 1.3), ("mp3", 1.3), ("aac", 0.95)])
def test_the_level_of_loud_audio(family: str, level: float) -> None:
    """Nothing clips beyond full scale; FFmpeg's AAC encoder turns loud frames to 0.95."""
    codec = FAMILIES[family]("", {}, "cpu")
    point = codec.nearest_point(128_000, 1)
    time_s = np.arange(point.sample_rate_hz) / point.sample_rate_hz
    samples = (1.3 * np.sin(2 * np.pi * 440 * time_s)[None]).astype(np.float32)
    decoded = codec.decode(codec.encode(samples, point))
    middle = slice(point.sample_rate_hz // 4, point.sample_rate_hz * 3 // 4)
    assert np.abs(decoded[0, middle]).max() == pytest.approx(level * GAIN[family], abs=0.02)


@pytest.mark.parametrize("bitrate_bps", [64_000, 128_000])
def test_speech_like_audio_is_aligned_to_the_sample(codec: Codec, bitrate_bps: int) -> None:
    point = codec.nearest_point(bitrate_bps, 1)
    samples = speech_like(1, 2 * point.sample_rate_hz, point.sample_rate_hz)
    decoded = codec.decode(codec.encode(samples, point))
    assert lag_samples(samples, decoded) == 0
    assert snr_db(samples, decoded) > 12


@pytest.mark.slow
@pytest.mark.skipif(not CLIPS.is_dir(), reason="needs the clips of ../shared")
@pytest.mark.parametrize("clip", sorted(p.stem for p in CLIPS.glob("*/*.flac")) or ["no clips"])
@pytest.mark.parametrize("channels", [1, 2])
def test_real_clips_are_aligned_to_the_sample(codec: Codec, clip: str, channels: int) -> None:
    point = codec.nearest_point(64_000 * channels, channels)
    audio, rate_hz = soundfile.read(
        next(CLIPS.glob(f"*/{clip}.flac")), dtype="float32", frames=160_000, always_2d=True
    )
    audio = soxr.resample(audio.mean(1), rate_hz, point.sample_rate_hz)
    # A second channel of another level keeps joint stereo from being mono.
    samples = np.ascontiguousarray(np.stack([audio, -0.5 * audio])[:channels], np.float32)
    decoded = codec.decode(codec.encode(samples, point))
    assert lag_samples(samples, decoded) == 0


# FFmpeg's own Opus decoder shares no code with libopus; its integer decoders of MP3 and AAC share
# none of the arithmetic with the float ones.
INDEPENDENT = {"opus": ("opus", 1.0), "mp3": ("mp3", 2.0**-15), "aac": ("aac_fixed", 2.0**-31)}


def test_another_decoder_gives_the_same_audio(codec: Codec) -> None:
    point = codec.nearest_point(96_000, 2)
    samples = speech_like(2, point.sample_rate_hz, point.sample_rate_hz)
    bitstream = codec.encode(samples, point)
    name, unit = INDEPENDENT[codec.name]
    context = av.CodecContext.create(name, "r")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = point.sample_rate_hz
    context.layout = "stereo"
    if codec.name == "aac":
        context.extradata = aac.audio_specific_config(point.sample_rate_hz, 2)
    frames = [frame for p in bitstream.packets for frame in context.decode(av.Packet(p))]
    assert all(frame.format.is_planar for frame in frames)
    other = np.concatenate([frame.to_ndarray() for frame in frames], axis=1) * unit
    other = other[:, codec.delay_samples : codec.delay_samples + samples.shape[1]]
    assert snr_db(codec.decode(bitstream), other.astype(np.float32)) > 60


def coded(codec: Codec) -> Bitstream:
    point = codec.nearest_point(32_000, 1)
    return codec.encode(speech_like(1, 10_000, point.sample_rate_hz), point)


def test_a_damaged_header_is_refused(codec: Codec) -> None:
    header, packets = coded(codec).header, coded(codec).packets
    count, rate_hz, channels, delay, frame = HEADER.unpack(header)
    damaged = [header[:n] for n in range(len(header))] + [
        header + b"\0",
        HEADER.pack(0, rate_hz, channels, delay, frame),
        HEADER.pack(1 << 60, rate_hz, channels, delay, frame),
        HEADER.pack(count, 0, channels, delay, frame),
        HEADER.pack(count, rate_hz + 1, channels, delay, frame),
        HEADER.pack(count, rate_hz, 0, delay, frame),
        HEADER.pack(count, rate_hz, 3, delay, frame),
        HEADER.pack(count, rate_hz, channels, delay + 1, frame),
        HEADER.pack(count, rate_hz, channels, delay, 0),
        HEADER.pack(count, rate_hz, channels, delay, frame + 1),
    ]
    for bad in damaged:
        with pytest.raises(BitstreamError):
            codec.decode(Bitstream(bad, packets))


def test_packets_that_are_missing_empty_or_too_many_are_refused(codec: Codec) -> None:
    bitstream = coded(codec)
    head, *tail = bitstream.packets
    for packets in ((), tuple(tail), (head, *bitstream.packets), (b"", *tail)):
        with pytest.raises(BitstreamError):
            codec.decode(Bitstream(bitstream.header, packets))


def test_damaged_packets_are_refused_or_decode_to_the_right_length(codec: Codec) -> None:
    """A format without checksums cannot tell every flipped bit, but nothing may crash or grow."""
    rng = np.random.default_rng(3)
    bitstream = coded(codec)
    shape = codec.decode(bitstream).shape
    refused = 0
    for _ in range(60):
        packets = list(bitstream.packets)
        place = rng.integers(len(packets))
        packet = bytearray(packets[place])
        packet[rng.integers(len(packet))] ^= 1 << rng.integers(8)
        damaged = bytes(packet), rng.bytes(len(packet)), bytes(packet[: len(packet) // 2])
        packets[place] = damaged[rng.integers(3)]
        try:
            decoded = codec.decode(Bitstream(bitstream.header, tuple(packets)))
        except BitstreamError:
            refused += 1
        else:
            assert decoded.shape == shape
    assert refused > 5


@pytest.mark.parametrize("shape", [(3, 100), (1, 0), (0, 100), (100,)])
def test_other_layouts_are_refused(codec: Codec, shape: tuple[int, ...]) -> None:
    with pytest.raises(CodingError, match="1 or 2 channels"):
        codec.encode(np.zeros(shape, np.float32), codec.nearest_point(32_000, 1))
    with pytest.raises(UsageError, match="1 or 2 channels"):
        codec.points(3)


def test_a_setting_that_the_encoder_refuses_is_a_coding_error() -> None:
    codec = opus.create("", {}, "cpu")
    point = mp3.create("", {}, "cpu").points(1)[-1]
    with pytest.raises(CodingError, match="libopus: refused 320000 bps at 44100 Hz"):
        codec.encode(np.zeros((1, 100), np.float32), point)


def test_the_header_counts_the_packets_that_cover_delay_and_clip() -> None:
    for count, packets in ((1, 1), (648, 1), (649, 2), (1608, 2), (1609, 3)):
        assert StreamHeader(count, 48_000, 1, 312, 960).packet_count == packets
