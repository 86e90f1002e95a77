"""Stimuli from a stored run: its bitstreams decoded again, beside the clips that it coded.

A run keeps bitstreams and the clips' hashes, not the clips: they lie where the run found them, or
in a folder that is given. A clip that is not the one which was coded, by its hash, is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from codecbench.clip_places import places_of
from codecbench.errors import BitstreamError, ListeningTestError, StoreError, UsageError
from codecbench.listening_test import run_conditions
from codecbench.listening_test.sources import Layout, Sounds, Source, SourceClip
from codecbench.loaded import clip_audio
from codecbench.run_clips import RunClips
from codecbench.run_decoding import RunDecoder
from codecbench.schema import CLIPS, ENCODINGS, FAILURES, SESSIONS
from codecbench.store import Row, read_run


class RunSource(Source):
    """Conditions of a run.

    conditions: as `bench run --codecs` takes them, with bitrates. clips_folder: where the clips
    are, None for where the run found them. layout: needed where a run holds clips both
    mono and as they are.

    Raises `UsageError` for what is not a run, and for what the run does not hold.
    """

    def __init__(
        self,
        run: Path,
        conditions: Sequence[str],
        clips_folder: Path | None = None,
        layout: Layout | None = None,
        device: str = "cpu",
    ) -> None:
        self._run = run
        with read_run(run) as store:
            self._clips = _named_apart(store.rows(CLIPS))
            encodings = store.rows(ENCODINGS)
            sessions = store.rows(SESSIONS)
            failures = store.rows(FAILURES)
            self._originals = RunClips(places_of(store), clips_folder)
            self._decoder = RunDecoder(store, device)
        if not encodings:
            raise UsageError(f"the run {run} holds no encodings")
        self._layouts: dict[str, int] = {}
        wanted = run_conditions.parse_conditions(conditions, encodings)
        found = {w: self._found(w, encodings, layout) for w in wanted}
        self.lacking = _not_coded(sessions, self._clips.values())
        self.lacking |= self._choose_layouts(found, run, failures)
        self.lacking |= self._lose_what_is_not_here()
        self._chosen: dict[str, dict[str, Row]] = {}
        for asked, by_clip in found.items():
            mine = {
                clip: self._only(asked.text, by_clip[clip][self._layouts[clip]])
                for clip in self._layouts
            }
            points = {run_conditions.point_of(row) for row in mine.values()}
            name = f"{asked.codec}@{points.pop() if len(points) == 1 else asked.rate}"
            if name in self._chosen:
                raise UsageError(f"{asked.text}: this run answers two conditions by {name}")
            self._chosen[name] = mine
        self.conditions = tuple(self._chosen)
        self.clips = tuple(
            sorted((self._source_clip(h) for h in self._layouts), key=lambda clip: clip.name)
        )

    def sounds(self, clip: SourceClip) -> Sounds:
        """Decode a clip's bitstreams, and read it."""
        key = self._hash_of(clip)
        reference = clip_audio(self._originals.path_of(clip.name, key), self._layouts[key])
        decoded = {}
        for name, rows in self._chosen.items():
            try:
                decoded[name] = self._decoder.decode(rows[key])
            except (BitstreamError, StoreError) as error:
                raise ListeningTestError(f"{name} of {clip.name}: {error}") from error
        for name, audio in decoded.items():
            if audio.samples.shape != reference.samples.shape:
                raise ListeningTestError(
                    f"{name} of {clip.name} decodes to the shape {audio.samples.shape}, and the "
                    f"clip has {reference.samples.shape}"
                )
        return Sounds(reference, decoded)

    def bitrate_bps(self, condition: str, clips: Sequence[SourceClip]) -> float | None:
        """Σ bits / Σ seconds over the clips."""
        rows = [self._chosen[condition][self._hash_of(clip)] for clip in clips]
        if not rows or not all(row["measured"] for row in rows):
            return None
        bits: int = 8 * sum(row["payload_bytes"] for row in rows)
        seconds: float = sum(row["duration_s"] for row in rows)
        return bits / seconds

    def _found(
        self, wanted: run_conditions.Wanted, encodings: Sequence[Row], layout: Layout | None
    ) -> dict[str, dict[int, list[Row]]]:
        """Encodings that answer a condition, by clip and channels."""
        found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for channels in sorted({row["channels"] for row in encodings}):
            point = run_conditions.answering(wanted, encodings, channels)
            for row in encodings if point else ():
                clip = self._clips[row["clip_hash"]]
                asked = {"mono": 1, "keep": clip["channels"]}.get(layout or "", channels)
                if (row["codec"], row["channels"]) == (wanted.codec, channels) and (
                    run_conditions.point_of(row) == point and channels == asked and channels <= 2
                ):
                    found[row["clip_hash"]][channels].append(row)
        if not found:
            raise run_conditions.refused(wanted, encodings)
        return found

    def _choose_layouts(
        self,
        found: dict[run_conditions.Wanted, dict[str, dict[int, list[Row]]]],
        run: Path,
        failures: Sequence[Row],
    ) -> dict[str, str]:
        """Set the layout of each clip that all conditions have; return why others have none."""
        lacking = {}
        for key, clip in self._clips.items():
            without = [wanted for wanted, by_clip in found.items() if key not in by_clip]
            if without:
                names = ", ".join(wanted.text for wanted in without)
                why = _why_failed(clip["clip"], without, failures)
                lacking[clip["clip"]] = f"the run holds no {names} of it{why}"
                continue
            common = set.intersection(*(set(by_clip[key]) for by_clip in found.values()))
            if len(common) > 1:
                raise UsageError(
                    f"the run {run} holds {clip['clip']} both mono and stereo: give --channels "
                    "mono or --channels keep"
                )
            if not common:
                lacking[clip["clip"]] = "its conditions are mono in part and stereo in part"
                continue
            (self._layouts[key],) = common
        return lacking

    def _lose_what_is_not_here(self) -> dict[str, str]:
        """Take out clips whose file is gone or another one now; return why.

        Raises `StoreError` where no clip is here: that is a folder that moved.
        """
        lost: dict[str, StoreError] = {}
        for key in list(self._layouts):
            try:
                self._originals.path_of(self._clips[key]["clip"], key)
            except StoreError as error:
                lost[key] = error
        if lost and len(lost) == len(self._layouts):
            raise next(iter(lost.values()))
        for key in lost:
            del self._layouts[key]
        return {self._clips[key]["clip"]: str(error) for key, error in lost.items()}

    def _only(self, text: str, rows: list[Row]) -> Row:
        """The one encoding; of several versions the one of the codec that is here."""
        if len(rows) > 1:
            rows = [row for row in rows if self._decoder.is_of_this_version(row)]
        if len({row["payload_sha256"] for row in rows}) != 1:
            raise ListeningTestError(
                f"{text}: the run {self._run} holds it of several versions, weights or devices, "
                "and which is meant cannot be told: make a run with one of them"
            )
        return rows[0]

    def _source_clip(self, key: str) -> SourceClip:
        row = self._clips[key]
        return SourceClip(
            name=row["clip"],
            category=row["category"],
            group=row["group"],
            licence=row["licence"],
            source=row["source"],
            sample_rate_hz=row["sample_rate_hz"],
            channels=self._layouts[key],
            duration_s=row["duration_s"],
        )

    def _hash_of(self, clip: SourceClip) -> str:
        return next(key for key in self._layouts if self._clips[key]["clip"] == clip.name)


