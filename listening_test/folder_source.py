"""Stimuli from plain folders: one of references, and one for each condition.

A file of a condition belongs to the reference whose path in its folder is the same without suffix:
`references/speech/one.flac` and `mine/speech/one.wav`. The references' folder may hold a
`manifest.csv` with category, licence and source, as for `bench run --clips`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codecbench.alignment import find_delay, undo_delay
from codecbench.audio import Audio, Samples, fit_length, read_audio, resample, to_mono
from codecbench.clips import AUDIO_SUFFIXES, Clip, find_clips
from codecbench.code_clip import ESTIMATE_TOLERANCE_S
from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.sources import Layout, Sounds, Source, SourceClip

_AUDIBLE_DELAY_S = 0.001
"""Raters who switch between sounds out of step by more than this may hear the switch itself."""


class FolderSource(Source):
    """References and folders of processed audio.

    folders: by condition. align: undo the delay that cross-correlation finds. Raises `UsageError`
    for folders that are not there or hold no audio.
    """

    def __init__(
        self,
        references: Path,
        folders: Mapping[str, Path],
        layout: Layout = "keep",
        align: bool = False,
    ) -> None:
        self._layout, self._align = layout, align
        self._files = {name: _by_stem(name, folder) for name, folder in folders.items()}
        found = {clip.name: clip for clip in find_clips(references).clips}
        self._clips = {name: clip for name, clip in found.items() if clip.channels <= 2}
        self.conditions = tuple(folders)
        self.lacking = {name: f"it has {clip.channels} channels" for name, clip in found.items()}
        for name in self._clips:
            without = [c for c, files in self._files.items() if name not in files]
            self.lacking[name] = f"there is no file for it in {', '.join(without)}"
            if not without:
                del self.lacking[name]
        self.clips = tuple(
            self._source_clip(clip)
            for name, clip in self._clips.items()
            if name not in self.lacking
        )

    def sounds(self, clip: SourceClip) -> Sounds:
        """Read the files of a clip."""
        original = self._clips[clip.name]
        reference = self._reference(original)
        conditions, notes = {}, []
        for name in self.conditions:
            path = self._files[name][clip.name]
            samples = _fitted(path, reference)
            found = find_delay(reference.samples, samples, reference.sample_rate_hz)
            delay = found.samples or 0
            if found.samples is None and self._align:
                notes.append(f"{path}: no delay was found, so none was undone: {found.reason}")
            elif delay and self._align:
                samples = undo_delay(samples, delay)
                notes.append(f"{path}: a delay of {delay} samples was undone")
            elif abs(delay) > _AUDIBLE_DELAY_S * reference.sample_rate_hz:
                notes.append(
                    f"{path}: it seems to be {delay / reference.sample_rate_hz * 1000:.1f} ms late "
                    "against its reference, and switching will tell; --align undoes that"
                )
            conditions[name] = Audio(samples, reference.sample_rate_hz)
        return Sounds(reference, conditions, tuple(notes))

    def _source_clip(self, clip: Clip) -> SourceClip:
        channels = 1 if self._layout == "mono" else clip.channels
        labels = (clip.name, clip.category, clip.group, clip.licence, clip.source)
        return SourceClip(*labels, clip.sample_rate_hz, channels, clip.duration_s)

    def _reference(self, original: Clip) -> Audio:
        audio = read_audio(original.path)
        return audio if self._layout == "keep" else to_mono(audio, original.path)


def _fitted(path: Path, reference: Audio) -> Samples:
    """A condition's audio at the rate, layout and length of its reference."""
    audio = read_audio(path)
    samples = audio.samples
    if audio.channels != reference.channels:
        if reference.channels != 1:
            raise ListeningTestError(
                f"{path} has {audio.channels} channel(s), its reference {reference.channels}: "
                "give --channels mono, or the audio of the reference's channels"
            )
        samples = to_mono(audio, path).samples
    if abs(audio.duration_s - reference.duration_s) > ESTIMATE_TOLERANCE_S:
        raise ListeningTestError(
            f"{path} lasts {audio.duration_s:.3f} s where its reference lasts "
            f"{reference.duration_s:.3f} s"
        )
    samples = resample(samples, audio.sample_rate_hz, reference.sample_rate_hz)
    return fit_length(samples, reference.samples.shape[1])


def _by_stem(name: str, folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise UsageError(f"{name}: there is no folder {folder}")
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix[1:].lower() in AUDIO_SUFFIXES
    ]
    if not files:
        raise UsageError(f"{name}: {folder} holds no audio")
    whole = {path.relative_to(folder).as_posix(): path for path in files}
    return whole | {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}
