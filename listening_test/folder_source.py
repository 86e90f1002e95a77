"""Stimuli from plain folders: one of references, and one for each condition.

A file of a condition belongs to the reference whose path in its folder is the same without suffix:
`references/speech/one.flac` and `mine/speech/one.wav` (the rule is in `codecbench.audio_files`).
The references' folder may hold a `manifest.csv` with category, licence and source, as for
`bench run --clips`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from codecbench.alignment import find_delay
from codecbench.audio import Audio, Samples, note_of, read_audio, to_mono
from codecbench.audio_files import EstimateFiles, clip_names
from codecbench.clips import Clip, find_clips
from codecbench.errors import CodecbenchError, ListeningTestError, UsageError, reason_of
from codecbench.estimates import Alignment, fit_to_reference
from codecbench.listening_test.left_out import named_in_part
from codecbench.listening_test.levels import loudness_lufs
from codecbench.listening_test.sources import Layout, Sounds, Source, SourceClip

_AUDIBLE_DELAY_S = 0.001
"""Raters who switch between sounds out of step by more than this may hear the switch itself."""


class FolderSource(Source):
    """References and folders of processed audio.

    Every file is read once, here: a clip of which one cannot be used is in `lacking`, whether it
    would be drawn or not. folders: by condition. align: undo the delay that cross-correlation
    finds. Raises `UsageError` for folders that are not there or hold no audio and for several files
    of one reference, `AudioError` where no reference can be read.
    """

    def __init__(
        self,
        references: Path,
        folders: Mapping[str, Path],
        layout: Layout = "keep",
        align: bool = False,
    ) -> None:
        self._layout, self._align = layout, align
        self._files = {name: _condition(name, folder) for name, folder in folders.items()}
        self.conditions = tuple(folders)
        found = find_clips(references)
        self._clips = {clip.name: clip for clip in found.clips}
        self.lacking = {_name_of(one.path, references): one.reason for one in found.refused}
        for clip in found.clips:
            if reasons := list(self._why_unusable(clip)):
                self.lacking[clip.name] = "; ".join(reasons)
        self.clips = tuple(
            self._source_clip(clip) for clip in found.clips if clip.name not in self.lacking
        )
        known = self._clips.keys() | self.lacking.keys()
        self.notes = (
            *self._odd_files(),
            *(n for name, files in self._files.items() for n in _unclaimed(name, files, known)),
        )

    def sounds(self, clip: SourceClip) -> Sounds:
        """Read the files of a clip."""
        reference = self._reference(self._clips[clip.name])
        conditions, notes = {}, []
        for name in self.conditions:
            path = self._files[name].file_of(clip.name)
            assert path is not None  # it would be among those that are lacking
            samples, alignment = _fitted(path, reference, self._align)
            conditions[name] = Audio(samples, reference.sample_rate_hz)
            if alignment is None:
                said = _of_delay(conditions[name], reference)
            else:
                said = _of_alignment(alignment)
            notes += [f"{path}: {words}" for words in said]
        return Sounds(reference, conditions, tuple(notes))

    def _odd_files(self) -> Iterator[str]:
        """What was made of odd files of the clips that can be used, those of one kind together."""
        paths: dict[str, list[str]] = defaultdict(list)
        for clip in self.clips:
            estimates = (files.file_of(clip.name) for files in self._files.values())
            for path in (self._clips[clip.name].path, *estimates):
                if path is not None and (note := note_of(path)):
                    paths[note].append(str(path))
        for note, odd in sorted(paths.items()):
            yield f"note: {named_in_part(odd)}: {note}"

    def _why_unusable(self, clip: Clip) -> Iterator[str]:
        """Everything that keeps a clip out of the test, each file that does by its path."""
        if clip.channels > 2:
            yield f"it has {clip.channels} channels, and a test has one or two"
            return
        without = [name for name, files in self._files.items() if files.file_of(clip.name) is None]
        if without:
            yield f"there is no file for it in {', '.join(without)}"
        try:
            reference = self._reference(clip)
        except CodecbenchError as error:
            yield reason_of(error)
            return
        for name in self.conditions:
            if name not in without:
                path = self._files[name].file_of(clip.name)
                assert path is not None
                try:
                    _fitted(path, reference, self._align)
                except CodecbenchError as error:
                    yield reason_of(error)

    def _source_clip(self, clip: Clip) -> SourceClip:
        channels = 1 if self._layout == "mono" else clip.channels
        labels = (clip.name, clip.category, clip.group, clip.licence, clip.source)
        return SourceClip(*labels, clip.sample_rate_hz, channels, clip.duration_s)

    def _reference(self, clip: Clip) -> Audio:
        audio = read_audio(clip.path)
        if self._layout == "mono":
            audio = to_mono(audio, clip.path)
        if not _is_audible(audio):
            raise ListeningTestError(f"{clip.path} is silent (below -70 LUFS)")
        return audio


def _of_delay(sound: Audio, reference: Audio) -> Iterator[str]:
    """What to say of a condition that is not aligned."""
    found = find_delay(reference.samples, sound.samples, reference.sample_rate_hz)
    delay_s = (found.samples or 0) / reference.sample_rate_hz
    if abs(delay_s) > _AUDIBLE_DELAY_S:
        yield (
            f"it seems to be {1000 * abs(delay_s):.1f} ms {'late' if delay_s > 0 else 'early'} "
            "against its reference, and switching will tell; --align undoes that"
        )


def _of_alignment(found: Alignment) -> Iterator[str]:
    """What to say of a condition that was aligned, or could not be."""
    delay = found.delay
    if delay.samples is None:
        yield f"no delay was found, so none was undone: {delay.reason}"
    elif delay.samples:
        yield f"a delay of {delay.samples} samples was undone"
    if delay.inverted:
        channels = " and ".join(str(channel + 1) for channel in delay.inverted)
        yield f"its polarity is opposite to its reference's (channel {channels}), and is left so"
    for end, missing_ms in (("first", found.missing_start_ms), ("last", found.missing_end_ms)):
        if missing_ms:
            yield f"its {end} {missing_ms:.4g} ms are not there, and silence stands in their place"


def _fitted(path: Path, reference: Audio, align: bool) -> tuple[Samples, Alignment | None]:
    """A condition's audio at the rate, layout and length of its reference."""
    audio = read_audio(path)
    if audio.channels != reference.channels:
        if reference.channels != 1:
            raise ListeningTestError(
                f"{path} has {audio.channels} channel(s), its reference {reference.channels}: "
                "give --channels mono, or the audio of the reference's channels"
            )
        audio = to_mono(audio, path)
    return fit_to_reference(audio, reference, path, align)


def _condition(name: str, folder: Path) -> EstimateFiles:
    if not folder.is_dir():
        raise UsageError(f"{name}: there is no folder {folder}")
    files = EstimateFiles(folder)
    if not files.files:
        raise UsageError(f"{name}: {folder} holds no audio")
    return files


def _is_audible(audio: Audio) -> bool:
    return loudness_lufs(audio.samples, audio.sample_rate_hz) is not None


def _name_of(path: Path, references: Path) -> str:
    """The name of a reference that is no clip, as it would be if it were one."""
    return clip_names(references, [path])[path]


def _unclaimed(name: str, files: EstimateFiles, references: Iterable[str]) -> Iterator[str]:
    """What to say of a condition's files that belong to no reference."""
    claimed = {files.file_of(reference) for reference in references}
    rest = [str(path) for path in files.files if path not in claimed]
    if rest:
        yield f"{name}: no reference has the name of {named_in_part(rest)}"
