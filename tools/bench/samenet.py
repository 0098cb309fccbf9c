"""The very network that Audobon runs, for other runtimes: as an ONNX file, and as calls of torch.

Read out of the installed component, with its preprocessing; only the few
operations that EfficientNet-Lite consists of are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

__all__ = ["Layer", "layers_of", "onnx_file", "torch_call"]

Array = np.ndarray[Any, Any]


@frozen
class Layer:
    """One operation: what it takes by name, and its weights and settings."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    weights: tuple[Array, ...] = ()
    numbers: dict[str, Any] = field(factory=dict)


def layers_of(path: Path, shape: Sequence[int]) -> list[Layer]:
    """The network at ``path`` for pictures of this shape. Its last two layers are its outputs."""
    from audobon.inference import door

    model = door.core().read_model(str(path))
    model.reshape(list(shape))
    constants: dict[str, Array] = {}
    names: dict[str, str] = {}
    layers: dict[str, Layer] = {}
    for op in model.get_ordered_ops():
        kind, name = op.get_type_name(), op.get_friendly_name()
        given = [each.get_source_output().get_node().get_friendly_name() for each in op.inputs()]
        if kind == "Constant":
            constants[name] = np.array(op.data)
        elif kind == "Convert" and given[0] in constants:
            constants[name] = constants[given[0]].astype(np.float32)
        elif kind == "Convert" and op.get_attributes()["destination_type"] == "f32" and layers:
            names[name] = names[given[0]]  # it is one already
        elif kind not in ("Parameter", "Result"):
            taken = tuple(names[each] for each in given if each not in constants)
            weights = tuple(constants[each] for each in given if each in constants)
            layer = _layer(kind, name, taken, weights, op.get_attributes())
            names[name] = _kept(layers, layer)
        else:
            names[name] = name
    return list(layers.values())


def _layer(
    kind: str, name: str, taken: tuple[str, ...], weights: tuple[Array, ...], said: dict[str, Any]
) -> Layer:
    numbers: dict[str, Any] = {}
    if kind.endswith("Convolution"):
        numbers = {"group": 1, "strides": said["strides"]}
        numbers["pads"] = [*said["pads_begin"], *said["pads_end"]]
        if kind == "GroupConvolution":
            (kernel,) = weights
            numbers["group"] = len(kernel)
            weights = (kernel.reshape(-1, *kernel.shape[2:]),)
    elif kind == "Clamp":
        numbers = {"min": said["min"], "max": said["max"]}
    return Layer(kind.removeprefix("Group"), name, taken, weights, numbers)


def _kept(layers: dict[str, Layer], layer: Layer) -> str:
    """The name under which a layer is found; a bias goes into what it is added to."""
    before = layers.get(layer.inputs[0])
    takes = before is not None and before.kind in ("Convolution", "MatMul")
    if layer.kind == "Add" and layer.weights and takes and len(before.weights) == 1:
        bias = layer.weights[0].reshape(-1)
        layers[before.name] = evolve(before, weights=(*before.weights, bias))
        return before.name
    layers[layer.name] = layer
    return layer.name


def torch_call(layers: Sequence[Layer], kind: str) -> Callable[[Array], Array]:
    """The network as calls of torch, one after the other, with numbers of ``kind`` inside."""
    import torch

    number = getattr(torch, {"f32": "float32", "bf16": "bfloat16"}[kind])
    weights = {
        layer.name: [torch.from_numpy(each).to(number) for each in layer.weights]
        for layer in layers
        if layer.kind in ("Convolution", "MatMul", "Subtract", "Divide")
    }

    def run(picture: Array) -> Array:
        with torch.inference_mode():
            values = {layers[0].inputs[0]: torch.from_numpy(picture)}
            for layer in layers:
                taken = [values[name] for name in layer.inputs]
                call = _Call(layer, taken, weights.get(layer.name, []), number)
                values[layer.name] = _TORCH[layer.kind](call)
            return np.asarray(values[layers[-1].name].float())

    return run


@frozen
class _Call:
    """One operation of torch: a layer, what it takes, its own weights, the type inside."""

    layer: Layer
    taken: list[Any]
    own: list[Any]
    number: Any


