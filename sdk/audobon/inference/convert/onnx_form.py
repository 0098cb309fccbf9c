"""An ONNX file with the contract's inputs and outputs, for runtimes that read ONNX.

What ``wrapping`` does to a network of OpenVINO's form is done here to the file
itself: names, types, order of axes and normalisation go into its graph, so
that both are fed with the same arrays. Nothing else in it is touched; weights
are copied as they are. Names and numbers of fields are those of ``onnx.proto``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from attrs import frozen

from audobon.errors import Invalid, Unsupported
from audobon.inference.convert.protobuf import Field, data, fields, number
from audobon.model.component import Tensor

__all__ = ["onnx_form"]

_OPSETS, _GRAPH = 8, 7  # of ModelProto
_NODE, _WEIGHT, _INPUT, _OUTPUT = 1, 5, 11, 12  # of GraphProto
_OLDEST = 7
"""The first set of operations in which Sub and Div stretch a number for each channel."""
_FLOAT, _HALF = 1, 10
_TYPES = {"u8": 2, "u16": 4, "i64": 7, "f16": _HALF, "f32": _FLOAT}
"""Types of a contract as TensorProto.DataType."""
_CHANNELS = {"RGB": "3", "BGR": "3", "gray": "1"}
_MARK = "audobon/"
"""Before the names that are added, so that none is in the file already."""
Dim = int | str


@frozen(slots=True)
class _Port:
    """An input or output of the graph; ``dims`` are lengths, or names of lengths."""

    name: str
    kind: int
    dims: tuple[Dim, ...]


def onnx_form(
    file: bytes,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    settings: Mapping[str, object],
) -> bytes:
    """The file with the contract's inputs and outputs, in the contract's order.

    Its settings are those of ``wrapping.wrap``. BadFile, Invalid when the file
    does not fit the contract, Unsupported for one that is too old.
    """
    model = list(fields(file))
    _check_age(model)
    graph = [field for each in model if each.number == _GRAPH for field in fields(each.bytes)]
    weights = {_name(each, 8) for each in graph if each.number == _WEIGHT}
    fed = [_port(each) for each in graph if each.number == _INPUT]
    fed = [port for port in fed if port.name not in weights]  # as files of before 2019 have them
    if len(fed) != len(inputs):
        raise Invalid(f"the ONNX file takes {len(fed)} inputs, its recipe names {len(inputs)}")
    given = _chosen([_port(each) for each in graph if each.number == _OUTPUT], outputs, settings)
    before = [_fed(*pair, settings) for pair in zip(fed, inputs, strict=True)]
    after = [_given(*pair) for pair in zip(given, outputs, strict=True)]
    names = {port.name for port in fed}
    kept = [
        each.whole
        for each in graph
        if each.number != _OUTPUT and not (each.number == _INPUT and _name(each, 1) in names)
    ]
    made: list[bytes | memoryview] = [
        *(nodes for nodes, _ in before),
        *kept,
        *(nodes for nodes, _ in after),
    ]
    ports = [*(port for _, port in before), *(port for _, port in after)]
    rest = b"".join(each.whole for each in model if each.number != _GRAPH)
    return rest + data(_GRAPH, *made, *ports)


def _check_age(model: Sequence[Field]) -> None:
    for each in model:
        if each.number == _OPSETS:
            parts = {field.number: field for field in fields(each.bytes)}
            domain = parts[1].text if 1 in parts else ""
            version = parts[2].value if 2 in parts else 0
            if domain in ("", "ai.onnx") and isinstance(version, int) and version < _OLDEST:
                raise Unsupported(
                    f"the ONNX file is of operation set {version}; {_OLDEST} is the oldest"
                )


def _name(field: Field, number_of_name: int) -> str:
    return next((part.text for part in fields(field.bytes) if part.number == number_of_name), "")


def _port(field: Field) -> _Port:
    """A ValueInfoProto: name 1, type 2; its tensor_type 1 has elem_type 1 and shape 2."""
    name, kind, dims = "", 0, []
    for part in fields(field.bytes):
        if part.number == 1:
            name = part.text
        elif part.number == 2:
            tensors = [each for each in fields(part.bytes) if each.number == 1]
            for each in (inner for tensor in tensors for inner in fields(tensor.bytes)):
                if each.number == 1 and isinstance(each.value, int):
                    kind = each.value
                elif each.number == 2:
                    dims = [_length(dim) for dim in fields(each.bytes) if dim.number == 1]
    return _Port(name, kind, tuple(dims))


def _length(dim: Field) -> Dim:
    """A Dimension: dim_value 1, or dim_param 2, or nothing."""
    for part in fields(dim.bytes):
        if part.number == 1 and isinstance(part.value, int):
            return part.value
        if part.number == 2:
            return part.text
    return ""


def _chosen(
    ports: Sequence[_Port], outputs: Sequence[Tensor], settings: Mapping[str, object]
) -> list[_Port]:
    named = str(settings.get("network_outputs", "")).split() or [each.name for each in outputs]
    there = {port.name: port for port in ports}
    if len(ports) == len(named) and not any(name in there for name in named):
        return list(ports)
    missing = [name for name in named if name not in there]
    if missing:
        raise Invalid(f"the ONNX file gives no {missing[0]}; it gives {', '.join(sorted(there))}")
    return [there[name] for name in named]


def _channels_last(tensor: Tensor) -> bool:
    return len(tensor.shape) == 4 and tensor.shape[-1] == _CHANNELS.get(tensor.color, "")


def _channels_first(port: _Port, tensor: Tensor) -> bool:
    wanted = int(_CHANNELS[tensor.color])
    dims = port.dims or ("",) * 4
    if len(dims) != 4:
        raise Invalid(f"the ONNX file has {port.name} of {len(dims)} dimensions, not {tensor}")
    return dims[1] == wanted or dims[3] != wanted


def _fed(port: _Port, tensor: Tensor, settings: Mapping[str, object]) -> tuple[bytes, bytes]:
    """Nodes from the contract's array to what the graph calls ``port``, and the new input."""
    last = _channels_last(tensor)
    first = last and _channels_first(port, tensor)
    dims = [port.dims[place] for place in (0, 2, 3, 1)] if first and port.dims else port.dims
    chain = _Chain(f"{_MARK}{tensor.name}")
    if port.kind not in (_FLOAT, _HALF):  # tokens and the like go in as they are
        return chain.ends_in(port.name), _value(_INPUT, chain.first, port.kind, dims)
    kind = _TYPES.get(tensor.dtype, _FLOAT)
    if kind != _FLOAT:
        chain.cast(_FLOAT)
    for name, operation in (("mean", "Sub"), ("scale", "Div")):
        numbers = [float(word) for word in str(settings.get(name, "")).split()]
        if numbers:
            shape = [1] * max(len(dims), 4 if last else 1)
            if len(numbers) > 1:
                shape[-1 if last else 1] = len(numbers)
            chain.combine(operation, numbers, shape)
    if first:
        chain.turn((0, 3, 1, 2))
    if port.kind == _HALF:
        chain.cast(_HALF)
    return chain.ends_in(port.name), _value(_INPUT, chain.first, kind, dims)


