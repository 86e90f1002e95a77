"""The model that ships with the project: by its name, and in place of a bare `dac` without weights.

The tests make a model of its shape; what is asked of the shipped file itself does not depend on how
well it was trained.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click.testing
import numpy as np
import pytest
import soundfile
from spread_weights import spread_model

from codecbench.clips import Clip, ClipSet
from codecbench.codecs import dac_weights
from codecbench.codecs.dac import create
from codecbench.codecs.dac_weights import SHIPPED, WEIGHTS
from codecbench.dac.checkpoint import load_checkpoint, save_checkpoint
from codecbench.dac.training.presets import preset
from codecbench.errors import WeightsError
from codecbench.names import parse_codec_names
from codecbench.plan import Plan, Request, lay_plan

SHAPE = preset("small").recipe.model
CLIPS = ClipSet((Clip("one", Path("one.wav"), "music", "", "", "", "one", 44100, 1, 5.0),), (), 0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shipped") / "small.pth"
    save_checkpoint(spread_model(SHAPE, fit_samples=20_000), path, half=True)
    return path


@pytest.fixture
def shipped(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model is in its place, the cache is empty, and there is no network."""
    monkeypatch.setenv("CODECBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CODECBENCH_OFFLINE", "1")
    monkeypatch.setattr(dac_weights, "SHIPPED", model)
    return model


def plan_of(*names: str, strict: bool = False) -> Plan:
    request = Request(parse_codec_names(names), (8000,), metrics=("l1",), strict=strict)
    return lay_plan(request, CLIPS)


def test_it_stands_in_for_a_bare_dac_under_its_own_name(shipped: Path) -> None:
    plan = plan_of("opus", "dac", "mp3@64")
    assert [codec.name for codec in plan.codecs] == ["opus", "dac:small", "mp3"]
    assert plan.codecs[1].asked == parse_codec_names(["dac:small"])[0]
    (skipped,) = plan.skipped
    assert f"{skipped.what}: {skipped.reason}" == (
        "dac: its weights are not here (bench fetch dac); "
        "the project's own small model stands in as dac:small"
    )
    # Its results are those of who asks for it by name, and nobody takes them for the published one.
    direct = plan_of("dac:small")
    assert not direct.skipped
    assert [c.key for c in direct.codings] == [
        c.key for c in plan.codings if c.codec.name == "dac:small"
    ]
    assert len(plan_of("dac", "dac:small").codings) == 1


def test_options_and_rates_are_kept(shipped: Path) -> None:
    plan = plan_of("dac,path=reference@2.6")
    assert [codec.name for codec in plan.codecs] == ["dac:small,path=reference"]
    assert [coding.point.codebooks for coding in plan.codings] == [3]
    assert "bench fetch dac)" in plan.skipped[0].reason


@pytest.mark.parametrize("name", ["dac:44khz", "dac:24khz", "dac:mine.pth"])
def test_it_stands_in_for_nothing_else(shipped: Path, name: str) -> None:
    plan = plan_of(name)
    assert not plan.codecs
    assert "dac:small" not in plan.skipped[0].reason.replace("dac:small ships", "")


def test_strict_stays_an_error(shipped: Path) -> None:
    with pytest.raises(WeightsError, match=r"bench fetch dac.*dac:small ships"):
        plan_of("dac", strict=True)


def test_without_it_the_report_is_that_of_any_codec(shipped: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dac_weights, "SHIPPED", tmp_path / "none.pth")
        plan = plan_of("dac", "opus")
        assert [codec.name for codec in plan.codecs] == ["opus"]
        assert "bench fetch dac" in plan.skipped[0].reason
        with pytest.raises(WeightsError, match=r"^dac:small: .*none\.pth"):
            create("small", {}, "cpu").find_weights()


def test_published_weights_have_precedence_even_damaged(shipped: Path, tmp_path: Path) -> None:
    weights = WEIGHTS["44khz"]
    path = tmp_path / "cache" / "weights" / "dac" / weights.revision / weights.files[0].name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"cut short")
    plan = plan_of("dac")
    assert not plan.codecs
    assert "damaged" in plan.skipped[0].reason


def test_encode_says_who_stands_in_and_decode_needs_no_more(shipped: Path, tmp_path: Path) -> None:
    from codecbench.cli.coding import decode, encode

    sound = 0.3 * np.random.default_rng(0).standard_normal((4000, 1))
    soundfile.write(tmp_path / "in.wav", sound, 44100)
    files = [str(tmp_path / name) for name in ("in.wav", "out.cbs", "deep/er/out.wav")]
    runner = click.testing.CliRunner()
    encoded = runner.invoke(encode, ["dac@2.6", *files[:2]], catch_exceptions=False)
    assert "stands in as dac:small" in encoded.output
    assert "out.cbs: dac:small at 2.584 kbps" in encoded.output
    decoded = runner.invoke(decode, files[1:], catch_exceptions=False)
    assert decoded.exit_code == 0
    assert soundfile.info(files[2]).frames == 4000
    # A .dac file would not say that another model made it.
    with pytest.raises(WeightsError, match="bench fetch dac"):
        runner.invoke(
            encode, ["dac@2.6", files[0], str(tmp_path / "out.dac")], catch_exceptions=False
        )


def test_the_table_lists_it(shipped: Path) -> None:
    from codecbench.cli.catalogue import codecs

    shown = click.testing.CliRunner().invoke(codecs, catch_exceptions=False).output
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line}
    assert rows["dac:small"][1:5] == ["44.1", "kHz", "1", "present"]
    assert rows["dac"][4] == "missing"


@pytest.mark.skipif(not SHIPPED.is_file(), reason="dac/weights/small.pth is not there")
def test_the_shipped_file_is_of_the_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_checkpoint(SHIPPED).config
    assert replace(config, quantizer_dropout=SHAPE.quantizer_dropout) == SHAPE
    assert SHIPPED.stat().st_size < 12e6
    codec = create("small", {}, "cpu")
    samples = (0.1 * np.random.default_rng(0).standard_normal((1, 4000))).astype(np.float32)
    decoded = codec.decode(codec.encode(samples, codec.points(1)[-1]))
    assert decoded.shape == samples.shape
    assert np.isfinite(decoded).all()
