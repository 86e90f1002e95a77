"""ViSQOL v3: predicted mean opinion score by comparing gammatone spectrograms, patch by patch.

visqol: audio mode at 48 kHz, support vector regression, top about 4.73. visqol_speech: speech
mode at 16 kHz, lattice mapping, for speech alone. Both 1 to 5, higher is better. Both align the
estimate in time and match its level by themselves.

Source: Chinen et al., ViSQOL v3, QoMEX 2020, arXiv 2004.09584; google/visqol v3.3.3, through the
package visqol-python. It returns 4.73 for a silent reference and NaN for a silent estimate: both
are refused here before it is called.

The gammatone spectrograms cost 70% of a measurement in that package, and half of them are the
reference's. They are remembered by content in what `prepare` returns, and are gone when that is
dropped; `codecbench.metrics.gammatone` makes them faster. Both replace private parts of the
package, so that one version of it is used and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from codecbench.compiler import set_up_compiler
from codecbench.errors import InstallationError, Unscorable
from codecbench.metrics.activity import require_active
from codecbench.metrics.contract import Metric, Mono
from codecbench.native_stderr import quiet_native_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["audio", "speech"]

PACKAGE_VERSION = "3.8.0"
"""Of visqol-python. What another one must still have is in tests/metrics/test_visqol_package.py."""

# Frames of 80 ms every 20 ms. A patch has 30 of them in audio mode and 20 in speech mode, and the
# first patch starts half a patch into the clip (one frame earlier in speech mode).
_FRAMES_NEEDED = {"audio": 45, "speech": 29}
_MIN_DURATION_S = {mode: 0.08 + 0.02 * (n - 1) for mode, n in _FRAMES_NEEDED.items()}


class SpectrogramMemory:
    """Spectrograms of one reference and its slices, by the content of the signal.

    The library asks for the reference's and the estimate's through one door. What the next
    measurement asks for again can only be the reference's and is kept; the rest is dropped. So the
    memory is bounded by one reference and two estimates.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, Any] = {}
        self._previous: dict[bytes, Any] = {}
        self._current: dict[bytes, Any] = {}

    def __len__(self) -> int:
        return len(self._kept) + len(self._previous) + len(self._current)

    def start_measurement(self) -> None:
        """Forget what was asked for once, two measurements ago."""
        self._previous, self._current = self._current, {}

    def recall(self, signal: Any, build: Callable[[], Any]) -> Any:
        """The spectrogram of the signal: a remembered one, or what `build` makes."""
        key = blake2b(np.ascontiguousarray(signal.data).data, digest_size=16).digest()
        if key in self._previous:
            self._kept[key] = self._previous.pop(key)
        for generation in (self._kept, self._current):
            if key in generation:
                return generation[key]
        self._current[key] = build()
        return self._current[key]


@dataclass(frozen=True)
class Reference:
    """The reference's samples and what was computed of them so far."""

    samples: Mono
    memory: SpectrogramMemory = field(default_factory=SpectrogramMemory)


@cache
def _manager(mode: Mode) -> Any:
    """The library's measuring object, its models loaded; one per mode and process."""
    require_version(version("visqol-python"))
    set_up_compiler()
    import visqol
    from visqol.gammatone import GammatoneSpectrogramBuilder
    from visqol.patch_creator import RmsVad, VadPatchCreator
    from visqol.visqol_manager import MINIMUM_FREQ, NUM_BANDS_AUDIO, NUM_BANDS_SPEECH, VisqolManager

    from codecbench.metrics.gammatone import gammatone_spectrogram

    class RememberingBuilder(GammatoneSpectrogramBuilder):  # type: ignore[misc]
        """Builds what it does not remember; `memory` is set for each measurement."""

        memory = SpectrogramMemory()

        def build(self, signal: Any, window: Any) -> Any:
            return self.memory.recall(
                signal, lambda: super(RememberingBuilder, self).build(signal, window)
            )

        _build_numba = staticmethod(gammatone_spectrogram)

    class WholeChunks(VadPatchCreator):  # type: ignore[misc]
        """Voice activity without a walk over samples in Python: 0.6 s of a clip of 10 s."""

        def _get_voice_activity(self, signal: Any, start: int, count: int, chunk: int) -> Any:
            return voice_activity(RmsVad(), signal.data[start : start + count], chunk)

    speech = mode == "speech"
    manager = VisqolManager()
    with quiet_native_stderr():
        manager.init(
            model_path=str(Path(visqol.__file__).parent / "model" / "libsvm_nu_svr_model.txt"),
            use_speech_mode=speech,
            use_lattice_model=speech,
        )
    bands = NUM_BANDS_SPEECH if speech else NUM_BANDS_AUDIO
    if speech:
        manager.patch_creator = WholeChunks(manager.patch_creator.patch_size)
    manager.spect_builder = RememberingBuilder(bands, MINIMUM_FREQ, speech_mode=speech)
    return manager


