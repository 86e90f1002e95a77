"""EnCodec without weights: names, configurations, operating points, and word of what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codecbench.codecs.encodec import create
from codecbench.codecs.encodec_checkpoint import CONFIG_24KHZ, rename
from codecbench.errors import UsageError, WeightsError


def test_names_of_tensors() -> None:
    assert rename("decoder.model.3.convtr.convtr.weight_g") == (
        "decoder.layers.3.conv.parametrizations.weight.original0"
    )
    assert rename("encoder.model.4.block.1.conv.norm.bias") == "encoder.layers.4.block.1.norm.bias"
    assert rename("quantizer.vq.layers.7._codebook.embed") == "quantizer.layers.7.codebook.embed"
    kept = "encoder.layers.13.lstm.weight_ih_l0"
    assert rename(kept) == kept


def test_points_need_no_weights() -> None:
    """The published rates and numbers of codebooks (arXiv 2210.13438, section 4.1)."""
    mono, stereo = create("", {}, "cpu"), create("48khz", {}, "cpu")
    assert mono.name == create("24khz", {}, "cpu").name == "encodec"
    assert stereo.name == "encodec:48khz"
    assert [p.codebooks for p in mono.points(1)] == [2, 4, 8, 16, 32]
    assert [p.bitrate_bps for p in mono.points(1)] == [1500, 3000, 6000, 12000, 24000]
    assert [p.codebooks for p in stereo.points(2)] == [2, 4, 8, 16]
    assert [p.bitrate_bps for p in stereo.points(2)] == [3000, 6000, 12000, 24000]
    assert {p.coded_bandwidth_hz for p in mono.points(1)} == {12000}
    assert {p.sample_rate_hz for p in stereo.points(2)} == {48000}
    assert (mono.channels, stereo.channels) == ((1,), (2,))
    assert mono.nearest_point(2000, 1).bitrate_bps == 1500


def test_what_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no option bits"):
        create("", {"bits": "3"}, "cpu")
    with pytest.raises(UsageError, match="32khz"):
        create("32khz", {}, "cpu")
    with pytest.raises(WeightsError, match=r"config\.json cannot be read"):
        create(str(tmp_path), {}, "cpu")
    for text, message in (
        ("{", "no configuration"),
        ("[]", "no configuration"),
        ('{"model_type": "dac"}', 'type "dac"'),
        ('{"model_type": "encodec", "upsampling_ratios": [0]}', "no configuration"),
    ):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(WeightsError, match=message):
            create(str(tmp_path), {}, "cpu")
    (tmp_path / "config.json").write_text(json.dumps(dict(CONFIG_24KHZ)))
    with pytest.raises(WeightsError, match=r"there is no file .*model\.safetensors"):
        create(str(tmp_path), {}, "cpu").find_weights()


def test_missing_weights_are_found_before_torch_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from codecbench.codecs.encodec import create
from codecbench.errors import WeightsError
for variant in ("", "48khz"):
    try:
        create(variant, {}, "cpu").find_weights()
    except WeightsError as error:
        print(error)
print({"torch", "transformers"} & {*sys.modules})
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"CODECBENCH_OFFLINE": "1", "CODECBENCH_CACHE": str(tmp_path)},
    )
    mono, stereo, heavy = run.stdout.splitlines()
    assert mono == "encodec: its weights are not here: run `bench fetch encodec`"
    assert stereo == "encodec:48khz: its weights are not here: run `bench fetch encodec:48khz`"
    assert heavy == "set()"
