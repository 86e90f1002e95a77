"""Scoring by codecbench against a plain serial loop over the same libraries, run by hand.

    python benchmarks/scoring.py [--clips FOLDER] [--rounds 2] [--jobs 2]

The loop does what one would write first: for each clip and each rate it calls ViSQOL, PESQ, STOI
and the distances on reference and estimate, with the libraries' own threads. codecbench scores the
same pairs in worker processes of one thread, grouped by clip, the reference's side of each metric
computed once. Sides alternate, each in fresh processes, start-up included.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codecbench.tasks import ScoreItem

BITRATES_BPS = (8000, 14000, 24000, 64000)


def prepare(clips: Path | None, folder: Path) -> list[ScoreItem]:
    """Code all clips by Opus at four rates; decoded audio goes to `folder`."""
    from codecbench.clips import find_clips
    from codecbench.code_clip import code_clip
    from codecbench.names import parse_codec_names
    from codecbench.plan import Request, lay_plan
    from codecbench.schedule import lacking
    from codecbench.tasks import Coded, CodeItem, CodeTask, ScoreItem

    request = Request(parse_codec_names(["opus"]), BITRATES_BPS, clips)
    plan = lay_plan(request, find_clips(clips))
    items = []
    for coding in plan.codings:
        item = CodeItem(coding, None, folder / f"{coding.key}.npy", None)
        (result,) = code_clip(CodeTask((item,)))
        assert isinstance(result, Coded), result
        items.append(ScoreItem(coding, "", item.decoded, lacking(plan, coding, ())))
    return items


def serial(items: Sequence[ScoreItem]) -> None:
    """The plain loop: every metric from scratch on every pair."""
    import numpy as np
    import pesq
    import pystoi
    import visqol

    from codecbench.audio import resample
    from codecbench.loaded import clip_audio
    from codecbench.metrics.table import load_metric

    audio_mode = visqol.VisqolApi()
    audio_mode.create(mode="audio")
    speech_mode = visqol.VisqolApi()
    speech_mode.create(mode="speech")
    for item in items:
        reference = clip_audio(item.coding.clip.path, 1)
        estimate = np.load(item.decoded)

        def at(
            rate_hz: int,
            sounds: tuple[object, ...] = (reference.samples, estimate),
            source_hz: int = reference.sample_rate_hz,
        ) -> list[object]:
            return [resample(s, source_hz, rate_hz)[0].astype(np.float64) for s in sounds]  # type: ignore[arg-type]

        for name in item.metrics:
            if name == "visqol":
                audio_mode.measure_from_arrays(*at(48000), 48000)
            elif name == "visqol_speech":
                speech_mode.measure_from_arrays(*at(16000), 16000)
            elif name.startswith("pesq"):
                rate_hz = 16000 if name == "pesq_wb" else 8000
                pesq.pesq(rate_hz, *at(rate_hz), name[5:])
            elif name in ("stoi", "estoi"):
                pystoi.stoi(*at(16000), 16000, extended=name == "estoi")
            else:
                metric = load_metric(name)
                before, after = at(44100)
                metric.compare(metric.prepare(before, 44100), after, 44100)  # type: ignore[arg-type]


def parallel(items: Sequence[ScoreItem], jobs: int) -> None:
    """What a run does."""
    from codecbench.pool import run_tasks
    from codecbench.schedule import score_tasks
    from codecbench.tasks import Scored, died, split
    from codecbench.work import do

    for batch in run_tasks(score_tasks(items, "paper", jobs), do, split, died, jobs):
        assert all(isinstance(result, Scored) for result in batch), batch


def timed(side: str, pickled: Path, jobs: int) -> float:
    """Seconds of one side in a fresh process."""
    from codecbench.codecs.weights import cache_folder

    # The loop gets the cache of compiled code too, without which it loses 15 s.
    environment = {"NUMBA_CACHE_DIR": str(cache_folder() / "numba")} | dict(os.environ)
    command = [sys.executable, __file__, "--side", side, str(pickled), str(jobs)]
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Alternate the two sides and print pairs a minute and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side, path, jobs = arguments.side
        items = pickle.loads(Path(path).read_bytes())  # written below, by ourselves
        if side == "serial":
            serial(items)
        else:
            parallel(items, int(jobs))
        return
    with tempfile.TemporaryDirectory() as temporary:
        items = prepare(arguments.clips, Path(temporary))
        pickled = Path(temporary) / "items"
        pickled.write_bytes(pickle.dumps(items))
        timed("parallel", pickled, arguments.jobs)  # fills the cache of compiled code
        for _ in range(arguments.rounds):
            loop_s = timed("serial", pickled, arguments.jobs)
            ours_s = timed("parallel", pickled, arguments.jobs)
            print(
                f"{len(items)} pairs: loop {60 * len(items) / loop_s:.1f} a minute, "
                f"codecbench {60 * len(items) / ours_s:.1f}, ratio {loop_s / ours_s:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
