"""Making a listening test: design, sounds and file, the whole folder at once or nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from codecbench import __version__
from codecbench.audio import Samples
from codecbench.errors import CodecbenchError, ListeningTestError
from codecbench.files import file_names, write_text, write_whole
from codecbench.listening_test import levels
from codecbench.listening_test.design import REFERENCE, Design, Wanted, lay_design
from codecbench.listening_test.left_out import left_out
from codecbench.listening_test.licences import LICENCES_NAME, licences_text
from codecbench.listening_test.rendering import Rendered, render, to_wav
from codecbench.listening_test.sources import Source, SourceClip
from codecbench.listening_test.test_file import Item, ListeningTest, Stimulus, path_of, to_json
from codecbench.readable import readable

Say = Callable[[str], None]

_LIMITED_DB = 3.0
"""A gain that a true peak takes more than this from is told."""


def make_test(folder: Path, source: Source, wanted: Wanted, say: Say) -> ListeningTest:
    """Make the listening test `folder` from a source.

    say: told what the maker should know, a line each, first of all which clips are left out of the
    choice and why. The folder appears when all of it is written;
    one that is there already is never touched. Raises `ListeningTestError` for that and for what
    cannot be rendered, and whatever `lay_design` and the source raise.
    """
    _require_free(folder)
    for line in (*left_out(source.lacking), *source.notes):
        say(line)
    design = lay_design(source, wanted)
    part: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".part-"))
        test = _write(part, folder, source, design, wanted, say)
        part.chmod(0o755)
        # Onto an empty folder this works too; onto one with content it fails, and nothing is lost.
        os.rename(part, folder)
    except OSError as error:
        raise ListeningTestError(f"cannot write {folder}: {error.strerror}") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
    return test


def _require_free(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = "a listening test" if path_of(folder).exists() else "something"
        raise ListeningTestError(f"{folder} is there and holds {what}: give another name")


def _write(
    part: Path, folder: Path, source: Source, design: Design, wanted: Wanted, say: Say
) -> ListeningTest:
    clips = (*design.items, *design.training)
    ids = file_names([clip.name for clip in clips])
    files = file_names(condition.name for condition in design.conditions)
    items = []
    for clip in clips:
        sounds = source.sounds(clip)
        for note in sounds.notes:
            say(note)
        try:
            rendered = render(
                sounds,
                design.conditions,
                design.rate_hz,
                design.channels,
                wanted.length_s,
                wanted.target_lufs,
            )
        except CodecbenchError as error:
            raise ListeningTestError(f"{clip.name}: {error}") from error
        if rendered.limited_db > _LIMITED_DB:
            say(
                f"{clip.name}: {rendered.limited_db:.1f} dB softer than {wanted.target_lufs:g} "
                f"LUFS, for its peaks to stay under {levels.PEAK_DBTP:g} dBTP"
            )
        writer = _Writer(part, ids[clip.name], design.rate_hz, wanted.seed)
        items.append(_item(writer, clip, rendered, files))
    test = ListeningTest(
        name=readable(folder.name),
        title=readable(wanted.title or folder.name),
        kind=wanted.kind,
        sample_rate_hz=design.rate_hz,
        channels=design.channels,
        conditions=design.conditions,
        items=tuple(items[: len(design.items)]),
        training_items=tuple(items[len(design.items) :]),
        items_per_rater=wanted.items_per_rater,
        replicated_items=wanted.replicated_items,
        languages=wanted.languages,
        pages=wanted.pages,
        plan=wanted.plan,
        departures=design.departures,
        created_with=f"codecbench {__version__}",
        command=readable(wanted.command),
        published=wanted.published,
    )
    if wanted.published:
        write_text(part / LICENCES_NAME, licences_text(test), ListeningTestError)
    write_text(path_of(part), to_json(test), ListeningTestError)
    return test


class _Writer:
    """Writes the stimuli of one item, each with a dither that its place draws."""

    def __init__(self, test: Path, item: str, rate_hz: int, seed: int) -> None:
        self._test, self.item, self.rate_hz, self._seed = test, item, rate_hz, seed

    def __call__(self, condition: str, relative: str, samples: Samples) -> Stimulus:
        data = to_wav(samples, self.rate_hz, f"{self._seed} {relative}")
        write_whole(self._test / relative, data, ListeningTestError)
        loudness = levels.loudness_lufs(samples, self.rate_hz)
        return Stimulus(
            condition,
            relative,
            hashlib.sha256(data).hexdigest(),
            None if loudness is None else round(loudness, 2),
        )


def _item(write: _Writer, clip: SourceClip, rendered: Rendered, files: dict[str, str]) -> Item:
    stimuli = [
        write(name, f"stimuli/items/{write.item}/{files[name]}.wav", sound)
        for name, sound in rendered.by_condition.items()
    ]
    # Conditions are called what their maker likes, so the open reference lies apart from them.
    opened = f"stimuli/references/{write.item}.wav"
    return Item(
        id=write.item,
        clip=clip.name,
        category=clip.category,
        licence=clip.licence,
        source=clip.source,
        start_s=round(rendered.excerpt.start / write.rate_hz, 6),
        duration_s=rendered.excerpt.length / write.rate_hz,
        gain_db=round(rendered.gain_db, 4),
        open_reference=write(REFERENCE, opened, rendered.open_reference),
        stimuli=tuple(stimuli),
    )
