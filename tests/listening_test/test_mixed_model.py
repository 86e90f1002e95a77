"""The mixed model against R's nlme, closed forms for balanced data, and statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from codecbench.listening_test.anova import one_way
from codecbench.listening_test.mixed_model import fit_mixed_model
from codecbench.listening_test.uncomputable import Uncomputable

# Machines of R's nlme (Milliken and Johnson 1992): three scores each of workers 1 to 6.
MACHINES = {
    "A": "520 528 531 518 528 531 600 602 584 511 523 503 509 518 514 464 448 492",
    "B": "621 626 640 597 600 590 686 658 697 632 628 622 648 650 654 437 442 430",
    "C": "675 672 669 615 617 623 708 706 710 641 662 640 721 720 711 620 614 605",
}  # tenths


def machines() -> pd.DataFrame:
    rows = [
        (f"w{i // 3 + 1}", "one", machine, float(score) / 10)
        for machine, scores in MACHINES.items()
        for i, score in enumerate(scores.split())
    ]
    return pd.DataFrame(rows, columns=["rater", "item", "condition", "score"])


def rated(seed: int, raters: int = 8, items: int = 5) -> pd.DataFrame:
    """Raters with offsets and tastes on items that differ; conditions a, b, c at 50, 55, 60."""
    generator = np.random.default_rng(seed)
    offset, taste = generator.normal(0, 6, raters), generator.normal(0, 3, (raters, 3))
    rows = [
        (
            f"r{r}",
            f"i{i}",
            "abc"[c],
            50 + 5 * c + 3 * i - 6 + offset[r] + taste[r, c] + generator.normal(0, 5),
        )
        for r in range(raters)
        for i in range(items)
        for c in range(3)
    ]
    return pd.DataFrame(rows, columns=["rater", "item", "condition", "score"])


def test_published_fit() -> None:
    """Pinheiro and Bates (2000), 1.3: lme(score ~ Machine, random = ~1 | Worker/Machine) gives
    52.356, +7.967, +13.917 with standard errors 2.486, 2.177; deviations 4.781, 3.730, 0.9616."""
    fit = fit_mixed_model(machines())
    assert fit.converged
    means = [estimate.mean for estimate in fit.estimates]
    assert means == pytest.approx([52.3556, 60.3222, 66.2722], abs=1e-3)
    assert fit.rater_sd == pytest.approx(4.781, abs=2e-3)
    assert fit.taste_sd == pytest.approx(3.730, abs=2e-3)
    assert fit.residual_sd == pytest.approx(0.9616, abs=2e-4)
    t = 2.570582  # 0.975, 5 degrees of freedom
    first = fit.estimates[0]
    assert (first.ci_high - first.ci_low) / 2 / t == pytest.approx(2.486, abs=1e-3)
    b_and_a = fit.differences[0]
    assert (b_and_a.a, b_and_a.b) == ("A", "B")
    assert b_and_a.difference == pytest.approx(-7.967, abs=1e-3)
    assert (b_and_a.ci_high - b_and_a.ci_low) / 2 / t == pytest.approx(2.177, abs=1e-3)


def test_balanced_data_give_the_anova() -> None:
    """Then condition's F is that of raters' means; REML's variances are those of mean squares."""
    frame = rated(0)
    fit = fit_mixed_model(frame)
    wide = frame.pivot_table(index="rater", columns="condition", values="score")
    effect = one_way(wide.to_numpy())
    assert fit.f == pytest.approx(effect.f, rel=1e-4)
    assert (fit.df, fit.df_error) == (2, 14)
    assert fit.p == pytest.approx(effect.p, rel=1e-3)
    # Raters' deviations from their mean over raters: variance taste² + residual² / items.
    y = wide.to_numpy()
    left = y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean()
    within = (left**2).sum() / 14
    assert fit.taste_sd**2 + fit.residual_sd**2 / 5 == pytest.approx(within, rel=1e-4)
    between = y.mean(axis=1).var(ddof=1)
    assert fit.rater_sd**2 + within / 3 == pytest.approx(between, rel=1e-4)


