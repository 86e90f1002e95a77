"""The report as one HTML file that opens anywhere: no network, nothing beside it.

What it shows is computed by others (`codecbench.reports.report`); here it is put into words,
tables, curves and sound. Names of codecs and clips are anybody's: all text passes through
autoescaping, data for scripts through `_json`, and a content security policy lets nothing run but
the page's own code.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecbench import __version__
from codecbench.reports.page.content import Content, add_sound, make_content
from codecbench.store import write_atomic

if TYPE_CHECKING:
    from codecbench.reports.report import Report

BUDGET_BYTES = 50_000_000
RESERVE_BYTES = 200_000
"""For the text around the sound: labels, axes, what is missing."""

SCRIPTS = ("axes", "panel", "curves", "tables", "step_player", "players")


@dataclass(frozen=True)
class PageFacts:
    """What was written. players: clips to be heard; sounds: their versions, references included.

    left_out: versions that there was no room for. missing: what could not be heard on this machine,
    as (reason, what); the page says so too.
    """

    path: Path
    size_bytes: int
    players: int
    sounds: int
    left_out: int
    missing: tuple[tuple[str, str], ...]


def write_page(
    report: Report,
    path: Path,
    budget_bytes: int = BUDGET_BYTES,
    clips_folder: Path | None = None,
    device: str = "cpu",
) -> PageFacts:
    """Write the page. It is whole or not there.

    budget_bytes: the file's size at most; sound is left out until it fits, and a page without any
    may be larger. clips_folder: where the runs' clips are, None for where their commands had them.
    device: decodes neural codecs. Raises `StoreError` where the file cannot be written.
    """
    content = make_content(report)
    room = budget_bytes - len(render(content)) - RESERVE_BYTES
    silent = content.missing
    content = add_sound(content, report, max(0, room), clips_folder, device)
    data = render(content)
    write_atomic(path, data)
    sounds = sum(len(player.sounds) for player in content.players)
    unheard = tuple(content.missing[len(silent) :])
    return PageFacts(path, len(data), len(content.players), sounds, content.left_out, unheard)


def render(content: Content) -> bytes:
    """The page as UTF-8."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("codecbench.reports.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    static = files("codecbench.reports.page") / "static"
    style = (static / "page.css").read_text("utf-8")
    script = "\n".join((static / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    blocks = [(name, Markup(_json(data))) for name, data in content.data_blocks]
    page = environment.get_template("page.html").render(
        {name: getattr(content, name) for name in content.__dataclass_fields__}
        | {
            "data_blocks": blocks,
            "style": Markup(style),
            "script": Markup(script),
            "policy": _policy(style, script),
            "version": __version__,
        }
    )
    return page.encode("utf-8", "replace")  # names of files may hold what is not Unicode


def _policy(style: str, script: str) -> str:
    """Nothing but this style, this script and pictures that are in the page."""
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    """JSON that cannot end the script that it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
