"""A listening test as it is written down: one JSON file that people review and keep in git.

    TEST/test.json         what this module reads and writes
    TEST/stimuli/…         the sounds that it names, rendered once (`listening_test.rendering`)
    TEST/ratings.sqlite    raters, ratings and events, unless another database was named
    TEST/results/          what `bench listen results` writes

Everything that decides what raters hear, see and are asked, and how their answers will be analysed,
stands in the file. Its hash is kept with the first rater, so that later changes show.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

FORMAT = 1

Kind = Literal["mushra", "ab", "abx", "acr"]
ConditionKind = Literal["codec", "hidden_reference", "low_anchor", "mid_anchor"]
HeadphoneCheck = Literal["off", "record", "gate"]


@dataclass(frozen=True)
class Condition:
    """One way of processing that every item is heard through.

    name: as in the run, such as `dac@8`; `reference`, `anchor35` and `anchor70` for the standard's.
    bitrate_bps: measured over the items, where there is one.
    """

    name: str
    kind: ConditionKind
    bitrate_bps: float | None = None


@dataclass(frozen=True)
class Stimulus:
    """One sound on disk. file: relative to the test's folder. sha256: of that file's bytes.

    loudness_lufs: integrated, ITU-R BS.1770; None where the excerpt is too short or silent.
    """

    condition: str
    file: str
    sha256: str
    loudness_lufs: float | None


@dataclass(frozen=True)
class Item:
    """An excerpt, with one stimulus for each condition and the open reference beside them.

    gain_db: taken from the reference, applied to all of the item's stimuli.
    open_reference: rendered with a dither of its own, so its bytes are not the hidden reference's.
    """

    id: str
    clip: str
    category: str
    licence: str
    source: str
    start_s: float
    duration_s: float
    gain_db: float
    open_reference: Stimulus
    stimuli: tuple[Stimulus, ...]


@dataclass(frozen=True)
class Question:
    """A field of the questionnaire. label: by language. kind: text, number, choice or yes_no."""

    name: str
    kind: Literal["text", "number", "choice", "yes_no"]
    label: dict[str, str]
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Pages:
    """What stands around the trials.

    consent, instructions: own text by language, added to the catalogue's; empty for that alone.
    """

    consent: dict[str, str] = field(default_factory=dict)
    instructions: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    level_setting: bool = True
    headphone_check: HeadphoneCheck = "record"
    completion_code: str = ""
    return_url: str = ""


@dataclass(frozen=True)
class AnalysisPlan:
    """How the ratings will be judged, said before there are any.

    Thresholds are ITU-R BS.1534-3's: a rater is left out who gives the hidden reference under
    `reference_least` on more than `share` of the items, or the mid anchor over `anchor_most` on
    more than `share` of those where no more than `guard_share` of all raters do so.
    primary: Wilcoxon's sample is raters. The standard's permutation takes ratings for independent
    and finds too much where raters differ in taste; it is reported beside.
    """

    reference_least: int = 90
    anchor_most: int = 90
    share: float = 0.15
    guard_share: float = 0.25
    least_items: int = 5
    primary: Literal["permutation", "wilcoxon"] = "wilcoxon"
    correction: Literal["holm", "hochberg"] = "holm"
    level: float = 0.05
    permutations: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class ListeningTest:
    """The whole design.

    items_per_rater: None for all. replicated_items: how many of a rater's items come twice, for
    reliability. departures: from ITU-R BS.1534-3, each with its reason.
    """

    name: str
    title: str
    kind: Kind
    sample_rate_hz: int
    channels: int
    conditions: tuple[Condition, ...]
    items: tuple[Item, ...]
    training_items: tuple[Item, ...]
    items_per_rater: int | None = None
    replicated_items: int = 0
    languages: tuple[str, ...] = ("en", "de")
    pages: Pages = field(default_factory=Pages)
    plan: AnalysisPlan = field(default_factory=AnalysisPlan)
    departures: tuple[str, ...] = ()
    created_with: str = ""
    command: str = ""
    published: bool = False


def to_json(test: ListeningTest) -> str:
    """The file's text: keys in the order of the fields, one value a line."""
    return json.dumps({"format": FORMAT, **asdict(test)}, indent=1, ensure_ascii=False) + "\n"


def content_hash(test: ListeningTest) -> str:
    """SHA-256 of the design, whatever the file's white space."""
    plain: dict[str, Any] = {"format": FORMAT, **asdict(test)}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def path_of(folder: Path) -> Path:
    """Where a test's file lies."""
    return folder / "test.json"
