"""Files that `np.save` makes of a dict, read without running anything that is in them.

Such a file is a pickle: a program for a stack machine, which may import and call whatever it names.
Here a machine of its own reads the opcodes that plain values and numpy arrays need, and refuses all
others. What the program would import becomes a `Name`, what it would call a `Call`: records, never
looked up and never run. `array_of` and `number_of` then take arrays and numbers out of records that
have exactly numpy's form, from bytes whose number must fit.
"""

from __future__ import annotations

import math
import pickle
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from codecbench.errors import BitstreamError

_NPY_START = b"\x93NUMPY\x01\x00"
_NPY_HEADER = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }"


@dataclass(frozen=True)
class Name:
    """What a pickle would import."""

    module: str
    name: str


@dataclass(eq=False, repr=False)  # a hostile record can be too deep to compare or print
class Call:
    """What a pickle would call, with its arguments, and the state that it would then set."""

    function: Name
    arguments: tuple[Any, ...]
    state: object = None


_RECONSTRUCT = {Name(f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")}
_SCALAR = {Name(f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")}
_DTYPES = {"u2", "i4", "i8", "f4", "f8"}


def load_dict(data: bytes) -> dict[Any, Any]:
    """The dict in a file's bytes; arrays and calls in it are still records.

    Raises `BitstreamError` for anything but `np.save`'s file of one dict.
    """
    end = len(_NPY_START) + 2 + int.from_bytes(data[8:10], "little")
    if not data.startswith(_NPY_START):
        raise BitstreamError("not a file of np.save, version 1.0")
    if data[10:end].rstrip(b" \n") != _NPY_HEADER:
        raise BitstreamError("np.save's header is not that of a single object")
    match _run(data[end:]):
        case Call(state=(1, (), Call() as dtype, False, [dict() as content])) as array:
            if _is_reconstruct(array) and dtype.arguments[:1] in (("O8",), ("O4",)):
                return content
    raise BitstreamError("its pickle is not of one dict")


def dump_dict(content: Mapping[str, object]) -> bytes:
    """The bytes of `np.save(file, content)` as numpy before 2.0 makes them.

    Any numpy reads them: before 1.26 it does not know the names that numpy 2 writes.
    """
    boxed = np.empty((), dtype=object)
    boxed[()] = dict(content)
    pickled = pickle.dumps(boxed, protocol=3)  # without frames, whose lengths would change
    pieces, start = [], 0
    for opcode, argument, position in pickletools.genops(pickled):
        if opcode.name == "GLOBAL" and str(argument).startswith("numpy._core."):
            assert position is not None
            pieces.append(pickled[start:position] + b"cnumpy.core.")
            start = position + len(b"cnumpy._core.")
    header = _NPY_HEADER.ljust(117) + b"\n"  # the pickle begins at byte 128
    pieces = [_NPY_START, len(header).to_bytes(2, "little"), header, *pieces, pickled[start:]]
    return b"".join(pieces)


def array_of(value: object) -> npt.NDArray[Any]:
    """The array of up to three dimensions that a record stands for, in the order of its bytes.

    Raises `BitstreamError` for other records, dtypes, and bytes that do not fill the shape.
    """
    match value:
        case Call(state=(1, tuple() as shape, dtype_call, bool() as fortran, bytes() as raw)):
            if not _is_reconstruct(value):
                raise BitstreamError("not a numpy array")
            dtype = _dtype_of(dtype_call)
            if len(shape) > 3 or any(type(size) is not int or size < 1 for size in shape):
                raise BitstreamError("an array of a shape that cannot be")
            if math.prod(shape) * dtype.itemsize != len(raw):
                raise BitstreamError(f"an array whose {len(raw)} bytes do not fill its shape")
            return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")
    raise BitstreamError("not a numpy array")


def number_of(value: object) -> object:
    """A numpy scalar's record as a Python number; other values as they are."""
    match value:
        case Call(function=name, arguments=(dtype_call, bytes() as raw), state=None):
            dtype = _dtype_of(dtype_call)
            if name in _SCALAR and len(raw) == dtype.itemsize:
                return np.frombuffer(raw, dtype)[0].item()
    return value


def _is_reconstruct(call: Call) -> bool:
    return call.function in _RECONSTRUCT and call.arguments == (
        Name("numpy", "ndarray"),
        (0,),
        b"b",
    )


def _dtype_of(value: object) -> np.dtype[Any]:
    match value:
        case Call(
            function=Name("numpy", "dtype"),
            arguments=(str() as code, *_),
            state=(3, "<" | ">" as order, None, None, None, *_),
        ) if code in _DTYPES:
            return np.dtype(order + code)
    raise BitstreamError("an array or number of a dtype that has no place here")


@dataclass
class _Machine:
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def last(self, count: int) -> tuple[Any, ...]:
        if count > len(self.stack):
            raise ValueError("its stack is empty")
        values = tuple(self.stack[-count:])
        del self.stack[-count:]
        return values

    def extend(self, values: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise ValueError("appends to no list")
        self.stack[-1].extend(values)

    def update(self, values: list[Any]) -> None:
        keys = values[::2]
        # Hashing a hostile tuple can take for ever.
        if type(self.stack[-1]) is not dict or any(type(key) is not str for key in keys):
            raise ValueError("sets an item of no dict, or by a key that is no string")
        self.stack[-1].update(zip(keys, values[1::2], strict=True))

    def name(self, module: object, name: object) -> None:
        if type(module) is not str or type(name) is not str:
            raise ValueError("a name that is no string")
        self.stack.append(Name(module, name))

    def call(self, function: object, arguments: object) -> None:
        if type(function) is not Name or type(arguments) is not tuple:
            raise ValueError("calls what is no name")
        self.stack.append(Call(function, arguments))

    def build(self, state: object) -> None:
        target = self.stack[-1]
        if type(target) is not Call or target.state is not None:
            raise ValueError("sets the state of no new object")
        target.state = state


_LITERALS = (
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
)

_ACTIONS: dict[str, Callable[[_Machine, Any], object]] = {
    "PROTO": lambda m, version: None,
    "FRAME": lambda m, length: None,
    "STOP": lambda m, _: None,
    "MARK": lambda m, _: m.marks.append(len(m.stack)),
    "NONE": lambda m, _: m.stack.append(None),
    "NEWTRUE": lambda m, _: m.stack.append(True),
    "NEWFALSE": lambda m, _: m.stack.append(False),
    "EMPTY_TUPLE": lambda m, _: m.stack.append(()),
    "EMPTY_LIST": lambda m, _: m.stack.append([]),
    "EMPTY_DICT": lambda m, _: m.stack.append({}),
    "TUPLE1": lambda m, _: m.stack.append(m.last(1)),
    "TUPLE2": lambda m, _: m.stack.append(m.last(2)),
    "TUPLE3": lambda m, _: m.stack.append(m.last(3)),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.since_mark())),
    "APPEND": lambda m, _: m.extend(list(m.last(1))),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "SETITEM": lambda m, _: m.update(list(m.last(2))),
    "SETITEMS": lambda m, _: m.update(m.since_mark()),
    "GLOBAL": lambda m, names: m.name(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda m, _: m.name(*m.last(2)),
    "REDUCE": lambda m, _: m.call(*m.last(2)),
    "BUILD": lambda m, _: m.build(*m.last(1)),
    "MEMOIZE": lambda m, _: m.memo.update({len(m.memo): m.stack[-1]}),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), lambda m, key: m.memo.update({key: m.stack[-1]})),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda m, key: m.stack.append(m.memo[key])),
    **dict.fromkeys(_LITERALS, lambda m, value: m.stack.append(value)),
}
"""What each opcode does; every other one is refused."""


def _run(program: bytes) -> object:
    """The value that a pickle makes, with records for what it would import and call."""
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(program):
            if opcode.name not in _ACTIONS:
                raise BitstreamError(f"its pickle has an opcode that has no place: {opcode.name}")
            _ACTIONS[opcode.name](machine, argument)
        return machine.stack.pop()
    except (ValueError, IndexError, KeyError) as error:
        raise BitstreamError(f"its pickle is damaged: {error}") from error
