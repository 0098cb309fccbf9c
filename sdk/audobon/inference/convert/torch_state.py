"""Weights that PyTorch saved, read without PyTorch and without unpickling.

A state dict is a pickle, and a pickle is a program. Here its opcodes are read
as data by a reader that knows a dozen of them and makes nothing but numbers,
texts, tuples, dicts and arrays; whatever else it meets is refused. Both forms
of file are read: the zip of PyTorch 1.6 and newer, and the older one
(``torch/serialization.py`` describes both).
"""

from __future__ import annotations

import io
import pickletools
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import BadFile, Unsupported

__all__ = ["read_state"]

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_MAX_OPCODES = 2_000_000  # a state dict of a thousand tensors has some 30,000
_TYPES = {
    "FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1",
}  # fmt: skip
Array = np.ndarray[Any, Any]


@frozen(slots=True)
class _Name:
    """A class or function that the pickle names; it is never looked up."""

    module: str
    name: str


@frozen(slots=True)
class _Storage:
    key: str
    dtype: str
    count: int


@frozen(slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def read_state(data: bytes) -> dict[str, Array]:
    """Every tensor by its name, as arrays. BadFile, Unsupported."""
    try:
        tensors, storages = _zipped(data) if data[:4] == b"PK\3\4" else _legacy(data)
        return {name: _array(tensor, storages) for name, tensor in tensors.items()}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as error:
        raise BadFile(f"the PyTorch file is damaged ({type(error).__name__})") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadFile("the PyTorch file is a damaged zip") from error


def _zipped(data: bytes) -> tuple[dict[str, _Tensor], Callable[[_Storage], bytes]]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    inside = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(inside) != 1:
        raise BadFile("the PyTorch file has no state dict inside")
    folder = inside[0].removesuffix("data.pkl")
    tensors = _tensors(_read(io.BytesIO(archive.read(inside[0]))))

    def storage(wanted: _Storage) -> bytes:
        info = archive.getinfo(f"{folder}data/{wanted.key}")
        if info.file_size > len(data):  # PyTorch stores them as they are
            raise BadFile("the PyTorch file unpacks to more than itself")
        return archive.read(info)

    return tensors, storage


def _legacy(data: bytes) -> tuple[dict[str, _Tensor], Callable[[_Storage], bytes]]:
    stream = io.BytesIO(data)
    if _read(stream) != _LEGACY_MAGIC:
        raise BadFile("the file is not one that PyTorch saved")
    _read(stream)  # the version of the protocol
    if not _read(stream)["little_endian"]:
        raise Unsupported("the PyTorch file is of a big-endian machine")
    tensors = _tensors(_read(stream))
    order = _read(stream)
    kinds = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    found: dict[str, bytes] = {}
    for key in order:
        (count,) = struct.unpack("<q", stream.read(8))
        if not 0 <= count <= len(data):
            raise BadFile("the PyTorch file claims more numbers than it has bytes")
        found[key] = stream.read(count * np.dtype(kinds[key].dtype).itemsize)
    return tensors, lambda wanted: found[wanted.key]


def _tensors(state: Any) -> dict[str, _Tensor]:
    if not isinstance(state, dict):
        raise Unsupported("the PyTorch file holds no state dict")
    inner = state.get("state_dict", state)
    return {str(name): item for name, item in inner.items() if isinstance(item, _Tensor)}


def _array(tensor: _Tensor, storages: Callable[[_Storage], bytes]) -> Array:
    flat = np.frombuffer(storages(tensor.storage), tensor.storage.dtype)
    steps = zip(tensor.shape, tensor.stride, strict=True)
    last = tensor.offset + sum((length - 1) * step for length, step in steps)
    if min((tensor.offset, *tensor.shape, *tensor.stride), default=0) < 0 or last >= flat.size:
        raise BadFile("a tensor of the PyTorch file lies outside its numbers")
    size = flat.itemsize
    strides = tuple(step * size for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)


_CONSTANTS: Mapping[str, object] = {
    "NONE": None, "NEWTRUE": True, "NEWFALSE": False,
}  # fmt: skip
_VALUES = frozenset(
    ("BININT", "BININT1", "BININT2", "LONG1", "INT", "LONG", "BINUNICODE", "SHORT_BINUNICODE",
     "BINUNICODE8", "BINFLOAT", "FLOAT", "UNICODE", "BINSTRING", "SHORT_BINSTRING")
)  # fmt: skip
_IGNORED = frozenset(("PROTO", "FRAME", "STOP"))
_MARK = object()


class _Machine:
    """The stack of a pickle, without anything that could run."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _VALUES:
            stack.append(argument)
        elif name in ("EMPTY_TUPLE", "EMPTY_DICT", "EMPTY_LIST"):
            stack.append({"EMPTY_TUPLE": (), "EMPTY_DICT": {}, "EMPTY_LIST": []}[name])
        elif name == "MARK":
            stack.append(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self.memo[argument])
        else:
            self._build(name, argument)

    def _build(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name == "GLOBAL":
            stack.append(_Name(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            last, first = stack.pop(), stack.pop()
            stack.append(_Name(first, last))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            stack[-count:] = [tuple(stack[-count:])]
        elif name == "TUPLE":
            stack.append(tuple(self._since_mark()))
        elif name in ("APPEND", "APPENDS"):
            items = [stack.pop()] if name == "APPEND" else self._since_mark()
            stack[-1].extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = [stack.pop(-2), stack.pop()] if name == "SETITEM" else self._since_mark()
            stack[-1].update(zip(items[::2], items[1::2], strict=True))
        elif name == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif name == "REDUCE":
            arguments, what = stack.pop(), stack.pop()
            stack.append(_made(what, arguments))
        elif name == "BUILD":  # attributes of the dict (its metadata): not needed
            stack.pop()
        else:
            raise Unsupported(f"the PyTorch file does {name}, which a state dict does not need")

    def _since_mark(self) -> list[Any]:
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items


def _read(stream: io.BytesIO) -> Any:
    """The value of the next pickle in ``stream``."""
    machine = _Machine()
    for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
        if count > _MAX_OPCODES:
            raise Unsupported("the PyTorch file is longer than any state dict")
        if opcode.name not in _IGNORED:
            machine.step(opcode.name, argument)
    return machine.stack[-1]


def _storage(told: Any) -> _Storage:
    kind, what, key, _, count = told[:5]
    if kind != "storage" or not isinstance(what, _Name) or what.name not in _TYPES:
        raise Unsupported("the PyTorch file keeps numbers of a kind that is not known")
    return _Storage(str(key), _TYPES[what.name], int(count))


def _made(what: Any, arguments: Any) -> Any:
    """The two things that a state dict makes; every other name is refused."""
    if what == _Name("collections", "OrderedDict"):
        return dict(arguments[0]) if arguments else {}
    if what == _Name("torch._utils", "_rebuild_tensor_v2"):
        storage, offset, shape, stride = arguments[:4]
        return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, stride)))
    raise Unsupported(f"the PyTorch file calls {what}, and nothing in a file is run")
