"""The design of a listening test from what its maker wants: conditions, items, departures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test import design_rules
from codecbench.listening_test.choice import Wish, choose_clips
from codecbench.listening_test.levels import TARGET_LUFS
from codecbench.listening_test.sources import Source, SourceClip
from codecbench.listening_test.test_file import AnalysisPlan, Condition, Kind, Pages
from codecbench.wording import counted

REFERENCE = "reference"
LOW_ANCHOR = "anchor35"
MID_ANCHOR = "anchor70"

RESERVED = frozenset(
    {
        *("", REFERENCE, "hidden reference", "open reference"),
        *(LOW_ANCHOR, "3.5 khz anchor", MID_ANCHOR, "7 khz anchor"),
    }
)
"""What the test and its reports call sounds of their own, whatever the case."""

_MIXED_RATE_HZ = 48_000
"""The rate of a test whose clips have several: what sound cards run at."""


@dataclass(frozen=True)
class Wanted:
    """What the maker wants of a test.

    clips: None takes as many as the standard asks for. rate_hz: None takes the clips' own where
    they share one. reference: whether AB and ABX have the reference as one of their conditions.
    depart: the reason to leave the standard; "" for staying within it.
    """

    title: str = ""
    kind: Kind = "mushra"
    clips: Wish | None = None
    training: Wish = 1
    length_s: float = 10.0
    rate_hz: int | None = None
    target_lufs: float = TARGET_LUFS
    seed: int = 0
    reference: bool = False
    items_per_rater: int | None = None
    replicated_items: int = 0
    languages: tuple[str, ...] = ("en", "de")
    pages: Pages = field(default_factory=Pages)
    plan: AnalysisPlan = field(default_factory=AnalysisPlan)
    depart: str = ""
    published: bool = False
    command: str = ""

    @property
    def is_drawn(self) -> bool:
        """Whether any clip is drawn from those that can be used, and not named."""
        return self.clips is None or any(
            isinstance(wish, int) and wish > 0 for wish in (self.clips, self.training)
        )


@dataclass(frozen=True)
class Design:
    """Everything that is decided before a sound is made."""

    conditions: tuple[Condition, ...]
    items: tuple[SourceClip, ...]
    training: tuple[SourceClip, ...]
    rate_hz: int
    channels: int
    departures: tuple[str, ...]


def lay_design(source: Source, wanted: Wanted) -> Design:
    """Choose conditions and clips.

    Raises `UsageError` for what cannot be meant, `ListeningTestError` where the standard is left
    without a reason, or a clip of a test to be published has no licence.
    """
    wish = wanted.clips
    if wish is None:
        wish = design_rules.least_items(len(source.conditions))
    items, training = choose_clips(source.clips, source.lacking, wish, wanted.training, wanted.seed)
    _require_sense(wanted, items)
    conditions = _conditions(source, wanted, items)
    if wanted.published:
        _require_licences((*items, *training))
    departures = _departures(conditions, items, training, wanted)
    clips = (*items, *training)
    # Mono is played as mono only where all of it is.
    channels = max(clip.channels for clip in clips)
    return Design(conditions, items, training, _rate_hz(clips, wanted), channels, departures)


def _conditions(
    source: Source, wanted: Wanted, items: Sequence[SourceClip]
) -> tuple[Condition, ...]:
    for name in source.conditions:
        if name.strip().casefold() in RESERVED:
            raise UsageError(f'"{name}" is a condition of every test: give yours another name')
    systems = [Condition(n, "codec", source.bitrate_bps(n, items)) for n in source.conditions]
    reference = Condition(REFERENCE, "hidden_reference")
    if wanted.kind == "mushra":
        anchors = (Condition(LOW_ANCHOR, "low_anchor"), Condition(MID_ANCHOR, "mid_anchor"))
        return (*systems, reference, *anchors)
    if wanted.kind == "acr" or wanted.reference or len(systems) == 1:
        return (*systems, reference)
    return tuple(systems)


def _require_sense(wanted: Wanted, items: Sequence[SourceClip]) -> None:
    if not items:
        raise UsageError("a listening test needs at least one item: give --clips")
    if wanted.items_per_rater is not None and not 1 <= wanted.items_per_rater <= len(items):
        raise UsageError(
            f"--items-per-rater {wanted.items_per_rater}: the test has "
            f"{counted(len(items), 'item')}"
        )
    heard = wanted.items_per_rater or len(items)
    if not 0 <= wanted.replicated_items <= heard:
        raise UsageError(
            f"--replicated-items {wanted.replicated_items}: each rater hears "
            f"{counted(heard, 'item')}"
        )
    if not wanted.length_s > 0:
        raise UsageError(f"--length {wanted.length_s:g}: an excerpt lasts more than 0 s")


def _require_licences(clips: Iterable[SourceClip]) -> None:
    without = sorted(clip.name for clip in clips if not clip.licence)
    if without:
        raise ListeningTestError(
            f"--published: nothing says under which licence {', '.join(without)} may be published: "
            "fill the column licence of the clips' manifest.csv (and run again), or take others"
        )


def _departures(
    conditions: Sequence[Condition],
    items: Sequence[SourceClip],
    training: Sequence[SourceClip],
    wanted: Wanted,
) -> tuple[str, ...]:
    if wanted.kind != "mushra":
        return ()
    found = design_rules.departures(
        design_rules.Design(
            systems=sum(condition.kind == "codec" for condition in conditions),
            signals=len(conditions),
            items=items,
            training=training,
            length_s=wanted.length_s,
            items_per_rater=wanted.items_per_rater,
        )
    )
    if found and not wanted.depart.strip():
        raise ListeningTestError(
            f"this design leaves ITU-R BS.1534-3: {'; '.join(found)}. Change it, or say why with "
            "--depart REASON, which the test's file will keep"
        )
    return tuple(f"{sentence}: {wanted.depart.strip()}" for sentence in found)


def _rate_hz(clips: Sequence[SourceClip], wanted: Wanted) -> int:
    if wanted.rate_hz is not None:
        return wanted.rate_hz
    rates = {clip.sample_rate_hz for clip in clips}
    shared = rates.pop() if len(rates) == 1 else _MIXED_RATE_HZ
    return shared if 16_000 <= shared <= 96_000 else _MIXED_RATE_HZ
