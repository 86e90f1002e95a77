"""Figures of BD matrices, codebooks, speed and listening tests, by what they show."""

from __future__ import annotations

from math import isnan
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest
from figure_reading import cut_texts, line_named, names_in_legend, overlapping_texts, texts
from made_reports import Values, made_report
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from codecbench.categories import EVERY
from codecbench.errors import ReportError, UsageError
from codecbench.reports.figures.bd import draw_bd
from codecbench.reports.figures.codebooks import draw_codebooks
from codecbench.reports.figures.listening import draw_mushra, draw_trust
from codecbench.reports.figures.speed import draw_speed
from codecbench.reports.series import palette

if TYPE_CHECKING:
    from codecbench.reports.statistics.listening import Ratings

NAN = float("nan")


def bd_frame(
    rates: dict[tuple[str, str], tuple[float, float, float]], **lacks: str
) -> pd.DataFrame:
    rows = [
        {
            "anchor": anchor,
            "test": test,
            "metric": "mel",
            "protocol": "paper",
            "category": EVERY,
            "direction": "lower",
            "bd_rate_percent": value,
            "rate_low": low,
            "rate_high": high,
            "bd_quality": -0.1 if value < 0 else 0.1,
            "quality_low": NAN,
            "quality_high": NAN,
            "why_not": "no overlap" if isnan(value) else "",
            "anchor_lacks": lacks.get(anchor, ""),
            "test_lacks": lacks.get(test, ""),
        }
        for (anchor, test), (value, low, high) in rates.items()
    ]
    return pd.DataFrame(rows)


BD = bd_frame(
    {
        ("a", "b"): (-50.0, -60.0, -41.0),
        ("b", "a"): (100.0, 70.0, 150.0),
        ("a", "c"): (NAN, NAN, NAN),
        ("c", "a"): (NAN, NAN, NAN),
        ("b", "c"): (25.0, NAN, NAN),
        ("c", "b"): (-20.0, NAN, NAN),
    }
)


def cells(figure: Figure) -> dict[tuple[int, int], Rectangle]:
    return {
        (round(patch.get_y() + 0.46), round(patch.get_x() + 0.48)): patch
        for patch in figure.axes[0].patches
        if isinstance(patch, Rectangle)
    }


def test_a_bd_matrix_has_its_numbers_and_hatches_what_is_not_defined() -> None:
    figure = draw_bd(BD, "mel")
    said = texts(figure)
    assert {"−50", "+100", "+25", "−20", "−60, −41", "70, 150"} <= set(said)
    hatched = {place for place, patch in cells(figure).items() if patch.get_hatch()}
    assert hatched == {(0, 2), (2, 0)}
    assert set(cells(figure)) == {(i, j) for i in range(3) for j in range(3) if i != j}
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)


@pytest.mark.parametrize("quantity", ["rate", "quality"])
def test_blue_is_better_and_half_is_as_dark_as_double(quantity: Any) -> None:
    """Less bitrate is better, and so is less of a distance."""
    patches = cells(draw_bd(BD, "mel", quantity=quantity))
    (red, _, blue), (other_red, _, other_blue) = (
        to_rgb(patches[place].get_facecolor()) for place in ((0, 1), (1, 0))
    )
    assert blue > red
    assert other_red > other_blue
    if quantity == "rate":
        # -50% and +100% are the same step on a logarithmic scale: both at the colours' ends.
        ends = {to_hex(patches[place].get_facecolor()) for place in ((0, 1), (1, 0))}
        assert ends == {"#56b4e9", "#e69f00"}


def test_intervals_that_do_not_fit_are_left_to_the_table() -> None:
    names = [f"codec number {i}" for i in range(9)]
    wide = {(a, b): (-12345.0, -22222.0, 33333.0) for a in names for b in names if a != b}
    figure = draw_bd(bd_frame(wide), "mel")
    assert not [text for text in texts(figure) if "," in text]
    assert not cut_texts(figure)


