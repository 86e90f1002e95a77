"""Checkpoints in the released layout: `{'state_dict': …, 'metadata': {'kwargs': …}}`.

Loading is strict and safe: nothing in the file is run, and every key and shape must be the model's.
For use alone the weight norm may be folded: such a file has `.weight` in place of `.weight_g` and
`.weight_v`, and `'weight_norm': 'folded'` in its metadata. It is for this project alone: descript's
package loads it without a word and leaves its own weights random.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from codecbench.dac.checkpoint_shape import config_of, kwargs_of
from codecbench.dac.config import DACConfig
from codecbench.dac.layers import fold_weight_norm
from codecbench.dac.model import DAC
from codecbench.errors import UsageError, WeightsError
from codecbench.files import appearing

_FOLDED = {"weight_norm": "folded"}
"""In the metadata of a file whose weight norm is folded."""

_SHOWN = 3
"""Keys named in a message before it says how many more there are."""


def load_config(path: Path) -> DACConfig:
    """The shape of the model in a checkpoint. Raises `WeightsError` naming file and cause."""
    return config_of(_read(path), path)


def load_metadata(path: Path) -> dict[str, object]:
    """What a checkpoint says of itself beside its model. Raises `WeightsError` as `load_config`."""
    metadata = _read(path)["metadata"]
    known = {"kwargs", *_FOLDED}
    items = metadata.items() if isinstance(metadata, Mapping) else ()
    return {str(key): value for key, value in items if key not in known}


def load_checkpoint(path: Path) -> DAC:
    """The model in a checkpoint, on the CPU, in float32 and evaluation mode.

    Trainable, but for a file with folded weight norm. Raises `WeightsError` naming file and cause:
    no checkpoint, another layout, missing or unknown keys, other shapes, values that are not
    finite.
    """
    content = _read(path)
    config = config_of(content, path)
    folded = _is_folded(content["metadata"], path)
    model = _without_values(config, folded)
    state = content["state_dict"]
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path}: 'state_dict' is a {type(state).__name__}, not a mapping")
    _check_state(state, model.state_dict(), path)
    # Copied where it must be converted alone: the file's tensors become the model's.
    floats = {key: tensor.to(torch.float32) for key, tensor in state.items()}
    model.load_state_dict(floats, strict=True, assign=True)
    return model.requires_grad_(not folded).eval()


def save_checkpoint(
    model: DAC, path: Path, metadata: Mapping[str, object] | None = None, half: bool = False
) -> None:
    """Write a model in the released layout; `metadata` may add entries beside `kwargs`.

    half: in float16, for half the size; loading gives float32 back. What such a model decodes from
    the same codes is off by 50 dB below the signal or less, and of its own codes up to 4 in 100
    are others.

    The file appears whole or not at all. Raises `UsageError` for a model whose weight norm is
    folded or that is a fast one, and `WeightsError` for values that are not finite in half
    precision.
    """
    entries = {key: value for key, value in (metadata or {}).items() if key not in _FOLDED}
    _write(model, path, entries, half, folded=False)


def save_folded(
    model: DAC, path: Path, metadata: Mapping[str, object] | None = None, half: bool = True
) -> None:
    """Write a model for use alone, its weight norm folded; the model itself stays as it is.

    Loaded from float32 it gives the same bits. A file of `save_checkpoint` is hardly larger, and
    can be trained on. Raises as `save_checkpoint`, but takes a model that is folded already.
    """
    folded = copy.deepcopy(model).cpu()
    fold_weight_norm(folded)
    _write(folded, path, {**(metadata or {}), **_FOLDED}, half, folded=True)


def _without_values(config: DACConfig, folded: bool) -> DAC:
    """A model of shapes alone."""
    with torch.device("meta"):
        model = DAC(config)
        if folded:
            fold_weight_norm(model)
    return model


def _write(
    model: DAC, path: Path, metadata: Mapping[str, object], half: bool, folded: bool
) -> None:
    state = {key: tensor.detach().cpu() for key, tensor in model.state_dict().items()}
    if state.keys() != _without_values(model.config, folded).state_dict().keys():
        kind = "made fast" if folded else "folded or made fast"
        raise UsageError(f"{path}: a model that was {kind} lacks what this file must hold")
    if half:
        state = _halved(state, path)
    content = {"state_dict": state, "metadata": {**metadata, "kwargs": kwargs_of(model.config)}}
    try:
        # Into an open file: torch writes a path's name into what it makes of the path.
        with appearing(path, WeightsError) as part, part.open("wb") as file:
            torch.save(content, file)
    except RuntimeError as error:  # torch's word for a full disk
        raise WeightsError(f"cannot write {path}: {error}") from error


def _halved(state: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The same in float16, where that stays finite."""
    halves = {key: tensor.half() for key, tensor in state.items()}
    for key, tensor in halves.items():
        effective = tensor
        if key.endswith(".weight_v"):  # of a direction that vanishes nothing is left to scale
            gain = halves[key.removesuffix("v") + "g"]
            effective = torch._weight_norm(tensor.float(), gain.float(), 0)
        if not bool(torch.isfinite(tensor).all() & torch.isfinite(effective).all()):
            raise WeightsError(
                f"{path}: {key} is not finite in half precision (it reaches "
                f"{float(state[key].abs().max()):.3g}): save the model in float32"
            )
    return halves


def _read(path: Path) -> dict[str, Any]:
    """The top of a checkpoint, with its two entries."""
    if not path.is_file():
        cause = "is a folder, not a checkpoint file" if path.is_dir() else "no such file"
        raise WeightsError(f"{path}: {cause}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its readers of four formats raise
        cause = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WeightsError(f"{path}: not a checkpoint that is safe to load ({cause})") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: holds a {type(content).__name__}, not a DAC checkpoint")
    for entry in ("state_dict", "metadata"):
        if entry not in content:
            raise WeightsError(f"{path}: not a DAC checkpoint: it has no {entry!r}")
    return content


def _is_folded(metadata: Any, path: Path) -> bool:
    """Whether the weight norm is folded in a checkpoint of this metadata."""
    (entry,) = _FOLDED
    value = metadata.get(entry) if isinstance(metadata, Mapping) else None
    if value not in (None, _FOLDED[entry]):
        raise WeightsError(f"{path}: its {entry} is {value!r}, which no version of this reads")
    return value is not None


def _check_state(state: Mapping[Any, Any], expected: Mapping[str, Tensor], path: Path) -> None:
    """Refuse a state dict that is not exactly the model's."""
    missing = [key for key in expected if key not in state]
    unknown = [str(key) for key in state if key not in expected]
    for kind, keys in (("lacks", missing), ("has unknown", unknown)):
        if keys:
            more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            raise WeightsError(f"{path}: its state_dict {kind} {', '.join(keys[:_SHOWN])}{more}")
    for key, model_tensor in expected.items():
        tensor = state[key]
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            raise WeightsError(f"{path}: {key} is not a tensor of floating-point numbers")
        if tensor.shape != model_tensor.shape:
            raise WeightsError(
                f"{path}: {key} has shape {tuple(tensor.shape)}, "
                f"the model of its kwargs {tuple(model_tensor.shape)}"
            )
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsError(f"{path}: {key} holds values that are not finite")
