"""Rate-quality figures by what they show: points, intervals, names, frontier, empty cases."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from figure_reading import (
    cut_texts,
    line_named,
    names_at_curves,
    names_in_legend,
    overlapping_texts,
    texts,
)
from made_reports import Values, made_report
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from codecbench.errors import UsageError
from codecbench.reports.figures.rate_quality import (
    by_category,
    main_metrics,
    overview,
    plotted_metrics,
    rate_quality,
)
from codecbench.reports.series import palette

Points = dict[tuple[str, float], dict[str, Values]]

SPREAD = (-0.2, -0.1, 0.0, 0.05, 0.1, 0.15)


def around(mean: float) -> list[float]:
    return [mean + value for value in SPREAD]


def curves(count: int = 3, gap: float = 1.0) -> Points:
    """Codecs c0, c1, … each better than the last by a gap, at 2, 4, 8 and 16 kbps."""
    return {
        (f"c{i}", kbps): {"visqol": around(1 + i * gap + 0.2 * step)}
        for i in range(count)
        for step, kbps in enumerate((2.0, 4.0, 8.0, 16.0))
    }


def test_points_and_intervals_are_the_summary() -> None:
    summary = made_report(curves()).summary
    axes = rate_quality(summary, "visqol", "fixed").axes[0]
    for label, rows in summary[summary["metric"] == "visqol"].groupby("series"):
        line = line_named(axes, str(label))
        assert list(line.get_xdata()) == list(rows["bitrate_bps"] / 1000)
        assert list(line.get_ydata()) == list(rows["mean"])
    bars = [c for c in axes.collections if isinstance(c, LineCollection)]
    segments = np.concatenate([np.array(bar.get_segments()) for bar in bars])
    drawn = sorted((x, low, high) for ((x, low), (_, high)) in segments)
    wanted = summary[summary["metric"] == "visqol"]
    expected = sorted(
        zip(wanted["bitrate_bps"] / 1000, wanted["ci_low"], wanted["ci_high"], strict=True)
    )
    assert np.allclose(drawn, expected)
    assert axes.get_xscale() == "log"


def test_each_name_stands_at_its_curve_and_none_hides_another() -> None:
    figure = rate_quality(made_report(curves()).summary, "visqol", "fixed")
    (axes,) = figure.axes
    assert [name for name in names_at_curves(axes) if name != "frontier"] == ["c0", "c1", "c2"]
    assert not figure.legends
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)
    for text in axes.texts:
        if text.get_text() == "frontier":
            continue
        x, y = axes.transData.inverted().transform(text.get_window_extent().get_points().mean(0))
        away = {
            line.get_label(): abs(np.interp(np.log(x), *_logarithmic(line)) - y)
            for line in axes.get_lines()
            if line.get_label() != "frontier"
        }
        assert min(away, key=lambda label: away[label]) == text.get_text()


def _logarithmic(line: Any) -> tuple[Any, Any]:
    return np.log(line.get_xdata()), np.asarray(line.get_ydata(), float)


def test_where_names_do_not_fit_there_is_a_legend_of_all() -> None:
    figure = rate_quality(made_report(curves(14, gap=0.001)).summary, "visqol", "fixed")
    assert names_at_curves(figure.axes[0]) == []
    assert names_in_legend(figure)[:14] == sorted(f"c{i}" for i in range(14))
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)


def test_the_frontier_goes_through_the_points_that_none_beats() -> None:
    points: Points = {
        ("a", 2.0): {"visqol": around(1)},
        ("a", 8.0): {"visqol": around(2)},
        ("b", 4.0): {"visqol": around(3)},
        ("b", 16.0): {"visqol": around(4)},
    }
    axes = rate_quality(made_report(points).summary, "visqol", "fixed").axes[0]
    band = line_named(axes, "frontier")
    assert list(band.get_xdata()) == [2.0, 4.0, 16.0]
    assert band.get_zorder() < line_named(axes, "a").get_zorder()


def test_a_codec_alone_has_no_frontier() -> None:
    axes = rate_quality(made_report(curves(1)).summary, "visqol", "fixed").axes[0]
    assert [line.get_label() for line in axes.get_lines()] == ["c0"]


def test_a_codec_has_one_colour_in_every_figure() -> None:
    points = curves(3) | {("b", 3.0): {"mel": around(1)}}
    summary = made_report(points).summary
    looks = palette(summary["series"])
    for figure in (rate_quality(summary, "visqol", "fixed"), overview(summary)):
        line = line_named(figure.axes[0], "c2")
        assert to_hex(line.get_color()).upper() == looks["c2"].colour
        assert line.get_marker() == looks["c2"].marker


def test_stated_bitrates_have_hollow_markers() -> None:
    points: Points = {("a", 2.0): {"visqol": around(1)}}
    for measured, colour in ((True, palette(["a"])["a"].colour), (False, "white")):
        summary = made_report(points, bitrate_is_measured=measured).summary
        line = line_named(rate_quality(summary, "visqol", "fixed").axes[0], "a")
        assert line.get_markerfacecolor() == colour


@pytest.mark.parametrize(
    "points",
    [
        {("a", 2.0): {"visqol": [3.0]}},
        {("a", 2.0): {"visqol": [None] * 6}, ("b", 2.0): {"visqol": around(2)}},
        {("lowpass", 3.5): {"visqol": around(2)}},
        {("lowpass", 3.5): {"visqol": around(2)}, ("a", 2.0): {"visqol": around(3)}},
        {("a", 2.0): {"visqol": [3.0] * 6}, ("b", 2.0): {"visqol": [3.0] * 6}},
        {("a", 2.0): {"visqol": [None] * 6}},
    ],
    ids=["one clip", "no value", "no bitrate", "an anchor", "all the same", "nothing"],
)
def test_little_data_still_draws(points: Points) -> None:
    summary = made_report(points).summary
    figure = rate_quality(summary, "visqol", "fixed")
    overview(summary)
    assert not cut_texts(figure)
    if ("lowpass", 3.5) in points:
        assert "lowpass 3.5" in texts(figure)
    if not plotted_metrics(summary):
        assert "no values" in texts(figure)


def test_categories_stand_beside_each_other_on_one_scale() -> None:
    points: Points = {
        ("a", kbps): {
            "visqol": [*around(kbps), *around(kbps / 2)],
            "mel": [*[None] * 6, *around(3)],
        }
        for kbps in (2.0, 4.0)
    }
    summary = made_report(points, ["music"] * 6 + ["speech"] * 6).summary
    figure = by_category(summary)
    assert main_metrics(summary) == [("visqol", "fixed"), ("mel", "paper")]
    assert len(figure.axes) == 6
    titles = [axes.get_title(loc="left").split("\n")[0] for axes in figure.axes[:3]]
    assert titles == ["all clips", "music", "speech"]
    assert list(line_named(figure.axes[2], "a").get_ydata()) == pytest.approx([1, 2])
    assert figure.axes[0].get_ylim() == figure.axes[2].get_ylim()
    assert [text.get_text() for text in figure.axes[4].texts] == ["no values"]
    assert not overlapping_texts(figure)
    assert not cut_texts(figure)


def test_the_protocol_may_be_left_out() -> None:
    points: Points = {("a", 2.0): {"mel": around(1), "mel:native": around(5), "visqol": around(3)}}
    summary = made_report(points).summary
    assert line_named(rate_quality(summary, "mel").axes[0], "a").get_ydata() == [pytest.approx(1)]
    assert "ViSQOL, audio" in texts(rate_quality(summary, "visqol"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("visqal",), 'Did you mean "visqol"[?] Known: visqol'),
        (("visqol", "paper"), 'visqol under a protocol "paper".* Known: fixed'),
        (("visqol", "fixed", "speach"), "speach.* Known: All clips"),
    ],
)
def test_what_is_not_there_is_not_drawn(asked: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rate_quality(made_report(curves()).summary, *asked)


def test_drawing_changes_nobodys_settings() -> None:
    before = dict(mpl.rcParams)
    overview(made_report(curves()).summary)
    assert dict(mpl.rcParams) == before
