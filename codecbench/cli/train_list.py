"""The presets of `bench train`, as a table."""

from __future__ import annotations

CHANGES_WIDTH = 42
"""Characters of the column of changes; with it the table is less than 100 wide."""


def print_presets() -> None:
    """Print each preset: what it sets otherwise than which other, hop, bitrate, parameters."""
    from codecbench.cli.terminal import print_table
    from codecbench.dac.training.presets import PRESETS

    headings = ["preset", "varies", "by", "hop", "kbps", "M par."]
    print_table("Presets", headings, [_row(name) for name in PRESETS], left=3)


def _row(name: str) -> list[str]:
    import textwrap

    from codecbench.dac.parameter_count import parameter_count
    from codecbench.dac.training.presets import PRESETS

    preset = PRESETS[name]
    model = preset.recipe.model
    bitrate_bps = model.bitrate_bps_per_codebook * model.n_codebooks
    return [
        name,
        preset.base or "",
        "\n".join(textwrap.wrap(preset.changes, CHANGES_WIDTH)),
        str(model.hop_length),
        f"{bitrate_bps / 1000:.2f}",
        f"{parameter_count(model) / 1e6:.1f}",
    ]
