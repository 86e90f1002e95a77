"""Coding of streams: codes or audio come in pieces of any size, and what is final comes out.

The pieces in a row are what coding the whole gives, to rounding, with as much work per frame and in
memory that does not grow. The network looks ahead, so output lags behind input by a fixed time:

    model                    decoding                           encoding
    44khz, 44khz-16kbps      4757 samples: 10 frames, 116 ms    3733 samples: 8 frames, 93 ms
    24khz                    3141 samples: 10 frames, 133 ms    2493 samples: 8 frames, 107 ms
    16khz                    3141 samples: 10 frames, 200 ms    2493 samples: 8 frames, 160 ms

Decoding frame by frame takes 2.4 times as long as decoding the whole (44khz, one CPU thread), as
each push reads all the weights; eight frames at a time take 1.1 times as long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from codecbench.dac.config import DACConfig
from codecbench.dac.frame_networks import FrameDecoder, FrameEncoder
from codecbench.dac.frame_streaming import DecoderStream, EncoderStream
from codecbench.dac.layers import DILATIONS
from codecbench.dac.model import DAC
from codecbench.dac.reach import decoder_reach_frames
from codecbench.dac.streaming_layers import Chain, Stream
from codecbench.errors import UsageError

_RESIDUAL = sum(3 * dilation for dilation in DILATIONS)
"""Steps that the three residual units of a block look ahead."""


def decoder_lookahead_samples(config: DACConfig) -> int:
    """Samples of decoded audio that the frames pushed so far do not yet fix."""
    if (networks := config.frame_networks) is not None:
        overlap = (networks.window_hops - 1) * config.hop_length
        if networks.causal:
            return overlap
        frames = (networks.decoder_blocks + 1) * (networks.kernel // 2)
        return overlap // 2 + frames * config.hop_length
    lag = 3  # of the first convolution, kernel 7, in frames
    for stride in config.decoder_rates:
        lag = lag * stride + math.ceil(stride / 2) + _RESIDUAL
    return lag + 3


def encoder_lookahead_samples(config: DACConfig) -> int:
    """Samples after the end of a frame that must be pushed before its codes are fixed."""
    if (networks := config.frame_networks) is not None:
        if networks.causal:
            return 0
        overlap = (networks.window_hops - 1) * config.hop_length
        frames = networks.encoder_blocks * (networks.kernel // 2)
        return overlap - overlap // 2 + frames * config.hop_length
    lag = 1  # of the last convolution, kernel 3, in frames
    for stride in reversed(config.encoder_rates):
        lag = lag * stride + stride // 2 + _RESIDUAL
    return lag + 3


def _layers(network: nn.Module, name: str) -> Iterable[nn.Module]:
    """The layers of the encoder or decoder. Raises `UsageError` for those of `fast.accelerate`."""
    layers: Iterable[nn.Module] | None = getattr(network, name, None)
    if layers is None:
        raise UsageError("DAC: only the model itself works on streams, not its fast form")
    return layers


class StreamingDecoder:
    """Decodes codes as they come; its audio in a row is `model.decode` of all codes to 1e-5.

    Takes the weights and the device as they are now. Fold the weight norm first: without, the
    weights are held twice.
    """

    def __init__(self, model: DAC) -> None:
        self._model = model
        decoder = model.decoder
        self._stream: Stream = (
            DecoderStream(decoder)
            if isinstance(decoder, FrameDecoder)
            else Chain(_layers(decoder, "model"))
        )
        # Odd strides drop samples at the end, which the model computes from the last frames.
        self._tail_frames = decoder_reach_frames(model.config) + 1
        self._last: Tensor | None = None
        self._finished = False

    @property
    def lookahead_frames(self) -> int:
        """Frames after a frame that must be pushed before all of its audio is out."""
        config = self._model.config
        return math.ceil(decoder_lookahead_samples(config) / config.hop_length)

    @torch.no_grad()
    def push(self, codes: Tensor) -> Tensor:
        """Codes (batch, codebooks, 1 frame or more) -> what they fix of the audio, (batch, 1, n).

        The number of codebooks may change from push to push. The audio, 0 samples or more, is on
        the model's device. Raises `UsageError` after `finish`, and for codes of another shape.
        """
        if self._finished:
            raise UsageError("this stream is finished: make another StreamingDecoder")
        batch = codes.shape[0] if self._last is None else self._last.shape[0]
        if codes.ndim != 3 or codes.shape[0] != batch or not codes.shape[2]:
            raise UsageError(
                f"codes must be ({batch}, codebooks, 1 frame or more), got {tuple(codes.shape)}"
            )
        z = self._model.quantizer.from_codes(codes.to(next(self._model.parameters()).device))
        last = z if self._last is None else torch.cat([self._last, z], -1)
        self._last = last[..., -self._tail_frames :]
        return self._stream.push(z, last=False)

    @torch.no_grad()
    def finish(self) -> Tensor:
        """The rest of the audio, (batch, 1, n); the stream ends.

        Raises `UsageError` where nothing was pushed, or it has ended.
        """
        if self._finished or self._last is None:
            raise UsageError("the stream of codes is finished, or nothing was pushed to it")
        self._finished = True
        audio = self._stream.push(self._last[..., :0], last=True)
        return torch.cat([audio, self._model.tail(self._last)], -1)


class StreamingEncoder:
    """Encodes audio as it comes; its codes in a row are those of `model.encode` of all audio.

    But for ties: sums are added in another order, which can turn a code between equal entries.
    """

    def __init__(self, model: DAC, n_quantizers: int | None = None) -> None:
        self._model = model
        self._n_quantizers = n_quantizers
        encoder = model.encoder
        self._stream: Stream = (
            EncoderStream(encoder)
            if isinstance(encoder, FrameEncoder)
            else Chain(_layers(encoder, "block"))
        )
        self._samples = 0
        self._silence: Tensor | None = None
        self._finished = False

    @property
    def lookahead_samples(self) -> int:
        """Samples after the end of a frame that must be pushed before its codes are out."""
        return encoder_lookahead_samples(self._model.config)

    @torch.no_grad()
    def push(self, audio: Tensor) -> Tensor:
        """Audio (batch, 1, samples) -> the codes it fixes, (batch, codebooks, 0 frames or more).

        The codes are on the model's device. Raises `UsageError` after `finish`, and for audio of
        another shape.
        """
        if self._finished:
            raise UsageError("this stream is finished: make another StreamingEncoder")
        batch = audio.shape[0] if self._silence is None else self._silence.shape[0]
        if audio.ndim != 3 or audio.shape[:2] != (batch, 1):
            raise UsageError(f"audio must be ({batch}, 1, samples), got {tuple(audio.shape)}")
        audio = audio.to(next(self._model.parameters()).device)
        self._samples += audio.shape[-1]
        self._silence = audio.new_zeros(audio.shape[0], 1, -self._samples % self._hop_length)
        return self._codes(self._stream.push(audio, last=False))

    @torch.no_grad()
    def finish(self) -> Tensor:
        """The rest of the codes, (batch, codebooks, frames); the stream ends.

        Raises `UsageError` where nothing was pushed, or it has ended.
        """
        if self._finished or self._silence is None or not self._samples:
            raise UsageError("the stream of audio is finished, or nothing was pushed to it")
        self._finished = True
        return self._codes(self._stream.push(self._silence, last=True))

    @property
    def _hop_length(self) -> int:
        return self._model.config.hop_length

    def _codes(self, latents: Tensor) -> Tensor:
        if not latents.shape[-1]:
            count = self._n_quantizers or self._model.config.n_codebooks
            return latents.new_zeros(latents.shape[0], count, 0, dtype=torch.int64)
        codes: Tensor = self._model.quantizer(latents, self._n_quantizers).codes
        return codes
