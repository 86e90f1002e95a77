"""Looks: colours that the colour-blind tell apart, sizes of paper, bytes that do not change."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from made_reports import Values, made_report

from codecbench.errors import UsageError
from codecbench.reports.figures.bd import BETTER, WORSE
from codecbench.reports.figures.rate_quality import rate_quality
from codecbench.reports.figures.save import FORMATS, to_bytes
from codecbench.reports.figures.style import DOUBLE_IN, FAINT, INK, SINGLE_IN, readable, shortened
from codecbench.reports.series import COLOURS, palette

Array = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009), severity 1.
VISION: dict[str, Array] = {
    "all colours": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: str) -> Array:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    """CIE L*a*b* under D65 of linear sRGB."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ rgb / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(a: str, b: str, vision: Array) -> float:
    seen = [lab(np.clip(vision @ linear(colour), 0, 1)) for colour in (a, b)]
    return float(np.linalg.norm(seen[0] - seen[1]))


@pytest.mark.parametrize("who", list(VISION))
def test_any_two_colours_are_told_apart(who: str) -> None:
    """A difference of 2.3 can just be seen; thin lines need several times that."""
    worst = min(difference(a, b, VISION[who]) for a, b in combinations(COLOURS, 2))
    assert worst > 15


@pytest.mark.parametrize("who", list(VISION))
def test_better_and_worse_are_told_apart(who: str) -> None:
    assert difference(BETTER, WORSE, VISION[who]) > 25


def contrast_with_white(colour: str) -> float:
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)
    return float(1.05 / (luminance + 0.05))


def test_text_can_be_read() -> None:
    """WCAG 2 asks for a contrast of 4.5."""
    assert min(contrast_with_white(colour) for colour in (INK, FAINT)) >= 4.5
    for colour in COLOURS:
        assert contrast_with_white(readable(colour)) >= 4.5
        assert contrast_with_white(readable(colour)) < 4.5 * 1.2 or readable(colour) == colour


def test_lines_are_seen_on_white() -> None:
    assert min(contrast_with_white(colour) for colour in COLOURS) > 2


def test_series_are_told_apart_in_grey() -> None:
    looks = palette([f"codec {i:02}" for i in range(24)]).values()
    assert len({(look.marker, look.dash) for look in looks}) == 24


POINTS: dict[tuple[str, float], dict[str, Values]] = {
    ("a", 2.0): {"mel": [1.0] * 5 + [2.0]},
    ("b", 4.0): {"mel": [2.0] * 5 + [3.0]},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_figure_has_the_same_bytes(kind: str) -> None:
    summary = made_report(POINTS).summary
    one, other = (to_bytes(rate_quality(summary, "mel", "paper"), kind) for _ in range(2))
    assert one == other
    assert not re.search(rb"CreationDate|dc:date|tIME", one)


def test_text_stays_text_at_the_size_of_a_column() -> None:
    figure = rate_quality(made_report(POINTS).summary, "mel", "paper")
    svg = to_bytes(figure, "svg").decode()
    assert re.search(r"<text[^>]*>\s*Mel distance", svg)
    assert f'width="{SINGLE_IN * 72:g}pt"' in svg
    pdf = to_bytes(figure, "pdf")
    assert b"/FontFile2" in pdf  # TrueType
    assert b"/Type3" not in pdf
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf)
    assert float(box) == pytest.approx(SINGLE_IN * 72)
    assert DOUBLE_IN > 2 * SINGLE_IN


def test_another_format_is_refused() -> None:
    with pytest.raises(UsageError, match="svg, pdf, png"):
        to_bytes(rate_quality(made_report(POINTS).summary, "mel", "paper"), "gif")


def test_long_names_keep_both_ends() -> None:
    assert shortened("speech", 8) == "speech"
    assert shortened("recordings-of-1998", 10) == "recor…1998"
    assert all(len(shortened("x" * 200, most)) == most for most in (4, 9, 20))
