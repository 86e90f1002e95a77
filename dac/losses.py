"""The losses of training: mel distance over several scales, adversarial, feature matching.

Audio is `(batch, 1, samples)`; every loss is a scalar in float32, whatever the precision around it.
Source: arXiv 2306.06546, section 3.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.discriminators import FeatureMaps
from codecbench.metrics.mel import mel_filterbank

_FLOOR = 1e-5

_COMPRESSION = 0.3
"""Exponent of the magnitudes that `SpectrumLoss` compares."""


class MelLoss(nn.Module):
    """Mean absolute difference of log10 mel magnitudes, summed over windows.

    The same as the metric `mel` where the sample rate is the metric's, but with a gradient.
    """

    def __init__(self, sample_rate: int, windows: Sequence[int], bands: Sequence[int]) -> None:
        super().__init__()
        self.windows = tuple(windows)
        for size, count in zip(windows, bands, strict=True):
            filters = torch.from_numpy(mel_filterbank(sample_rate, size, count)).float()
            self.register_buffer(f"filters_{size}", filters, persistent=False)
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)

    def log_mels(self, audio: Tensor) -> list[Tensor]:
        """(batch, 1, samples) -> (batch, bands, frames) for each window."""
        with torch.autocast(audio.device.type, enabled=False):
            x = audio.float().squeeze(1)
            mels = []
            for size in self.windows:
                window, filters = (
                    self.get_buffer(f"window_{size}"),
                    self.get_buffer(f"filters_{size}"),
                )
                bins = torch.stft(x, size, size // 4, window=window, return_complex=True)
                mels.append((filters @ bins.abs()).clamp(min=_FLOOR).log10())
            return mels

    def forward(self, estimate: Tensor, reference: Tensor) -> Tensor:
        """Two of (batch, 1, samples) -> a scalar."""
        with torch.no_grad():
            targets = self.log_mels(reference)
        loss = torch.zeros((), device=estimate.device)
        for mel, target in zip(self.log_mels(estimate), targets, strict=True):
            loss = loss + functional.l1_loss(mel, target)
        return loss


class SpectrumLoss(nn.Module):
    """Mean absolute difference of compressed complex spectra, summed over windows.

    A bin of magnitude m becomes one of m^0.3 with the same phase: what is quiet counts, and so does
    the phase, which the mel loss does not see. Spectra are those of a periodic Hann window that is
    scaled to a sum of 1, hop a quarter. Source: arXiv 2011.07348, equation 3, with an L1 distance.
    """

    def __init__(self, windows: Sequence[int]) -> None:
        super().__init__()
        self.windows = tuple(windows)
        for size in windows:
            window = torch.hann_window(size)
            self.register_buffer(f"window_{size}", window / window.sum(), persistent=False)

    def spectrum(self, audio: Tensor, size: int) -> Tensor:
        """(batch, samples) -> compressed (batch, bins, frames, 2)."""
        window = self.get_buffer(f"window_{size}")
        bins = torch.stft(audio, size, size // 4, window=window, return_complex=True)
        parts = torch.view_as_real(bins)
        # Without the small term the gradient has no bound near 0; it is -90 dB of full scale.
        power = parts.square().sum(-1, keepdim=True) + 1e-9
        return parts * power.pow((_COMPRESSION - 1) / 2)

    def forward(self, estimate: Tensor, reference: Tensor) -> Tensor:
        """Two of (batch, 1, samples) -> a scalar."""
        loss = torch.zeros((), device=estimate.device)
        with torch.autocast(estimate.device.type, enabled=False):
            ours, theirs = estimate.float().squeeze(1), reference.float().squeeze(1)
            for size in self.windows:
                distance = self.spectrum(ours, size) - self.spectrum(theirs, size)
                loss = loss + distance.abs().mean()
        return loss


def discriminator_loss(verdicts: Sequence[Tensor], kind: str) -> Tensor:
    """Of verdicts whose first half is on coded and second half on original audio, summed."""
    losses = []
    for verdict in verdicts:
        coded, original = verdict.float().chunk(2)
        if kind == "hinge":
            losses.append(functional.relu(1 + coded).mean() + functional.relu(1 - original).mean())
        else:
            losses.append(coded.square().mean() + (1 - original).square().mean())
    return torch.stack(losses).sum()


def adversarial_loss(verdicts: Sequence[Tensor], kind: str) -> Tensor:
    """What the generator pays for verdicts on coded audio, summed over discriminators."""
    if kind == "hinge":
        return torch.stack([-verdict.float().mean() for verdict in verdicts]).sum()
    return torch.stack([(1 - verdict.float()).square().mean() for verdict in verdicts]).sum()


def feature_loss(coded: Sequence[FeatureMaps], original: Sequence[FeatureMaps]) -> Tensor:
    """Mean absolute difference of the maps before the verdicts, summed over all maps."""
    distances = [
        functional.l1_loss(ours.float(), theirs.detach().float())
        for maps, targets in zip(coded, original, strict=True)
        for ours, theirs in zip(maps[:-1], targets[:-1], strict=True)
    ]
    return torch.stack(distances).sum()
