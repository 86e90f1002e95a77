"""Where results come from: the command, versions of everything that shapes them, the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from codecbench import __version__

PACKAGES = (
    "ai-edge-litert",
    "av",
    "numpy",
    "pesq",
    "pystoi",
    "scipy",
    "soundfile",
    "soxr",
    "torch",
    "transformers",
    "visqol-python",
)


def package_versions() -> dict[str, str]:
    """Versions of Python, codecbench and the packages that results depend on."""
    found = {"python": platform.python_version(), "codecbench": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def machine() -> dict[str, str]:
    """Processor, cores and system."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or 0),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux: the platform module knows
    return platform.processor() or "unknown"
