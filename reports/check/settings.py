"""What a check tolerates: defaults, a TOML file over them, flags over that.

    [check]
    metrics = ["mel", "stft", "visqol", "bitrate"]    # left out: all that the baseline has
    error_rate = 0.05                                 # of false regressions, over the whole check

    [tolerance]
    mel = 0.02                                        # in the metric's unit
    l1 = "2%"                                         # of the baseline's mean

    [point."6".tolerance]                             # at one point; "opus@6" at that of one codec
    mel = 0.05

Why each default is what it is stands in docs/check.md.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codecbench.errors import UsageError
from codecbench.plugins import did_you_mean


@dataclass(frozen=True)
class Tolerance:
    """How much worse may be. relative: amount is a share of the baseline's mean (0.02 for 2%)."""

    amount: float
    relative: bool = False

    def __str__(self) -> str:
        return f"{self.amount * 100:g}%" if self.relative else f"{self.amount:g}"

    def absolute(self, baseline_mean: float) -> float:
        """In the metric's unit, against a baseline of this mean."""
        return self.amount * abs(baseline_mean) if self.relative else self.amount


DEFAULTS = {
    "mel": Tolerance(0.02),
    "stft": Tolerance(0.02),
    "l1": Tolerance(0.01, relative=True),
    "si_sdr": Tolerance(0.2),
    "si_sdr_side": Tolerance(0.2),
    "visqol": Tolerance(0.02),
    "visqol_speech": Tolerance(0.02),
    "pesq_wb": Tolerance(0.03),
    "pesq_nb": Tolerance(0.02),
    "stoi": Tolerance(0.002),
    "estoi": Tolerance(0.004),
    "bandwidth_hz": Tolerance(400.0),
    "bitrate": Tolerance(0.01, relative=True),
    "bitrate_efficiency": Tolerance(0.01),
    "codebook_efficiency": Tolerance(0.05),
}
"""A tenth, or less, of what doubling the bitrate brings (docs/check.md)."""

ALWAYS = ("bitrate", "bitrate_efficiency", "codebook_efficiency")
"""What is compared whatever `metrics` says: it costs nothing, and a loss there is one."""


@dataclass(frozen=True)
class Settings:
    """tolerances: by metric. at_points: by point (`6` or `opus@6`), then metric.

    metrics: what is compared beside `ALWAYS`; empty for all that the baseline has.
    error_rate: the share of checks of two equally good codecs that may call a regression.
    """

    tolerances: Mapping[str, Tolerance] = field(default_factory=lambda: dict(DEFAULTS))
    at_points: Mapping[str, Mapping[str, Tolerance]] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    error_rate: float = 0.05

    def tolerance(self, codec: str, point: str, metric: str) -> Tolerance:
        """Of one cell. Raises `UsageError` for a metric that has none."""
        for table in (
            self.at_points.get(f"{codec}@{point}", {}),
            self.at_points.get(point, {}),
            self.tolerances,
        ):
            if metric in table:
                return table[metric]
        raise UsageError(
            f"{metric} has no tolerance: give one, --tolerance {metric}=AMOUNT, or name the "
            "metrics to compare with --metrics"
        )

    def compares(self, metric: str) -> bool:
        """Whether a metric is compared."""
        return not self.metrics or metric in self.metrics or metric in ALWAYS


def read_settings(path: Path, known: Iterable[str]) -> Settings:
    """Read a TOML file. known: names of metrics. Raises `UsageError` naming file and cause."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    names = sorted({*known, *DEFAULTS})
    try:
        _refuse_unknown(content, ("check", "tolerance", "point"), "")
        check = _table(content, "check")
        _refuse_unknown(check, ("metrics", "error_rate"), "in [check] ")
        points = _table(content, "point")
        for point in points:
            table = _table(points, point)
            _refuse_unknown(table, ("tolerance",), f'in [point."{point}"] ')
        return Settings(
            tolerances=DEFAULTS | _tolerances(_table(content, "tolerance"), names),
            at_points={
                point: _tolerances(_table(_table(points, point), "tolerance"), names)
                for point in points
            },
            metrics=_metrics(check.get("metrics", []), names),
            error_rate=_error_rate(check.get("error_rate", 0.05)),
        )
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def with_flags(
    settings: Settings, tolerances: Sequence[str], metrics: Sequence[str], known: Iterable[str]
) -> Settings:
    """Settings with what the command line says: `mel=0.01`, `l1=2%`, and names of metrics."""
    names = sorted({*known, *DEFAULTS})
    given: dict[str, Any] = {}
    for text in tolerances:
        metric, equals, amount = text.partition("=")
        if not equals:
            raise UsageError(f'--tolerance "{text}": write METRIC=AMOUNT, such as mel=0.01')
        given[metric.strip()] = amount.strip() if "%" in amount else _number(metric, amount)
    listed = [name.strip() for text in metrics for name in text.split(",") if name.strip()]
    return replace(
        settings,
        tolerances={**settings.tolerances, **_tolerances(given, names)},
        metrics=_metrics(listed, names) if listed else settings.metrics,
    )


def _tolerances(table: Mapping[str, Any], known: Sequence[str]) -> dict[str, Tolerance]:
    return {_known(metric, known): _tolerance(metric, table[metric]) for metric in table}


def _tolerance(metric: str, amount: object) -> Tolerance:
    relative = isinstance(amount, str) and amount.endswith("%")
    if isinstance(amount, str):
        number = _number(metric, amount.removesuffix("%")) if relative else math.nan
        number /= 100
    else:
        number = float(amount) if isinstance(amount, int | float) else math.nan
    if isinstance(amount, bool) or not 0 <= number < math.inf:
        raise UsageError(f'the tolerance of {metric} is {amount!r}: write 0 or more, or "2%"')
    if metric == "bitrate" and not relative:
        raise UsageError(f'the tolerance of bitrate is {amount!r}: write a share, such as "1%"')
    return Tolerance(number, relative)


def _number(metric: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f'the tolerance of {metric} is no number: "{text}"') from None


def _metrics(names: object, known: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError('metrics is a list of names, such as ["mel", "visqol"]')
    return tuple(_known(name, known) for name in names)


def _error_rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= 0.2:
        raise UsageError(f"error_rate is {value!r}: write a share from 0.001 to 0.2")
    return float(value)


def _known(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise UsageError(
            f'no metric is called "{name}".{did_you_mean(name, known)} Known: {", ".join(known)}'
        )
    return name


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{name} must be a table: [{name}]")
    return table


def _refuse_unknown(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise UsageError(
                f'{where}"{key}" is unknown.{did_you_mean(key, known)} Known: {", ".join(known)}'
            )
