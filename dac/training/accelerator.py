"""The device, the precision and the processes of a training, by Hugging Face accelerate.

Under torchrun there are as many processes as it starts; otherwise there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from codecbench.dac.training.recipe import Recipe
from codecbench.errors import UsageError

if TYPE_CHECKING:
    from accelerate import Accelerator


def start_accelerator(recipe: Recipe, device: str = "auto") -> Accelerator:
    """device: "auto", "cpu" or "cuda". Raises `UsageError` for what this machine has not."""
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise UsageError(
            "training needs accelerate: pip install '.[train]' in a checkout of codecbench"
        ) from error
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: PyTorch finds no CUDA device here")
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    able = not on_cpu and torch.cuda.is_bf16_supported()
    if recipe.precision == "bf16" and not able:
        raise UsageError("precision bf16: the device has none; take auto or float32")
    mixed = "bf16" if able and recipe.precision != "float32" else "no"
    accelerator = Accelerator(cpu=on_cpu, mixed_precision=mixed)
    if recipe.batch_size % accelerator.num_processes:
        raise UsageError(
            f"batch_size {recipe.batch_size} cannot be shared evenly by "
            f"{accelerator.num_processes} processes"
        )
    return accelerator
