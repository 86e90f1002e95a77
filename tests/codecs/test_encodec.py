"""EnCodec against the original package `encodec`, with the same random weights, and in itself.

The codebooks are drawn from the residuals of an audio fixture, so that codes are many and differ:
with plain random codebooks nearly every frame gets the same code and agreement proves little.
"""

from __future__ import annotations

import importlib.machinery
import math
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.codecs.encodec import EnCodec, create, overlap_add
from codecbench.codecs.encodec_checkpoint import CONFIG_24KHZ, CONFIG_48KHZ, load_network
from codecbench.errors import BitstreamError, CodingError, UsageError, WeightsError

pytestmark = pytest.mark.slow

CONFIGS = {"24khz": CONFIG_24KHZ, "48khz": CONFIG_48KHZ}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """The number of threads changes the order of sums, and with random weights the codes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fixture_audio(channels: int, samples: int, rate_hz: int) -> Samples:
    """Gliding tones under slow envelopes, and noise; never silent."""
    generator = np.random.default_rng(channels)
    t = np.arange(samples) / rate_hz
    glide = np.sin(2 * np.pi * (200 * t + 900 * t**2)) * (0.3 + 0.2 * np.sin(9 * t))
    noise = generator.standard_normal((channels, samples)) * (0.02 + 0.2 * np.sin(5 * t) ** 2)
    return np.asarray(glide + noise, np.float32)


@pytest.fixture(scope="module")
def original_package() -> Iterator[Any]:
    """The package `encodec` 0.1.1, which imports torchaudio but needs it for files alone."""
    stubbed = "torchaudio" not in sys.modules
    if stubbed:
        stub = types.ModuleType("torchaudio")
        stub.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = stub
    import encodec.model

    yield encodec.model.EncodecModel
    if stubbed:
        del sys.modules["torchaudio"]


def fit_codebooks(original: Any) -> None:
    """Fill each codebook with scaled residuals; no frame's residual comes from its own entry."""
    import torch

    rate_hz = original.sample_rate
    audio = torch.from_numpy(fixture_audio(original.channels, 2 * rate_hz, rate_hz))[None]
    frames = []
    with torch.no_grad():
        for start_s, stop_s in ((0.0, 1.0), (0.9, 1.6), (1.5, 1.7), (1.0, 2.0)):
            chunk = audio[:, :, int(start_s * rate_hz) : int(stop_s * rate_hz)]
            if original.normalize:
                chunk = chunk / chunk.mean(dim=1).square().mean().sqrt()
            frames.append(original.encoder(chunk)[0].T)
        residual = torch.cat(frames)
        for layer in original.quantizer.vq.layers:
            picks = torch.randint(len(residual), (1024,))
            centre = residual.mean(dim=0)
            book = centre + 0.5 * (residual[picks] - centre)
            layer._codebook.embed.copy_(book)
            layer._codebook.inited.fill_(1)
            distances = torch.cdist(residual, book)
            distances[picks, torch.arange(1024)] = torch.inf
            residual = residual - book[distances.argmin(dim=1)]


@pytest.fixture(scope="module", params=["24khz", "48khz"])
def pair(
    request: pytest.FixtureRequest, original_package: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, EnCodec]:
    """The original model and ours, with the same weights, read from the original's file."""
    import torch

    variant: str = request.param
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its weight norm is torch's old one
        original = getattr(original_package, f"encodec_model_{variant}")(pretrained=False)
    fit_codebooks(original)
    path = tmp_path_factory.mktemp("encodec") / "model.th"
    torch.save(original.state_dict(), path)
    return original, EnCodec(f"encodec:{variant}", CONFIGS[variant], path, "cpu")


def top_point(codec: Codec) -> OperatingPoint:
    return codec.points(codec.channels[0])[-1]


def original_codes_and_audio(original: Any, samples: Samples) -> tuple[list[Any], Samples]:
    import torch

    with torch.no_grad():
        frames = original.encode(torch.from_numpy(samples)[None])
        audio = original.decode(frames)[0, :, : samples.shape[1]].numpy()
    return frames, audio


