"""Batches of excerpts in the order of the training's steps, from worker processes.

Step k takes excerpts k·B to k·B + B - 1, B being the size of the batch over all processes of the
training; so a training goes on at any step, and with any number of processes and workers.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.context import BaseContext

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from codecbench.dac.training.excerpts import Excerpt, Excerpts
from codecbench.errors import AudioError, UsageError

Batch = tuple[torch.Tensor, tuple[str, ...]]


def batches(
    excerpts: Excerpts,
    batch_size: int,
    first_step: int,
    last_step: int,
    workers: int,
    rank: int = 0,
    processes: int = 1,
) -> Iterator[Batch]:
    """The batches of steps `first_step` to `last_step`, both included, counted from 0.

    Each is (audio (batch_size / processes, 1, samples), paths of files that could not be read).
    Process `rank` of `processes` gets its contiguous part of each batch. With 0 workers, excerpts
    are read as they are asked for; with more, ahead, and a script needs `if __name__ ==
    "__main__":`, for workers are not forked from the training.
    Raises `UsageError` for a batch that the processes cannot share evenly, `AudioError` where
    excerpts cannot be read any more.
    """
    if batch_size < 1 or batch_size % processes:
        raise UsageError(
            f"a batch of {batch_size} cannot be shared by {processes} processes: "
            "make batch_size a multiple of their number"
        )
    if not 0 <= rank < processes or workers < 0 or first_step < 0:
        raise UsageError("rank must lie in 0..processes-1; workers and first_step be 0 or more")
    loader = DataLoader(
        _Reported(excerpts),
        batch_sampler=_Steps(batch_size, first_step, last_step, rank, processes),
        collate_fn=_collated,
        num_workers=workers,
        multiprocessing_context=_context() if workers else None,
        generator=torch.Generator(),  # else each start would draw from the training's
        pin_memory=torch.cuda.is_available(),
    )
    return _raised(loader)


def _context() -> BaseContext:
    """Workers are forked from a clean process: the training's own has threads and CUDA.

    The clean one imports what workers need, once. Windows has none: there, each worker does.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["codecbench.dac.training.batches", "scipy.fft", "scipy.signal"])
    return context


class _Steps(Sampler[list[int]]):
    def __init__(
        self, batch_size: int, first_step: int, last_step: int, rank: int, processes: int
    ) -> None:
        self._steps = range(first_step, last_step + 1)
        self._stride = batch_size
        self._share = batch_size // processes
        self._offset = rank * self._share

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[list[int]]:
        for step in self._steps:
            first = step * self._stride + self._offset
            yield list(range(first, first + self._share))


class _Reported(Dataset[Excerpt | AudioError]):
    """Hands errors over as values: raised in a worker, they would arrive as a traceback's text."""

    def __init__(self, excerpts: Excerpts) -> None:
        self._excerpts = excerpts

    def __getitem__(self, n: int) -> Excerpt | AudioError:
        try:
            return self._excerpts[n]
        except AudioError as error:
            return AudioError(str(error))


def _collated(items: list[Excerpt | AudioError]) -> Batch | AudioError:
    found = []
    for item in items:
        if isinstance(item, AudioError):
            return item
        found.append(item)
    failed = dict.fromkeys(path for item in found for path in item.failed)
    return torch.stack([item.audio for item in found]), tuple(failed)


def _raised(loader: DataLoader[Excerpt | AudioError]) -> Iterator[Batch]:
    for batch in loader:
        if isinstance(batch, AudioError):
            raise batch
        yield batch
