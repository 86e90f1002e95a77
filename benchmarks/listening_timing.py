"""Whether the time of an answer tells which stimulus it is; run by hand.

    python benchmarks/listening_timing.py [--raters 8] [--rounds 60] [--duration-s 5]

Raters join a served MUSHRA test and load every sound of their first trial over loopback, in an
order drawn anew each round. Times are compared over what the sounds are, by ranks within a round
(Friedman's test, the open reference among them): under no difference its p is uniform.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "listening_test"))


def measure(folder: Path, raters: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each answer, by condition, in the same order of rounds for all."""
    from live_server import serving
    from walking import Walker

    from codecbench.listening_test.app import create_app
    from codecbench.listening_test.served import open_served

    took_s: dict[str, list[float]] = defaultdict(list)
    generator = random.Random(0)
    with open_served(folder) as served, serving(folder) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for _ in range(raters):
            walker = Walker.begin(create_app(served), served)
            page = walker.walk_to("trial", training=True)
            sounds = {"open reference": page["reference"]["url"]}
            for slot, condition in zip(page["slots"], walker.secret_page.slots, strict=True):
                sounds[condition] = slot["audio"]["url"]
            for number in range(rounds + 1):
                for condition in generator.sample(sorted(sounds), len(sounds)):
                    start = time.perf_counter()
                    connection.request("GET", f"/r/{walker.token}/{sounds[condition]}")
                    connection.getresponse().read()
                    if number:  # the first round reads the files
                        took_s[condition].append(time.perf_counter() - start)
    return took_s


def main() -> None:
    """Serve, load, compare, print."""
    from small_test import write_small_test

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--raters", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--duration-s", type=float, default=5.0, help="of each sound")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_small_test(folder, duration_s=options.duration_s)
        took_s = measure(folder, options.raters, options.rounds)
    print(f"{'ms':18}{'n':>6}{'median':>9}{'mean rank':>11}")
    ranks = stats.rankdata(np.array(list(took_s.values())), axis=0).mean(axis=1)
    for (condition, values), rank in zip(took_s.items(), ranks, strict=True):
        print(f"{condition:18}{len(values):6}{1000 * np.median(values):9.2f}{rank:11.2f}")
    print(f"no difference: p = {stats.friedmanchisquare(*took_s.values()).pvalue:.2f}")


if __name__ == "__main__":
    main()
