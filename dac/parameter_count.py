"""How many parameters a configuration has, without building the model or loading torch."""

from __future__ import annotations

from codecbench.dac.config import DACConfig

_UNITS = 3
"""Residual units in a block."""


def parameter_count(config: DACConfig) -> int:
    """Trainable parameters of the codec; `codebook_learning="ema"` trains none in codebooks."""
    return _encoder(config) + _quantizer(config) + _decoder(config)


def _encoder(config: DACConfig) -> int:
    channels = config.encoder_dim
    total = _conv(1, channels, 7)
    for stride in config.encoder_rates:
        total += _UNITS * _residual_unit(config, channels) + _activation(config, channels)
        total += _conv(channels, 2 * channels, 2 * stride)
        channels *= 2
    return total + _activation(config, channels) + _conv(channels, config.latent_channels, 3)


def _quantizer(config: DACConfig) -> int:
    latent, dim = config.latent_channels, config.codebook_dim
    entries = config.codebook_size * dim if config.codebook_learning == "gradient" else 0
    return config.n_codebooks * (_conv(latent, dim, 1) + _conv(dim, latent, 1) + entries)


def _decoder(config: DACConfig) -> int:
    channels = config.decoder_dim
    total = _conv(config.latent_channels, channels, 7)
    for stride in config.decoder_rates:
        # The gain of a transposed convolution is per input channel, not per output channel.
        upsampling = _conv(channels, channels // 2, 2 * stride) + channels - channels // 2
        total += _activation(config, channels) + upsampling
        channels //= 2
        total += _UNITS * _residual_unit(config, channels)
    return total + _activation(config, channels) + _conv(channels, 1, 7)


def _residual_unit(config: DACConfig, channels: int) -> int:
    convolutions = _conv(channels, channels, 7) + _conv(channels, channels, 1)
    return convolutions + 2 * _activation(config, channels)


def _activation(config: DACConfig, channels: int) -> int:
    return channels if config.activation == "snake" else 0


def _conv(in_channels: int, out_channels: int, kernel: int) -> int:
    """Direction, gain and bias."""
    return in_channels * out_channels * kernel + 2 * out_channels
