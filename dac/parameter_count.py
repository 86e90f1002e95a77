"""How many parameters a configuration has, without building the model or loading torch."""

from __future__ import annotations

from codecbench.dac.config import DACConfig, FrameNetworks

_UNITS = 3
"""Residual units in a block."""


def parameter_count(config: DACConfig) -> int:
    """Trainable parameters of the codec; `codebook_learning="ema"` trains none in codebooks."""
    if config.frame_networks is not None:
        return _frame_networks(config, config.frame_networks) + _quantizer(config)
    return _encoder(config) + _quantizer(config) + _decoder(config)


def _frame_networks(config: DACConfig, networks: FrameNetworks) -> int:
    """Encoder and decoder: blocks, the layers before and after them, three normalisations more."""
    spectrum = 3 * (networks.window_hops * config.hop_length // 2 + 1)
    latent, encoder, decoder = config.latent_channels, config.encoder_dim, config.decoder_dim
    total = networks.encoder_blocks * _block(encoder, networks) + 2 * 2 * encoder
    total += (spectrum + 1) * encoder + (encoder + 1) * latent
    total += networks.decoder_blocks * _block(decoder, networks) + 2 * 2 * decoder
    return total + (latent * networks.kernel + 1) * decoder + (decoder + 1) * spectrum


def _block(channels: int, networks: FrameNetworks) -> int:
    """Convolution, normalisation, two products, scale."""
    wide = networks.expansion * channels
    products = (channels + 1) * wide + (wide + 1) * channels
    return channels * (networks.kernel + 1) + 2 * channels + products + channels


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