def _given(port: _Port, tensor: Tensor) -> tuple[bytes, bytes]:
    """Nodes from what the graph gives to the contract's array in f32, and the new output."""
    chain, name = _Chain(port.name, f"{_MARK}given/{tensor.name}"), f"{_MARK}gives/{tensor.name}"
    if _channels_last(tensor) and _channels_first(port, tensor):
        chain.turn((0, 2, 3, 1))
    chain.cast(_FLOAT)
    dims: list[Dim] = [int(each) if each.isdecimal() else "" for each in tensor.shape]
    return chain.ends_in(name), _value(_OUTPUT, name, _FLOAT, dims)


def _value(field: int, name: str, kind: int, dims: Sequence[Dim]) -> bytes:
    """A ValueInfoProto as the given field of the graph."""
    lengths = [
        data(1, number(1, each) if isinstance(each, int) else data(2, each)) for each in dims
    ]
    shape = data(2, *lengths) if dims else b""
    return data(field, data(1, name), data(2, data(1, number(1, kind), shape)))


class _Chain:
    """Nodes that follow each other; each takes what the one before gives."""

    def __init__(self, first: str, prefix: str = "") -> None:
        self.first = self._at = first
        self._prefix = prefix or first
        self._nodes: list[tuple[list[str], str, bytes]] = []

    def cast(self, kind: int) -> None:
        """To another type: the attribute ``to``."""
        self._add("Cast", [self._at], data(5, data(1, "to"), number(3, kind), number(20, 2)))

    def turn(self, axes: Sequence[int]) -> None:
        """Axes in another order: the attribute ``perm``."""
        numbers = [number(8, axis) for axis in axes]
        self._add("Transpose", [self._at], data(5, data(1, "perm"), *numbers, number(20, 7)))

    def combine(self, operation: str, numbers: Sequence[float], shape: Sequence[int]) -> None:
        """With constants; nodes rather than weights, which old files have to list as inputs."""
        lengths = [number(1, each) for each in shape]
        told = struct.pack(f"<{len(numbers)}f", *numbers)
        tensor = data(5, *lengths, number(2, _FLOAT), data(9, told))
        name, at = f"{self._prefix}/{operation}", self._at
        self._add("Constant", [], data(5, data(1, "value"), tensor, number(20, 4)))
        self._add(operation, [at, self._at], b"", name)

    def _add(self, operation: str, takes: list[str], attribute: bytes, name: str = "") -> None:
        self._at = name or f"{self._prefix}/{len(self._nodes)}"
        self._nodes.append((takes, self._at, data(4, operation) + attribute))

    def ends_in(self, name: str) -> bytes:
        """The nodes as fields of the graph, the last of which gives ``name``."""
        if not self._nodes:
            self._add("Identity", [self._at], b"")
        takes, _, rest = self._nodes[-1]
        self._nodes[-1] = (takes, name, rest)
        return b"".join(
            data(_NODE, *(data(1, each) for each in takes), data(2, given), rest)
            for takes, given, rest in self._nodes
        )
