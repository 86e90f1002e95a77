"""Worker processes through the `concurrent.futures` interface, and what happens when one dies.

This module imports nothing heavy: a worker runs `start_worker` before numpy or torch are imported,
so that they see one thread each.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from codecbench.main_script import require_guard

T = TypeVar("T")
R = TypeVar("R")

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)

OpenExecutor = Callable[[int], Executor]


def start_worker(threads: int) -> None:
    """Run first in each worker: threads, Ctrl-C left to the parent, no orphans."""
    for name in THREAD_VARIABLES:
        os.environ[name] = str(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked by `WorkerProcesses`
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A parent that is killed cannot tell its workers, which would wait for work for ever.
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


class WorkerProcesses(ProcessPoolExecutor):
    """An executor whose processes know nothing of Ctrl-C from their first moment on."""

    def submit(self, work: Callable[..., T], /, *args: Any, **more: Any) -> Future[T]:
        """Submit, which may start a process: it has the signal blocked as this thread has it."""
        # The first process would start the tracker, and that would unblock the signal.
        resource_tracker.ensure_running()
        with _ctrl_c_waits():
            return super().submit(work, *args, **more)


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Put Ctrl-C off: blocked in this thread, and noted where another one is given it."""
    noted: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda n, _: noted.append(n)) if is_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        if noted:
            signal.raise_signal(signal.SIGINT)


def local_processes(jobs: int, threads: int = 1) -> Executor:
    """Processes of this machine, spawned: a plain fork can hang once OpenMP has run.

    Raises `UsageError` where a script calls for them in a way in which none of them could start.
    """
    require_guard()
    return WorkerProcesses(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(threads,),
    )


def run_tasks(
    tasks: Iterable[T],
    work: Callable[[T], R],
    split: Callable[[T], list[T]],
    died: Callable[[T, str], R],
    jobs: int,
    open_executor: OpenExecutor = local_processes,
) -> Iterator[R]:
    """Yield `work(task)` for each task, in the order in which they end.

    When a worker dies (segmentation fault, out of memory) the tasks that were running are suspects:
    each is split into its smallest parts, and each part is tried once more, alone in a process of
    its own. A part that takes that process down too yields `died(part, cause)`, the cause in words;
    all others lose nothing.
    """
    waiting = iter(tasks)
    suspects: list[T] | None = None
    while suspects is None or suspects:
        suspects = []
        yield from _until_broken(waiting, work, jobs, open_executor, suspects)
        for suspect in suspects:
            yield from (_alone(part, work, died, open_executor) for part in split(suspect))


def _until_broken(
    waiting: Iterator[T],
    work: Callable[[T], R],
    jobs: int,
    open_executor: OpenExecutor,
    suspects: list[T],
) -> Iterator[R]:
    """Work tasks off; when a worker dies, put what was running into `suspects` and end."""
    executor = open_executor(jobs)
    running: dict[Future[R], T] = {}

    def start(count: int) -> None:
        for task in islice(waiting, 0 if suspects else count):
            try:
                running[executor.submit(work, task)] = task
            except BrokenProcessPool:
                suspects.append(task)

    try:
        start(jobs)
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    suspects.append(task)
                    continue
                start(1)
                yield result
    except BaseException:
        _stop(executor)
        raise
    executor.shutdown(cancel_futures=True)


def _alone(
    part: T, work: Callable[[T], R], died: Callable[[T, str], R], open_executor: OpenExecutor
) -> R:
    executor = open_executor(1)
    processes: list[BaseProcess] = []
    try:
        future = executor.submit(work, part)
        processes = list((getattr(executor, "_processes", None) or {}).values())
        return future.result()
    except BrokenProcessPool:
        executor.shutdown()  # it is over, and has no exit status before
        return died(part, _cause([process.exitcode for process in processes]))
    except BaseException:
        _stop(executor)
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _cause(exit_codes: list[int | None]) -> str:
    """What the exit status of a dead worker says, in words."""
    code = next((code for code in exit_codes if code), None)
    if code is None:
        return "segmentation fault or out of memory"
    if code > 0:
        return (
            f"it left with status {code}, and what it printed says why; the work of a script must "
            'stand under `if __name__ == "__main__":`'
        )
    if -code == signal.SIGKILL:
        return "killed by SIGKILL, as systems do when memory runs out"
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return f"killed by {name}" + (", a segmentation fault" if name == "SIGSEGV" else "")


def _stop(executor: Executor) -> None:
    """End the workers now: what they are doing is not wanted any more."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
