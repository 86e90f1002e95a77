"""The list of licences and sources that goes with a test which is published."""

from __future__ import annotations

from codecbench.listening_test.test_file import ListeningTest
from codecbench.listening_test.test_reading import all_items
from codecbench.reports.tables.markdown import escaped

LICENCES_NAME = "LICENCES.md"


def licences_text(test: ListeningTest) -> str:
    """A Markdown table: each clip of the test, what of it is heard, its licence and its source."""
    lines = [
        f"# Licences of the audio in {escaped(test.title)}",
        "",
        "Each stimulus is an excerpt of the recording named here, changed in level and, but for "
        "the references, coded or low-pass filtered.",
        "",
        "| Item | Recording | From | Length | Licence | Source |",
        "|---|---|---|---|---|---|",
    ]
    for item in all_items(test):
        cells = (
            item.id,
            item.clip,
            f"{item.start_s:.1f} s",
            f"{item.duration_s:.1f} s",
            item.licence,
            item.source or "not stated",
        )
        lines.append("| " + " | ".join(map(escaped, cells)) + " |")
    return "\n".join(lines) + "\n"
