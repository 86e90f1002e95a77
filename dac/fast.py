"""Inference on the CPU in less time: the same model, computed along rows of (time, channels).

Residual units and strided convolutions take fewer products (`fast_convolution`), Snake is a
compiled polynomial (`fast_kernels`), and time is taken in tiles that stay in cache
(`fast_layers`). Codes are those of the model itself, except where the two nearest codes are closer
than rounding; audio differs by rounding (1e-5 and less at full scale).

    fast = accelerate(model)
    codes = fast.encode(audio).codes
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from codecbench.dac.decoder import Decoder, DecoderBlock
from codecbench.dac.encoder import Encoder, EncoderBlock
from codecbench.dac.layers import Conv1d, DownsamplingConv1d, UpsamplingConv1d
from codecbench.dac.model import DAC
from codecbench.errors import UsageError


class FastEncoder(nn.Module):
    """What `Encoder` computes, from copies of its weights."""

    def __init__(self, encoder: Encoder) -> None:
        from codecbench.dac import fast_layers as fast

        super().__init__()
        first, *blocks, activation, last = encoder.block
        assert isinstance(first, Conv1d)
        assert isinstance(last, Conv1d)
        self.first, self.last = fast.same_length(None, first), fast.same_length(activation, last)
        self.blocks = []
        for block in blocks:
            assert isinstance(block, EncoderBlock)
            *units, before, down = block.block
            assert isinstance(down, DownsamplingConv1d)
            self.blocks.append((fast.ResidualUnits(units), fast.downsampling(before, down)))

    def forward(self, audio: Tensor) -> Tensor:
        """(batch, 1, frames·hop) -> (batch, latent_channels, frames), without a gradient."""
        _check(audio)
        with torch.no_grad():
            return torch.stack([self._rows(item.T.contiguous()).T for item in audio])

    def _rows(self, x: Tensor) -> Tensor:
        x = self.first(x, len(x))
        for units, down in self.blocks:
            x = units(x)
            x = down(x, len(x) // down.per_row)
        return self.last(x, len(x))


class FastDecoder(nn.Module):
    """What `Decoder` computes, from copies of its weights."""

    def __init__(self, decoder: Decoder) -> None:
        from codecbench.dac import fast_layers as fast

        super().__init__()
        first, *blocks, activation, last, _ = decoder.model
        assert isinstance(first, Conv1d)
        assert isinstance(last, Conv1d)
        self.first, self.last = fast.same_length(None, first), fast.same_length(activation, last)
        self.blocks = []
        for block in blocks:
            assert isinstance(block, DecoderBlock)
            before, up, *units = block.block
            assert isinstance(up, UpsamplingConv1d)
            self.blocks.append((fast.Upsampling(before, up), fast.ResidualUnits(units)))

    def forward(self, z: Tensor, complete: bool = False) -> Tensor:
        """(batch, latent_channels, frames) -> (batch, 1, samples) as of `Decoder`, no gradient."""
        _check(z)
        with torch.no_grad():
            return torch.stack([self._rows(item.T.contiguous(), complete).T for item in z])

    def _rows(self, x: Tensor, complete: bool) -> Tensor:
        x = self.first(x, len(x))
        for up, units in self.blocks:
            x = units(up(x, complete))
        return self.last(x, len(x)).tanh_()


class FastDAC(DAC):
    """A `DAC` whose encoder and decoder are fast ones: for inference, not for training or saving.

    Both raise `UsageError` for anything but float32 on the CPU. The quantizer is the model's own.
    """

    def __init__(self, model: DAC) -> None:
        nn.Module.__init__(self)
        self.config = model.config
        # Networks at the frame rate are matrix products already: they are taken as they are.
        encoder, decoder = model.encoder, model.decoder
        self.encoder = FastEncoder(encoder) if isinstance(encoder, Encoder) else encoder  # type: ignore[assignment]
        self.quantizer = model.quantizer
        self.decoder = FastDecoder(decoder) if isinstance(decoder, Decoder) else decoder  # type: ignore[assignment]
        self._reach_frames = model._reach_frames
        self.eval()


def accelerate(model: DAC) -> FastDAC:
    """A fast model with the weights that `model` has now, which may be dropped or trained on.

    Where nothing is compiled yet for this machine, that takes some seconds once. Raises
    `UsageError` for a model that is not in float32 on the CPU, and where numba can't be used.
    """
    for name, parameter in model.named_parameters():
        if parameter.device.type != "cpu" or parameter.dtype != torch.float32:
            raise UsageError(
                f"DAC: fast inference is for float32 on the CPU, and {name} is {parameter.dtype} "
                f"on {parameter.device}: use the model itself there"
            )
    try:
        import codecbench.dac.fast_kernels  # noqa: F401
    except (ImportError, RuntimeError) as error:
        raise UsageError(
            f"DAC: fast inference needs numba and a folder that it can write (NUMBA_CACHE_DIR): "
            f"{error}; the model itself needs neither"
        ) from error
    return FastDAC(model)


def _check(x: Tensor) -> None:
    if x.device.type != "cpu" or x.dtype != torch.float32:
        raise UsageError(
            f"DAC: fast inference is for float32 on the CPU, not {x.dtype} on {x.device}"
        )
    if torch.is_grad_enabled() and x.requires_grad:
        raise UsageError("DAC: fast inference has no gradient: use the model itself for training")
