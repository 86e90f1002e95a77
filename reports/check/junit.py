"""A verdict as JUnit XML: one test case a cell, in one suite a codec and point.

A regression is a failure, and what could not be judged is an error: Jenkins, GitLab and GitHub's
actions that read such files show errors apart from failures, and turn red on either. As `skipped`
it would be shown as fine.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby

from codecbench.files import label
from codecbench.readable import readable
from codecbench.reports.check import words
from codecbench.reports.check.verdict import Judged, Verdict


def to_junit(verdict: Verdict) -> bytes:
    """The XML document, in UTF-8."""
    root = ET.Element("testsuites", {"name": "bench check", **_counts(verdict.cells)})
    for point, group in groupby(verdict.cells, key=lambda cell: cell.point):
        cells = tuple(group)
        named = {"name": _clean(f"bench check {point}")}
        suite = ET.SubElement(root, "testsuite", named | _counts(cells))
        for cell in cells:
            _case(suite, cell, point)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(cells: tuple[Judged, ...]) -> dict[str, str]:
    outcomes = [cell.outcome for cell in cells]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("regression")),
        "errors": str(outcomes.count("could not judge")),
        "skipped": "0",
        "time": "0",
    }


def _case(suite: ET.Element, cell: Judged, point: str) -> None:
    name = _clean(cell.name.removeprefix(point).strip())
    classname = _clean(f"bench check.{_undotted(point)}")
    case = ET.SubElement(suite, "testcase", classname=classname, name=name, time="0")
    if cell.outcome == "pass":
        return
    kind = {"regression": "failure", "could not judge": "error"}[cell.outcome]
    said = ET.SubElement(case, kind, type=cell.outcome, message=_clean(words.sentence(cell)))
    said.text = _clean("\n".join([words.sentence(cell), *_clips(cell)]))


def _clips(cell: Judged) -> list[str]:
    lines = [
        f"{change.clip}: {words.value(change.baseline, cell)} → "
        f"{words.value(change.candidate, cell)}"
        for change in words.worst_changes(cell, 10)
    ]
    return ["", "worst clips", *lines] if lines else []


def _undotted(point: str) -> str:
    """A point without dots, another text for every other point: `opus@7_75`.

    Jenkins cuts packages at dots: a rate such as 7.75 would become one. A codec with a dot in its
    name is marked by `~` and a hash.
    """
    codec, at, rate = point.rpartition("@")
    if "." in codec or "~" in codec:
        codec = label(codec).replace(".", "~")
    return f"{codec}{at}{rate.replace('.', '_')}"


def _clean(text: str) -> str:
    """With the codes of characters that XML 1.0 cannot hold in their places."""
    return "".join(c if _is_xml(c) else f"\\u{ord(c):04x}" for c in readable(text))


def _is_xml(character: str) -> bool:
    if character < " ":
        return character in "\t\n\r"
    return not ("\ud800" <= character <= "\udfff" or character in "\ufffe\uffff")
