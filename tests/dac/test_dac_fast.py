"""Fast inference against the model itself, in float32 and in float64, and its kernels against sums.

Rounding of the fast path is held to a few times that of the model's own float32.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from spread_weights import SMALL, SMALL_ODD, melody, spread_model
from torch import Tensor
from torch.nn import functional

from codecbench.dac import fast_kernels, fast_layers
from codecbench.dac.chunking import decode_in_chunks, encode_in_chunks
from codecbench.dac.config import DACConfig
from codecbench.dac.fast import FastDAC, accelerate
from codecbench.dac.fast_convolution import RowConvolution
from codecbench.dac.model import DAC
from codecbench.errors import UsageError

CONFIGS = {
    "even strides": SMALL,
    "odd strides": SMALL_ODD,
    "relu, stride 1, one channel at the end": DACConfig(
        encoder_dim=1,
        encoder_rates=(3, 2),
        latent_dim=7,
        decoder_dim=8,
        decoder_rates=(2, 1, 3),
        n_codebooks=2,
        codebook_size=20,
        codebook_dim=3,
        activation="relu",
    ),
}


@pytest.fixture(scope="module", params=list(CONFIGS.values()), ids=list(CONFIGS))
def model(request: pytest.FixtureRequest) -> DAC:
    config: DACConfig = request.param
    return spread_model(config, fit_samples=20_000)


@pytest.fixture(scope="module")
def fast(model: DAC) -> FastDAC:
    return accelerate(model)


@pytest.fixture
def threads() -> Iterator[None]:
    """Sets back the number of threads that a test changes."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def agree(found: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    assert found.shape == expected.shape
    assert float(expected.abs().max()) > 0.01
    torch.testing.assert_close(found, expected, atol=tolerance, rtol=0)


@pytest.mark.parametrize("frames", [1, 2, 21])
def test_it_is_the_model_but_for_rounding(model: DAC, fast: FastDAC, frames: int) -> None:
    audio = melody(frames * model.config.hop_length - 1, model.config.sample_rate)
    with torch.inference_mode():
        expected, found = model.encode(audio), fast.encode(audio)
        agree(fast.encoder(fast.pad(audio)), model.encoder(model.pad(audio)))
        assert torch.equal(found.codes, expected.codes)
        agree(fast.decoder(expected.z), model.decoder(expected.z))
        agree(fast.decoder(expected.z, True), model.decoder(expected.z, True))
        agree(fast.decode(expected.z), model.decode(expected.z))
        agree(fast(audio).audio, model(audio).audio)


def test_rounding_is_a_few_times_the_models_own(model: DAC, fast: FastDAC) -> None:
    exact = copy.deepcopy(model).double()
    audio = melody(40 * model.config.hop_length, model.config.sample_rate)
    z = normal(1, model.config.latent_channels, 20)
    with torch.inference_mode():
        for part, x in (("encoder", audio), ("decoder", z)):
            truth = getattr(exact, part)(x.double())
            own = float((getattr(model, part)(x) - truth).square().mean().sqrt())
            found = float((getattr(fast, part)(x) - truth).square().mean().sqrt())
            assert 0 < found < 5 * own


def test_items_of_a_batch_are_apart(model: DAC, fast: FastDAC) -> None:
    hop = model.config.hop_length
    audio = torch.cat([melody(9 * hop, seed=seed) for seed in range(3)])
    with torch.inference_mode():
        codes = fast.encode(audio).codes
        assert torch.equal(codes, model.encode(audio).codes)
        assert torch.equal(codes[1:2], fast.encode(audio[1:2]).codes)
        z = model.quantizer.from_codes(codes)
        agree(fast.decode(z), model.decode(z))
        assert torch.equal(fast.decode(z)[2:], fast.decode(z[2:]))


