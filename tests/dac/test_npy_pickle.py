"""Hostile and damaged files: nothing in them runs, and each is refused with its cause."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecbench.dac.npy_pickle import array_of, dump_dict, load_dict, number_of
from codecbench.errors import BitstreamError

CONTENT: dict[str, Any] = {
    "codes": np.arange(24, dtype=np.uint16).reshape(2, 3, 4),
    "metadata": {"rate": 16000},
}


def saved(content: object) -> bytes:
    """What `np.save` writes."""
    file = io.BytesIO()
    np.save(file, np.array(content, dtype=object))
    return file.getvalue()


def with_pickle(program: bytes) -> bytes:
    """A file of np.save with another pickle in it."""
    return saved({})[:128] + program


class Attack:
    """Unpickled without care, this calls a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments


class Stateful:
    """Unpickled, its state comes from a call."""

    def __init__(self, state: object) -> None:
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return np.ndarray, ((1,), "u2"), self.state


def attacks(target: Path) -> dict[str, object]:
    """Contents that make a folder when they are unpickled."""
    system = Attack(os.system, f"mkdir '{target}'")
    return {
        "in the place of all": system,
        "as a value": {"codes": system, "metadata": {}},
        "within metadata": {"codes": CONTENT["codes"], "metadata": {"rate": system}},
        "by eval": {"codes": Attack(eval, f"__import__('os').mkdir({str(target)!r})")},
        "as a state": {"codes": Stateful(system)},
        "as an argument": {"codes": Attack(np.dtype, Attack(os.system, f"mkdir '{target}'"))},
        "as an array's element": {"codes": np.array([system], dtype=object)},
        "as a key": {Attack(str, system): 1},
        "by numpy": {"codes": Attack(np.lib.format.open_memmap, str(target), "w+", "u1", (9,))},
    }


@pytest.mark.parametrize("name", attacks(Path()))
def test_a_hostile_file_runs_nothing(name: str, tmp_path: Path) -> None:
    """And does run under `np.load`, so that the attack is one."""
    target = tmp_path / "made by the attack"
    file = io.BytesIO(saved(attacks(target)[name]))
    with suppress(BitstreamError):
        for value in load_dict(file.getvalue()).values():
            number_of(value)
            array_of(value)
    assert not target.exists()
    with suppress(TypeError):  # of what is made with the attack's result
        np.load(file, allow_pickle=True)
    assert target.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'exit 1'\ntR.",  # the classic
        b"(S'exit 1'\nios\nsystem\n.",  # INST calls without REDUCE
        b"(cos\nsystem\nX\x06\x00\x00\x00exit 1o.",  # OBJ
        b"\x80\x02cbuiltins\nexit\n)\x81.",  # NEWOBJ
        b"\x80\x04cbuiltins\nexit\n)}\x92.",  # NEWOBJ_EX
        b"\x80\x02\x82\x01.",  # EXT1
        b"P1\n.",  # PERSID
        b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x0f.",  # BYTEARRAY8 of 2^60 bytes
    ],
)
def test_opcodes_that_have_no_place_are_refused(program: bytes) -> None:
    with pytest.raises(BitstreamError, match="pickle"):
        load_dict(with_pickle(program))


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x0fabc.",  # BINBYTES8 of 2^60 bytes
        b"\x80\x04]r\xff\xff\xff\xff.",  # LONG_BINPUT far off: pickle would fill 64 GB
        b"\x80\x04\x8b\xff\xff\xff\x7f.",  # LONG4
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",  # FRAME
        b"\x80\x04h\x07.",  # BINGET of nothing
        b"\x80\x04R.",
        b"\x80\x04K\x01K\x02R.",
        b"\x80\x04t.",
        b"\x80\x04K\x01K\x02a.",
        b"\x80\x04}K\x01K\x02s.",
        b"\x80\x04}(K\x01u.",
        b"\x80\x04K\x01K\x02b.",
        b"\x80\x04K\x01K\x02\x93.",
        b"\x80\x04.",
        b"",
    ],
)
def test_programs_that_make_no_dict_are_refused(program: bytes) -> None:
    with pytest.raises(BitstreamError, match="pickle"):
        load_dict(with_pickle(program))


def nested(depth: int) -> bytes:
    """A tuple of two that are one tuple of two that are one …: 2^depth leaves."""
    program = b")q\x00"
    for level in range(depth):
        program += bytes([*b"h", level, *b"h", level, *b"\x86q", level + 1])
    return program


