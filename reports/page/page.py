"""The report as one HTML file that opens anywhere: no network, nothing beside it.

What it shows is computed by others (`codecbench.reports.report`); here it is put into words,
tables, curves and sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codecbench import __version__
from codecbench.files import write_whole
from codecbench.reports.page.content import Content, make_content
from codecbench.reports.page.one_file import one_file
from codecbench.reports.page.page_sound import Sounds, add_sound, decode_sounds

if TYPE_CHECKING:
    from codecbench.reports.report import Report

BUDGET_BYTES = 50_000_000
SCRIPTS = ("axes", "panel", "curves", "tables", "step_player", "players")


@dataclass(frozen=True)
class PageFacts:
    """What was written. players: clips to be heard; sounds: codecs' versions of them.

    left_out: such versions that there was no room for; references count in neither. missing: what
    could not be heard on this machine, as (reason, what); the page says so too.
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
    may be larger. clips_folder: where the runs' clips are, None for where the runs found them.
    device: decodes neural codecs. Raises `StoreError` where the file cannot be written.
    """
    silent = make_content(report)
    room = max(0, budget_bytes - len(render(silent)))
    sounds = decode_sounds(report, silent.choice, room, clips_folder, device)
    content, data = _fitted(silent, sounds, room, budget_bytes)
    write_whole(path, data)
    versions = sum(len(player.sounds) - 1 for player in content.players)
    unheard = tuple(content.unheard)
    return PageFacts(path, len(data), len(content.players), versions, content.left_out, unheard)


def _fitted(
    silent: Content, sounds: Sounds, room_bytes: int, budget_bytes: int
) -> tuple[Content, bytes]:
    """The content with sound, and its page, which only without any sound exceeds the budget."""
    while True:
        content = add_sound(silent, sounds, room_bytes)
        data = render(content)
        excess = len(data) - budget_bytes
        if excess <= 0 or not content.players:
            return content, data
        room_bytes -= excess


def render(content: Content) -> bytes:
    """The page as UTF-8."""
    context = {name: getattr(content, name) for name in content.__dataclass_fields__}
    return one_file("page.html", context | {"version": __version__}, content.data_blocks, SCRIPTS)
