"""EnCodec (Défossez et al. 2022, arXiv 2210.13438) on transformers' `EncodecModel`.

`encodec` is the 24 kHz model for mono: one packet of codes. `encodec:48khz` codes stereo in chunks
of 1 s that overlap by 1%: a packet for each, of a float32 scale and the codes. Codes have 10 bits
and are packed frame by frame. `encodec:PATH` takes a folder that transformers saved.

The loop over chunks is our own: transformers' pads the last chunk, which costs bits and changes
its scale, and fails for some lengths.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from codecbench.codecs import weights as weight_cache
from codecbench.codecs.bits import pack_bits, unpack_bits
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples, Tokens
from codecbench.codecs.encodec_checkpoint import (
    CONFIG_24KHZ,
    CONFIG_48KHZ,
    WEIGHTS_24KHZ,
    WEIGHTS_48KHZ,
    layout_of,
    load_network,
    read_config,
)
from codecbench.codecs.weights import WeightSet
from codecbench.errors import BitstreamError, CodingError, UsageError, WeightsError
from codecbench.readable import as_shown, readable

_OFFICIAL: Mapping[str, tuple[str, Mapping[str, Any], WeightSet]] = {
    "": ("encodec", CONFIG_24KHZ, WEIGHTS_24KHZ),
    "24khz": ("encodec", CONFIG_24KHZ, WEIGHTS_24KHZ),
    "48khz": ("encodec:48khz", CONFIG_48KHZ, WEIGHTS_48KHZ),
}

_HEADER = struct.Struct("<BIBHBI")
"""Format, sample rate in Hz, channels, codebook size, codebooks, samples per channel."""
_FORMAT = 1
_SCALE = struct.Struct("<f")


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`encodec`, `encodec:24khz`, `encodec:48khz` or `encodec:PATH`; there are no options."""
    if options:
        raise UsageError(f"encodec has no option {', '.join(options)}: it takes none")
    if variant in _OFFICIAL:
        name, config, weights = _OFFICIAL[variant]
        return EnCodec(name, config, weights, device)
    folder = Path(variant).expanduser()
    folder = as_shown(folder) or folder  # a stored run has the name as it is shown
    if not folder.is_dir():
        raise UsageError(
            f"encodec:{variant}: neither 24khz nor 48khz nor a folder with config.json "
            "and model.safetensors"
        )
    checkpoint = folder / "model.safetensors"
    return EnCodec(f"encodec:{readable(variant)}", read_config(folder), checkpoint, device)


