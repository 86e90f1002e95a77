"""Which codec of the baseline is compared with which codec of the candidate."""

from __future__ import annotations

from collections.abc import Sequence

from codecbench.errors import UsageError
from codecbench.plugins import did_you_mean


def match_codecs(
    old: Sequence[str], new: Sequence[str], matches: Sequence[str], notes: list[str]
) -> list[tuple[str, str]]:
    """Pairs of names; "" for a codec of the baseline that the candidate lacks."""
    if matches:
        return [_asked(text, old, new) for text in matches]
    if len(old) == 1 and len(new) == 1:
        return [(old[0], new[0])]
    pairs = [(name, name) for name in old if name in new]
    left = [name for name in old if name not in new]
    right = [name for name in new if name not in old]
    if len(left) == len(right) == 1 and _family(left[0]) == _family(right[0]):
        notes.append(f"{left[0]} is compared with {right[0]}")
        return [*pairs, (left[0], right[0])]
    if not pairs:
        raise UsageError(
            f"the baseline has {', '.join(old) or 'no codec'}, the candidate "
            f"{', '.join(new) or 'none'}: say what to compare with what, --match 'OLD=NEW'"
        )
    if right:
        notes.append(f"codecs of the candidate alone, not compared: {', '.join(right)}")
    return [*pairs, *((name, "") for name in left)]


def _asked(text: str, old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """`OLD=NEW` or one name for both; names may hold "=" themselves."""
    if text in old and text in new:
        return text, text
    for i, character in enumerate(text):
        if character == "=" and text[:i] in old and text[i + 1 :] in new:
            return text[:i], text[i + 1 :]
    if text in old and len(new) == 1:
        return text, new[0]
    raise UsageError(
        f"--match \"{text}\": write 'OLD=NEW', or one name that both have."
        f"{did_you_mean(text.partition('=')[0], old)} The baseline has {', '.join(old)}; "
        f"the candidate has {', '.join(new)}"
    )


def _family(name: str) -> str:
    return name.partition(",")[0].partition(":")[0].partition(" ")[0]
