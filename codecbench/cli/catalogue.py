"""`bench codecs` and `bench metrics`: what there is, as tables."""

from __future__ import annotations

import click


@click.command()
@click.option("--device", default="cpu", hidden=True)
def codecs(device: str) -> None:
    """List codecs: operating points, rates, weights present or not."""
    from codecbench.cli.terminal import print_table

    rows = [row for family in _families() for row in _codec_rows(family, device)]
    headings = ["codec", "rate", "channels", "kbps (mono, or stereo where that is all)", "weights"]
    print_table("Codecs", headings, rows, left=5)
    click.echo(
        "folder:NAME@6=DIR takes audio decoded elsewhere; "
        "dac:PATH takes a checkpoint's file or a training's folder."
    )


def _families() -> list[str]:
    from codecbench.codecs.table import codec_families

    return [name for name in codec_families() if name != "folder"]


def _codec_rows(family: str, device: str) -> list[list[str]]:
    from codecbench.codecs.table import VARIANTS, create_codec
    from codecbench.errors import UsageError
    from codecbench.plan import point_name

    rows = []
    for variant in VARIANTS.get(family, ("",)):
        try:
            codec = create_codec(family, variant, {}, device)
        except UsageError as error:
            rows.append([family, "", "", "", str(error)])
            continue
        points = codec.points(codec.channels[0])
        names = [point_name(point) for point in points]
        shown = names if len(names) <= 8 else [*names[:3], "…", *names[-2:]]
        rates = sorted({point.sample_rate_hz for point in points})
        rows.append(
            [
                codec.name,
                f"{rates[0] / 1000:g} kHz"
                if len(rates) == 1
                else f"{rates[0] / 1000:g} to {rates[-1] / 1000:g} kHz",
                " or ".join(map(str, codec.channels)),
                ", ".join(shown),
                _weights(codec),
            ]
        )
    return rows


def _weights(codec: object) -> str:
    from codecbench.codecs import weights
    from codecbench.codecs.contract import Codec
    from codecbench.errors import WeightsError

    assert isinstance(codec, Codec)
    try:
        if codec.weights is None:
            return "present" if codec.find_weights() else "none needed"
        there = weights.find(codec.weights) is not None
    except WeightsError as error:
        return str(error)
    return "present" if there else f"missing: bench fetch {codec.name}"


@click.command()
def metrics() -> None:
    """List metrics: unit, direction, range, source of the definition."""
    from codecbench.cli.terminal import print_table
    from codecbench.metrics.table import load_metric, metric_names

    rows = []
    for name in metric_names():
        metric = load_metric(name)
        low, high = metric.value_range
        rows.append(
            [
                name,
                metric.unit or "-",
                {"higher": "higher is better", "lower": "lower is better", "neither": "-"}[
                    metric.direction
                ],
                f"{low:g} to {high:g}",
                f"{metric.sample_rate_hz / 1000:g} kHz" if metric.sample_rate_hz else "protocol",
                metric.category or "all",
                f"{metric.summary}; {metric.source}",
            ]
        )
    headings = ["metric", "unit", "direction", "range", "rate", "clips", "definition"]
    print_table("Metrics", headings, rows, left=7)
