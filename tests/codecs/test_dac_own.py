"""The DAC adapter on checkpoints of one's own, and by its two paths."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spread_weights import SMALL, spread_model

from codecbench.codecs import weights as weight_cache
from codecbench.codecs.contract import Samples
from codecbench.codecs.dac import create
from codecbench.dac.checkpoint import load_checkpoint, save_checkpoint, save_folded
from codecbench.dac.model import DAC
from codecbench.errors import UsageError, WeightsError


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dac") / "own.pth"
    save_checkpoint(spread_model(SMALL, fit_samples=20_000), path)
    return path


def noise(samples: int, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    return (0.3 * rng.standard_normal((1, samples))).astype(np.float32)


def test_the_path_is_in_the_name_where_it_is_not_the_default() -> None:
    for variant in ("", "24khz", "small", "none.pth"):
        plain = create(variant, {}, "cpu").name
        assert create(variant, {"path": "fast"}, "cpu").name == plain
        assert create(variant, {"path": "reference"}, "cpu").name == f"{plain},path=reference"


def test_where_the_fast_path_fails_nothing_takes_its_place(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codecbench.dac import fast

    def refuse(model: DAC) -> None:
        raise UsageError("DAC: fast inference needs numba")

    monkeypatch.setattr(fast, "accelerate", refuse)
    codec = create(str(checkpoint), {}, "cpu")
    with pytest.raises(UsageError, match=r"needs numba.*own\.pth,path=reference"):
        codec.encode(noise(100), codec.points(1)[0])
    plain = create(str(checkpoint), {"path": "reference"}, "cpu")
    assert plain.encode(noise(100), plain.points(1)[0]).payload_bytes


@pytest.mark.parametrize("variant", ["runs/none/weights", "none.pth"])
def test_a_missing_checkpoint_is_named(variant: str) -> None:
    codec = create(variant, {}, "cpu")
    with pytest.raises(WeightsError, match=variant):
        codec.find_weights()
    with pytest.raises(WeightsError, match=variant):
        codec.points(1)


def test_a_file_without_suffix_is_a_checkpoint(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_bytes(checkpoint.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(create("mine", {}, "cpu").points(1)) == SMALL.n_codebooks


def test_the_folder_of_a_training_is_a_codec(checkpoint: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.json").write_text("{}")
    codec = create(str(run), {}, "cpu")
    with pytest.raises(WeightsError, match=rf"^dac:{re.escape(str(run))}: .*no weights\.pth yet"):
        codec.find_weights()
    (run / "weights.pth").write_bytes(checkpoint.read_bytes())
    assert codec.find_weights() == weight_cache.content_hash([checkpoint])
    assert codec.name == f"dac:{run}"
    assert len(codec.points(1)) == SMALL.n_codebooks


@pytest.mark.slow
@pytest.mark.parametrize("save", [save_checkpoint, save_folded])
def test_exports_are_codecs(save: Callable[..., None], checkpoint: Path, tmp_path: Path) -> None:
    model = load_checkpoint(checkpoint)
    save(model, tmp_path / "export.pth", half=True)
    codec = create(str(tmp_path / "export.pth"), {}, "cpu")
    stream = codec.encode(noise(5000), codec.points(1)[-1])
    full = create(str(checkpoint), {}, "cpu").decode(stream)
    error = codec.decode(stream) - full
    assert np.square(error).mean() < 1e-4 * np.square(full).mean()
