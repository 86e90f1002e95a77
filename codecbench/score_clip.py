"""Worker: score one clip's estimates; the reference's side of each metric is computed once."""

from __future__ import annotations

import numpy as np

from codecbench.audio import Audio
from codecbench.loaded import clip_audio
from codecbench.metrics.table import load_metric
from codecbench.plan import Protocol
from codecbench.scoring import EstimateAudio, Reference, score, score_side, working_rate
from codecbench.tasks import Result, Scored, ScoreItem, ScoreTask, failed


def score_clip(task: ScoreTask) -> list[Result]:
    """Score each estimate of one clip by the metrics that it lacks."""
    references: dict[int, Reference] = {}
    results: list[Result] = []
    for item in task.items:
        clip, channels = item.coding.clip, item.coding.channels
        try:
            if channels not in references:
                references[channels] = Reference(clip_audio(clip.path, channels), clip.category)
            reference = references[channels]
            audio = Audio(np.load(item.decoded), reference.audio.sample_rate_hz)
            estimate = EstimateAudio(audio, reference.audio.samples.shape[1])
        except Exception as error:  # whatever it is costs these cells alone
            results += [failed(error, item.coding, "score", name) for name in item.metrics]
            continue
        for name in item.metrics:
            try:
                results.append(_score(item, name, reference, estimate, task.protocol))
            except Exception as error:  # a metric's own fault is a cell's, with its traceback
                results.append(failed(error, item.coding, "score", name))
    return results


def _score(
    item: ScoreItem, name: str, reference: Reference, estimate: EstimateAudio, protocol: Protocol
) -> Scored:
    metric = load_metric(name)
    rate_hz = working_rate(metric, protocol, item.coding.point.sample_rate_hz)
    scores = [score(metric, reference, estimate, protocol, rate_hz)]
    if name == "si_sdr" and item.coding.channels == 2:
        scores.append(score_side(reference, estimate, protocol, rate_hz))
    return Scored(item, tuple(scores))
