"""Streams: the pieces in a row are the whole, the lag is as stated, and state does not grow."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model
from torch import Tensor, nn

from codecbench.dac.config import PRESETS, DACConfig
from codecbench.dac.layers import fold_weight_norm
from codecbench.dac.model import DAC
from codecbench.dac.reach import decoder_reach_frames
from codecbench.dac.streaming import (
    StreamingDecoder,
    StreamingEncoder,
    decoder_lookahead_samples,
    encoder_lookahead_samples,
)
from codecbench.errors import UsageError

FRAMES = 40
SPLITS = pytest.mark.parametrize(
    "sizes",
    [[1] * FRAMES, [FRAMES], [7, 1, 2, 29, 1], [13, 13, 14]],
    ids=["one at a time", "all at once", "ragged", "thirds"],
)


@pytest.fixture(scope="module", params=[SMALL, SMALL_ODD], ids=["even strides", "odd strides"])
def model(request: pytest.FixtureRequest) -> DAC:
    config: DACConfig = request.param
    return spread_model(config, fit_samples=40_000)


@pytest.fixture(scope="module")
def audio(model: DAC) -> Tensor:
    """Two recordings, the last frame not full."""
    length, rate_hz = FRAMES * model.config.hop_length - 5, model.config.sample_rate
    return torch.cat([melody(length, rate_hz, seed) for seed in (0, 1)])


def decoded(model: DAC, codes: Tensor, sizes: list[int]) -> Tensor:
    stream = StreamingDecoder(model)
    pieces = [stream.push(piece) for piece in torch.split(codes, sizes, dim=-1)]
    return torch.cat([*pieces, stream.finish()], dim=-1)


def whole(model: DAC, codes: Tensor) -> Tensor:
    with torch.no_grad():
        return model.decode(model.quantizer.from_codes(codes))


@pytest.mark.slow
@SPLITS
def test_decoded_pieces_are_the_whole(model: DAC, audio: Tensor, sizes: list[int]) -> None:
    with torch.no_grad():
        codes = model.encode(audio).codes
    expected = whole(model, codes)
    assert float(expected.std()) > 0.05
    torch.testing.assert_close(decoded(model, codes, sizes), expected, atol=1e-5, rtol=0)


@pytest.mark.slow
@SPLITS
def test_encoded_pieces_are_the_whole(model: DAC, audio: Tensor, sizes: list[int]) -> None:
    hop = model.config.hop_length
    stream = StreamingEncoder(model, 3)
    lengths = [size * hop for size in sizes[:-1]]
    pieces = torch.split(audio, [*lengths, audio.shape[-1] - sum(lengths)], dim=-1)
    codes = torch.cat([*(stream.push(piece) for piece in pieces), stream.finish()], dim=-1)
    with torch.no_grad():
        assert torch.equal(codes, model.encode(audio, 3).codes)


def test_audio_may_come_in_any_number_of_samples(model: DAC, audio: Tensor) -> None:
    stream = StreamingEncoder(model)
    sizes = [1, 0, 100, 333, 2000, 1, 777]
    pieces = torch.split(audio, [*sizes, audio.shape[-1] - sum(sizes)], dim=-1)
    codes = torch.cat([*(stream.push(piece) for piece in pieces), stream.finish()], dim=-1)
    with torch.no_grad():
        assert torch.equal(codes, model.encode(audio).codes)


def test_the_only_difference_is_rounding(model: DAC, audio: Tensor) -> None:
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        codes = exact.encode(audio.double()).codes
    found = decoded(exact, codes, [3] * 13 + [1])
    torch.testing.assert_close(found, whole(exact, codes), atol=1e-13, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 9, 11])
def test_streams_shorter_than_the_lag(model: DAC, audio: Tensor, frames: int) -> None:
    with torch.no_grad():
        codes = model.encode(audio).codes[..., :frames]
    found = decoded(model, codes, [1] * frames)
    assert found.shape[-1] == frames * model.config.hop_length
    torch.testing.assert_close(found, whole(model, codes), atol=1e-5, rtol=0)


def test_a_folded_model_streams_too(model: DAC, audio: Tensor) -> None:
    folded = copy.deepcopy(model)
    fold_weight_norm(folded)
    with torch.no_grad():
        codes = folded.encode(audio).codes
    assert torch.equal(decoded(folded, codes, [8] * 5), decoded(model, codes, [8] * 5))


@pytest.mark.parametrize(
    ("preset", "decoding_samples", "encoding_samples"),
    [
        ("44khz", 4757, 3733),
        ("44khz-16kbps", 4757, 3733),
        ("24khz", 3141, 2493),
        ("16khz", 3141, 2493),
    ],
)
def test_the_lag_of_the_released_models(
    preset: str, decoding_samples: int, encoding_samples: int
) -> None:
    config = PRESETS[preset]
    assert decoder_lookahead_samples(config) == decoding_samples
    assert encoder_lookahead_samples(config) == encoding_samples
    assert math.ceil(decoding_samples / config.hop_length) == decoder_reach_frames(config) == 10


def test_all_that_is_fixed_comes_out_at_once(model: DAC) -> None:
    """The lag is the least there can be: a code more does change the next sample."""
    hop, lag = model.config.hop_length, decoder_lookahead_samples(model.config)
    stream = StreamingDecoder(model)
    assert stream.lookahead_frames == 10
    codes = torch.zeros(1, 5, FRAMES, dtype=torch.int64)
    out = 0
    for pushed in range(1, FRAMES + 1):
        out += stream.push(codes[..., pushed - 1 : pushed]).shape[-1]
        assert out == max(0, pushed * hop - lag)
    other = codes.clone()
    other[..., 30] = 100
    exact = copy.deepcopy(model).double()
    changed = (whole(exact, codes) != whole(exact, other))[0, 0].nonzero()
    assert int(changed[0]) == 30 * hop - lag


def test_codes_come_out_once_they_are_fixed(model: DAC) -> None:
    hop, lag = model.config.hop_length, encoder_lookahead_samples(model.config)
    stream = StreamingEncoder(model)
    assert stream.lookahead_samples == lag
    assert stream.push(torch.zeros(1, 1, hop + lag - 1)).shape == (1, 5, 0)
    assert stream.push(torch.zeros(1, 1, 1)).shape == (1, 5, 1)


def held(stream: object) -> int:
    """Numbers in the tensors that a stream keeps between pushes."""
    total = 0
    for value in vars(stream).values():
        if isinstance(value, Tensor):
            total += value.numel()
        elif isinstance(value, list):
            total += sum(held(inner) for inner in value)
        elif type(value).__module__.startswith("codecbench.dac.streaming"):
            total += held(value)
    return total


def test_state_does_not_grow(model: DAC) -> None:
    stream = StreamingDecoder(model)
    codes = torch.zeros(1, 5, 1, dtype=torch.int64)
    sizes = []
    for _ in range(60):
        stream.push(codes)
        sizes.append(held(stream))
    assert sizes[20] > 0
    assert len(set(sizes[20:])) == 1


def test_the_number_of_codebooks_may_change(model: DAC, audio: Tensor) -> None:
    with torch.no_grad():
        codes = model.encode(audio).codes
    stream = StreamingDecoder(model)
    found = torch.cat([stream.push(codes[..., :20]), stream.push(codes[:, :2, 20:])], dim=-1)
    with torch.no_grad():
        parts = [codes[..., :20], codes[:, :2, 20:]]
        z = torch.cat([model.quantizer.from_codes(part) for part in parts], dim=-1)
        expected = model.decode(z)[..., : found.shape[-1]]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("changes", [{"activation": "relu"}, {"decoder_rates": (8, 8, 4, 2, 1)}])
def test_other_networks_stream_too(changes: dict[str, Any]) -> None:
    torch.manual_seed(0)
    model = DAC(replace(SMALL, decoder_dim=64, **changes)).eval()
    codes = torch.randint(0, 256, (1, 5, 25))
    expected = whole(model, codes)
    torch.testing.assert_close(decoded(model, codes, [10, 1, 14]), expected, atol=1e-5, rtol=0)


def test_the_fast_form_of_a_model_does_not_stream() -> None:
    model = DAC(SMALL)
    model.encoder = model.decoder = nn.Identity()  # type: ignore[assignment]
    for stream in (StreamingDecoder, StreamingEncoder):
        with pytest.raises(UsageError, match="fast form"):
            stream(model)


def test_a_stream_ends_once_and_keeps_its_shape() -> None:
    model = DAC(replace(SMALL, n_codebooks=2)).eval()
    codes = torch.zeros(2, 2, 3, dtype=torch.int64)
    decoder, encoder = StreamingDecoder(model), StreamingEncoder(model)
    for stream in (decoder, encoder):
        with pytest.raises(UsageError, match="nothing was pushed"):
            stream.finish()
    decoder.push(codes)
    encoder.push(torch.zeros(2, 1, 9))
    for bad in (codes[:1], codes[0], codes[..., :0]):
        with pytest.raises(UsageError, match="codes must be"):
            decoder.push(bad)
    for wrong in (torch.zeros(1, 1, 9), torch.zeros(2, 2, 9), torch.zeros(9)):
        with pytest.raises(UsageError, match="audio must be"):
            encoder.push(wrong)
    assert decoder.finish().shape == (2, 1, 3 * 512)
    assert encoder.finish().shape == (2, 2, 1)
    with pytest.raises(UsageError, match="finished"):
        decoder.push(codes)
    with pytest.raises(UsageError, match="finished"):
        encoder.finish()
