"""Networks at the frame rate: windows undo themselves, reach is as stated, streams are exact."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from codecbench.dac.checkpoint import load_checkpoint, save_checkpoint
from codecbench.dac.chunking import decode_in_chunks, encode_in_chunks
from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.dac.fast import accelerate
from codecbench.dac.frame_networks import FrameWindows
from codecbench.dac.model import DAC
from codecbench.dac.parameter_count import parameter_count
from codecbench.dac.reach import decoder_reach_frames, encoder_reach_frames
from codecbench.dac.streaming import (
    StreamingDecoder,
    StreamingEncoder,
    decoder_lookahead_samples,
    encoder_lookahead_samples,
)
from codecbench.errors import UsageError, WeightsError

BOTH = FrameNetworks(encoder_blocks=2, decoder_blocks=1, kernel=3, expansion=2)
SHAPES = [
    BOTH,
    replace(BOTH, window_hops=2),
    replace(BOTH, window_hops=4, kernel=5),
    replace(BOTH, causal=True),
    replace(BOTH, causal=True, window_hops=2, decoder_blocks=3),
]


def config_of(networks: FrameNetworks, hop: int = 20) -> DACConfig:
    return DACConfig(
        encoder_dim=16,
        encoder_rates=(hop,),
        latent_dim=12,
        decoder_dim=24,
        decoder_rates=(hop,),
        n_codebooks=3,
        codebook_size=32,
        codebook_dim=4,
        sample_rate=8000,
        frame_networks=networks,
    )


def model_of(networks: FrameNetworks, hop: int = 20) -> DAC:
    torch.manual_seed(0)
    model = DAC(config_of(networks, hop)).eval()
    for parameter in model.parameters():  # of weights near zero nothing would be seen
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("networks", SHAPES)
@pytest.mark.parametrize("hop", [20, 15])
def test_synthesis_undoes_analysis(networks: FrameNetworks, hop: int) -> None:
    windows = FrameWindows(config_of(networks, hop))
    audio = torch.randn(2, 30 * hop)
    restored = windows.synthesise(windows.analyse(audio))
    assert restored.shape == audio.shape
    inside = slice(networks.window_hops * hop, -networks.window_hops * hop)
    torch.testing.assert_close(restored[:, inside], audio[:, inside], rtol=0, atol=1e-5)


def changed(before: Tensor, after: Tensor) -> list[int]:
    """Places along the last dimension that are not the same."""
    return torch.nonzero((before != after).flatten(0, -2).any(0)).flatten().tolist()


@pytest.mark.parametrize("networks", SHAPES)
def test_reach_is_what_is_stated(networks: FrameNetworks) -> None:
    model, hop, frames = model_of(networks), 20, 61
    audio = torch.randn(1, 1, frames * hop)
    touched = audio.clone()
    touched[..., 30 * hop : 31 * hop] += 1
    with torch.inference_mode():
        seen = changed(model.encoder(audio), model.encoder(touched))
        reach = encoder_reach_frames(model.config)
        assert max(abs(frame - 30) for frame in seen) == reach
        z = torch.randn(1, 12, frames)
        other = z.clone()
        other[..., 30] += 1
        heard = changed(model.decode(z), model.decode(other))
    reach = decoder_reach_frames(model.config)
    farthest = max(abs(sample // hop - 30) for sample in heard)
    assert farthest in (reach - 1, reach)  # a window's outermost sample is zero
    if networks.causal:
        assert min(seen) == 30
        assert min(heard) >= 30 * hop - decoder_lookahead_samples(model.config)


@pytest.mark.parametrize("networks", SHAPES)
def test_pieces_are_the_whole(networks: FrameNetworks) -> None:
    model = model_of(networks)
    audio = torch.randn(2, 1, 1613)
    with torch.inference_mode():
        whole = model.encode(audio).codes
        assert torch.equal(encode_in_chunks(model, audio, chunk_frames=16), whole)
        decoded = model.decode(model.quantizer.from_codes(whole))
        pieces = decode_in_chunks(model, whole, chunk_frames=16)
    torch.testing.assert_close(pieces, decoded, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("networks", SHAPES)
@pytest.mark.parametrize("step", [1, 7, 40])
def test_streams_are_the_whole(networks: FrameNetworks, step: int) -> None:
    model, hop = model_of(networks), 20
    audio = torch.randn(1, 1, 50 * hop - 3)
    with torch.inference_mode():
        codes = model.encode(audio).codes
        decoded = model.decode(model.quantizer.from_codes(codes))
    encoder = StreamingEncoder(model)
    pieces, pushed = [], 0
    for piece in torch.split(audio, step * 11, -1):
        pushed += piece.shape[-1]
        pieces.append(encoder.push(piece))
        fixed = (pushed - encoder_lookahead_samples(model.config)) // hop
        assert sum(part.shape[-1] for part in pieces) == max(0, fixed)
    assert torch.equal(torch.cat([*pieces, encoder.finish()], -1), codes)

    decoder = StreamingDecoder(model)
    heard, frames = [], 0
    for part in torch.split(codes, step, -1):
        frames += part.shape[-1]
        heard.append(decoder.push(part))
        known = frames * hop - decoder_lookahead_samples(model.config)
        assert sum(piece.shape[-1] for piece in heard) == max(0, known)
    audio_out = torch.cat([*heard, decoder.finish()], -1)
    torch.testing.assert_close(audio_out, decoded, rtol=1e-4, atol=1e-4)


def test_parameters_are_counted() -> None:
    model = model_of(BOTH)
    assert parameter_count(model.config) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("half", [False, True])
def test_a_checkpoint_brings_the_networks_back(tmp_path: Path, half: bool) -> None:
    model = model_of(SHAPES[3])
    save_checkpoint(model, tmp_path / "m.pth", half=half)
    loaded = load_checkpoint(tmp_path / "m.pth")
    assert loaded.config == model.config
    for key, tensor in model.state_dict().items():
        expected = tensor.half().float() if half else tensor
        assert torch.equal(loaded.state_dict()[key], expected)
    if not half:
        audio = torch.randn(1, 1, 300)
        with torch.inference_mode():
            assert torch.equal(loaded(audio).audio, model(audio).audio)


def test_damaged_shapes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    save_checkpoint(model_of(BOTH), path)
    content = torch.load(path, weights_only=True)
    for damage in ({"kernel": 4}, {"kernel": "3"}, {"unheard": 1}):
        kwargs = content["metadata"]["kwargs"] | {"frame_networks": asdict(BOTH) | damage}
        torch.save(content | {"metadata": {"kwargs": kwargs}}, path)
        with pytest.raises(WeightsError, match=r"m\.pth"):
            load_checkpoint(path)


def test_the_fast_path_takes_the_networks_as_they_are() -> None:
    model = model_of(BOTH)
    audio = torch.randn(1, 1, 300)
    with torch.inference_mode():
        assert torch.equal(accelerate(model)(audio).audio, model(audio).audio)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder_rates": (4, 5), "decoder_rates": (5, 4)}, "one stride"),
        ({"frame_networks": None, "decoder_dim": 25}, "divide"),
    ],
)
def test_shapes_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(config_of(BOTH), **change)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="odd"):
        FrameNetworks(kernel=4)
    with pytest.raises(UsageError, match="window_hops"):
        FrameNetworks(window_hops=1)