class EnCodec(Codec):
    """One EnCodec model. source: the weights, to be found in the cache, or a checkpoint's path."""

    runs_on_device = True
    version = f"1 transformers {version('transformers')}"

    def __init__(
        self, name: str, config: Mapping[str, Any], source: WeightSet | Path, device: str
    ) -> None:
        self.name = name
        self.weights = source if isinstance(source, WeightSet) else None
        self._config = config
        self._layout = layout_of(config)
        self._source = source
        self._device = device
        self._network: Any = None
        self.channels = (self._layout.channels,)

    def find_weights(self) -> str:
        return weight_cache.content_hash([self._checkpoint()])

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        if channels not in self.channels:
            raise UsageError(f"{self.name} codes {self.channels[0]} channels, not {channels}")
        layout = self._layout
        return tuple(
            OperatingPoint(
                bitrate_bps=float(n * layout.bits_per_s_and_codebook),
                sample_rate_hz=layout.sample_rate_hz,
                coded_bandwidth_hz=layout.sample_rate_hz / 2,
                codebooks=n,
                codebook_size=layout.codebook_size,
            )
            for n in layout.codebooks
        )

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        layout, codebooks = self._layout, point.codebooks
        if codebooks not in layout.codebooks:
            raise UsageError(f"{self.name} has no operating point of {codebooks} codebooks")
        channels, length = samples.shape
        if channels != layout.channels or length == 0:
            raise CodingError(f"{self.name} codes {layout.channels} channels, not {samples.shape}")
        packets = tuple(
            self._encode_chunk(samples[:, start : start + size], codebooks)
            for start, size in self._chunks(length)
        )
        header = _HEADER.pack(_FORMAT, *self._model_fields(), codebooks, length)
        return Bitstream(header, packets)

    def decode(self, bitstream: Bitstream) -> Samples:
        length, parts = self._read(bitstream)
        decoded = [self._decode_chunk(scale, codes) for scale, codes in parts]
        return overlap_add(decoded, self._layout.stride_samples or 0)[:, :length]

    def tokens(self, bitstream: Bitstream) -> Tokens:
        _, parts = self._read(bitstream)
        return np.concatenate([codes for _, codes in parts], axis=1).astype(np.int32)

    def close(self) -> None:
        self._network = None

    def _checkpoint(self) -> Path:
        if isinstance(self._source, WeightSet):
            return weight_cache.require(self._source) / self._source.files[0].name
        if not self._source.is_file():
            raise WeightsError(f"{self.name}: there is no file {self._source}")
        return self._source

    def _loaded(self) -> Any:
        if self._network is None:
            self._network = load_network(self._config, self._checkpoint(), self._device)
        return self._network

    def _chunks(self, length: int) -> list[tuple[int, int]]:
        """Start and length of each chunk; the last is as short as what is left."""
        layout = self._layout
        if layout.chunk_samples is None or layout.stride_samples is None:
            return [(0, length)]
        starts = range(0, length, layout.stride_samples)
        return [(start, min(layout.chunk_samples, length - start)) for start in starts]

    def _encode_chunk(self, chunk: Samples, codebooks: int) -> bytes:
        import torch

        network = self._loaded()
        with torch.inference_mode():
            x = torch.from_numpy(np.ascontiguousarray(chunk))[None].to(self._device)  # (1, C, T)
            scale = b""
            if self._layout.normalised:
                power = x.mean(dim=1, keepdim=True).square().mean(dim=2, keepdim=True)
                rms = power.sqrt() + 1e-8
                scale, x = _SCALE.pack(rms.item()), x / rms
            residual = network.encoder(x)  # (1, dimension, frames)
            codes = []
            for quantizer in network.quantizer.layers[:codebooks]:
                codes.append(quantizer.encode(residual))
                residual = residual - quantizer.decode(codes[-1])
            frames_first = torch.cat(codes).T.cpu().numpy()
        return scale + pack_bits(frames_first, self._layout.bits_per_code)

    def _decode_chunk(self, scale: float, codes: npt.NDArray[np.int64]) -> Samples:
        import torch

        network = self._loaded()
        with torch.inference_mode():
            tokens = torch.from_numpy(codes)[:, None].to(self._device)  # (codebooks, 1, frames)
            audio = network.decoder(network.quantizer.decode(tokens))[0] * scale
            decoded: Samples = audio.cpu().numpy()
        return decoded

    def _model_fields(self) -> tuple[int, int, int]:
        return self._layout.sample_rate_hz, self._layout.channels, self._layout.codebook_size

    def _read(self, bitstream: Bitstream) -> tuple[int, list[tuple[float, npt.NDArray[np.int64]]]]:
        """Samples per channel; scale (1 where there is none) and codes of each chunk."""
        if len(bitstream.header) != _HEADER.size:
            raise BitstreamError(f"{self.name}: the header has {len(bitstream.header)} bytes")
        form, *model, codebooks, length = _HEADER.unpack(bitstream.header)
        if form != _FORMAT or tuple(model) != self._model_fields() or not length:
            raise BitstreamError(f"{self.name}: the header is of another format or model")
        if codebooks not in self._layout.codebooks:
            raise BitstreamError(f"{self.name}: the header says {codebooks} codebooks")
        sizes = [size for _, size in self._chunks(length)]
        if len(sizes) != len(bitstream.packets):
            raise BitstreamError(
                f"{self.name}: {len(bitstream.packets)} packets where there should be {len(sizes)}"
            )
        return length, [
            self._read_packet(packet, math.ceil(size / self._layout.samples_per_frame), codebooks)
            for packet, size in zip(bitstream.packets, sizes, strict=True)
        ]

    def _read_packet(
        self, packet: bytes, frames: int, codebooks: int
    ) -> tuple[float, npt.NDArray[np.int64]]:
        bits, scale_bytes = self._layout.bits_per_code, _SCALE.size * self._layout.normalised
        expected = scale_bytes + math.ceil(frames * codebooks * bits / 8)
        if len(packet) != expected:
            raise BitstreamError(
                f"{self.name}: a packet has {len(packet)} bytes where {expected} belong"
            )
        scale: float = _SCALE.unpack_from(packet)[0] if scale_bytes else 1.0
        codes = unpack_bits(packet[scale_bytes:], bits, frames * codebooks)
        if not (math.isfinite(scale) and scale > 0) or codes.max() >= self._layout.codebook_size:
            raise BitstreamError(f"{self.name}: a packet holds a scale or a code out of range")
        return scale, np.ascontiguousarray(codes.reshape(frames, codebooks).T)


def overlap_add(chunks: list[Samples], stride: int) -> Samples:
    """Add chunks that begin every `stride` samples, weighted by a triangle of the first's length.

    Divided by the sum of the weights: where two chunks overlap, a linear cross-fade.
    """
    if len(chunks) == 1:
        return chunks[0]
    size = chunks[0].shape[1]
    triangle = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1)).astype(np.float32)
    total = stride * (len(chunks) - 1) + chunks[-1].shape[1]
    out = np.zeros((chunks[0].shape[0], total), np.float32)
    weight = np.zeros(total, np.float32)
    for i, chunk in enumerate(chunks):
        place = slice(i * stride, i * stride + chunk.shape[1])
        out[:, place] += chunk * triangle[: chunk.shape[1]]
        weight[place] += triangle[: chunk.shape[1]]
    out /= weight
    return out
