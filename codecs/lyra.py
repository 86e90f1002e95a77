"""Lyra 1.3 (google/lyra): SoundStream's encoder and quantizer and LyraGAN, as three LiteRT models.

Speech at 16 kHz, mono, in packets of 20 ms: 16, 30 or 46 stages of residual quantization, 4 bits
each, the first stage in the highest bits. Audio goes in and comes out as 16-bit integers, scaled
by 2^15 and, on the way out, cut towards zero and clipped, as in `lyra_encoder.cc`,
`lyra_gan_model.cc` and `dsp_utils.h`. Source of all facts: google/lyra at the revision below.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from codecbench.codecs import weights as weight_cache
from codecbench.codecs.bits import pack_bits, unpack_bits
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples, Tokens
from codecbench.codecs.weights import WeightFile, WeightSet
from codecbench.errors import BitstreamError, CodingError, UsageError
from codecbench.native_stderr import quiet_native_stderr

SAMPLE_RATE_HZ = 16_000
SAMPLES_PER_PACKET = 320
STAGE_BITS = 4
STAGES = (16, 30, 46)
_MAX_STAGES = 46
_INT16_SCALE = 32768.0

_REVISION = "47698dadf0010abff6a848e02642f55f806d4842"
_URL = f"https://raw.githubusercontent.com/google/lyra/{_REVISION}/lyra/model_coeffs/"
_ENCODER, _QUANTIZER, _DECODER = "soundstream_encoder.tflite", "quantizer.tflite", "lyragan.tflite"
_SHA256 = {
    _ENCODER: "237da0b16226fb0a68d49551c81bebf614e42142af72764448359f68581e88f1",
    _QUANTIZER: "841ee05989687d32d1f616a8ad1419fc7eda37599d3c05c7cf5a0d60ccf8ac5c",
    _DECODER: "50e7839cda4f30599a3a34cfaddcd9c98449b049eee884e1a74295780448ad06",
}
WEIGHTS = WeightSet(
    name="lyra",
    publisher="Google",
    revision=_REVISION,
    licence="Apache-2.0",
    files=tuple(WeightFile(name, _URL + name, sha256) for name, sha256 in _SHA256.items()),
)

_HEADER = struct.Struct("<BBI")
"""Format, stages, samples."""
_FORMAT = 1


def create(variant: str, options: Mapping[str, str], device: str) -> Codec:
    """`lyra`: one model, no options. It runs on the CPU whatever the device."""
    if variant or options:
        given = ", ".join(filter(None, (variant, *options)))
        raise UsageError(f'lyra has no variant and no option: "{given}" means nothing to it')
    return Lyra()


class Lyra(Codec):
    """Lyra. Encoder and decoder carry state that can't be reset, so each clip gets new ones."""

    name = "lyra"
    version = f"1 ai-edge-litert {version('ai-edge-litert')}"
    weights = WEIGHTS

    def __init__(self) -> None:
        self._quantizer: Any = None

    def find_weights(self) -> str:
        folder = weight_cache.require(WEIGHTS)
        return weight_cache.content_hash(folder / file.name for file in WEIGHTS.files)

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        if channels != 1:
            raise UsageError(f"lyra codes 1 channel, not {channels}")
        packets_per_s = SAMPLE_RATE_HZ / SAMPLES_PER_PACKET
        return tuple(
            OperatingPoint(
                bitrate_bps=8 * _packet_bytes(stages) * packets_per_s,
                sample_rate_hz=SAMPLE_RATE_HZ,
                coded_bandwidth_hz=SAMPLE_RATE_HZ / 2,
                codebooks=stages,
                codebook_size=1 << STAGE_BITS,
            )
            for stages in STAGES
        )

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        stages = point.codebooks
        if stages not in STAGES:
            raise UsageError(f"lyra has no operating point of {stages} stages")
        channels, length = samples.shape
        if channels != 1 or length == 0:
            raise CodingError(f"lyra codes 1 channel of audio, not {samples.shape}")
        integers = np.clip(np.rint(samples[0] * _INT16_SCALE), -32768, 32767)
        audio = np.zeros(_packets(length) * SAMPLES_PER_PACKET, np.float32)
        audio[:length] = integers / _INT16_SCALE
        quantize = self._quantizer_of("encode")
        packets = []
        for features in _run(_ENCODER, audio.reshape(-1, 1, SAMPLES_PER_PACKET)):
            codes = quantize(input_frames=features, num_quantizers=np.int32(stages))["output_0"]
            packets.append(pack_bits(codes.ravel()[:stages], STAGE_BITS))
        return Bitstream(_HEADER.pack(_FORMAT, stages, length), tuple(packets))

    def decode(self, bitstream: Bitstream) -> Samples:
        length, codes = _read(bitstream)
        stages, packets = codes.shape
        indices = np.full((packets, _MAX_STAGES, 1, 1), -1, np.int32)  # -1: a stage not sent
        indices[:, :stages, 0, 0] = codes.T
        dequantize = self._quantizer_of("decode")
        features = (dequantize(encoding_indices=frame)["output_0"] for frame in indices)
        audio = np.concatenate([hop.ravel() for hop in _run(_DECODER, features)])
        integers = np.clip(np.trunc(audio * _INT16_SCALE), -32768, 32767)
        decoded: Samples = (integers / _INT16_SCALE).astype(np.float32)[None, :length]
        return decoded

    def tokens(self, bitstream: Bitstream) -> Tokens:
        return _read(bitstream)[1]

    def close(self) -> None:
        self._quantizer = None

    def _quantizer_of(self, signature: str) -> Any:
        """The quantizer keeps no state, unlike the others: one serves all clips."""
        if self._quantizer is None:
            self._quantizer = _interpreter(_QUANTIZER)
        return self._quantizer.get_signature_runner(signature)


def _packets(length: int) -> int:
    return -(-length // SAMPLES_PER_PACKET)


def _packet_bytes(stages: int) -> int:
    return stages * STAGE_BITS // 8


def _read(bitstream: Bitstream) -> tuple[int, Tokens]:
    """Samples, and codes of shape (stages, packets)."""
    if len(bitstream.header) != _HEADER.size:
        raise BitstreamError(f"lyra: the header has {len(bitstream.header)} bytes")
    form, stages, length = _HEADER.unpack(bitstream.header)
    if form != _FORMAT or stages not in STAGES or not length:
        raise BitstreamError("lyra: the header is of another format, or damaged")
    if len(bitstream.packets) != _packets(length):
        raise BitstreamError(
            f"lyra: {len(bitstream.packets)} packets where there should be {_packets(length)}"
        )
    expected = _packet_bytes(stages)
    for packet in bitstream.packets:
        if len(packet) != expected:
            raise BitstreamError(f"lyra: a packet has {len(packet)} bytes where {expected} belong")
    codes = [unpack_bits(packet, STAGE_BITS, stages) for packet in bitstream.packets]
    return length, np.stack(codes, axis=1).astype(np.int32)


def _run(model: str, inputs: Any) -> Iterator[npt.NDArray[np.float32]]:
    """Feed one input after the other to a new instance of a model with state."""
    interpreter = _interpreter(model)
    given = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    for value in inputs:
        interpreter.set_tensor(given, value)
        interpreter.invoke()
        yield interpreter.get_tensor(result)


def _interpreter(model: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    path: Path = weight_cache.require(WEIGHTS) / model
    with quiet_native_stderr():
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    return interpreter
