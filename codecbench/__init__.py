"""codecbench: audio codecs from a checkpoint to a table in a paper.

`load` reads stored runs as a pandas frame, `make_report` computes everything that a report of runs
shows; the command `bench` does the rest. Importing this package imports nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codecbench.loading import load
    from codecbench.reports.report import make_report

__all__ = ["__version__", "load", "make_report"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "load":
        from codecbench.loading import load

        return load
    if name == "make_report":
        from codecbench.reports.report import make_report

        return make_report
    raise AttributeError(f"module 'codecbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
