"""Names of clips as the page shows them: without the folders that all of them are in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class CommonFolder:
    """The folders at the beginning of every clip's name, such as "data/clips/"; "" for none."""

    path: str

    def shortened(self, text: str) -> str:
        """A name, or a sentence with names in it, without these folders."""
        if not self.path:
            return text
        return re.sub(rf"(?<![\w./-])/?{re.escape(self.path)}(?=[^\s/])", "", text)


WHOLE = CommonFolder("")
"""Names as they are."""


def common_folder(clips: Iterable[str]) -> CommonFolder:
    """The common folders of these clips. A name's last part always stays."""
    folders = [str(clip).split("/")[:-1] for clip in clips]
    shared = ""
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared += f"{parts[0]}/"
    return CommonFolder(shared)
