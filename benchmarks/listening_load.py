"""Many raters at once against a listening test whose server is killed meanwhile; run by hand.

    python benchmarks/listening_load.py [--raters 200] [--items 4] [--kills 2] [--postgres]

Each simulated rater is a thread that speaks HTTP over loopback: joins by one open link, loads every
sound of every trial, moves every slider several times, sends each page, and tries again, as the
page in a browser does, whatever the server does not acknowledge. The server is `bench listen serve`
in a process of its own; it is killed by SIGKILL and started again. In the end the database must
hold every acknowledged rating exactly once, with the acknowledged value, and every sent trial.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from listening_rater import Figures, LoadRater

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "listening_test"))


class Server:
    """`bench listen serve` of one folder, on one port through all its lives."""

    def __init__(self, folder: Path, database: str | None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._command = [sys.executable, "-m", "codecbench", "listen", "serve", str(folder)]
        self._command += ["--port", str(self.port)]
        self._command += ["--database", database] if database else []
        self._log = folder.parent / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.peak_mib = 0.0

    def start(self) -> float:
        """Start it; seconds until it answers."""
        began_s = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"}
            )
        while time.perf_counter() - began_s < 60:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - began_s
            except OSError:
                time.sleep(0.05)
            finally:
                connection.close()
        raise SystemExit(f"the server does not start: see {self._log}")

    def kill(self) -> None:
        """End it without any warning."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        self.peak_mib = max(self.peak_mib, int(found[1]) / 1024 if found else 0)
        self._process.kill()
        self._process.wait()


def check(source: Path | str, figures: Figures) -> list[str]:
    """What the database holds against what was acknowledged: a list of differences."""
    from sqlalchemy import select

    from codecbench.listening_test.database import default_address, open_database
    from codecbench.listening_test.schema import RATERS, RATINGS, TRIALS

    address = source if isinstance(source, str) else default_address(source)
    with open_database(address) as database, database.reading() as connection:
        hashes = dict(
            tuple(row) for row in connection.execute(select(RATERS.c.id, RATERS.c.token_hash))
        )
        rows = connection.execute(select(RATINGS)).all()
        sent = connection.execute(select(TRIALS).where(TRIALS.c.completed.is_not(None))).all()
    found = {(hashes[r.rater_id], r.page, r.slot): (r.score, r.revision) for r in rows}
    trials = {(hashes[row.rater_id], row.page) for row in sent}
    wrong = [] if len(found) == len(rows) else ["a rating is there twice"]
    lost = figures.ratings.keys() - found.keys()
    other = [key for key in figures.ratings.keys() & found if figures.ratings[key] != found[key]]
    for what, number in (
        ("acknowledged ratings are not there", len(lost)),
        ("ratings have another value than was acknowledged", len(other)),
        ("ratings that nobody was acknowledged", len(found.keys() - figures.ratings.keys())),
        ("acknowledged trials are not there", len(figures.trials - trials)),
        ("trials that nobody was acknowledged", len(trials - figures.trials)),
        ("raters too many or too few", abs(len(hashes) - len({k[0] for k in figures.ratings}))),
    ):
        if number:
            wrong.append(f"{number} {what}")
    return wrong


def report(figures: Figures, server: Server, took_s: float) -> None:
    """Print what was measured."""
    requests = sum(map(len, figures.took_s.values()))
    print(f"{requests} requests in {took_s:.0f} s: {requests / took_s:.0f} a second")
    print(f"{len(figures.ratings)} ratings and {len(figures.trials)} trials were acknowledged")
    again = ", ".join(f"{number} {why}" for why, number in figures.tried_again.items())
    print(f"tried again: {again or 'never'}; the server's peak memory: {server.peak_mib:.0f} MiB")
    print(f"{'ms':12}{'n':>8}{'median':>9}{'95%':>9}{'99%':>9}{'greatest':>10}")
    for name, values in sorted(figures.took_s.items()):
        values.sort()
        at = [1000 * values[min(len(values) - 1, int(q * len(values)))] for q in (0.5, 0.95, 0.99)]
        told = "".join(f"{value:9.1f}" for value in at)
        print(f"{name:12}{len(values):8}{told}{1000 * values[-1]:10.1f}")


def main() -> None:
    """Serve, load, kill, compare, print; the exit status is 1 where anything was lost."""
    from postgres import private_postgres
    from small_test import write_small_test

    from codecbench.listening_test.invites import make_open_invite
    from codecbench.listening_test.served import open_served

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raters", type=int, default=200)
    parser.add_argument("--items", type=int, default=4)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--duration-s", type=float, default=2.0, help="of each sound")
    parser.add_argument("--think-s", type=float, default=0.2, help="mean pause between actions")
    parser.add_argument("--postgres", action="store_true", help="a private cluster, not SQLite")
    parser.add_argument("--database", help="an empty database of your own, by address")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "test"
        folder.mkdir()
        test = write_small_test(folder, items=options.items, duration_s=options.duration_s)
        database = options.database
        if options.postgres:
            database = stack.enter_context(private_postgres())
        with open_served(folder, database) as served:
            shown = served.database.shown
            with served.database.writing() as connection:
                invite = make_open_invite(connection, options.raters)
        server, figures = Server(folder, database), Figures()
        print(f"{options.raters} raters, {options.items} items, {shown}")
        print(f"the server answers after {server.start():.1f} s")
        began_s = time.perf_counter()
        raters = [
            LoadRater(n, server.port, invite, options.think_s, figures)
            for n in range(options.raters)
        ]
        for rater in raters:
            rater.start()
        all_ratings = options.raters * (options.items + len(test.training_items)) * 5
        for number in range(1, options.kills + 1):
            share = number / (options.kills + 1)
            while len(figures.ratings) < share * all_ratings and any(r.is_alive() for r in raters):
                time.sleep(0.01)
            server.kill()
            print(f"killed after {len(figures.ratings)} ratings; back in {server.start():.1f} s")
        for rater in raters:
            rater.join()
        took_s = time.perf_counter() - began_s
        server.kill()
        report(figures, server, took_s)
        wrong = [*figures.failed, *check(database or folder, figures)]
        if len(figures.ratings) != all_ratings:
            wrong.append(f"{all_ratings - len(figures.ratings)} ratings were never acknowledged")
        print("\n".join(wrong) if wrong else "nothing was lost, doubled or changed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
