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
        raise UsageError("training needs accelerate: pip install 'codecbench[train]'") from error
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: PyTorch finds no CUDA device here")
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    mixed = "bf16" if _takes_bf16(recipe, on_cpu) else "no"
    accelerator = Accelerator(cpu=on_cpu, mixed_precision=mixed)
    if recipe.batch_size % accelerator.num_processes:
        raise UsageError(
            f"batch_size {recipe.batch_size} cannot be shared evenly by "
            f"{accelerator.num_processes} processes"
        )
    return accelerator


def _takes_bf16(recipe: Recipe, on_cpu: bool) -> bool:
    if recipe.precision == "float32":
        return False
    able = _cpu_multiplies_bf16() if on_cpu else torch.cuda.is_bf16_supported()
    if recipe.precision == "bf16":
        if not able:
            raise UsageError("precision bf16: the device has none; take auto or float32")
        return True
    # On a CPU the paper's narrow convolutions gain nothing by it.
    return able and not (on_cpu and recipe.model.frame_networks is None)


def _cpu_multiplies_bf16() -> bool:
    """Whether the processor has instructions for it; without, bf16 is slower than float32."""
    return any(
        check() for name in _BF16_CHECKS if (check := getattr(torch.cpu, name, None)) is not None
    )


_BF16_CHECKS = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""Of torch; private ones, so what a version lacks is passed over."""
