"""The sounds as raters get them: samples without a header, masked, of one size for all of an item.

All sounds of an item are read at once, compared with what test.json says of them, and kept in
memory, so that neither the time nor the size of an answer tells one from another.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codecbench.errors import ListeningTestError
from codecbench.listening_test.test_file import Item, ListeningTest, Stimulus

MEMORY_BYTES = 512 * 2**20
"""How much sound is kept; the items used last stay."""

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Sounds:
    """An item's sounds as 16-bit PCM in words of 32 bit: the open reference, and by condition."""

    samples: int
    reference: Words
    words: dict[str, Words]

    @property
    def size_bytes(self) -> int:
        """Of all of them."""
        return self.reference.nbytes + sum(words.nbytes for words in self.words.values())


class AudioFiles:
    """The sounds of a test, read when first asked for. Safe to share between threads."""

    def __init__(self, folder: Path, test: ListeningTest) -> None:
        self._folder = folder
        self._test = test
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Sounds] = OrderedDict()

    def sounds(self, item: Item) -> Sounds:
        """All sounds of an item.

        Raises `ListeningTestError` for a file that is missing, was changed, or is not of the test's
        rate and channels or its item's length.
        """
        with self._lock:
            found = self._kept.pop(item.open_reference.file, None) or self._read(item)
            self._kept[item.open_reference.file] = found
            while (
                len(self._kept) > 1
                and sum(kept.size_bytes for kept in self._kept.values()) > MEMORY_BYTES
            ):
                self._kept.popitem(last=False)
        return found

    def check(self) -> None:
        """Read every file once, before the first rater does."""
        for item in (*self._test.training_items, *self._test.items):
            self._read(item)

    def _read(self, item: Item) -> Sounds:
        reference = self._read_file(item.open_reference)
        samples = len(reference)
        read = {}
        for stimulus in item.stimuli:
            read[stimulus.condition] = pcm = self._read_file(stimulus)
            if len(pcm) != samples:
                raise ListeningTestError(
                    f"{stimulus.file} has {len(pcm)} samples and the item's reference "
                    f"{samples}: render the test again with `bench listen create`"
                )
        by_condition = {name: _as_words(pcm) for name, pcm in read.items()}
        return Sounds(samples, _as_words(reference), by_condition)

    def _read_file(self, stimulus: Stimulus) -> npt.NDArray[np.int16]:
        """(samples, channels)"""
        import soundfile

        path = self._folder / stimulus.file
        again = "put it back, or render the test again with `bench listen create`"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ListeningTestError(f"cannot read {path}: {error.strerror}; {again}") from error
        if hashlib.sha256(data).hexdigest() != stimulus.sha256:
            raise ListeningTestError(f"{path} is not the file that test.json names: {again}")
        try:
            pcm, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise ListeningTestError(f"{path} is not a WAV file ({error}): {again}") from error
        if (rate_hz, pcm.shape[1]) != (self._test.sample_rate_hz, self._test.channels):
            raise ListeningTestError(
                f"{path} has {rate_hz} Hz and {pcm.shape[1]} channels, the test "
                f"{self._test.sample_rate_hz} Hz and {self._test.channels}: {again}"
            )
        return np.asarray(pcm, dtype=np.int16)


def masked(words: Words, key: int) -> bytes:
    """What is sent: word i XOR fmix32(key + i · 0x9E3779B9), little-endian, to look random.

    The mask keeps nobody from the sound who has the key; it keeps compression, and caches that
    look at content, from telling stimuli apart.
    """
    count = np.arange(len(words), dtype=np.uint32)
    mask = fmix32(np.uint32(key) + count * np.uint32(0x9E3779B9))
    return (words ^ mask).astype("<u4").tobytes()


def fmix32(words: Words) -> Words:
    """The finaliser of MurmurHash3 (Appleby, public domain), for each word."""
    mixed = words ^ (words >> np.uint32(16))
    mixed = mixed * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def _as_words(pcm: npt.NDArray[np.int16]) -> Words:
    data = pcm.astype("<i2").tobytes()
    return np.frombuffer(data + bytes(-len(data) % 4), dtype="<u4").astype(np.uint32)
