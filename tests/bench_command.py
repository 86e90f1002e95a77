"""`bench` as tests call it: in the tests' own process, or in a process of its own.

A process of its own costs one to three seconds before it does anything, and its workers cost that
again. So most tests call it in this process, where its workers are one thread; what is about
processes (signals, crashes, limits, what is imported) asks for a process.
"""

from __future__ import annotations

import io
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

Bench = Callable[..., "subprocess.CompletedProcess[str]"]


def in_this_process(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, packages: Path
) -> subprocess.CompletedProcess[str]:
    """Call `main` in `folder` as its script does. packages: where entry points are found too."""
    from codecbench import cli, plugins, pool

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(
        io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    status: Any = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(packages))
        plugins._outside.cache_clear()
        patch.setattr(pool, "WorkerProcesses", _fresh_thread)
        patch.setattr(sys, "argv", ["bench", *words])
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            cli.main()
        except SystemExit as stop:
            status = stop.code or 0
            if not isinstance(status, int):  # words, which the interpreter prints
                print(status, file=err)
                status = 1
        except Exception:  # as the interpreter ends with what nobody caught
            traceback.print_exc()
            status = 1
    plugins._outside.cache_clear()
    said, complained = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(["bench", *words], status, said, complained)


def _fresh_thread(*_: object, **__: object) -> ThreadPoolExecutor:
    """One worker that, as a new process, remembers no codec and no clip."""
    from codecbench import loaded

    loaded._loaded.clear()
    loaded.clip_audio.cache_clear()
    return ThreadPoolExecutor(1)


def in_a_process(
    words: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Start a process in `folder`, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-c", "from codecbench.cli import main; main()", *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
