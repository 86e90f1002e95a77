"""Which names a metric of another package may have.

Names of metrics stand in commands beside `,`, `:` and `@`, in tables beside what the program itself
counts, and in the names of files.
"""

from __future__ import annotations

import re

from codecbench.errors import UsageError

TAKEN = frozenset(
    {
        *("bitrate_bps", "clipped_samples", "header_bytes"),  # counted in coding
        *("delay_samples", "inverted_channels", "missing_start_ms", "missing_end_ms"),
        *("codebook_usage", "bitrate_efficiency", "codebook_efficiency"),  # of pooled codes
        *("bitrate", "rtf_encode", "rtf_decode"),
        *("bandwidth", "codec", "series", "notes", "bitrate_kbps", "coded_bandwidth_khz"),
        "overview",  # a plot of all metrics
    }
)
"""What stands in the program's tables beside metrics, and is none."""

_SIDE = "_side"
"""Ends the name of a metric of left minus right."""


def require_free_name(name: str) -> None:
    """Raise `UsageError` for a name that no metric of another package can have."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        cause = "a metric's name is made of letters, digits and _, such as peak_error"
    elif name.casefold() in TAKEN or name.casefold().endswith(_SIDE):
        cause = "codecbench itself calls something so"
    else:
        return
    raise UsageError(f'metric "{name}": {cause}; rename its entry point, or uninstall its package')
