"""How far one frame sees and is seen: the receptive fields of encoder and decoder, from the layers.

Long files are coded in pieces that overlap by this much (`chunking`), which makes pieces equal the
whole. Each function walks backwards through the layers and keeps the interval that is needed.
"""

from __future__ import annotations

import math

from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.dac.layers import DILATIONS

_RESIDUAL = sum(3 * dilation for dilation in DILATIONS)
"""Steps to each side that the three residual units of a block see."""


def encoder_reach_frames(config: DACConfig) -> int:
    """Whole hops to each side of a frame's own that its latent depends on at most."""
    if config.frame_networks is not None:
        return _frame_encoder_reach(config.frame_networks)
    first, last = -1, 1  # the last convolution, kernel 3
    for stride in reversed(config.encoder_rates):
        padding = math.ceil(stride / 2)
        first = first * stride - padding - _RESIDUAL
        last = last * stride - padding + 2 * stride - 1 + _RESIDUAL
    first, last = first - 3, last + 3  # the first convolution, kernel 7
    hop = config.hop_length
    return max(math.ceil(-first / hop), math.ceil((last - (hop - 1)) / hop))


def decoder_reach_frames(config: DACConfig) -> int:
    """Whole frames to each side of a frame that its hop of audio depends on at most."""
    if config.frame_networks is not None:
        return _frame_decoder_reach(config.frame_networks)
    first, last = -3, config.hop_length - 1 + 3  # the last convolution, kernel 7
    for stride in reversed(config.decoder_rates):
        padding = math.ceil(stride / 2)
        first, last = first - _RESIDUAL, last + _RESIDUAL
        # Output o of a transposed convolution takes the inputs i for which
        # 0 <= o + padding - i·stride < 2·stride.
        first = -(-(first + padding - 2 * stride + 1) // stride)
        last = (last + padding) // stride
    return max(3 - first, last + 3)  # the first convolution, kernel 7


def _frame_encoder_reach(networks: FrameNetworks) -> int:
    """Of the windows and of a convolution over frames in each block."""
    window, kernel = networks.window_hops - 1, networks.kernel - 1
    if networks.causal:
        return window + networks.encoder_blocks * kernel
    return math.ceil(window / 2) + networks.encoder_blocks * kernel // 2


def _frame_decoder_reach(networks: FrameNetworks) -> int:
    """The same, with the first convolution. Causal windows reach back, and convolutions forward."""
    window, kernel = networks.window_hops - 1, networks.kernel - 1
    if networks.causal:
        return max(window, (networks.decoder_blocks + 1) * kernel)
    return math.ceil(window / 2) + (networks.decoder_blocks + 1) * kernel // 2