def test_pieces_equal_the_whole(model: DAC, fast: FastDAC) -> None:
    audio = melody(33 * model.config.hop_length - 5, model.config.sample_rate)
    with torch.inference_mode():
        codes = encode_in_chunks(fast, audio, chunk_frames=7)
        assert torch.equal(codes, fast.encode(audio).codes)
        decoded = decode_in_chunks(fast, codes, chunk_frames=7)
        agree(decoded, fast.decode(fast.quantizer.from_codes(codes)))


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_threads_change_rounding_alone(
    model: DAC, fast: FastDAC, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_layers, "_TILE_ROWS", 30)  # many tiles
    monkeypatch.setattr(fast_layers, "_TILE_VALUES", 0)
    audio = melody(30 * model.config.hop_length, model.config.sample_rate)
    torch.set_num_threads(count)
    agree(fast.encoder(audio), model.encoder(audio).detach())
    assert torch.get_num_threads() == count


def test_the_model_stays_as_it_is_and_may_change() -> None:
    model = spread_model(SMALL, fit_samples=20_000)
    before = copy.deepcopy(model.state_dict())
    audio = melody(3000)
    with torch.no_grad():
        expected = model.encoder(model.pad(audio))
        fast = accelerate(model)
        assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
        assert torch.equal(model.encoder(model.pad(audio)), expected)
        found = fast.encoder(fast.pad(audio))
        for parameter in model.encoder.parameters():
            parameter.zero_()
        assert torch.equal(fast.encoder(fast.pad(audio)), found)


@pytest.mark.parametrize(("taps", "dilation"), [(2, 1), (7, 1), (7, 3), (7, 9)])
def test_fewer_products_give_the_same_sums(taps: int, dilation: int) -> None:
    rows, width_in, width_out = 54, 33, 17
    y = normal(rows + (taps - 1) * dilation, width_in)
    weight = normal(taps, width_in, width_out, seed=1) / (taps * width_in) ** 0.5
    bias = normal(width_out, seed=2)
    expected = functional.conv1d(
        y.T.double(), weight.permute(2, 1, 0).double(), bias.double(), dilation=dilation
    ).T
    for plain in (False, True):
        convolution = RowConvolution(weight, bias, dilation, plain)
        out = torch.empty(rows, width_out)
        identity = np.array([[0], [0], [-np.inf]], np.float32).repeat(width_out, 1)
        convolution(y, out, {}, identity)
        torch.testing.assert_close(out.double(), expected, atol=1e-5, rtol=0)
        assert len(convolution.weights) == 1 + (taps == 7 and not plain)


def test_snake_is_accurate_and_zero_beyond_the_ends() -> None:
    x = np.concatenate([np.linspace(-40, 40, 20_001), [1e3, -1e4, 3e4, np.nan]])
    x = x.astype(np.float32)[:, None].repeat(3, 1)
    alpha = np.array([0.3, 1, 2.5], np.float32)
    table = np.stack([alpha, 1 / alpha, np.full(3, -np.inf, np.float32)])
    y = np.ones((len(x) + 5, 3), np.float32)
    fast_kernels.activate(x, -2, table, y)
    assert not y[:2].any()
    assert not y[-3:].any()
    assert np.isnan(y[-4]).all()
    argument = (alpha * x).astype(np.float64)  # rounded as the kernel's: sin is steep out there
    expected = x + np.sin(argument) ** 2 / alpha
    found = y[2:-4]
    np.testing.assert_allclose(found, expected[:-1], rtol=2.5e-7, atol=5e-7)


def test_other_numbers_and_gradients_are_refused(model: DAC, fast: FastDAC) -> None:
    audio = torch.zeros(1, 1, model.config.hop_length)
    with pytest.raises(UsageError, match=r"float32 on the CPU, not torch.float64"):
        fast.encoder(audio.double())
    with pytest.raises(UsageError, match="no gradient"):
        fast.encoder(audio.requires_grad_())
    with pytest.raises(UsageError, match=r"torch.float16 on cpu: use the model itself"):
        accelerate(copy.deepcopy(model).half())


def test_without_numba_it_says_so(model: DAC, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "codecbench.dac.fast_kernels")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(UsageError, match="needs numba and a folder"):
        accelerate(model)
