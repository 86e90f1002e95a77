"""The exceptions of codecbench: one small tree, which every room may import.

A message names the thing, the cause and what to do. The command line prints it on one line and
exits with the class's `exit_status`; whoever uses codecbench from Python catches `CodecbenchError`.
"""

from __future__ import annotations


class CodecbenchError(Exception):
    """Anything that codecbench refuses or fails to do."""

    exit_status = 1


class UsageError(CodecbenchError):
    """A request that cannot be meant: an unknown name, an option out of range, a missing folder."""

    exit_status = 2


class AudioError(CodecbenchError):
    """Audio that cannot be read, or that is not fit to be measured (NaN, no samples)."""


class WeightsError(CodecbenchError):
    """Weights that are missing, damaged or of another layout than the codec's."""


class BitstreamError(CodecbenchError):
    """Bytes that are not a bitstream of this codec, or a damaged one."""


class CodingError(CodecbenchError):
    """A codec that failed on sound audio, or a layout that it does not code."""


class StoreError(CodecbenchError):
    """A run folder that cannot be read or written: read-only, full disk, newer version."""


class TrainingError(CodecbenchError):
    """A training that cannot go on: it diverged, or its run folder belongs to another recipe."""


class ListeningTestError(CodecbenchError):
    """A listening test that cannot be made, read, served or analysed as it is."""


class CellFault(Exception):  # noqa: N818 - its message begins with a cell, and is a traceback
    """A cell failed for a cause that codecbench did not foresee, and the caller asked to be told.

    No `CodecbenchError`: like any fault of a program it ends with its traceback.
    """


class ReportError(CodecbenchError):
    """Runs or ratings that cannot be reported or judged together as they are."""


class Unscorable(CodecbenchError):  # noqa: N818 - a verdict about the clip, not a fault of the code
    """A metric has no value for this clip; the message is the reason that the table shows."""


def reason_of(error: Exception) -> str:
    """An error as a result's reason: ours speak for themselves, others bring their kind along."""
    text = str(error) or "no message"
    return text if isinstance(error, CodecbenchError) else f"{type(error).__name__}: {text}"