def test_a_codec_without_any_comparison_is_named_below_and_has_no_row() -> None:
    none = (NAN, NAN, NAN)
    pairs = [(a, b) for a in ("a", "b", "lyra") for b in ("a", "b", "lyra") if a != b]
    rates = {pair: none if "lyra" in pair else (10.0, NAN, NAN) for pair in pairs}
    lacks = {"lyra": "has 3 operating points with a bitrate, and 4 are needed"}
    figure = draw_bd(bd_frame(rates, **lacks), "mel")
    assert set(cells(figure)) == {(0, 1), (1, 0)}
    said = " ".join(" ".join(texts(figure)).split())
    assert said.count("lyra has 3 operating points with a bitrate, and 4 are needed") == 1
    assert not cut_texts(figure)
    with pytest.raises(ReportError, match="no two codecs have a BD-rate by mel: b has one point"):
        draw_bd(bd_frame({("a", "b"): none, ("b", "a"): none}, b="has one point"), "mel")


def test_a_metric_without_matrix_is_refused() -> None:
    with pytest.raises(UsageError, match='"mel"'):
        draw_bd(BD, "mell")
    with pytest.raises(UsageError, match="birds"):
        draw_bd(BD, "mel", category="birds")


def codebooks(**use: list[tuple[str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"series": name, "point": point, "codebook": i, "usage": u, "efficiency": u / 2}
            for name, rows in use.items()
            for point, i, u in rows
        ]
    )


def test_codebooks_are_of_the_point_that_has_the_most() -> None:
    frame = codebooks(
        dac=[("2", 1, 0.3), ("8", 1, 0.5), ("8", 2, 0.75)], other=[("1", 1, 1.0), ("1", 2, NAN)]
    )
    figure = draw_codebooks(frame)
    usage, efficiency = figure.axes
    assert list(line_named(usage, "dac").get_ydata()) == [50.0, 75.0]
    assert list(line_named(efficiency, "dac").get_ydata()) == [25.0, 37.5]
    assert list(line_named(usage, "dac").get_xdata()) == [1, 2]
    assert not cut_texts(figure)
    # The colours are those of all of the report's series.
    own = line_named(draw_codebooks(frame, ["aac", "dac", "other"]).axes[0], "dac").get_color()
    assert own == palette(["aac", "dac", "other"])["dac"].colour


def test_without_codebooks_there_is_nothing_to_draw() -> None:
    with pytest.raises(ReportError, match="no codec of these runs sends codes"):
        draw_codebooks(pd.DataFrame(columns=["series", "point", "codebook", "usage", "efficiency"]))


SIX = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
POINTS: dict[tuple[str, float], dict[str, Values]] = {
    ("dac", 2.0): {"mel": SIX, "visqol": SIX},
    ("dac", 8.0): {"mel": [v - 1 for v in SIX], "visqol": [v + 1 for v in SIX]},
    ("opus", 8.0): {"mel": [v + 1 for v in SIX], "visqol": [v - 1 for v in SIX]},
}


def speeds() -> pd.DataFrame:
    rows = [("dac", "2", 2000.0, 2.0, 0.5), ("dac", "8", 8000.0, 3.0, 0.7)]
    rows.append(("opus", "8", 8000.0, 0.01, 0.001))
    columns = ["series", "point", "bitrate_bps", "rtf_encode", "rtf_decode"]
    frame = pd.DataFrame(rows, columns=columns).assign(threads=1, machine="m")
    return pd.concat([frame, frame[:1].assign(machine="another", rtf_encode=99.0)])


