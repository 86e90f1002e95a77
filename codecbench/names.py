"""Names of codecs as users type them: `name[:variant][,key=value…][@kbps]`, joined by commas.

dac      dac:24khz      dac:runs/mine/weights.pth      opus,vbr=cbr,complexity=5@24
encodec:48khz@6         folder:NAME@6=DIR              folder:NAME=DIR (rates from a manifest)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from codecbench.errors import UsageError

_OPTION = re.compile(r"^[a-z][a-z0-9_]*=")
_FOLDER = re.compile(r"^folder:(?P<name>[^@=]+)(?:@(?P<kbps>[^=]*))?=(?P<path>.+)$")

_WITH_UNIT = re.compile(r"(?P<kbps>\d+(\.\d+)?)\s*(k|kbps|kb/s|kbit/s)", re.IGNORECASE)


@dataclass(frozen=True)
class CodecName:
    """One codec as asked for.

    options: sorted by key. bitrate_bps: of `@kbps`, or None for the bitrates of the whole run.
    """

    family: str
    variant: str = ""
    options: tuple[tuple[str, str], ...] = ()
    bitrate_bps: float | None = None

    @property
    def canonical(self) -> str:
        """The name without its bitrate; two spellings of one codec have one canonical name."""
        head = f"{self.family}:{self.variant}" if self.variant else self.family
        return ",".join([head, *(f"{key}={value}" for key, value in self.options)])


def parse_codec_names(texts: Iterable[str]) -> tuple[CodecName, ...]:
    """Parse lists such as `dac,opus,vbr=cbr@24`: `key=value` belongs to the codec before it."""
    pieces: list[str] = []
    for text in texts:
        for piece in filter(None, (part.strip() for part in text.split(","))):
            if _OPTION.match(piece):
                if not pieces:
                    raise UsageError(f'"{piece}" is an option, and no codec stands before it')
                pieces[-1] += f",{piece}"
            else:
                pieces.append(piece)
    if not pieces:
        raise UsageError("no codec is named: try --codecs opus, or see `bench codecs`")
    return tuple(dict.fromkeys(map(parse_codec_name, pieces)))


def parse_codec_name(text: str) -> CodecName:
    """Parse one name. Raises `UsageError` that says what is wrong with it."""
    if text.startswith("folder:") or text == "folder":
        return _parse_folder(text)
    body, at, rate = text.rpartition("@")
    if not at or "/" in rate:
        body, at, rate = text, "", ""
    if at and not rate:
        raise UsageError(f'"{text}": a bitrate in kbps belongs after the @')
    head, *options = body.split(",")
    family, _, variant = head.partition(":")
    pairs = [tuple(option.split("=", 1)) for option in options]
    keys = [pair[0] for pair in pairs]
    if not family or (":" in head and not variant) or any(len(pair) != 2 for pair in pairs):
        raise UsageError(f'"{text}" is not a codec: write name[:variant][,key=value…][@kbps]')
    if len(set(keys)) < len(keys):
        raise UsageError(f'"{text}" gives an option twice')
    return CodecName(
        family.lower(),
        variant,
        tuple(sorted((key, value) for key, value in pairs)),
        parse_kbps(rate) if rate else None,
    )


def _parse_folder(text: str) -> CodecName:
    match = _FOLDER.match(text)
    if not match:
        raise UsageError(
            f'"{text}": write folder:NAME@KBPS=DIR, or folder:NAME=DIR with a manifest'
        )
    rate = match["kbps"]
    if rate == "":
        raise UsageError(f'"{text}": a bitrate in kbps belongs after the @')
    if rate is None:
        return CodecName("folder", match["name"], (("path", match["path"]),))
    options = (("kbps", rate), ("path", match["path"]))
    return CodecName("folder", match["name"], options, parse_kbps(rate))


def parse_kbps(text: str) -> float:
    """Parse one bitrate in kbps and return it in bps. Raises `UsageError` unless it is above 0."""
    try:
        kbps = float(text)
    except ValueError:
        unit = _WITH_UNIT.fullmatch(text)
        meant = f". Did you mean {unit['kbps']}?" if unit else ""
        raise UsageError(
            f'bitrate "{text}" is not a number of kbps, such as 8 or 2.67{meant}'
        ) from None
    if not 0 < kbps < 1e6:
        raise UsageError(f"bitrate {text} kbps: it must be above 0 and under 1000000")
    return kbps * 1000


def parse_bitrates(text: str) -> tuple[float, ...]:
    """Parse `2,8,24` (kbps) to bps, rising, each once."""
    rates = {parse_kbps(piece.strip()) for piece in text.split(",") if piece.strip()}
    if not rates:
        raise UsageError("no bitrate is given: write --bitrates 2,8,24 (kbps)")
    return tuple(sorted(rates))