def require_version(found: str) -> None:
    """Raises `InstallationError` where visqol-python is not of the version that is used here."""
    if found != PACKAGE_VERSION:
        raise InstallationError(
            f"ViSQOL needs visqol-python {PACKAGE_VERSION}, of which it replaces private parts, "
            f"and {found} is installed: "
            f"pip install 'visqol-python[accel,fftw,lattice]=={PACKAGE_VERSION}'"
        )


def voice_activity(detector: Any, signal: Mono, chunk_samples: int) -> list[float]:
    """Feed 16-bit chunks of the signal to the package's detector; its verdict for each chunk."""
    integers = np.clip(signal * 32768.0, -32768.0, 32767.0).astype(np.int16)
    for start in range(0, integers.size - chunk_samples + 1, chunk_samples):
        detector.process_chunk(integers[start : start + chunk_samples])
    verdicts: list[float] = detector.get_vad_results()
    return verdicts


def _prepare(reference: Mono, sample_rate_hz: int, mode: Mode) -> Reference:
    shortest_s = _MIN_DURATION_S[mode]
    if len(reference) < round(shortest_s * sample_rate_hz):
        raise Unscorable(
            f"too short for ViSQOL: {len(reference) / sample_rate_hz:.2f} s, "
            f"at least {shortest_s:.2f} s needed"
        )
    require_active(reference, "reference")
    return Reference(reference)


def _compare(reference: Reference, estimate: Mono, sample_rate_hz: int, mode: Mode) -> float:
    require_active(estimate, "estimate")
    manager = _manager(mode)
    from visqol.audio_utils import AudioSignal

    reference.memory.start_measurement()
    manager.spect_builder.memory = reference.memory
    try:
        result = manager.run_from_signals(
            AudioSignal(reference.samples, sample_rate_hz), AudioSignal(estimate, sample_rate_hz)
        )
    except ValueError as error:  # aligned, the estimate has too little in common with the clip
        raise Unscorable(f"ViSQOL cannot match the estimate: {error}") from error
    finally:
        manager.spect_builder.memory = SpectrogramMemory()
    if not np.isfinite(result.moslqo):
        raise Unscorable("ViSQOL gave no finite score")
    # FFTW rounds by where its buffers lie in memory, 1e-14 from call to call: the same audio is to
    # give the same score.
    return round(float(result.moslqo), 9)


def prepare_audio(reference: Mono, sample_rate_hz: int) -> Reference:
    """Check the reference; its spectrograms are made with the first estimate."""
    return _prepare(reference, sample_rate_hz, "audio")


def prepare_speech(reference: Mono, sample_rate_hz: int) -> Reference:
    """Check the reference; its spectrograms are made with the first estimate."""
    return _prepare(reference, sample_rate_hz, "speech")


def visqol_audio(reference: Reference, estimate: Mono, sample_rate_hz: int) -> float:
    """MOS-LQO in audio mode, 1 to 5. Raises `Unscorable` for a silent or unmatchable estimate."""
    return _compare(reference, estimate, sample_rate_hz, "audio")


def visqol_speech(reference: Reference, estimate: Mono, sample_rate_hz: int) -> float:
    """MOS-LQO in speech mode, 1 to 5. Raises `Unscorable` for a silent or unmatchable estimate."""
    return _compare(reference, estimate, sample_rate_hz, "speech")


VISQOL = Metric(
    name="visqol",
    unit="MOS",
    direction="higher",
    value_range=(1.0, 5.0),
    version=1,
    sample_rate_hz=48_000,
    summary="ViSQOL v3, audio mode",
    source="Chinen et al. 2020, arXiv 2004.09584",
    prepare=prepare_audio,
    compare=visqol_audio,
    min_duration_s=_MIN_DURATION_S["audio"],
)

VISQOL_SPEECH = Metric(
    name="visqol_speech",
    unit="MOS",
    direction="higher",
    value_range=(1.0, 5.0),
    version=1,
    sample_rate_hz=16_000,
    summary="ViSQOL v3, speech mode, lattice mapping",
    source="Chinen et al. 2020, arXiv 2004.09584",
    prepare=prepare_speech,
    compare=visqol_speech,
    category="speech",
    min_duration_s=_MIN_DURATION_S["speech"],
)
