"""Inference of the Descript Audio Codec on the CPU, by implementation, run by hand.

    python benchmarks/dac_inference.py [--descript PYTHON] [--threads 1,2] [--seconds 4]
        [--preset 44khz] [--rounds 5]

Sides are this project's fast path and its model (weight norm folded), transformers' `DacModel` and,
where an interpreter that has it is given, descript's package. All have the same random weights and
code the same notes whole. Each has a process of its own for each number of threads, and they take
turns: a ratio is the median over rounds, in each of which all sides worked within seconds.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

ROOT = Path(__file__).parents[1]
OURS = ("fast", "model")
WORKS = ("encode", "decode")


def prepare(preset: str, duration_s: float, folder: Path) -> None:
    """Write weights and audio that all sides read; print how many seconds of whole hops it is."""
    sys.path.insert(0, str(ROOT / "tests" / "dac"))
    from spread_weights import melody, spread_model
    from transformers_dac import as_transformers

    from codecbench.dac.checkpoint import save_checkpoint
    from codecbench.dac.config import PRESETS

    config = PRESETS[preset]
    model = spread_model(config, fit_samples=config.sample_rate)
    save_checkpoint(model, folder / "weights.pth")
    as_transformers(model).save_pretrained(folder / "transformers")
    samples = round(duration_s * config.sample_rate / config.hop_length) * config.hop_length
    np.save(folder / "audio.npy", melody(samples, config.sample_rate).numpy())
    print(samples / config.sample_rate)


def coder(side: str, folder: Path) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Encoding of audio to codes and decoding of codes to audio, tensors, by one side."""
    if side == "descript":
        # By name: here and for type checkers `dac` is another folder.
        theirs = importlib.import_module("dac").DAC.load(folder / "weights.pth").eval()
        return (
            lambda audio: theirs.encode(audio)[1],
            lambda codes: theirs.decode(theirs.quantizer.from_codes(codes)[0]),
        )
    if side == "transformers":
        from transformers import DacModel

        other = DacModel.from_pretrained(folder / "transformers").eval()
        return (
            lambda audio: other.encode(audio).audio_codes,
            lambda codes: other.decode(audio_codes=codes).audio_values[:, None],
        )
    from codecbench.dac.checkpoint import load_checkpoint
    from codecbench.dac.fast import accelerate
    from codecbench.dac.layers import fold_weight_norm

    model = load_checkpoint(folder / "weights.pth")
    if side == "fast":
        model = accelerate(model)
    else:
        fold_weight_norm(model)
    return (
        lambda audio: model.encode(audio).codes,
        lambda codes: model.decode(model.quantizer.from_codes(codes)),
    )


def work(side: str, folder: Path, threads: int) -> None:
    """A side's process: codes once for each line that it reads and answers with the seconds."""
    import torch

    torch.set_num_threads(threads)
    start = time.perf_counter()
    encode, decode = coder(side, folder)
    print(time.perf_counter() - start, flush=True)
    audio = torch.from_numpy(np.load(folder / "audio.npy"))
    with torch.inference_mode():
        codes = encode(audio)
        np.save(folder / f"{side}-codes.npy", codes.numpy())
        # All decode the same: the codes of whoever worked first.
        common = folder / "common.npy"
        if not common.exists():
            np.save(common, codes.numpy())
        codes = torch.from_numpy(np.load(common))
        np.save(folder / f"{side}-audio.npy", decode(codes).numpy())
        for line in sys.stdin:
            start = time.perf_counter()
            encode(audio) if line.strip() == "encode" else decode(codes)
            print(time.perf_counter() - start, flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class Worker:
    """The process of one side."""

    def __init__(self, side: str, python: str, folder: Path, threads: int) -> None:
        command = [python, __file__, "--side", side, str(folder), str(threads)]
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.load_s = self._answer()
        self.seconds: dict[str, list[float]] = {work: [] for work in WORKS}

    def _answer(self) -> float:
        line = self._pipe(self.process.stdout).readline()
        if not line:
            raise SystemExit(f"{self.process.args!r} failed: see above")
        return float(line)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def do(self, work: str) -> None:
        """Code once and keep the seconds."""
        print(work, file=self._pipe(self.process.stdin), flush=True)
        self.seconds[work].append(self._answer())

    def peak_mib(self) -> float:
        """End the process; its greatest resident memory, loading included."""
        self._pipe(self.process.stdin).close()
        return self._answer()


def compare(
    pythons: dict[str, str], folder: Path, threads: int, duration_s: float, rounds: int
) -> None:
    """Let all sides take turns, and print the table for one number of threads."""
    workers = {}
    for side, python in pythons.items():
        workers[side] = Worker(side, python, folder, threads)
        workers[side].do("decode")  # the warm-up has ended when this is answered
        workers[side].seconds["decode"].clear()
    for _ in range(rounds):
        for name in WORKS:
            for worker in workers.values():
                worker.do(name)
    print(f"\n{threads} thread{'s' * (threads > 1)}: s per s of audio, of all rounds the median")
    print(f"{'':14}{'encode':>8}{'decode':>8}{'peak MiB':>10}{'load s':>8}   fast is faster by")
    fast = workers["fast"].seconds
    for side, worker in workers.items():
        costs = [statistics.median(worker.seconds[name]) / duration_s for name in WORKS]
        line = f"{side:14}{costs[0]:8.3f}{costs[1]:8.3f}{worker.peak_mib():10.0f}"
        line += f"{worker.load_s:8.1f}   "
        if side != "fast":
            line += ", ".join(
                f"{name} {ratio_of(worker.seconds[name], fast[name])}" for name in WORKS
            )
        print(line, flush=True)


def ratio_of(theirs: list[float], ours: list[float]) -> str:
    """Median, least and greatest of the rounds' ratios."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def agreement(sides: list[str], folder: Path) -> None:
    """Print how far each side's codes and audio are from those of this project's model."""
    codes, audio = (np.load(folder / f"model-{kind}.npy") for kind in ("codes", "audio"))
    for side in sides:
        if side != "model":
            other = np.load(folder / f"{side}-codes.npy")
            sound = np.load(folder / f"{side}-audio.npy")
            length = min(sound.shape[-1], audio.shape[-1])
            apart = np.abs(sound[..., :length] - audio[..., :length]).max()
            print(
                f"{side} against the model: {(other != codes).sum()} of {codes.size} codes differ, "
                f"audio by {apart:.1e} (rms {audio.std():.2f})"
            )


def compile_s() -> float:
    """Seconds that compiling for this machine takes once, with nothing compiled before."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-c", "import codecbench.dac.fast_kernels"]
        environment = os.environ | {"NUMBA_CACHE_DIR": empty}
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        first = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        return first - (time.perf_counter() - start)


def main() -> None:
    """Alternate the sides, for each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--descript", metavar="PYTHON")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--preset", default="44khz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side, folder, value = arguments.side
        if side == "prepare":
            prepare(value, arguments.seconds, Path(folder))
        else:
            work(side, Path(folder), int(value))
        return
    pythons = dict.fromkeys((*OURS, "transformers"), sys.executable)
    if arguments.descript:
        pythons["descript"] = arguments.descript
    print(f"compiling takes {compile_s():.1f} s, once on a machine", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # Elsewhere, as Linux counts the memory of who starts a process as that process's.
        command = [sys.executable, __file__, "--seconds", str(arguments.seconds)]
        command += ["--side", "prepare", temporary, arguments.preset]
        duration_s = float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for threads in map(int, arguments.threads.split(",")):
            compare(pythons, folder, threads, duration_s, arguments.rounds)
        agreement(list(pythons), folder)


if __name__ == "__main__":
    main()
