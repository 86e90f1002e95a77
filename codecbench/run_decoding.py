"""A run's stored bitstreams as sound again, by the codecs that made them."""

from __future__ import annotations

from codecbench import coding
from codecbench.audio import Audio
from codecbench.codecs.contract import Bitstream, Codec, OperatingPoint, Samples
from codecbench.codecs.lossless import unpack_samples
from codecbench.codecs.table import create_codec
from codecbench.container import unpack_file
from codecbench.errors import StoreError
from codecbench.names import parse_codec_name
from codecbench.store import Row, Store


class RunDecoder:
    """Decodes encodings of one run; models stay loaded between clips."""

    def __init__(self, store: Store, device: str) -> None:
        self._path_of, self._device = store.bitstream_path, device
        self._codecs: dict[str, Codec] = {}

    def decode(self, encoding: Row) -> Audio:
        """The sound of an encoding at the rate, layout and length of its clip.

        Raises `StoreError` where the bitstream is not there or the codec has other weights now,
        `BitstreamError` for damage, `WeightsError` where the weights are missing.
        """
        path = self._path_of(encoding["key"])
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"the run's bitstream {path} cannot be read: {error.strerror}"
            ) from error
        codec = self._codec(encoding["codec"])
        if not isinstance(codec, Given) and codec.find_weights() != encoding["weights_hash"]:
            raise StoreError(
                f"{codec.name}: the run was made with other weights than those at hand, which "
                "cannot decode its bitstreams: put those of the run back, or make a new run"
            )
        return coding.decode(codec, unpack_file(data, str(path))[1])

    def is_of_this_version(self, encoding: Row) -> bool:
        """Whether the codec that is here would make the same encoding."""
        codec = self._codec(encoding["codec"])
        return bool(
            encoding["codec_version"] == codec.version
            and encoding["weights_hash"] == codec.find_weights()
        )

    def _codec(self, name: str) -> Codec:
        if name not in self._codecs:
            if name.startswith("folder:"):
                self._codecs[name] = Given(name)
            else:
                asked = parse_codec_name(name)
                self._codecs[name] = create_codec(
                    asked.family, asked.variant, dict(asked.options), self._device
                )
        return self._codecs[name]


class Given(Codec):
    """Audio that was decoded elsewhere, as the run stored it: its folder is not needed again."""

    version = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def points(self, channels: int) -> tuple[OperatingPoint, ...]:
        """None: nothing is encoded."""
        return ()

    def encode(self, samples: Samples, point: OperatingPoint) -> Bitstream:
        """Refused."""
        raise StoreError(f"{self.name}: audio that is stored is not encoded again")

    def decode(self, bitstream: Bitstream) -> Samples:
        """The stored audio."""
        return unpack_samples(bitstream)
