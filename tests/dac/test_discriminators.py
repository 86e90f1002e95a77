"""Discriminators and losses against numbers of descript's package and against closed forms."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from codecbench.dac.discriminators import Discriminators
from codecbench.dac.losses import MelLoss, SpectrumLoss, feature_loss
from codecbench.dac.training.recipe import DiscriminatorConfig, LossConfig
from codecbench.metrics.mel import MEL

BAND_KEY = "discriminators.{}.band_convs.4.3.0.weight_v"


def noise(samples: int = 8192, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(2, 1, samples, generator=torch.Generator().manual_seed(seed))


def test_the_published_ones_have_their_size_keys_and_maps() -> None:
    # 42.5 million parameters and these keys: descript-audio-codec 1.0.0.
    with torch.device("meta"):
        network = Discriminators(DiscriminatorConfig())
    assert sum(p.numel() for p in network.parameters()) == 42_519_760
    state = network.state_dict()
    assert state["discriminators.0.convs.1.0.weight_v"].shape == (128, 32, 5, 1)
    assert state["discriminators.4.conv_post.weight_g"].shape == (1, 1, 1, 1)
    assert state[BAND_KEY.format(7)].shape == (32, 32, 3, 9)
    assert not [key for key in state if "window" in key]


def test_the_multi_scale_ones_have_their_size() -> None:
    with torch.device("meta"):
        network = Discriminators(DiscriminatorConfig(periods=(), rates=(1, 2), fft_sizes=()))
    # 12,696,714 with the three STFT discriminators in descript's package.
    with torch.device("meta"):
        stft = Discriminators(DiscriminatorConfig(periods=(), rates=()))
    sizes = [sum(p.numel() for p in n.parameters()) for n in (network, stft)]
    assert sum(sizes) == 12_696_714


def test_one_call_with_two_batches_is_two_calls() -> None:
    torch.manual_seed(0)
    config = DiscriminatorConfig(period_channels=(4, 8), stft_channels=4, rates=(2,))
    network = Discriminators(config)
    with torch.no_grad():
        both = network(torch.cat([noise(), noise(seed=1)]))
        first = network(noise())
    for maps, halves in zip(first, both, strict=True):
        for ours, whole in zip(maps, halves, strict=True):
            torch.testing.assert_close(ours, whole.chunk(2)[0])


def test_level_and_offset_are_taken_out_before() -> None:
    network = Discriminators(DiscriminatorConfig(periods=(3,), fft_sizes=(256,), rates=()))
    with torch.no_grad():
        plain, changed = network(noise()), network(3 * noise() + 0.2)
    for maps, others in zip(plain, changed, strict=True):
        for ours, theirs in zip(maps, others, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_the_spectrum_is_that_of_numpy() -> None:
    network = Discriminators(DiscriminatorConfig(periods=(), fft_sizes=(512,)))
    stft = network.discriminators[0]
    audio = noise(4000)
    spectrum = stft.spectrum(audio)  # type: ignore[operator]
    assert spectrum.shape == (2, 2, 32, 257)  # a frame for each started hop of 128
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    padded = np.pad(audio[0, 0].numpy(), (192, 192 + 96), "reflect")
    for frame in (0, 7, 31):
        piece = padded[frame * 128 : frame * 128 + 512]
        expected = np.fft.rfft(piece * window)
        found = spectrum[0, 0, frame].numpy() + 1j * spectrum[0, 1, frame].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_mel_loss_is_the_metric_with_a_gradient() -> None:
    config = LossConfig()
    loss = MelLoss(44100, config.mel_windows, config.mel_bands)
    reference, estimate = noise(20000)[:1], noise(20000, 3)[:1].requires_grad_()
    value = loss(estimate, reference)
    pair = [x.detach()[0, 0].double().numpy() for x in (reference, estimate)]
    assert float(value.detach()) == pytest.approx(
        MEL.compare(MEL.prepare(pair[0], 44100), pair[1], 44100)
    )
    (gradient,) = torch.autograd.grad(value, estimate)
    assert torch.isfinite(gradient).all()
    assert float(gradient.abs().max()) > 0


def test_the_mel_loss_of_silence_has_a_finite_gradient() -> None:
    config = LossConfig()
    loss = MelLoss(44100, config.mel_windows, config.mel_bands)
    silence = torch.zeros(1, 1, 8192, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(silence, noise()[:1]), silence)
    assert torch.isfinite(gradient).all()


def test_the_feature_loss_leaves_the_verdict_out() -> None:
    ours = [[torch.ones(2, 3), torch.full((1,), 9.0)], [torch.zeros(4), torch.zeros(1)]]
    theirs = [[torch.full((2, 3), 3.0), torch.zeros(1)], [torch.full((4,), 0.5), torch.zeros(1)]]
    assert float(feature_loss(ours, theirs)) == pytest.approx(2.5)


def test_the_shape_is_checked() -> None:
    from codecbench.errors import UsageError

    for change in ({"fft_sizes": (10,)}, {"bands": ((0.5, 0.2),)}, {"period_channels": (8,)}):
        with pytest.raises(UsageError, match="discriminator: "):
            dataclasses.replace(DiscriminatorConfig(), **change)


def test_the_spectrum_loss_by_numpy() -> None:
    size, ours, theirs = 64, noise(1024), noise(1024, seed=1)
    spectra = []
    for audio in (ours, theirs):
        padded = np.pad(audio[:, 0].double().numpy(), ((0, 0), (size // 2, size // 2)), "reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, size, axis=-1)[:, :: size // 4]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        bins = np.fft.rfft(frames * window) / window.sum()
        compressed = np.abs(bins) ** 0.3 * np.exp(1j * np.angle(bins))
        spectra.append(np.stack([compressed.real, compressed.imag]))
    loss = SpectrumLoss([size])
    assert float(loss(ours, theirs)) == pytest.approx(np.abs(spectra[0] - spectra[1]).mean(), 1e-3)
    assert float(loss(ours, ours)) == 0


def test_the_spectrum_loss_has_a_gradient_at_silence() -> None:
    silence = torch.zeros(1, 1, 256, requires_grad=True)
    SpectrumLoss([64])(silence, noise(256)[:1]).backward()
    assert silence.grad is not None
    assert torch.isfinite(silence.grad).all()
