"""The settings of numba, which it reads when it is imported: this comes first."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def set_up_compiler() -> None:
    """Let numba keep compiled code on disk: compiling takes 15 s in each process otherwise.

    For whoever is about to import what imports numba. Does nothing once it is imported.
    """
    if "numba" in sys.modules:
        return
    # Two frames side by side become vector instructions only with this pass of the compiler.
    os.environ.setdefault("NUMBA_SLP_VECTORIZE", "1")
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    from platformdirs import user_cache_dir

    cache_dir = os.environ.get("CODECBENCH_CACHE") or user_cache_dir("codecbench")
    os.environ["NUMBA_CACHE_DIR"] = str(Path(cache_dir) / "numba")