def test_speed_is_of_one_machine_with_real_time_marked() -> None:
    figure = draw_speed(speeds(), made_report(POINTS).summary, "visqol", "fixed")
    encoding, decoding = figure.axes
    assert list(line_named(encoding, "dac").get_xdata()) == [2.0, 3.0]
    assert list(line_named(encoding, "dac").get_ydata()) == [3.5, 4.5]
    assert encoding.get_xscale() == "log"
    for axes in (encoding, decoding):
        low, high = axes.get_xlim()
        # In decoding all are faster than real time, but not by far: the line is there too.
        assert low < 0.001 if axes is decoding else low < 0.01
        assert high > 1
        assert [np.allclose(line.get_xdata(), 1) for line in axes.get_lines()].count(True) == 1
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)
    with pytest.raises(ReportError, match="stoi"):
        draw_speed(speeds(), made_report(POINTS).summary, "stoi", "paper")


def ratings() -> Ratings:
    rows: list[dict[str, Any]] = [
        {"condition": "anchor35", "kind": "low_anchor", "mean": 20.0},
        {"condition": "reference", "kind": "hidden_reference", "mean": 95.0},
        {"condition": "opus@8", "kind": "codec", "series": "opus", "point": "8", "mean": 40.0},
        {"condition": "dac@2", "kind": "codec", "series": "dac", "point": "2", "mean": 60.0},
        {"condition": "dac@8", "kind": "codec", "series": "dac", "point": "8", "mean": 80.0},
        {"condition": "by hand", "kind": "codec", "mean": 50.0},
        {"condition": "unheard", "kind": "codec", "mean": NAN},
    ]
    frame = pd.DataFrame(rows).assign(median=50.0, raters=12)
    frame[["series", "point"]] = frame[["series", "point"]].fillna("")
    frame["ci_low"], frame["ci_high"] = frame["mean"] - 3, frame["mean"] + 4
    return cast("Ratings", SimpleNamespace(title="t", kind="mushra", conditions=frame))


def test_scores_stand_in_order_with_their_intervals() -> None:
    figure = draw_mushra(ratings(), ["dac", "opus"])
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "hidden reference"
    assert names[1:5] == ["dac@8", "dac@2", "by hand", "opus@8"]
    assert names[5:] == ["3.5 kHz anchor"]
    bars = [c for c in axes.collections if isinstance(c, LineCollection)]
    ends = {tuple(bar.get_segments()[0][:, 0]) for bar in bars}
    assert (77.0, 84.0) in ends
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert not cut_texts(figure)
    assert not overlapping_texts(figure)


def trust() -> pd.DataFrame:
    ends = {"pearson_low": 0.5, "pearson_high": 0.99, "spearman_low": NAN, "spearman_high": NAN}
    row: dict[str, Any] = {"level": "condition", "why_not": "", "points": 3} | ends
    return pd.DataFrame(
        [
            row | {"metric": "visqol", "protocol": "fixed", "pearson": 0.9, "spearman": 1.0},
            row
            | {"metric": "mel", "protocol": "paper", "pearson": NAN, "spearman": NAN}
            | {"why_not": "3 conditions, and 4 are needed"},
        ]
    )


def test_metrics_stand_against_scores_with_their_correlation() -> None:
    figure = draw_trust(ratings(), made_report(POINTS).summary, trust())
    visqol, mel = figure.axes
    dac = line_named(visqol, "dac")
    assert sorted(zip(dac.get_xdata(), dac.get_ydata(), strict=True)) == [(3.5, 60), (4.5, 80)]
    assert "r = 0.90 [0.50, 0.99]\nρ = 1.00" in [text.get_text() for text in visqol.texts]
    assert "3 conditions, and 4 are needed" in [text.get_text() for text in mel.texts]
    assert names_in_legend(figure) == ["dac", "opus"]
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)


def test_a_test_without_ratings_is_refused() -> None:
    empty = ratings().conditions.assign(mean=NAN)
    nobody = cast("Ratings", SimpleNamespace(title="t", kind="mushra", conditions=empty))
    with pytest.raises(ReportError, match="no ratings"):
        draw_mushra(nobody)
    with pytest.raises(ReportError, match="no metric"):
        draw_trust(nobody, made_report(POINTS).summary, trust())
