"""The shape of the model in a checkpoint: its `kwargs`, checked, as a configuration and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codecbench.dac.config import DACConfig, FrameNetworks
from codecbench.errors import UsageError, WeightsError

_OWN = ("activation", "codebook_learning", "frame_networks")
"""Keyword arguments of ours, not of descript's: left out where they have the default."""

_OPTIONAL = {"latent_dim", "quantizer_dropout", *_OWN}
"""Keyword arguments that some files lack: they have the model's default."""


def config_of(content: dict[str, Any], path: Path) -> DACConfig:
    """The configuration in a checkpoint. Raises `WeightsError` naming file and cause."""
    metadata = content["metadata"]
    kwargs = metadata.get("kwargs") if isinstance(metadata, Mapping) else None
    if not isinstance(kwargs, Mapping):
        raise WeightsError(f"{path}: not a DAC checkpoint: its metadata has no 'kwargs'")
    fields = {field.name for field in dataclasses.fields(DACConfig)}
    if unknown := sorted(str(key) for key in kwargs.keys() - fields):
        raise WeightsError(f"{path}: made for another model: unknown kwargs {', '.join(unknown)}")
    if missing := sorted(fields - kwargs.keys() - _OPTIONAL):
        raise WeightsError(f"{path}: its kwargs lack {', '.join(missing)}")
    values = {key: _value(key, value, path) for key, value in kwargs.items()}
    try:
        return DACConfig(**values)
    except UsageError as error:
        raise WeightsError(f"{path}: {error}") from error


def _value(key: str, value: object, path: Path) -> Any:
    """One keyword argument, checked, in the type that `DACConfig` has."""
    if key == "latent_dim" and value is None:
        return None
    if key in {"encoder_rates", "decoder_rates"}:
        if isinstance(value, Sequence) and all(type(rate) is int for rate in value):
            return tuple(value)
    elif key == "quantizer_dropout":
        if isinstance(value, bool | int | float):
            return float(value)
    elif key == "frame_networks":
        return _frame_networks(value, path)
    elif key in _OWN:
        if type(value) is str:
            return value
    elif type(value) is int:
        return value
    raise WeightsError(f"{path}: {key} in its kwargs has the unusable value {value!r}")


def _frame_networks(value: object, path: Path) -> FrameNetworks | None:
    if value is None:
        return None
    fields = {field.name for field in dataclasses.fields(FrameNetworks)}
    if (
        not isinstance(value, Mapping)
        or value.keys() != fields
        or not all(type(entry) in {int, bool} for entry in value.values())
    ):
        raise WeightsError(f"{path}: frame_networks in its kwargs is unusable: {value!r}")
    try:
        return FrameNetworks(**value)
    except UsageError as error:
        raise WeightsError(f"{path}: {error}") from error


def kwargs_of(config: DACConfig) -> dict[str, Any]:
    """What a file says of a configuration: descript's arguments, and ours where they differ."""
    kwargs = dataclasses.asdict(config)
    kwargs["encoder_rates"] = list(config.encoder_rates)
    kwargs["decoder_rates"] = list(config.decoder_rates)
    kwargs["latent_dim"] = config.latent_channels
    defaults = DACConfig()
    for key in _OWN:
        if kwargs[key] == getattr(defaults, key):
            del kwargs[key]
    return kwargs
