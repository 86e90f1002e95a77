"""The DAC adapter: bitstream, rates, purity, checkpoints by path, and what it refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from codecbench.codecs import dac_weights
from codecbench.codecs import weights as weight_cache
from codecbench.codecs.contract import Bitstream, Codec, Samples
from codecbench.codecs.dac import create
from codecbench.codecs.dac_weights import WEIGHTS
from codecbench.dac.checkpoint import load_checkpoint, save_checkpoint
from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.model import DAC
from codecbench.errors import BitstreamError, CodingError, UsageError, WeightsError

SMALL = DACConfig(
    encoder_dim=4,
    encoder_rates=(2, 4, 5, 8),
    decoder_dim=48,
    decoder_rates=(8, 5, 4, 2),
    n_codebooks=6,
    sample_rate=16000,
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("dac") / "own.pth"
    save_checkpoint(DAC(SMALL), path)
    return path


@pytest.fixture(scope="module")
def codec(checkpoint: Path) -> Codec:
    return create(str(checkpoint), {}, "cpu")


def noise(samples: int, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    return (0.3 * rng.standard_normal((1, samples))).astype(np.float32)


@pytest.mark.parametrize(
    ("variant", "name", "codebooks", "rate_hz", "bitrate_bps"),
    [
        ("", "dac", 9, 44100, 7752),
        ("44khz", "dac", 9, 44100, 7752),
        ("44khz-16kbps", "dac:44khz-16kbps", 18, 44100, 15504),
        ("24khz", "dac:24khz", 32, 24000, 24000),
        ("16khz", "dac:16khz", 12, 16000, 6000),
    ],
)
def test_points_of_the_published_models(
    variant: str, name: str, codebooks: int, rate_hz: int, bitrate_bps: int
) -> None:
    codec = create(variant, {}, "cpu")
    points = codec.points(1)
    assert codec.name == name
    assert [point.codebooks for point in points] == list(range(1, codebooks + 1))
    assert {point.sample_rate_hz for point in points} == {rate_hz}
    assert round(points[-1].bitrate_bps or 0) == bitrate_bps
    assert points[0].bitrate_bps == pytest.approx(bitrate_bps / codebooks, rel=1e-3)
    assert points[0].coded_bandwidth_hz == rate_hz / 2


def test_published_weights_are_pinned_by_release() -> None:
    assert WEIGHTS.keys() == PRESETS.keys()
    for weights in WEIGHTS.values():
        (file,) = weights.files
        assert file.url.endswith(f"/{weights.revision}/{file.name}")
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)


@pytest.mark.parametrize("samples", [1, 319, 320, 321, 16000])
def test_measured_bits_are_frames_times_codebooks_times_ten(codec: Codec, samples: int) -> None:
    for point in codec.points(1)[::2]:
        assert point.codebooks is not None
        stream = codec.encode(noise(samples), point)
        frames = -(-samples // 320)
        assert stream.payload_bytes == -(-frames * point.codebooks * 10 // 8)
        tokens = codec.tokens(stream)
        assert tokens is not None
        assert tokens.shape == (point.codebooks, frames)
        assert tokens.dtype == np.int32
        decoded = codec.decode(stream)
        assert decoded.shape == (1, samples)
        assert decoded.dtype == np.float32


@pytest.mark.parametrize("options", [{}, {"path": "reference"}])
def test_codes_are_the_models_frame_by_frame(checkpoint: Path, options: dict[str, str]) -> None:
    codec = create(str(checkpoint), options, "cpu")
    samples = noise(5000)
    stream = codec.encode(samples, codec.points(1)[3])
    model = load_checkpoint(checkpoint)
    with torch.inference_mode():
        quantized = model.encode(torch.from_numpy(samples)[None], 4)
        codes = quantized.codes[0].numpy()
        decoded = model.decode(model.quantizer.from_codes(quantized.codes))[0, :, :5000].numpy()
    assert len(np.unique(codes)) > 30
    np.testing.assert_array_equal(codec.tokens(stream), codes)
    off = np.abs(codec.decode(stream) - decoded).max()
    if options:
        assert off == 0
    else:  # by rounding, and not by nothing: it is the fast path that ran
        assert 0 < off < 1e-4 * np.abs(decoded).max()
    bits = "".join(f"{byte:08b}" for byte in stream.packets[0])
    assert [int(bits[i : i + 10], 2) for i in range(0, 80, 10)] == codes.T[:2].ravel().tolist()


def test_a_b_a(codec: Codec) -> None:
    point = codec.points(1)[-1]
    a, b = noise(3000, seed=1), noise(70_000, seed=2)
    first, other = codec.encode(a, point), codec.encode(b, point)
    decoded, _ = codec.decode(first), codec.decode(other)
    assert codec.encode(a, point) == first
    np.testing.assert_array_equal(codec.decode(first), decoded)
    codec.close()
    assert codec.encode(a, point) == first


def test_nothing_is_left_pinned(codec: Codec) -> None:
    before = torch.backends.cudnn.allow_tf32, torch.get_num_threads()
    codec.encode(noise(500), codec.points(1)[0])
    assert (torch.backends.cudnn.allow_tf32, torch.get_num_threads()) == before
    assert torch.is_grad_enabled()


def test_silence_decodes(codec: Codec) -> None:
    stream = codec.encode(np.zeros((1, 1000), np.float32), codec.points(1)[0])
    assert np.isfinite(codec.decode(stream)).all()


def test_another_shape_or_point_is_refused(codec: Codec) -> None:
    point = codec.points(1)[0]
    for shape in [(2, 100), (1, 0), (100,)]:
        with pytest.raises(CodingError, match="1 channel"):
            codec.encode(np.zeros(shape, np.float32), point)
    with pytest.raises(UsageError, match="7 codebooks"):
        codec.encode(noise(100), replace(point, codebooks=7))
    with pytest.raises(UsageError, match="16000 Hz"):
        codec.encode(noise(100), replace(point, sample_rate_hz=44100))
    with pytest.raises(UsageError, match="1 channel"):
        codec.points(2)


def test_damaged_bitstreams_are_refused(codec: Codec) -> None:
    stream = codec.encode(noise(2000), codec.points(1)[1])
    header, (packet,) = stream.header, stream.packets
    damaged = [
        Bitstream(header[:-1], (packet,)),
        Bitstream(header, ()),
        Bitstream(header, (packet, packet)),
        Bitstream(header, (packet[:-1],)),
        Bitstream(header, (packet + b"\0",)),
        *(
            Bitstream(header[:i] + bytes([header[i] ^ 0x80]) + header[i + 1 :], (packet,))
            for i in range(len(header))
        ),
    ]
    for wrong in damaged:
        with pytest.raises(BitstreamError, match=r"own\.pth"):
            codec.decode(wrong)


def test_a_code_beyond_the_codebook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.pth"
    save_checkpoint(DAC(replace(SMALL, codebook_size=1000)), path)
    codec = create(str(path), {}, "cpu")
    stream = codec.encode(noise(320), codec.points(1)[0])
    with pytest.raises(BitstreamError, match="1023"):
        codec.decode(Bitstream(stream.header, (b"\xff\xc0",)))


def test_the_weights_hash_follows_the_content(codec: Codec, checkpoint: Path) -> None:
    assert codec.find_weights() == weight_cache.content_hash([checkpoint])


@pytest.mark.parametrize("variant", ["48khz", "8kbps", "DAC"])
def test_unknown_variants_name_what_exists(variant: str) -> None:
    with pytest.raises(UsageError, match=r"44khz, 44khz-16kbps, 24khz, 16khz"):
        create(variant, {}, "cpu")


def test_unknown_options_are_refused() -> None:
    with pytest.raises(UsageError, match="loudness"):
        create("", {"loudness": "on"}, "cpu")
    with pytest.raises(UsageError, match=r'path="quick".*fast, reference'):
        create("24khz", {"path": "quick"}, "cpu")


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(weights: weight_cache.WeightSet) -> Path:
        raise WeightsError(f"{weights.name}: run `bench fetch {weights.name} --from FOLDER`")

    monkeypatch.setattr(weight_cache, "require", unreachable)
    monkeypatch.setattr(dac_weights, "SHIPPED", tmp_path / "none.pth")
    with pytest.raises(WeightsError, match=r"bench fetch dac --from FOLDER.*no model ships"):
        create("", {}, "cpu").find_weights()


def test_another_model_in_the_cache_is_refused(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights_16khz.pth").write_bytes(checkpoint.read_bytes())
    monkeypatch.setattr(weight_cache, "require", lambda _: tmp_path)
    codec = create("16khz", {}, "cpu")
    with pytest.raises(WeightsError, match="not the model dac:16khz"):
        codec.encode(noise(100), codec.points(1)[0])


def test_a_device_that_is_not_there_is_refused(checkpoint: Path) -> None:
    codec = create(str(checkpoint), {}, "no such device")
    with pytest.raises(UsageError, match="no such device"):
        codec.encode(noise(100), codec.points(1)[0])
