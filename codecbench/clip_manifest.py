"""Manifests of clips: what each file is and where it is from.

Columns beside `path`, where wanted: `category`, `group`, `licence` (or `license`), `source`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codecbench.manifests import read_manifest


@dataclass(frozen=True)
class Row:
    """What a manifest says of one file; "" where it says nothing."""

    category: str = ""
    group: str = ""
    licence: str = ""
    source: str = ""


def read_clip_manifest(manifest: Path) -> dict[Path, Row]:
    """Rows by file. Raises `UsageError` as `read_manifest`."""
    return {
        line.path: Row(
            category=line.fields.get("category", ""),
            group=line.fields.get("group", ""),
            licence=line.fields.get("licence", "") or line.fields.get("license", ""),
            source=line.fields.get("source", ""),
        )
        for line in read_manifest(manifest)
    }
