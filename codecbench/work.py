"""What a worker process runs: any task."""

from __future__ import annotations

from codecbench.tasks import CodeTask, Result, ScoreTask, Task


def do(task: Task) -> list[Result]:
    """Do a task; what it needs is imported in the worker that does it."""
    if isinstance(task, CodeTask):
        from codecbench.code_clip import code_clip

        return code_clip(task)
    if isinstance(task, ScoreTask):
        from codecbench.score_clip import score_clip

        return score_clip(task)
    from codecbench.time_codec import time_codec

    return time_codec(task)
