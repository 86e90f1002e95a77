"""Bjøntegaard's differences against published values, the package and closed forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from bjontegaard import bd_psnr, bd_rate
from scipy.interpolate import PchipInterpolator

from codecbench.reports.statistics.bd_differences import Curves, differences
from codecbench.reports.statistics.pchip import mean_between, slopes_at_points

Curve = tuple[Sequence[float], Sequence[float]]

# The worked numbers of VCEG-M33's spreadsheet, as tbr/bjontegaard_cpp (example.cpp) states them.
M33_ANCHOR = ([90.33, 181.03, 332.99, 547.79], [27.95, 31.17, 34.44, 38.11])
M33_TEST = ([127.1719, 186.14, 307.2924, 481.5588], [29.9286, 32.4165, 34.7013, 37.4561])

# JCT-VC's spreadsheet (piecewise cubic), as Netflix/vmaf (bd_rate_calculator_test.py) states it.
JCTVC = (
    (
        ([18883.6928, 33905.6656, 61279.976, 108048.8736], [34.2911, 37.247, 40.3953, 43.6471]),
        ([18910.912, 33928.7472, 61299.9936, 108061.2784], [34.3147, 37.2761, 40.4232, 43.6768]),
        -0.00465215420752807,
    ),
    (
        ([1017.6184, 2394.488, 7622.7456, 40433.8848], [32.0603, 33.8977, 35.3756, 37.5761]),
        ([1017.0984, 2390.0944, 7587.0024, 40370.12], [32.0822, 33.9194, 35.4025, 37.5982]),
        -0.018779823450567612,
    ),
)


def one(curve: Curve) -> Curves:
    rates, quality = (np.asarray(part, float)[np.newaxis] for part in curve)
    return Curves(np.log(rates), quality)


def random_curve(rng: np.random.Generator) -> Curve:
    points = rng.integers(4, 12)
    rates, quality = (0.3 + np.cumsum(rng.exponential(1, points)) for _ in range(2))
    return np.exp(rates).tolist(), quality.tolist()


def test_the_package_gives_vceg_m33s_values_with_its_single_cubic() -> None:
    for_cubic = (*M33_ANCHOR, *M33_TEST, "cubic")
    assert bd_psnr(*for_cubic, min_overlap=0) == pytest.approx(0.800713, abs=5e-7)
    assert bd_rate(*for_cubic, min_overlap=0) == pytest.approx(-13.261773, abs=5e-7)


@pytest.mark.parametrize(("anchor", "test", "published"), JCTVC)
def test_piecewise_cubics_give_jct_vcs_values(anchor: Curve, test: Curve, published: float) -> None:
    """The package, whose values are reported, and ours, whose values are drawn."""
    assert bd_rate(*anchor, *test, "pchip") == pytest.approx(100 * published, abs=1e-8)
    assert np.expm1(differences(one(anchor), one(test))[0][0]) == pytest.approx(
        published, abs=1e-10
    )


def test_equals_the_package_on_random_curves() -> None:
    rng = np.random.default_rng(1)
    options = {"require_matching_points": False, "min_overlap": 0}
    compared = 0
    for _ in range(100):
        anchor, test = random_curve(rng), random_curve(rng)
        rate, quality = (float(found[0]) for found in differences(one(anchor), one(test)))
        if min(anchor[1][-1], test[1][-1]) > max(anchor[1][0], test[1][0]):
            package = np.log1p(bd_rate(*anchor, *test, "pchip", **options) / 100)
            assert rate == pytest.approx(package, abs=1e-9)
            compared += 1
        if min(anchor[0][-1], test[0][-1]) > max(anchor[0][0], test[0][0]):
            package = bd_psnr(*anchor, *test, "pchip", **options)
            assert quality == pytest.approx(package, abs=1e-9)
    assert compared > 50


def test_many_curves_at_once_are_the_curves_one_by_one() -> None:
    rng = np.random.default_rng(2)
    log_rates, quality = (np.cumsum(rng.exponential(1, (2, 50, 5)), axis=-1) for _ in range(2))
    anchor, test = (Curves(log_rates[i], quality[i]) for i in range(2))
    rate, better = differences(anchor, test)
    for i in range(50):
        alone = differences(
            *(Curves(c.log_rates[i : i + 1], c.quality[i : i + 1]) for c in (anchor, test))
        )
        assert (rate[i], better[i]) == pytest.approx((alone[0][0], alone[1][0]), nan_ok=True)


def test_a_factor_in_rate_is_found_exactly() -> None:
    """Quality a + b·log2(rate): a test codec that needs k times the rate has (k-1)·100%, -b·log2 k.

    Its points lie at other rates than the anchor's."""
    factor, slope = 0.8, 3.0
    anchor_rates, test_rates = np.array([4.0, 8, 16, 32, 64]), np.array([5.0, 9, 20, 45])
    anchor = one((anchor_rates.tolist(), (1 + slope * np.log2(anchor_rates)).tolist()))
    test = one((test_rates.tolist(), (1 + slope * np.log2(test_rates / factor)).tolist()))
    rate, quality = differences(anchor, test)
    assert np.expm1(rate[0]) == pytest.approx(factor - 1, abs=1e-12)
    assert quality[0] == pytest.approx(-slope * np.log2(factor), abs=1e-12)
    back, worse = differences(test, anchor)
    assert (back[0], worse[0]) == pytest.approx((-rate[0], -quality[0]))


def test_no_difference_where_curves_fall_or_share_no_range() -> None:
    rising = ([1.0, 2, 4, 8], [1.0, 2, 3, 4])
    falling = ([1.0, 2, 4, 8], [1.0, 2, 1.9, 4])
    better = ([1.0, 2, 4, 8], [5.0, 6, 7, 8])
    assert np.isnan(differences(one(rising), one(falling))).all()
    rate, quality = differences(one(rising), one(better))
    assert np.isnan(rate[0])
    assert quality[0] == pytest.approx(4)


def test_slopes_and_areas_are_scipys_on_curves_that_turn() -> None:
    rng = np.random.default_rng(3)
    for points in (3, 4, 9):
        x = np.cumsum(rng.exponential(1, (1, points)), axis=1)
        y = rng.normal(size=(1, points))
        of_scipy = PchipInterpolator(x[0], y[0])
        assert slopes_at_points(x, y)[0] == pytest.approx(of_scipy.derivative()(x[0]), abs=1e-12)
        low, high = x[:, 0] + 0.1, x[:, -1] - 0.1
        mean = of_scipy.integrate(low[0], high[0]) / (high[0] - low[0])
        assert mean_between(x, y, low, high)[0] == pytest.approx(float(mean), abs=1e-12)
