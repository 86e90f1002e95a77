"""The order in which a run's codecs were asked for."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def codecs_in_order(sessions: Sequence[dict[str, Any]], codecs: Iterable[str]) -> list[str]:
    """Sort a run's codecs by the sessions that asked for them; others come last, by name.

    A session says its `codecs`; of older ones, that do not, the command line is taken.
    """
    asked = list(dict.fromkeys(name for session in sessions for name in _asked(session)))
    return sorted(codecs, key=lambda codec: (_place(codec, asked), codec))


def _place(codec: str, asked: Sequence[str]) -> int:
    """Where a codec was named, or the bare family of one that stands in for it."""
    for name in (codec, _canonical(codec), codec.partition(":")[0]):
        if name in asked:
            return asked.index(name)
    return len(asked)


def _canonical(codec: str) -> str:
    """A codec's own name with its options in the order of `CodecName.canonical`."""
    head, *options = codec.split(",")
    return ",".join([head, *sorted(options)])


def _asked(session: dict[str, Any]) -> Iterator[str]:
    if (codecs := session.get("codecs")) is not None:
        yield from codecs
        return
    from codecbench.errors import UsageError
    from codecbench.names import parse_codec_names

    try:
        for text in _values(shlex.split(session["command"]), "--codecs"):
            for name in parse_codec_names([text]):
                is_folder = name.family == "folder"
                yield f"folder:{name.variant}" if is_folder else name.canonical
    except (ValueError, UsageError):
        return  # it was no command line: a run that was made from Python


def _values(words: Sequence[str], option: str) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == option:
            yield following
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]
