"""Verdicts: what is a regression, what passes, what is open and what would decide it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from made_sides import make_side
from scipy.stats import t as student

from codecbench.reports.check import words
from codecbench.reports.check.checking import check_sides
from codecbench.reports.check.clips_needed import clips_to_decide
from codecbench.reports.check.settings import Settings, Tolerance
from codecbench.reports.check.verdict import Verdict
from codecbench.wording import counted

CLIPS = 12
GENERATOR = np.random.default_rng(7)
VALUES = 2 + GENERATOR.standard_normal(CLIPS)
SMALL_NOISE = 0.001 * GENERATOR.standard_normal(CLIPS)


def _check(
    before: Mapping[str, npt.ArrayLike],
    after: Mapping[str, npt.ArrayLike],
    groups: Sequence[str] = (),
    mel: float = 0.02,
) -> Verdict:
    settings = Settings({**Settings().tolerances, "mel": Tolerance(mel)})
    sides = [make_side({"one": cells}, groups=groups) for cells in (before, after)]
    return check_sides(sides[0], sides[1], settings)


def test_the_same_values_pass_as_identical_on_any_number_of_clips() -> None:
    for count in (1, 3, 12):
        verdict = _check({"mel@6": VALUES[:count]}, {"mel@6": VALUES[:count]})
        assert (verdict.outcome, verdict.exit_status) == ("pass", 0)
        assert verdict.cells[0].reason == "identical"
        assert verdict.cells[0].is_identical


def test_rounding_passes_on_any_number_of_clips() -> None:
    for shift, outcome in ((1e-4, "pass"), (3e-4, "could not judge")):
        (cell,) = _check({"mel@6": VALUES[:3]}, {"mel@6": VALUES[:3] + shift}).cells
        assert cell.outcome == outcome
        assert not cell.is_identical


def test_a_loss_beyond_noise_and_tolerance_is_a_regression() -> None:
    verdict = _check(
        {"mel@6": VALUES, "visqol@6": VALUES},
        {"mel@6": VALUES + 0.1 + SMALL_NOISE, "visqol@6": VALUES - 0.1 + SMALL_NOISE},
    )
    assert verdict.exit_status == 1
    for cell in verdict.cells:  # lower mel is better, higher ViSQOL is
        assert cell.outcome == "regression"
        assert 0 < cell.low < cell.mean < cell.high
        assert cell.mean == pytest.approx(0.1, abs=0.002)
        assert cell.changes[0].worse == max(change.worse for change in cell.changes)


def test_a_gain_and_a_loss_within_the_tolerance_pass() -> None:
    for shift in (-0.5, 0.01):
        verdict = _check({"mel@6": VALUES}, {"mel@6": VALUES + shift + SMALL_NOISE})
        assert verdict.outcome == "pass"
        assert verdict.cells[0].high <= 0.02


def test_bitrates_are_compared_as_sums_of_bits_over_sums_of_seconds() -> None:
    """As in the run's table: a long clip counts for more than a short one."""
    seconds = GENERATOR.uniform(1, 20, CLIPS)
    before, after = 24000 + 3000 * GENERATOR.random((2, CLIPS))
    sides = [
        make_side({"one": {"bitrate@24": rates}}, seconds=seconds.tolist())
        for rates in (before, after)
    ]
    (cell,) = check_sides(sides[0], sides[1]).cells
    rates = [float((rate * seconds).sum() / seconds.sum()) for rate in (before, after)]
    assert cell.pairing.means == pytest.approx(rates, rel=1e-6)
    assert cell.mean == pytest.approx(100 * (rates[1] / rates[0] - 1), rel=1e-4)
    assert cell.low < cell.mean < cell.high
    assert words.means(cell) == tuple(f"{rate / 1000:.3f}" for rate in rates)


def test_the_same_share_on_every_clip_has_no_spread_however_long_they_are() -> None:
    seconds = GENERATOR.uniform(1, 20, CLIPS).tolist()
    rates = 24000 + 3000 * GENERATOR.random(CLIPS)
    for share, outcome in ((1.005, "pass"), (1.02, "regression")):
        sides = [
            make_side({"one": {"bitrate@24": r}}, seconds=seconds) for r in (rates, share * rates)
        ]
        (cell,) = check_sides(sides[0], sides[1]).cells
        assert cell.outcome == outcome
        assert cell.high == pytest.approx(100 * (share - 1), abs=1e-3)


@pytest.mark.parametrize(
    ("shift", "said"), [(0.1, "worse by 0.100"), (-0.1, "better by 0.100"), (0, "no worse on")]
)
def test_what_got_better_is_said_to_be(shift: float, said: str) -> None:
    noise = SMALL_NOISE - SMALL_NOISE.mean()
    (cell,) = _check({"mel@6": VALUES}, {"mel@6": VALUES + shift + noise}).cells
    assert said in words.sentence(cell)
    assert "by -" not in words.sentence(cell)


def test_a_loss_that_could_be_noise_is_open_and_says_how_many_clips_it_takes() -> None:
    noise = 0.2 * np.random.default_rng(2).standard_normal(CLIPS)
    verdict = _check({"mel@6": VALUES}, {"mel@6": VALUES + noise - noise.mean() + 0.05})
    (cell,) = verdict.cells
    assert verdict.exit_status == 2
    assert cell.low < 0 < cell.mean
    assert CLIPS < cell.clips_needed < 1000


