"""Figures as bytes of SVG, PDF or PNG: the same figure gives the same bytes.

Text stays text in SVG, and TrueType in PDF, so that papers can search, copy and restyle it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from codecbench.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")
PNG_DPI = 200

WITHOUT_DATE: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


def to_bytes(figure: Figure, kind: str) -> bytes:
    """Render as "svg", "pdf" or "png". Raises `UsageError` for any other kind."""
    import matplotlib as mpl

    if kind not in FORMATS:
        raise UsageError(f'a figure can be {", ".join(FORMATS)}, and not "{kind}"')
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "codecbench", "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, dpi=PNG_DPI, metadata=WITHOUT_DATE[kind])
    return buffer.getvalue()
