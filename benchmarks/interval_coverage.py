"""How often 95% intervals hold the truth, and how wide they are, at 5 to 30 clips; run by hand.

    python benchmarks/interval_coverage.py [--rounds 1000]

Means: clips are drawn from a normal and from log-normal distributions (sigma 0.5 and 1), whose
means are known, and `reports/intervals.py` stands against Student's t and the percentile bootstrap.

BD-rates: each round draws clips through a pair of codecs whose quality is a + b·log2(rate). Clips
differ in level, in slope, in bitrate, and in the octaves that the second codec saves: normal, or
log-normal with the same mean and standard deviation. So the BD-rate over all clips there could be
is known, and the paired bootstrap of `reports/statistics` stands against Student's t with the
jackknife's standard error and against the percentiles of the same draws.

Width is the mean over rounds, over that of Student's t.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from codecbench.reports.intervals import mean_interval
from codecbench.reports.statistics.bd_bootstrap import paired_intervals
from codecbench.reports.statistics.bd_differences import CurveSums, differences
from codecbench.reports.statistics.studentised import drawn_groups

Floats = npt.NDArray[np.float64]
Ends = tuple[float, float]
Draw = Callable[[np.random.Generator, int], Floats]

CLIPS = (5, 8, 12, 30)
DRAWS = 500
SAVED_OCTAVES, SPREAD_OCTAVES = -0.3, 0.25
SLOPE = 3.0
LOG2_RATES = np.log2([6e3, 12e3, 24e3, 48e3])


def standardised(sigma: float) -> Draw:
    """Draws of mean 0 and standard deviation 1: normal (sigma 0), or log-normal with this sigma."""

    def draw(rng: np.random.Generator, clips: int) -> Floats:
        normal = rng.standard_normal(clips)
        if not sigma:
            return normal
        skewed: Floats = np.exp(sigma * normal - sigma**2 / 2) - 1
        skewed /= np.sqrt(np.expm1(sigma**2))
        return skewed

    return draw


def students(mean: float, error: float, degrees: int) -> Ends:
    """Student's interval."""
    from scipy.special import stdtrit

    half = float(stdtrit(degrees, 0.975)) * error
    return mean - half, mean + half


def percentiles(drawn: Floats) -> Ends:
    """The interval that holds 95% of a bootstrap's draws."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def intervals_of_mean(rng: np.random.Generator, clips: int, draw: Draw) -> dict[str, Ends]:
    """Intervals of the mean of one sample; the truth is 0."""
    values = draw(rng, clips)
    ours = mean_interval(values)
    return {
        "Student's t": students(values.mean(), values.std(ddof=1) / np.sqrt(clips), clips - 1),
        "percentiles": percentiles(drawn_groups(clips, DRAWS, 0) @ values / clips),
        "reports/intervals.py": (ours.low, ours.high),
    }


def pair_of_codecs(rng: np.random.Generator, clips: int, draw: Draw) -> tuple[CurveSums, CurveSums]:
    """Anchor and test codec over clips that are drawn for both."""
    level = rng.normal(0, 1.5, (clips, 1))
    slope = SLOPE * np.exp(rng.normal(-0.045, 0.3, (clips, 1)))
    saved = SAVED_OCTAVES + SPREAD_OCTAVES * draw(rng, clips)[:, np.newaxis]
    own_rate = np.exp(rng.normal(0, 0.15, (clips, 1)))
    made = []
    for octaves in (np.zeros((clips, 1)), saved):
        noise = rng.normal(0, 0.1, (clips, LOG2_RATES.size))
        quality = level + slope * (LOG2_RATES - octaves) + noise
        bits = 2**LOG2_RATES * own_rate
        made.append(CurveSums(bits, np.ones_like(bits), quality, np.ones(clips)))
    return made[0], made[1]


def intervals_of_bd(rng: np.random.Generator, clips: int, draw: Draw) -> dict[str, Ends]:
    """Intervals of the log-rate difference of one sample of clips."""
    anchor, test = pair_of_codecs(rng, clips, draw)
    weights = drawn_groups(clips, DRAWS, 0)
    estimate = float(differences(anchor.over_all(), test.over_all())[0][0])
    drawn, _ = differences(anchor.weighted(weights), test.weighted(weights))
    without, _ = differences(anchor.without_each_group(), test.without_each_group())
    error = float(np.sqrt((clips - 1) / clips * ((without - without.mean()) ** 2).sum()))
    ours, _ = paired_intervals(anchor, test, DRAWS, 0)
    return {
        "Student's t": students(estimate, error, clips - 1),
        "percentiles": percentiles(drawn[np.isfinite(drawn)]),
        "reports/statistics": (ours.low, ours.high),
    }


def measure(
    intervals: Callable[[np.random.Generator, int, Draw], dict[str, Ends]],
    truth: float,
    rounds: int,
    label: str,
) -> None:
    """Print coverage in per cent, and the width over that of Student's t, by clips and draws."""
    print(f"\n{label}")
    for sigma in (0.0, 0.5, 1.0):
        kind = f"log-normal {sigma:g}" if sigma else "normal"
        for clips in CLIPS:
            rng = np.random.default_rng(20231121)
            found = [intervals(rng, clips, standardised(sigma)) for _ in range(rounds)]
            cells = []
            width_of_t = np.nanmean(
                [ends[1] - ends[0] for ends in (f["Student's t"] for f in found)]
            )
            for name in found[0]:
                low, high = np.array([f[name] for f in found]).T
                covered = 100 * np.mean((low <= truth) & (truth <= high))
                width = np.nanmean(high - low) / width_of_t
                cells.append(f"{name} {covered:5.1f}% × {width:.2f}")
            print(f"{kind:>15}, {clips:2} clips: {'   '.join(cells)}", flush=True)


def main() -> None:
    """Measure means, then BD-rates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    measure(intervals_of_mean, 0.0, rounds, "means over clips")
    truth = SAVED_OCTAVES * float(np.log(2))
    measure(intervals_of_bd, truth, rounds, "BD-rates of a pair of codecs")


if __name__ == "__main__":
    main()