def test_one_regression_makes_the_check_one_and_one_open_cell_keeps_it_from_passing() -> None:
    noise = np.random.default_rng(3).standard_normal(CLIPS)
    cells = {"mel@6": VALUES, "stft@6": VALUES, "l1@6": VALUES}
    worse = {**cells, "stft@6": VALUES + 0.2 * (noise - noise.mean())}
    assert _check(cells, worse).outcome == "could not judge"
    assert _check(cells, {**worse, "mel@6": VALUES + 0.2 + SMALL_NOISE}).outcome == "regression"


@pytest.mark.parametrize("lost", [[2], [2, 5]])
def test_a_value_that_is_lost_is_named_and_keeps_the_check_from_passing(lost: list[int]) -> None:
    gone = VALUES.copy()
    gone[lost] = np.nan
    (cell,) = _check({"mel@6": VALUES}, {"mel@6": gone}).cells
    assert cell.outcome == "could not judge"
    assert "clip/2: the reference is silent" in cell.reason
    # One that the baseline has not either is none that was lost.
    assert _check({"mel@6": gone}, {"mel@6": gone}).outcome == "pass"
    assert _check({"mel@6": gone}, {"mel@6": VALUES}).outcome == "pass"
    # And a loss on the others is a loss.
    assert _check({"mel@6": VALUES}, {"mel@6": gone + 0.3 + SMALL_NOISE}).outcome == "regression"


def test_what_the_candidate_lacks_could_not_be_judged() -> None:
    before = make_side({"one": {"mel@6": VALUES, "mel@12": VALUES, "stft@6": VALUES}})
    after = make_side({"one": {"mel@6": VALUES, "l1@6": VALUES}}, without=[4])
    verdict = check_sides(before, after)
    reasons = {cell.name: cell.reason for cell in verdict.cells}
    assert reasons["one@12 mel"] == reasons["one@6 stft"] == "the candidate does not have it"
    assert "clip/4: the candidate did not code this clip" in reasons["one@6 mel"]
    assert verdict.notes == ("one: only the candidate has l1 at 6; not compared",)


@pytest.mark.parametrize("clips", [1, 2, 4])
def test_too_few_clips_are_said(clips: int) -> None:
    (cell,) = _check({"mel@6": VALUES[:clips]}, {"mel@6": VALUES[:clips] + 1}).cells
    assert cell.outcome == "could not judge"
    assert cell.reason == f"{counted(clips, 'clip')}; at least 5 tell a loss from noise"
    assert cell.clips_needed >= 5


def test_few_groups_are_few_clips() -> None:
    groups = [f"song {i % 3}" for i in range(CLIPS)]
    (cell,) = _check({"mel@6": VALUES}, {"mel@6": VALUES + 1 + SMALL_NOISE}, groups=groups).cells
    assert cell.reason.startswith("3 groups of clips")


def test_a_bitrate_is_compared_as_a_share() -> None:
    verdict = _check({"bitrate@6": 6000 + 10 * VALUES}, {"bitrate@6": 1.05 * (6000 + 10 * VALUES)})
    (cell,) = verdict.cells
    assert cell.outcome == "regression"
    assert cell.mean == pytest.approx(5, abs=1e-4)
    assert cell.pairing.tolerance == 1


def test_a_loss_at_the_tolerance_passes_in_at_most_five_of_a_hundred_checks() -> None:
    passed, checks = 0, 300
    generator = np.random.default_rng(8)
    for _ in range(checks):
        skewed = np.exp(0.8 * generator.standard_normal(CLIPS)) - math.exp(0.32)
        after = {"mel@6": VALUES + 0.5 + 0.3 * skewed, "l1@6": VALUES}
        passed += _check({"mel@6": VALUES, "l1@6": VALUES}, after, mel=0.5).outcome == "pass"
    assert passed <= 0.05 * checks + 11  # and three standard errors of a count


@pytest.mark.parametrize(("mean", "expected"), [(0.0, "pass"), (0.3, "regression")])
def test_clips_needed_are_the_first_that_decide(mean: float, expected: str) -> None:
    error, tolerance, groups = 0.5, 0.1, 10
    rule = {"level": 0.01, "pass_level": 0.05, "widening": 1.2, "least": 5}
    found = clips_to_decide(mean, error, tolerance, groups, groups, **rule)  # type: ignore[arg-type]
    spread = error * math.sqrt(groups)

    def decides(n: int) -> bool:
        if expected == "regression":
            return bool(mean - student.ppf(0.99, n - 1) * spread / math.sqrt(n) > 0)
        return bool(mean + 1.2 * student.ppf(0.95, n - 1) * spread / math.sqrt(n) <= tolerance)

    assert found == next(n for n in range(5, 10_000) if decides(n))
    assert clips_to_decide(tolerance, error, tolerance, groups, groups, **rule) is None  # type: ignore[arg-type]
    # Three clips a group, which stay together.
    grouped = clips_to_decide(mean, error, tolerance, groups, 3 * groups, **rule)  # type: ignore[arg-type]
    assert grouped == 3 * (found or 0)
