"""PESQ: predicted mean opinion score of telephone speech.

pesq_wb: wideband, 16 kHz, ITU-T P.862.2, 1.0 to 4.64. pesq_nb: narrowband, 8 kHz, P.862 with the
mapping of P.862.1, 1.0 to 4.55. Higher is better. Speech alone: it was never meant for music. The
level of both signals and constant delays are evened out by the measure itself.

Source: ITU-T P.862 (2001), P.862.1 (2003), P.862.2 (2007), through the package pesq. The
reference program keeps a table of 50 utterances and writes past its end; at no less than 0.4 s an
utterance, pause included, clips of up to 20 s cannot fill it. Longer ones are refused.
"""

from __future__ import annotations

from typing import Literal

from codecbench.errors import Unscorable
from codecbench.metrics.activity import require_active
from codecbench.metrics.contract import Metric, Mono

MIN_DURATION_S = 0.25
MAX_DURATION_S = 20.0


def checked(reference: Mono, sample_rate_hz: int) -> Mono:
    """The reference as it is. Raises `Unscorable` for one that is silent, too short or too long."""
    duration_s = len(reference) / sample_rate_hz
    if duration_s < MIN_DURATION_S:
        raise Unscorable(
            f"too short for PESQ: {duration_s:.2f} s, at least {MIN_DURATION_S} s needed"
        )
    if duration_s > MAX_DURATION_S:
        raise Unscorable(f"too long for PESQ: {duration_s:.1f} s, at most {MAX_DURATION_S:.0f} s")
    require_active(reference, "reference")
    return reference


def _mos(reference: Mono, estimate: Mono, sample_rate_hz: int, mode: Literal["wb", "nb"]) -> float:
    from pesq import NoUtterancesError, pesq

    require_active(estimate, "estimate")
    try:
        return float(pesq(sample_rate_hz, reference, estimate, mode))
    except NoUtterancesError as error:
        raise Unscorable("PESQ found no speech in the reference") from error
    except ValueError as error:  # its intermediate values became NaN: an estimate of DC alone
        raise Unscorable(f"PESQ has no score for the estimate: {error}") from error


def pesq_wideband(reference: Mono, estimate: Mono, sample_rate_hz: int) -> float:
    """MOS-LQO by P.862.2, 1.0 to 4.64. Raises `Unscorable` where there is no speech."""
    return _mos(reference, estimate, sample_rate_hz, "wb")


def pesq_narrowband(reference: Mono, estimate: Mono, sample_rate_hz: int) -> float:
    """MOS-LQO by P.862 and P.862.1, 1.0 to 4.55. Raises `Unscorable` where there is no speech."""
    return _mos(reference, estimate, sample_rate_hz, "nb")


PESQ_WB = Metric(
    name="pesq_wb",
    unit="MOS",
    direction="higher",
    value_range=(0.999, 4.644),
    version=1,
    sample_rate_hz=16_000,
    summary="PESQ, wideband",
    source="ITU-T P.862.2",
    prepare=checked,
    compare=pesq_wideband,
    category="speech",
    min_duration_s=MIN_DURATION_S,
)

PESQ_NB = Metric(
    name="pesq_nb",
    unit="MOS",
    direction="higher",
    value_range=(0.999, 4.549),
    version=1,
    sample_rate_hz=8_000,
    summary="PESQ, narrowband",
    source="ITU-T P.862, P.862.1",
    prepare=checked,
    compare=pesq_narrowband,
    category="speech",
    min_duration_s=MIN_DURATION_S,
)
