"""Repeated-measures ANOVA against published examples and statsmodels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.stats
from statsmodels.stats.anova import AnovaRM

from codecbench.listening_test.anova import epsilons, one_way, two_way
from codecbench.listening_test.uncomputable import Uncomputable

GRIBBLE = np.array([[1, 3, 4], [2, 2, 3], [2, 5, 6], [3, 4, 4], [3, 5, 6]])
BUSHTUCKER = np.array(
    [
        [8, 7, 1, 6],
        [9, 5, 2, 5],
        [6, 2, 3, 8],
        [5, 3, 1, 9],
        [8, 4, 5, 8],
        [7, 5, 6, 7],
        [10, 2, 7, 2],
        [12, 6, 8, 1],
    ]
)


def test_published_f() -> None:
    """P. Gribble, "Repeated measures ANOVA using R" (2009): R's aov gives F(2, 8) = 13.576,
    p = 0.002683, sums of squares 14.9333 and 4.4."""
    effect = one_way(GRIBBLE)
    assert (effect.df, effect.df_error) == (2, 8)
    assert effect.f == pytest.approx(13.576, abs=5e-4)
    assert effect.p == pytest.approx(0.002683, abs=5e-7)
    assert effect.eta_squared == pytest.approx(14.9333 / (14.9333 + 4.4), abs=1e-5)


def test_published_huynh_feldt() -> None:
    """A. Field, "Discovering Statistics", repeated measures (four foods, eight celebrities): SPSS
    gives F(3, 21) = 3.794, p = .026; Greenhouse-Geisser .533, p = .063; Huynh-Feldt .666, p = .048.
    """
    effect = one_way(BUSHTUCKER)
    assert effect.f == pytest.approx(3.794, abs=5e-4)
    assert effect.p == pytest.approx(0.026, abs=5e-4)
    assert effect.epsilon_gg == pytest.approx(0.533, abs=5e-4)
    assert effect.p_gg == pytest.approx(0.063, abs=5e-4)
    assert effect.epsilon_hf == pytest.approx(0.666, abs=5e-4)
    assert effect.p_hf == pytest.approx(0.048, abs=5e-4)


def test_epsilons_of_another_package() -> None:
    """The example in the documentation of pingouin.epsilon: 0.56 and 0.62."""
    a, b, c = [2.2, 3.1, 4.3, 4.1, 7.2], [1.1, 2.5, 4.1, 5.2, 6.4], [8.2, 4.5, 3.4, 6.2, 7.2]
    effect = one_way(np.column_stack([a, b, c]))
    assert effect.epsilon_gg == pytest.approx(0.56, abs=5e-3)
    assert effect.epsilon_hf == pytest.approx(0.62, abs=5e-3)


def test_two_way_of_r() -> None:
    """Data and figures of statsmodels' own test, which are those of R's ezANOVA."""
    path = Path(statsmodels.stats.__file__).parent / "tests/results/anova-rm-test-data.csv"
    data = pd.read_csv(path).iloc[:48]
    wide = data.pivot_table(index="id", columns=["A", "B"], values="DV")
    effects = two_way(wide.to_numpy().reshape(8, 2, 3))
    expected = [
        (1, 7, 40.14159, 3.905263e-04),
        (2, 14, 29.21739, 1.007549e-05),
        (2, 14, 17.10545, 1.741322e-04),
    ]
    for effect, (df, df_error, f, p) in zip(effects, expected, strict=True):
        assert (effect.df, effect.df_error) == (df, df_error)
        assert effect.f == pytest.approx(f, abs=1e-5)
        assert effect.p == pytest.approx(p, rel=1e-5)


def test_two_way_of_statsmodels() -> None:
    scores = np.random.default_rng(0).normal(50, 9, (5, 3, 4)) + np.arange(3)[:, None] * 4
    index = pd.MultiIndex.from_product([range(5), range(3), range(4)], names=["r", "c", "i"])
    frame = pd.DataFrame({"y": scores.ravel()}, index=index).reset_index()
    theirs = AnovaRM(frame, "y", "r", within=["c", "i"]).fit().anova_table
    for effect, row in zip(two_way(scores), theirs.to_numpy(), strict=True):
        assert [effect.f, effect.df, effect.df_error, effect.p] == pytest.approx(list(row))


def test_an_interaction_with_two_levels_is_a_one_way_of_differences() -> None:
    """With two conditions, condition × item asks whether their differences depend on the item."""
    scores = np.random.default_rng(3).normal(50, 9, (9, 2, 4))
    interaction = two_way(scores)[2]
    of_differences = one_way(scores[:, 0] - scores[:, 1])
    assert interaction.f == pytest.approx(of_differences.f)
    assert interaction.epsilon_hf == pytest.approx(of_differences.epsilon_hf)
    assert interaction.p_hf == pytest.approx(of_differences.p_hf)


def test_two_levels_are_spherical() -> None:
    """And F is the square of the paired t: differences 1, 2, 3, 6 have mean 3, s² 14/3."""
    scores = np.array([[1.0, 0], [2, 0], [3, 0], [6, 0]])
    effect = one_way(scores)
    assert effect.f == pytest.approx(9 / (14 / 3 / 4))
    assert (effect.epsilon_gg, effect.epsilon_hf) == (1, 1)
    assert effect.p == effect.p_hf


def test_epsilon_from_either_product_is_the_same() -> None:
    """More contrasts than raters: the smaller matrix has the same traces."""
    contrasts = np.random.default_rng(0).normal(size=(4, 9))
    eigenvalues = np.linalg.eigvalsh(np.cov(contrasts.T))
    expected = eigenvalues.sum() ** 2 / (9 * (eigenvalues**2).sum())
    assert epsilons(contrasts)[0] == pytest.approx(expected)


def test_what_cannot_be_tested_has_a_reason() -> None:
    with pytest.raises(Uncomputable, match="1 rater "):
        one_way(GRIBBLE[:1])
    with pytest.raises(Uncomputable, match="1 condition"):
        one_way(GRIBBLE[:, :1])
    with pytest.raises(Uncomputable, match="no error"):
        one_way(np.arange(4)[:, None] + np.array([1, 5, 9]))
    with pytest.raises(Uncomputable, match="1 item"):
        two_way(GRIBBLE[:, :, None])
