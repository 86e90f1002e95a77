"""Worker processes that die cost their own task alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codecbench.pool import _ctrl_c_waits, run_tasks

Task = tuple[str, ...]


def work(task: Task) -> str:
    for word in task:
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word.startswith("once:") and not Path(word[5:]).exists():
            Path(word[5:]).touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == "leave":
            os._exit(3)
        if word == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == "raise":
            raise ValueError(word)
        if word == "threads":
            return os.environ["OMP_NUM_THREADS"]
    return "+".join(task)


def split(task: Task) -> list[Task]:
    return [(word,) for word in task]


def died(task: Task, cause: str) -> str:
    return f"died: {'+'.join(task)}: {cause}"


def test_all_tasks_are_done_and_see_one_thread() -> None:
    tasks: list[Task] = [*((str(i),) for i in range(7)), ("threads",)]
    results = sorted(run_tasks(tasks, work, split, died, jobs=2))
    assert results == sorted([*"0123456", "1"])


@pytest.mark.slow
def test_a_death_costs_its_cell_and_nothing_else(tmp_path: Path) -> None:
    tasks: list[Task] = [("a",), ("b", "die", "c"), ("d",), (f"once:{tmp_path}/flag",), ("e",)]
    results = sorted(run_tasks(tasks, work, split, died, jobs=2))
    dead = "died: die: killed by SIGKILL, as systems do when memory runs out"
    assert results == sorted(["a", "b", dead, "c", "d", f"once:{tmp_path}/flag", "e"])


def test_a_death_is_told_by_how_the_process_ended() -> None:
    tasks: list[Task] = [("leave",), ("crash",)]
    leaving, crashing = sorted(run_tasks(tasks, work, split, died, jobs=1), reverse=True)
    assert leaving.startswith("died: leave: it left with status 3")
    assert crashing == "died: crash: killed by SIGSEGV, a segmentation fault"


def test_an_error_of_our_own_is_not_swallowed() -> None:
    tasks: list[Task] = [("raise",)]
    with pytest.raises(ValueError, match="raise"):
        list(run_tasks(tasks, work, split, died, jobs=1))


def test_workers_leave_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\n"
        "from pathlib import Path\n"
        "from codecbench.pool import local_processes\n"
        "def work(folder):\n"
        "    (Path(folder) / 'worker').write_text(str(os.getpid()))\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        f"    local_processes(1).submit(work, {str(tmp_path)!r}).result()\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    told = tmp_path / "worker"
    _wait_for(lambda: told.exists() and bool(told.read_text()))
    parent.kill()
    parent.wait()
    stat = Path(f"/proc/{told.read_text()}/stat")
    _wait_for(lambda: not stat.exists() or stat.read_text().split()[2] == "Z")


def test_ctrl_c_reaches_no_worker_before_it_has_begun(tmp_path: Path) -> None:
    # A worker imports the script before anything else of ours runs in it.
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal\n"
        "from codecbench.pool import local_processes\n"
        "if __name__ != '__main__':\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "def blocked(_):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
        "if __name__ == '__main__':\n"
        "    print(list(local_processes(2).map(blocked, range(2))))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[set(), set()]\n", "")


def test_ctrl_c_while_a_worker_starts_comes_a_moment_later() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    reached: list[str] = []

    def pressed_within() -> None:
        with _ctrl_c_waits():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt):
            pressed_within()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def _wait_for(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