def test_unbalanced_data_agree_with_statsmodels() -> None:
    """Raters who left early and items that some did not hear, against its REML fit."""
    frame = rated(1)
    frame = frame[np.random.default_rng(0).random(len(frame)) < 0.7].reset_index(drop=True)
    fit = fit_mixed_model(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = MixedLM.from_formula(
            "score ~ 0 + C(condition) + C(item, Sum)",
            frame,
            groups="rater",
            vc_formula={"taste": "0 + C(condition)"},
            re_formula="1",
        ).fit(reml=True, method=["powell", "bfgs"])
    order = [estimate.condition for estimate in fit.estimates]
    means = [theirs.fe_params[f"C(condition)[{name}]"] for name in order]
    assert [estimate.mean for estimate in fit.estimates] == pytest.approx(means, abs=2e-2)
    assert fit.rater_sd == pytest.approx(np.sqrt(theirs.cov_re.iloc[0, 0]), rel=2e-2)
    assert fit.taste_sd == pytest.approx(np.sqrt(theirs.vcomp[0]), rel=2e-2)
    assert fit.residual_sd == pytest.approx(np.sqrt(theirs.scale), rel=1e-2)


def test_items_that_only_some_heard_do_not_move_a_condition() -> None:
    """Exact additive scores with a trace of noise: c was rated on the hardest items alone, and its
    plain mean is 6 too low; the model's is not."""
    frame = rated(2, raters=12)
    generator = np.random.default_rng(0)
    levels = {"a": 50.0, "b": 55.0, "c": 60.0}
    item = frame.item.str[1:].astype(int)
    frame["score"] = frame.condition.map(levels) + 6.0 * (item - 2) + generator.normal(0, 0.1, 180)
    part = frame[(frame.condition != "c") | (item < 3)]
    fit = {estimate.condition: estimate.mean for estimate in fit_mixed_model(part).estimates}
    assert fit["c"] == pytest.approx(60, abs=0.2)
    assert part[part.condition == "c"].score.mean() == pytest.approx(54, abs=0.2)


def test_intervals_cover_as_often_as_they_say() -> None:
    """Of the difference b - a = 5 over 60 panels, with tastes: about 95%."""
    hits = 0
    for seed in range(60):
        gap = fit_mixed_model(rated(seed, raters=6, items=3)).differences[0]
        hits += gap.ci_low <= -5 <= gap.ci_high
    assert 0.88 <= hits / 60 < 1


def test_edges_are_told() -> None:
    generator = np.random.default_rng(0)
    frame = rated(3).assign(score=generator.normal(50, 5, 120))
    assert fit_mixed_model(frame).converged
    single = fit_mixed_model(rated(4, items=1))
    assert single.taste_sd == 0
    assert any("cannot be told" in note for note in single.notes)
    # Raters who only differ less than noise lets them: the offsets' variance has nowhere to go.
    same = frame.assign(score=frame.score - frame.groupby("rater").score.transform("mean"))
    assert any("offsets is estimated as 0" in note for note in fit_mixed_model(same).notes)


def test_what_cannot_be_fitted_has_a_reason() -> None:
    frame = rated(0)
    with pytest.raises(Uncomputable, match="1 rater"):
        fit_mixed_model(frame[frame.rater == "r0"])
    with pytest.raises(Uncomputable, match="1 condition"):
        fit_mixed_model(frame[frame.condition == "a"])
    apart = frame[(frame.condition == "a") == (frame.item == "i0")]
    apart = apart[apart.condition != "c"]
    apart = apart[(apart.item == "i0") | (apart.item == "i1")]
    with pytest.raises(Uncomputable, match="cannot be told apart"):
        fit_mixed_model(apart)
    with pytest.raises(Uncomputable, match="exactly"):
        fit_mixed_model(frame.assign(score=50.0))