def _named_apart(clips: Sequence[Row]) -> dict[str, Row]:
    """Clips by hash; where a run holds several of one name, each has a part of its hash in it."""
    uses = Counter(clip["clip"] for clip in clips)
    return {
        clip["clip_hash"]: clip
        if uses[clip["clip"]] == 1
        else clip | {"clip": f"{clip['clip']} ({clip['clip_hash'][:6]})"}
        for clip in clips
    }


def _not_coded(sessions: Iterable[Row], clips: Iterable[Row]) -> dict[str, str]:
    """Files that the run's commands refused as clips and never coded, by path."""
    names = {row["clip"] for row in clips}
    found = {}
    for session in sessions:
        for skipped in session["skipped"]:
            parts = PurePath(skipped["what"]).with_suffix("").parts
            ends = {"/".join(parts[i:]) for i in range(len(parts))}
            if skipped["kind"] == "clip" and not ends & names:
                found[skipped["what"]] = f"the run skipped it: {skipped['reason']}"
    return found


def _why_failed(clip: str, wanted: Iterable[run_conditions.Wanted], failures: Iterable[Row]) -> str:
    """What the run says of the failure of these conditions; "" where they were never coded."""
    codecs = {one.codec for one in wanted}
    reasons = {
        row["reason"]: None for row in failures if row["clip"] == clip and row["codec"] in codecs
    }
    return f" ({'; '.join(reasons)})" if reasons else ""