def _convolved(call: _Call) -> Any:
    from torch.nn import functional

    (given,), said = call.taken, call.layer.numbers
    top, left, bottom, right = said["pads"]
    if (top, left) != (bottom, right):
        given = functional.pad(given, (left, right, top, bottom))
        top = left = 0
    bias = call.own[1] if len(call.own) > 1 else None
    words = {"stride": said["strides"], "padding": (top, left), "groups": said["group"]}
    return functional.conv2d(given, call.own[0], bias, **words)


def _linear(call: _Call) -> Any:
    from torch.nn import functional

    return functional.linear(call.taken[0], *call.own)


def _clamped(call: _Call) -> Any:
    said = call.layer.numbers
    return call.taken[0].clamp_(said["min"], said["max"])


_TORCH: dict[str, Callable[[_Call], Any]] = {
    "Convolution": _convolved,
    "MatMul": _linear,
    "Add": lambda call: call.taken[0] + call.taken[1],
    "Clamp": _clamped,
    "ReduceMean": lambda call: call.taken[0].mean((2, 3)),
    "Transpose": lambda call: call.taken[0].permute(0, 3, 1, 2).contiguous(),
    "Convert": lambda call: call.taken[0].to(call.number),
    "Subtract": lambda call: call.taken[0] - call.own[0],
    "Divide": lambda call: call.taken[0] / call.own[0],
}


def _field(number: int, value: int | bytes | str) -> bytes:
    """A field of protobuf: a number, or bytes with their length in front."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def _tensor(name: str, array: Array) -> bytes:
    kind = 1 if array.dtype == np.float32 else 7
    dims = b"".join(_field(1, each) for each in array.shape)
    return dims + _field(2, kind) + _field(8, name) + _field(9, array.tobytes())


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    return _field(1, name) + b"".join(_field(8, each) for each in value) + _field(20, 7)


_OPS: dict[str, tuple[str, dict[str, Any]]] = {
    "Convolution": ("Conv", {}),
    "Clamp": ("Clip", {}),
    "MatMul": ("Gemm", {"transB": 1}),
    "Subtract": ("Sub", {}),
    "Divide": ("Div", {}),
    "Transpose": ("Transpose", {"perm": [0, 3, 1, 2]}),
    "ReduceMean": ("ReduceMean", {"axes": [2, 3], "keepdims": 0}),
    "Convert": ("Cast", {"to": 1}),
    "Add": ("Add", {}),
}


def onnx_file(layers: Sequence[Layer], shape: Sequence[int]) -> bytes:
    """The network as an ONNX model (onnx.proto3, opset 13)."""
    graph = b""
    for layer in layers:
        kind, numbers = _OPS[layer.kind]
        inputs = list(layer.inputs)
        weights = list(layer.weights) if layer.kind not in ("Transpose", "ReduceMean") else []
        if layer.kind == "Clamp":
            weights = [np.array(layer.numbers[each], np.float32) for each in ("min", "max")]
        elif layer.kind == "Convolution":
            numbers = layer.numbers
        for place, array in enumerate(weights):
            inputs.append(f"{layer.name}:{place}")
            graph += _field(5, _tensor(inputs[-1], np.ascontiguousarray(array)))
        node = b"".join(_field(1, each) for each in inputs)
        node += _field(2, layer.name) + _field(4, kind)
        node += b"".join(_field(5, _attribute(*each)) for each in numbers.items())
        graph += _field(1, node)
    dims = b"".join(_field(1, _field(1, each)) for each in shape)
    picture = _field(1, 2) + _field(2, dims)  # u8
    graph += _field(11, _field(1, layers[0].inputs[0]) + _field(2, _field(1, picture)))
    graph += b"".join(_field(12, _field(1, name)) for name in _ends(layers))
    version = _field(1, "") + _field(2, 13)
    return _field(1, 8) + _field(7, graph + _field(2, "same")) + _field(8, version)


def _ends(layers: Sequence[Layer]) -> list[str]:
    """The features and the logits: ONNX files say which results are given."""
    return [layer.name for layer in layers if layer.kind in ("ReduceMean", "MatMul")]
