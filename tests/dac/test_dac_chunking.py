"""Coding in pieces equals coding whole: codes exactly, audio to float error, in bounded memory."""

from __future__ import annotations

import copy

import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model

from codecbench.dac.chunking import decode_in_chunks, encode_in_chunks
from codecbench.dac.config import DACConfig
from codecbench.dac.model import DAC


@pytest.fixture(scope="module", params=[SMALL, SMALL_ODD], ids=["even strides", "odd strides"])
def model(request: pytest.FixtureRequest) -> DAC:
    config: DACConfig = request.param
    return spread_model(config)


@pytest.mark.slow
@pytest.mark.parametrize("chunk_frames", [2, 7, 40])
def test_pieces_equal_the_whole(model: DAC, chunk_frames: int) -> None:
    hop = model.config.hop_length
    audio = melody(65 * hop - 5, model.config.sample_rate)
    with torch.inference_mode():
        whole = model.encode(audio).codes
        codes = encode_in_chunks(model, audio, chunk_frames=chunk_frames)
        assert codes.shape == (1, SMALL.n_codebooks, 65)
        assert torch.equal(codes, whole)
        expected = model.decode(model.quantizer.from_codes(whole))
        decoded = decode_in_chunks(model, codes, chunk_frames)
    assert decoded.shape[-1] == 65 * hop
    assert float(expected.std()) > 0.05
    # The whole's own rounding: it lies 2e-6 from the same decoding in float64.
    torch.testing.assert_close(decoded, expected, atol=5e-6, rtol=0)


@pytest.mark.slow
def test_pieces_equal_the_whole_exactly_but_for_rounding(model: DAC) -> None:
    exact = copy.deepcopy(model).double()
    hop = model.config.hop_length
    audio = melody(60 * hop - 5, model.config.sample_rate).double()
    with torch.inference_mode():
        codes = encode_in_chunks(exact, audio, chunk_frames=9)
        assert torch.equal(codes, exact.encode(audio).codes)
        expected = exact.decode(exact.quantizer.from_codes(codes))
        decoded = decode_in_chunks(exact, codes, chunk_frames=9)
    torch.testing.assert_close(decoded, expected, atol=1e-13, rtol=0)


def test_a_single_piece_is_the_whole_bit_by_bit(model: DAC) -> None:
    audio = melody(20_000, model.config.sample_rate)
    with torch.inference_mode():
        codes = encode_in_chunks(model, audio, 3)
        expected = model.encode(audio, 3)
        decoded = decode_in_chunks(model, codes)
        assert torch.equal(codes, expected.codes)
        assert torch.equal(decoded, model.decode(model.quantizer.from_codes(expected.codes)))


def test_no_piece_is_longer_than_chunk_and_overlap(model: DAC) -> None:
    hop = model.config.hop_length
    seen: list[int] = []
    model.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[-1]))
    model.decoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[-1] * hop))
    with torch.inference_mode():
        codes = encode_in_chunks(model, torch.zeros(1, 1, 300 * hop), 1, chunk_frames=32)
        decode_in_chunks(model, codes, chunk_frames=32)
    assert max(seen) == (32 + 2 * 10) * hop
