"""Decoding without any padding, as descript's package decodes the pieces of long recordings.

There every convolution of encoder and decoder runs with padding 0 on each piece, skips are cropped
to what their branch leaves, and the pieces are joined end to end. A piece is shorter than its
frames; its first and last hop or so lack what neighbouring frames would add, so the result is not
that of decoding the whole. What is to be decoded so was encoded so.

Source: descript-audio-codec 1.0.0, `dac/model/base.py`.
"""

from __future__ import annotations

import itertools

from torch import Tensor, nn
from torch.nn import functional

from codecbench.dac.config import DACConfig
from codecbench.dac.decoder import DecoderBlock
from codecbench.dac.layers import DILATIONS, Conv1d, ResidualUnit, UpsamplingConv1d
from codecbench.dac.model import DAC
from codecbench.errors import UsageError


def unpadded_samples(config: DACConfig, frames: int) -> int:
    """Samples that `decode_unpadded` makes of so many frames; 0 where they are too few."""
    if config.frame_networks is not None:
        raise UsageError("DAC: networks at the frame rate have no decoding without padding")
    length = frames - 6  # the first convolution, kernel 7
    for stride in config.decoder_rates:
        if length < 1:
            return 0
        length = (length + 1) * stride - sum(6 * dilation for dilation in DILATIONS)
    return max(length - 6, 0)


def fewest_frames(config: DACConfig) -> int:
    """Frames from which on `decode_unpadded` makes audio."""
    return next(frames for frames in itertools.count(1) if unpadded_samples(config, frames))


def decode_unpadded(model: DAC, codes: Tensor) -> Tensor:
    """Codes (batch, codebooks, frames) -> audio (batch, 1, `unpadded_samples`).

    Raises `UsageError` for fewer than `fewest_frames`, and for a model of `fast.accelerate`.
    """
    if not unpadded_samples(model.config, codes.shape[-1]):
        raise UsageError(
            f"DAC: {codes.shape[-1]} frames make no audio without padding: "
            f"{fewest_frames(model.config)} or more do"
        )
    layers = getattr(model.decoder, "model", None)
    if layers is None:
        raise UsageError("DAC: only the model itself decodes without padding, not its fast form")
    x = model.quantizer.from_codes(codes)
    for layer in layers:
        for inner in layer.block if isinstance(layer, DecoderBlock) else [layer]:
            x = _apply(inner, x)
    return x


def _apply(layer: nn.Module, x: Tensor) -> Tensor:
    """One layer with padding 0."""
    if isinstance(layer, Conv1d):
        return functional.conv1d(x, layer.effective_weight(), layer.bias, dilation=layer.dilation)
    if isinstance(layer, UpsamplingConv1d):
        return functional.conv_transpose1d(
            x, layer.effective_weight(), layer.bias, stride=layer.stride
        )
    if isinstance(layer, ResidualUnit):
        y = x
        for inner in layer.block:
            y = _apply(inner, y)
        crop = (x.shape[-1] - y.shape[-1]) // 2
        return x[..., crop : x.shape[-1] - crop] + y
    pointwise: Tensor = layer(x)  # Snake, Tanh
    return pointwise
