"""How long a report takes, and how much memory, at the size of a paper's test set; run by hand.

    python benchmarks/report_at_size.py --clips 3000 --points 15 --metrics 10

Writes a store of synthetic rows, without audio, then reports it in a process of its own, BD
bootstrap left out, and prints the seconds of each part and the greatest resident memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

CODECS = ("dac", "encodec", "opus")
CATEGORIES = ("speech", "music", "environment")
METRICS = (
    *(("mel", "lower"), ("stft", "lower"), ("visqol", "higher"), ("si_sdr", "higher")),
    *(("l1", "lower"), ("pesq_wb", "higher"), ("stoi", "higher"), ("estoi", "higher")),
    *(("pesq_nb", "higher"), ("bandwidth_hz", "neither")),
)


def write_store(folder: Path, clips: int, points: int, metrics: int) -> None:
    """A run of `clips` clips of 10 s, `points` operating points over three codecs."""
    from codecbench.schema import CLIPS, ENCODINGS, SCORES, SESSIONS
    from codecbench.store import open_run

    generator = np.random.default_rng(0)
    counts = zlib.compress(generator.integers(0, 3, (9, 1024)).astype("<i4").tobytes())
    with open_run(folder) as store:
        store.add(CLIPS, [_clip(i) for i in range(clips)])
        store.add(SESSIONS, [_session()])
        ease = generator.normal(0, 1, clips)
        for point in range(points):
            codec, nominal = CODECS[point % 3], 2000.0 * 2 ** (point // 3)
            store.add(ENCODINGS, [_encoding(i, codec, nominal, counts) for i in range(clips)])
            for metric, direction in METRICS[:metrics]:
                sign = -1 if direction == "lower" else 1
                values = 5 + sign * (np.log2(nominal / 1000) + ease + generator.normal(0, 1, clips))
                rows = (
                    _score(i, codec, nominal, metric, direction, v) for i, v in enumerate(values)
                )
                store.add(SCORES, list(rows))


def _clip(i: int) -> dict[str, Any]:
    return {
        "clip_hash": f"{i:040x}",
        "clip": f"{CATEGORIES[i % 3]}/clip{i:05}.wav",
        "category": CATEGORIES[i % 3],
        "group": f"song {i // 4}",
        "licence": "CC0",
        "source": "",
        "sample_rate_hz": 44100,
        "channels": 1,
        "duration_s": 10.0,
    }


def _session() -> dict[str, Any]:
    return {
        "id": "synthetic",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T01:00:00+00:00",
        "status": "finished",
        "command": "bench run --codecs dac,encodec,opus",
        "protocol": "paper",
        "versions": {},
        "machine": {},
        "skipped": [],
    }


def _encoding(i: int, codec: str, nominal: float, counts: bytes) -> dict[str, Any]:
    return {
        "key": f"{codec}{nominal:.0f}-{i:030x}",
        "clip_hash": f"{i:040x}",
        "codec": codec,
        "codec_version": "1",
        "weights_hash": "",
        "device": "cpu",
        "channels": 1,
        "nominal_bps": nominal,
        "label": "",
        "internal_rate_hz": 44100,
        "coded_bandwidth_hz": 22050.0,
        "codebooks": 9 if codec == "dac" else None,
        "codebook_size": 1024 if codec == "dac" else None,
        "duration_s": 10.0,
        "payload_bytes": int(nominal * 10 / 8) + i % 7,
        "header_bytes": 20,
        "payload_sha256": "",
        "stated_bps": None,
        "measured": True,
        "clipped_samples": 0,
        "delay_samples": None,
        "token_counts": counts if codec == "dac" else None,
    }


def _score(
    i: int, codec: str, nominal: float, metric: str, direction: str, value: float
) -> dict[str, Any]:
    return {
        "encoding_key": f"{codec}{nominal:.0f}-{i:030x}",
        "metric": metric,
        "metric_version": 1,
        "protocol": "paper",
        "payload_sha256": "",
        "unit": "",
        "direction": direction,
        "value": float(value),
        "reason": "",
    }


def report(folder: Path) -> None:
    """Report the store, and print seconds and memory."""
    from codecbench.reports.page.page import write_page
    from codecbench.reports.report import make_report

    begin = time.perf_counter()
    made = make_report([folder], bd_bootstrap=0)
    computed = time.perf_counter()
    write_page(made, folder / "report.html")
    written = time.perf_counter()
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mib = (folder / "report.html").stat().st_size / 2**20
    print(
        f"{len(made.measurements.rows)} rows: computed in {computed - begin:.1f} s, page in "
        f"{written - computed:.1f} s ({size_mib:.1f} MiB); at most {memory_mib:.0f} MiB"
    )


def main() -> None:
    """Write the store here, report it in a child: the memory is then the report's alone."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("clips", 3000), ("points", 15), ("metrics", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.report:
        report(asked.report)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_store(Path(folder) / "run", asked.clips, asked.points, asked.metrics)
        command = [sys.executable, __file__, "--report", str(Path(folder) / "run")]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