def assert_agreement(
    original: Any, codec: EnCodec, samples: Samples, point: OperatingPoint
) -> None:
    assert point.bitrate_bps is not None
    original.set_target_bandwidth(point.bitrate_bps / 1000)
    frames, expected = original_codes_and_audio(original, samples)
    bitstream = codec.encode(samples, point)
    codes = np.concatenate([frame[0].numpy() for frame, _ in frames], axis=1)
    np.testing.assert_array_equal(codec.tokens(bitstream), codes)
    decoded = codec.decode(bitstream)
    assert decoded.shape == samples.shape
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_agrees_with_the_original_at_every_rate(pair: tuple[Any, EnCodec]) -> None:
    original, codec = pair
    samples = fixture_audio(codec.channels[0], original.sample_rate // 2, original.sample_rate)
    points = codec.points(codec.channels[0])
    assert [p.bitrate_bps for p in points] == [1000 * b for b in original.target_bandwidths]
    for point in points:
        assert_agreement(original, codec, samples, point)
    tokens = codec.tokens(codec.encode(samples, points[-1]))
    assert min(len(np.unique(book)) for book in tokens) > 8


@pytest.mark.parametrize("length", [1, 319, 321, 12345, 47520, 47521, 48000, 48001, 95041, 142561])
def test_agrees_with_the_original_at_awkward_lengths(
    pair: tuple[Any, EnCodec], length: int
) -> None:
    original, codec = pair
    if codec.channels == (1,):
        length = min(length, 12000 + length % 321)  # no chunks, so that long clips say nothing new
    samples = fixture_audio(codec.channels[0], length, original.sample_rate)
    assert_agreement(original, codec, samples, codec.points(codec.channels[0])[1])


def test_bitrate_is_the_closed_form(pair: tuple[Any, EnCodec]) -> None:
    """24 kHz: 750 n bits a second. 48 kHz: (1500 n + 32) / 0.99, with overlap and scales.

    Those are 3063, 6093, 12154 and 24275 bps where chunks are whole. The last one of a clip has a
    code for each 320 samples begun, and none for padding.
    """
    original, codec = pair
    seen_bps = []
    for point in codec.points(codec.channels[0]):
        n = point.codebooks
        assert n is not None
        length = 12000 if codec.channels == (1,) else 47520 + 3001
        samples = fixture_audio(codec.channels[0], length, original.sample_rate)
        bits = [8 * len(packet) for packet in codec.encode(samples, point).packets]
        if codec.channels == (1,):
            assert bits == [8 * math.ceil(38 * 10 * n / 8)]  # 12000 samples begin 38 frames
            continue
        seen_bps.append(round(bits[0] / 0.99))
        assert bits[1:] == [10 * 10 * n + 32 + (-100 * n) % 8]
    assert seen_bps == ([] if codec.channels == (1,) else [3063, 6093, 12154, 24275])


def test_clips_do_not_touch_each_other(pair: tuple[Any, EnCodec]) -> None:
    original, codec = pair
    a = fixture_audio(codec.channels[0], 9000, original.sample_rate)
    b = a[:, ::-1].copy()
    first = codec.encode(a, top_point(codec))
    heard = codec.decode(first)
    codec.decode(codec.encode(b, top_point(codec)))
    assert codec.encode(a, top_point(codec)) == first
    np.testing.assert_array_equal(codec.decode(first), heard)


def test_silence(pair: tuple[Any, EnCodec]) -> None:
    _, codec = pair
    silence = np.zeros((codec.channels[0], 2000), np.float32)
    decoded = codec.decode(codec.encode(silence, top_point(codec)))
    assert decoded.shape == silence.shape
    assert np.isfinite(decoded).all()


def test_damaged_bitstreams_are_refused(pair: tuple[Any, EnCodec]) -> None:
    original, codec = pair
    sound = codec.encode(
        fixture_audio(codec.channels[0], 50000, original.sample_rate),
        codec.points(codec.channels[0])[0],
    )
    header, packets = sound.header, sound.packets
    damaged = [
        Bitstream(header[:-1], packets),
        Bitstream(b"\xff" + header[1:], packets),
        Bitstream(header[:1] + b"\1\2\3\4" + header[5:], packets),
        Bitstream(header[:8] + b"\x03" + header[9:], packets),
        Bitstream(header[:-4] + bytes(4), packets),
        Bitstream(header, packets[:-1]),
        Bitstream(header, (*packets, b"")),
        Bitstream(header, (packets[0][:-1], *packets[1:])),
        Bitstream(header, (packets[0] + b"\0", *packets[1:])),
    ]
    if codec.channels == (2,):
        nan = np.float32("nan").tobytes()
        damaged.append(Bitstream(header, (nan + packets[0][4:], *packets[1:])))
    for bitstream in damaged:
        with pytest.raises(BitstreamError, match="encodec"):
            codec.decode(bitstream)


def test_other_layouts_are_refused(pair: tuple[Any, EnCodec]) -> None:
    _, codec = pair
    for shape in ((3 - codec.channels[0], 100), (codec.channels[0], 0)):
        with pytest.raises(CodingError, match="channels"):
            codec.encode(np.zeros(shape, np.float32), top_point(codec))
    with pytest.raises(UsageError, match="channels"):
        codec.points(3 - codec.channels[0])


def test_folder_of_transformers_codes_alike(pair: tuple[Any, EnCodec], tmp_path: Path) -> None:
    """`save_pretrained`'s folder, and the same with the names that weight norm had before."""
    from safetensors.torch import save_file

    original, codec = pair
    codec._loaded().save_pretrained(tmp_path)
    samples = fixture_audio(codec.channels[0], 5000, original.sample_rate)
    expected = codec.encode(samples, top_point(codec))
    saved = create(str(tmp_path), {}, "cpu")
    assert saved.channels == codec.channels
    assert saved.points(saved.channels[0]) == codec.points(codec.channels[0])
    assert saved.encode(samples, top_point(saved)) == expected
    state = {
        name.replace(".parametrizations.weight.original0", ".weight_g").replace(
            ".parametrizations.weight.original1", ".weight_v"
        ): tensor.clone()
        for name, tensor in codec._loaded().state_dict().items()
    }
    save_file(state, tmp_path / "model.safetensors")
    hash_before = saved.find_weights()
    saved.close()
    assert saved.encode(samples, top_point(saved)) == expected
    assert len(hash_before) == 16


def test_another_models_weights_are_refused(pair: tuple[Any, EnCodec], tmp_path: Path) -> None:
    _, codec = pair
    other = CONFIGS["48khz" if codec.channels == (1,) else "24khz"]
    with pytest.raises(WeightsError, match="holds no weights of this EnCodec model"):
        load_network(other, codec._checkpoint(), "cpu")
    for name in ("model.safetensors", "model.th"):
        (tmp_path / name).write_bytes(codec._checkpoint().read_bytes()[:1000])
        with pytest.raises(WeightsError, match=name):
            load_network(CONFIGS["24khz"], tmp_path / name, "cpu")


def test_overlap_add_keeps_what_the_chunks_agree_on() -> None:
    """Chunks cut from one signal give it back; a step between two is a linear cross-fade."""
    signal = np.random.default_rng(0).standard_normal((2, 250)).astype(np.float32)
    chunks = [signal[:, start : start + 100] for start in (0, 75, 150, 225)]
    np.testing.assert_allclose(overlap_add(chunks, 75), signal, atol=1e-6)
    ones, zeros = np.ones((1, 100), np.float32), np.zeros((1, 100), np.float32)
    fade = overlap_add([ones, zeros], 75)[0]
    assert (fade[:75] == 1).all()
    np.testing.assert_allclose(fade[75:100], np.arange(25, 0, -1) / 26, atol=1e-6)
    assert (fade[100:] == 0).all()
