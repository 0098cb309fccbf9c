"""A graph of TensorFlow.js as it lies in its files: nodes with attributes, constants, names."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import BadFile, LimitExceeded, Unsupported

__all__ = ["DAMAGE", "Graph", "Node", "read_graph"]

Array = np.ndarray[Any, Any]
DAMAGE = (
    AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError,
    binascii.Error,
)  # fmt: skip
"""What a wrong file raises where it is read as if it were right."""
_MOST_JSON = 64 << 20
"""Bytes of a ``model.json``: those of ten thousand nodes have 10 MB."""
_MOST_NUMBERS = 1 << 28  # of one constant that is written as a single number
_TYPES = {"float32": "<f4", "int32": "<i4", "bool": "|u1"}
_KINDS = {
    "DT_FLOAT": np.float32, "DT_INT32": np.int32, "DT_INT64": np.int32, "DT_BOOL": np.bool_,
}  # fmt: skip
# 64-bit numbers are kept in 32 by TensorFlow.js too.
_INLINE = ("floatVal", "intVal", "int64Val", "boolVal")


@frozen(slots=True, eq=False)
class Node:
    """An operation: its attributes are read by what they are, a wrong one raises (``DAMAGE``)."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    _attributes: Mapping[str, Any]

    def whole(self, name: str, default: int = 0) -> int:
        return int(self._attributes.get(name, {}).get("i", default))

    def number(self, name: str, default: float = 0.0) -> float:
        return float(self._attributes.get(name, {}).get("f", default))

    def flag(self, name: str, *, default: bool = False) -> bool:
        return bool(self._attributes.get(name, {}).get("b", default))

    def text(self, name: str, default: str = "") -> str:
        found = self._attributes.get(name, {}).get("s")
        return default if found is None else _text(found)

    def wholes(self, name: str) -> list[int]:
        return [int(each) for each in self._list(name).get("i", ())]

    def texts(self, name: str) -> list[str]:
        return [_text(each) for each in self._list(name).get("s", ())]

    def type(self, name: str) -> Any:
        """The numpy type of an attribute. Unsupported for one that is not known."""
        found = str(self._attributes.get(name, {}).get("type", ""))
        if found not in _KINDS:
            raise Unsupported(f"the graph has numbers of {found or 'no type'}, which is not known")
        return _KINDS[found]

    def shape(self) -> list[int] | None:
        """The lengths of a placeholder, -1 where any will do; None where nothing is known."""
        found = self._attributes.get("shape", {}).get("shape", {})
        if found.get("unknownRank") or "dim" not in found:
            return None
        lengths = [int(each.get("size", 0)) for each in found["dim"]]
        return [length if length > 0 else -1 for length in lengths]

    def constant(self) -> Array:
        """The value of a constant that is written in the graph itself."""
        return _inline(self._attributes["value"]["tensor"])

    def _list(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._attributes.get(name, {}).get("list", {})
        return found


@frozen(slots=True, eq=False)
class Graph:
    """Nodes by name, constants by the name of their node, and what goes in and comes out.

    ``outputs`` are names of nodes (with ``:1`` for the second thing that one
    gives), by what they are called outside.
    """

    nodes: Mapping[str, Node]
    constants: Mapping[str, Array]
    inputs: tuple[str, ...]
    outputs: Mapping[str, str]


def read_graph(files: Sequence[bytes]) -> Graph:
    """``model.json`` and the pieces of the weights, in order. BadFile, Unsupported."""
    if len(files[0]) > _MOST_JSON:
        raise LimitExceeded(f"a graph of more than {_MOST_JSON:,} bytes is not read")
    try:
        return _graph(json.loads(files[0]), b"".join(files[1:]))
    except DAMAGE as error:
        raise BadFile(f"the graph of TensorFlow.js is damaged ({type(error).__name__})") from error


def _graph(said: Mapping[str, Any], data: bytes) -> Graph:
    if said.get("format") not in (None, "graph-model"):
        raise Unsupported(f"TensorFlow.js files of the form {said['format']} are not read")
    nodes = {}
    for item in said["modelTopology"]["node"]:
        # "^name" only says what has to be done before.
        inputs = tuple(each for each in map(str, item.get("input", ())) if each[0] != "^")
        nodes[item["name"]] = Node(item["name"], item["op"], inputs, item.get("attr", {}))
    constants = dict(_weights(said.get("weightsManifest", ()), data))
    for name, node in nodes.items():
        if node.kind == "Const" and name not in constants:
            constants[name] = node.constant()
    signature = said.get("signature") or said.get("userDefinedMetadata", {}).get("signature") or {}
    return Graph(nodes, constants, _inputs(signature, nodes), _outputs(signature, nodes))


def _inputs(signature: Mapping[str, Any], nodes: Mapping[str, Node]) -> tuple[str, ...]:
    there = [name for name, node in nodes.items() if node.kind == "Placeholder"]
    named = [str(each["name"]).removesuffix(":0") for each in signature.get("inputs", {}).values()]
    return tuple(named if set(named) == set(there) else there)


def _outputs(signature: Mapping[str, Any], nodes: Mapping[str, Node]) -> dict[str, str]:
    found = {}
    for told in signature.get("outputs", {}).values():
        found[str(told["name"]).removesuffix(":0")] = str(told["name"])
    if not found:  # what nobody takes
        taken = {each.partition(":")[0] for node in nodes.values() for each in node.inputs}
        found = {name: name for name in nodes if name not in taken}
    return found


def _weights(manifest: Any, data: bytes) -> Any:
    at = 0
    for group in manifest:
        for told in group["weights"]:
            packed = told.get("quantization")
            kind = np.dtype(_packed_type(packed) if packed else _type(told["dtype"]))
            shape = [int(each) for each in told["shape"]]
            count = int(np.prod(shape, dtype=object)) if shape else 1
            if min(shape, default=0) < 0 or at + count * kind.itemsize > len(data):
                raise BadFile("the weights of TensorFlow.js end before the network does")
            made = np.frombuffer(data, kind, count, at).reshape(shape)
            yield told["name"], _unpacked(made, told["dtype"], packed)
            at += count * kind.itemsize


def _type(name: str) -> str:
    if name not in _TYPES:
        raise Unsupported(f"weights of the type {name} are not read; {', '.join(_TYPES)} are")
    return _TYPES[name]


def _packed_type(packed: Mapping[str, Any]) -> str:
    types = {"float16": "<f2", "uint8": "|u1", "uint16": "<u2"}
    if packed["dtype"] not in types:
        raise Unsupported(f"weights packed as {packed['dtype']} are not read")
    return types[packed["dtype"]]


def _unpacked(made: Array, kind: str, packed: Mapping[str, Any] | None) -> Array:
    if packed is not None and packed["dtype"] != "float16":
        made = made.astype(np.float32) * np.float32(packed["scale"]) + np.float32(packed["min"])
    wanted = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}[kind]
    return np.rint(made).astype(wanted) if wanted is np.int32 else made.astype(wanted)


def _inline(tensor: Mapping[str, Any]) -> Array:
    kind = _KINDS[tensor["dtype"]]
    shape = [int(each.get("size", 0)) for each in tensor.get("tensorShape", {}).get("dim", ())]
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if not 0 <= count <= _MOST_NUMBERS:
        raise LimitExceeded("a constant of the graph has more numbers than any network's")
    if tensor.get("tensorContent"):
        wide = np.dtype("<i8") if tensor["dtype"] == "DT_INT64" else np.dtype(kind)
        raw = base64.b64decode(tensor["tensorContent"], validate=True)
        return np.frombuffer(raw, wide).astype(kind).reshape(shape)
    values = next((tensor[name] for name in _INLINE if tensor.get(name)), [0])
    flat: Array = np.array([float(each) for each in values]).astype(kind)
    # The last number stands for all that follow.
    return np.pad(flat, (0, max(0, count - len(flat))), "edge")[:count].reshape(shape)


def _text(packed: str) -> str:
    return base64.b64decode(packed, validate=True).decode("ascii")
