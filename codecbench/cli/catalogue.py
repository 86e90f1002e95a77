"""`bench codecs` and `bench metrics`: what there is, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codecbench.cli.command import Command

if TYPE_CHECKING:
    from codecbench.codecs.contract import Codec


@click.command(cls=Command)
def codecs() -> None:
    """List codecs with their bitrates and weights.

    \b
    bench codecs

    Bitrates are in kbps for mono, or for stereo where a codec has no other.
    """
    from codecbench.cli.terminal import print_table, tell

    listed = [_listed(family, variant) for family, variant in _names()]
    print_table(
        "Codecs",
        ["codec", "rate", "channels", "weights", "kbps"],
        [row for row in listed if not isinstance(row, str)],
        left=5,
    )
    for reason in listed:
        if isinstance(reason, str):
            tell(reason)
    if any("missing" in row for row in listed):
        tell("Weights that are missing: `bench fetch CODEC`, such as `bench fetch encodec`.")
    tell("folder:NAME@6=DIR takes audio that was decoded elsewhere, at 6 kbps.")
    tell("dac:PATH takes the file of a checkpoint, or the folder of a training.")


def _names() -> list[tuple[str, str]]:
    from codecbench.codecs.table import VARIANTS, codec_families

    families = [name for name in codec_families() if name != "folder"]
    return [(family, variant) for family in families for variant in VARIANTS.get(family, ("",))]


def _listed(family: str, variant: str) -> list[str] | str:
    """A row of the table, or why there is none."""
    from codecbench.codecs.table import create_codec
    from codecbench.errors import UsageError
    from codecbench.plan import point_name

    try:
        codec = create_codec(family, variant, {}, "cpu")
    except UsageError as error:
        return f"{family}: {error}"
    points = codec.points(codec.channels[0])
    names = [point_name(point) for point in points]
    shown = names if len(names) <= 8 else [*names[:3], "…", *names[-2:]]
    rates = sorted({point.sample_rate_hz for point in points})
    rate = f"{rates[0] / 1000:g}"
    return [
        codec.name,
        f"{rate} kHz" if len(rates) == 1 else f"{rate} to {rates[-1] / 1000:g} kHz",
        " or ".join(map(str, codec.channels)),
        _weights(codec),
        ", ".join(shown),
    ]


def _weights(codec: Codec) -> str:
    from codecbench.codecs import weights
    from codecbench.errors import WeightsError

    try:
        if codec.weights is None:
            return "present" if codec.find_weights() else "none needed"
        return "present" if weights.find(codec.weights) is not None else "missing"
    except WeightsError as error:
        return str(error)


@click.command(cls=Command)
def metrics() -> None:
    """List metrics with their units and definitions.

    \b
    bench metrics

    A metric of speech scores clips of the category speech alone, unless asked for as stoi:all. One
    without a rate works at that of the protocol.
    """
    from codecbench.cli.terminal import print_table, tell
    from codecbench.metrics.table import load_metric, metric_names

    found = [load_metric(name) for name in metric_names()]
    rows = [
        [
            metric.name,
            metric.unit or "-",
            "-" if metric.direction == "neither" else metric.direction,
            f"{metric.value_range[0]:.4g} to {metric.value_range[1]:.4g}",
            f"{metric.sample_rate_hz / 1000:g} kHz" if metric.sample_rate_hz else "-",
            metric.category or "all",
        ]
        for metric in found
    ]
    print_table("Metrics", ["metric", "unit", "better", "range", "rate", "clips"], rows, left=6)
    for metric in found:
        tell(f"{metric.name}: {metric.summary}; {metric.source}")
