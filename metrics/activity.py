"""Is there anything to hear? What metrics refuse by themselves, estimates among it.

References that are all but silent are refused earlier, by the stricter rule of
`codecbench.scoring`.
"""

from __future__ import annotations

from codecbench.errors import Unscorable
from codecbench.metrics.contract import Mono

SILENCE_PEAK = 2.0**-16
"""Below half a step of 16-bit audio (-96 dB full scale) a signal counts as silent."""


def require_active(signal: Mono, role: str) -> None:
    """Raise `Unscorable`, naming the role ("reference" or "estimate"), for a silent signal."""
    if abs(signal).max(initial=0.0) < SILENCE_PEAK:
        raise Unscorable(f"silent {role}")
