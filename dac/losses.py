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