@pytest.mark.parametrize(
    "wrap",
    [
        lambda bomb: b"}" + bomb + b"Ns",  # a key: pickle would hash every leaf
        lambda bomb: b"cnumpy.core.multiarray\n_reconstruct\n" + bomb + b"R" + bomb + b"b",
        lambda bomb: bomb,
    ],
    ids=["key", "arguments and state", "value"],
)
def test_shared_tuples_take_no_time(wrap: Callable[[bytes], bytes]) -> None:
    start = time.process_time()
    with pytest.raises(BitstreamError):
        load_dict(with_pickle(b"\x80\x03" + wrap(nested(200)) + b"."))
    assert time.process_time() - start < 1


@pytest.mark.parametrize("protocol", [3, 4])
def test_reads_what_numpy_writes(protocol: int) -> None:
    box = np.array(CONTENT, dtype=object)
    content = load_dict(with_pickle(pickle.dumps(box, protocol=protocol)))
    codes = array_of(content["codes"])
    assert codes.dtype == np.uint16
    assert np.array_equal(codes, CONTENT["codes"])
    assert content["metadata"] == {"rate": 16000}


def test_writes_what_every_numpy_reads() -> None:
    data = dump_dict(CONTENT)
    loaded = np.load(io.BytesIO(data), allow_pickle=True)[()]  # a warning would be an error
    assert np.array_equal(loaded["codes"], CONTENT["codes"])
    assert loaded["metadata"] == CONTENT["metadata"]
    assert data[:128] == saved(CONTENT)[:128]
    assert b"numpy._core" not in data


def test_codes_that_look_like_a_name_are_written_as_they_are() -> None:
    codes = np.frombuffer(b"cnumpy._core.multiarray\n", dtype="<u2")
    loaded = np.load(io.BytesIO(dump_dict({"codes": codes})), allow_pickle=True)[()]
    assert loaded["codes"].tobytes() == codes.tobytes()


def test_arrays_in_other_orders() -> None:
    for array in (
        np.asfortranarray(CONTENT["codes"]),
        np.arange(5, dtype=">u2"),
        np.array([1.5], dtype=np.float32),
    ):
        record = load_dict(saved({"array": array}))["array"]
        assert np.array_equal(array_of(record), array)


@pytest.mark.parametrize("number", [np.int64(-5), np.int32(7), np.float32(0.5), np.float64(2.5)])
def test_numpy_scalars(number: Any) -> None:
    assert number_of(load_dict(saved({"n": number}))["n"]) == number.item()


def test_an_array_that_declares_more_than_it_has() -> None:
    """Refused by arithmetic: nothing of that size is ever asked for."""
    data = pickle.dumps(
        np.array({"codes": np.zeros((1, 2, 3), np.uint16)}, dtype=object), protocol=3
    )
    shape = b"K\x01K\x02K\x03\x87"
    assert data.count(shape) == 1
    for sizes in ((1 << 30, 1 << 30, 1 << 30), (1, 2, 4), (1, 2, 2), (1, -2, -3), (0, 2, 3)):
        hostile = data.replace(shape, pickle.dumps(sizes, protocol=2)[2:-3])
        record = load_dict(with_pickle(hostile))["codes"]
        with pytest.raises(BitstreamError, match="shape"):
            array_of(record)


@pytest.mark.parametrize(
    "value",
    [
        np.array(["x"]),
        np.zeros(1, dtype=[("a", "u2")]),
        np.zeros(1, dtype=bool),
        np.array([{}], dtype=object),
        np.zeros((1, 1, 1, 1), dtype=np.uint16),
        np.datetime64(1, "s"),
        np.uint16,
        builtins.eval,
        [1, 2],
        7,
    ],
)
def test_other_values_are_no_arrays(value: object) -> None:
    with pytest.raises(BitstreamError):
        array_of(load_dict(saved({"codes": value}))["codes"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        saved(CONTENT)[:9],
        saved([1]),
        saved(7),
        saved(CONTENT).replace(b"NUMPY\x01", b"NUMPY\x02"),
        saved(CONTENT).replace(b"'shape': ()", b"'shape': (1,)"),
        saved(CONTENT).replace(b"'|O'", b"'<f8'"),
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BitstreamError):
        load_dict(data)


def test_every_cut_is_refused_and_no_flip_gets_past() -> None:
    data = saved(CONTENT)
    for length in range(len(data)):
        with pytest.raises(BitstreamError):
            load_dict(data[:length])
    rng = np.random.default_rng(0)
    for _ in range(3000):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] = rng.integers(256)
        try:
            content = load_dict(bytes(damaged))
            array_of(content.get("codes"))
        except BitstreamError:
            continue
