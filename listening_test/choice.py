"""Which clips become items and which become the training: named, or drawn with a seed.

Drawn clips are spread over the categories as evenly as these allow, and over groups (speakers,
songs) within each.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from codecbench.errors import UsageError
from codecbench.listening_test.sources import SourceClip
from codecbench.plugins import did_you_mean
from codecbench.readable import canonical_name
from codecbench.wording import counted

Wish = int | tuple[str, ...]
"""How many clips, or which."""


def parse_wish(text: str, option: str) -> Wish:
    """Read `8` or `speech/one,music/two`. Raises `UsageError` for less than nothing."""
    text = text.strip()
    if text.lstrip("-").isdigit():
        if int(text) < 0:
            raise UsageError(f"{option} {text}: a number of clips is 0 or more")
        return int(text)
    names = tuple(filter(None, (canonical_name(name.strip()) for name in text.split(","))))
    if not names:
        raise UsageError(f"{option}: give a number of clips, or their names with commas")
    return names


def choose_clips(
    clips: Sequence[SourceClip],
    lacking: Mapping[str, str],
    items: Wish,
    training: Wish,
    seed: int,
) -> tuple[tuple[SourceClip, ...], tuple[SourceClip, ...]]:
    """The clips of the items and of the training, no clip in both; in the order of their names.

    Raises `UsageError` for a name that cannot be used, with the reason in `lacking` where there is
    one, and where there are too few clips.
    """
    named_items = () if isinstance(items, int) else _named(items, clips, lacking)
    named_training = () if isinstance(training, int) else _named(training, clips, lacking)
    if both := set(named_items) & set(named_training):
        raise UsageError(f"{min(c.name for c in both)} cannot be an item and training too")
    free = [clip for clip in clips if clip not in named_items and clip not in named_training]
    wanted = (items if isinstance(items, int) else 0) + (
        training if isinstance(training, int) else 0
    )
    if wanted > len(free):
        raise UsageError(_too_few(wanted, len(free), lacking))
    rated = named_items if not isinstance(items, int) else draw(free, items, seed)
    free = [clip for clip in free if clip not in rated]
    trained = named_training if not isinstance(training, int) else draw(free, training, seed)
    return _sorted(rated), _sorted(trained)


def draw(clips: Iterable[SourceClip], count: int, seed: int) -> tuple[SourceClip, ...]:
    """`count` clips in turn from each category, there from the group that was taken least."""
    order = sorted(clips, key=lambda clip: clip.name)
    randomness = random.Random(seed)
    randomness.shuffle(order)
    by_category: dict[str, list[SourceClip]] = defaultdict(list)
    for clip in order:
        by_category[clip.category].append(clip)
    categories = list(by_category)
    taken_groups: Counter[str] = Counter()
    drawn: list[SourceClip] = []
    while len(drawn) < count:
        for category in categories:
            left = by_category[category]
            if left and len(drawn) < count:
                # A clip without group is one of its own.
                clip = min(left, key=lambda c: taken_groups[c.group] if c.group else 0)
                left.remove(clip)
                taken_groups[clip.group] += 1
                drawn.append(clip)
    return tuple(drawn)


def _named(
    names: Iterable[str], clips: Sequence[SourceClip], lacking: Mapping[str, str]
) -> tuple[SourceClip, ...]:
    by_name = {clip.name: clip for clip in clips}
    found = []
    for name in dict.fromkeys(names):
        if name in lacking:
            raise UsageError(f"the clip {name} cannot be used: {lacking[name]}")
        if name not in by_name:
            shown = ", ".join(sorted(by_name)[:20]) + (" …" if len(by_name) > 20 else "")
            close = did_you_mean(name, by_name)
            raise UsageError(f'there is no clip "{name}".{close} There are: {shown}')
        found.append(by_name[name])
    return tuple(found)


def _too_few(wanted: int, there: int, lacking: Mapping[str, str]) -> str:
    text = (
        f"{counted(wanted, 'clip')} {'is' if wanted == 1 else 'are'} wanted for items and "
        f"training, and there are {there}"
    )
    if lacking:
        name, reason = next(iter(sorted(lacking.items())))
        text += f" that every condition has; {len(lacking)} more cannot be used ({name}: {reason})"
    return text + ": take fewer with --clips and --training, or add clips"


def _sorted(clips: Iterable[SourceClip]) -> tuple[SourceClip, ...]:
    return tuple(sorted(clips, key=lambda clip: clip.name))
