"""Networks of ncnn: a ``.param`` of text and a ``.bin`` of weights, for pictures of any size.

The form follows ncnn's own wiki ("param and model file structure", "operators").
A blob of ncnn is (channels, height, width); ours has the batch in front. An
operation that is not here is refused by its name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import BadFile, Unsupported
from audobon.inference import door

__all__ = ["convert"]

_MAGIC = "7767517"
_HALF = 0x01306B47  # the mark in front of weights that are kept as 16-bit floats
_SCALAR_AT = 2
Array = np.ndarray[Any, np.dtype[np.float32]]


def convert(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """Converter: the ``.param`` and the ``.bin``. BadFile, Unsupported."""
    del options
    return _Network(*files[:2]).build()


class _Weights:
    """The ``.bin``, read from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise BadFile("the ncnn weights end before the network does")
        self._at += count
        return piece

    def plain(self, count: int) -> Array:
        return np.frombuffer(self._take(count * 4), "<f4").astype(np.float32)

    def marked(self, count: int) -> Array:
        """Weights behind a mark that says how they are kept."""
        (mark,) = struct.unpack("<I", self._take(4))
        if mark == _HALF:
            data = self._take((count * 2 + 3) // 4 * 4)  # up to a whole word
            return np.frombuffer(data, "<f2", count).astype(np.float32)
        if mark == 0:
            return self.plain(count)
        raise Unsupported(f"ncnn weights of the kind {mark:#x} are not read; 16 and 32 bits are")


class _Layer:
    """One line of the ``.param``."""

    def __init__(self, line: str) -> None:
        words = line.split()
        try:
            self.kind, self.name = words[0], words[1]
            inputs, outputs = int(words[2]), int(words[3])
            blobs = words[4 : 4 + inputs + outputs]
            self.inputs, self.outputs = blobs[:inputs], blobs[inputs:]
            pairs = [word.split("=", 1) for word in words[4 + inputs + outputs :]]
            self._values = {int(key): value for key, value in pairs}
        except (IndexError, ValueError) as error:
            raise BadFile(f"the ncnn network has a line that is none: {line[:80]!r}") from error
        if len(blobs) != inputs + outputs:
            raise BadFile(f"the ncnn layer {self.name} lacks names of its blobs")

    def whole(self, key: int, default: int = 0) -> int:
        return int(self.number(key, default))

    def number(self, key: int, default: float = 0.0) -> float:
        try:
            return float(self._values.get(key, default))
        except ValueError as error:
            raise BadFile(f"the ncnn layer {self.name} has no number at {key}") from error

    def numbers(self, key: int) -> list[float]:
        """An array, kept under ``-23300 - key`` with its length in front."""
        text = self._values.get(-23300 - key)
        return [] if text is None else [float(item) for item in text.split(",")[1:]]


class _Network:
    def __init__(self, param: bytes, weights: bytes) -> None:
        lines = param.decode("ascii", "replace").splitlines()
        if not lines or lines[0].strip() != _MAGIC:
            raise BadFile("the ncnn network does not begin with its mark 7767517")
        self._layers = [_Layer(line) for line in lines[2:] if line.strip()]
        self._weights = _Weights(weights)
        self._ops: Any = None
        self._blobs: dict[str, Any] = {}

    def build(self) -> Any:
        openvino = door.load()
        self._ops = door.opset()
        inputs = []
        for layer in self._layers:
            if layer.kind == "Input":
                made = self._ops.parameter([1, 3, -1, -1], np.float32, name=layer.outputs[0])
                inputs.append(made)
                self._blobs[layer.outputs[0]] = made
                continue
            build = _LAYERS.get(layer.kind)
            if build is None:
                known = ", ".join(sorted(_LAYERS))
                raise Unsupported(f"the ncnn operation {layer.kind} is not known; known: {known}")
            try:
                given = [self._blobs.pop(name) for name in layer.inputs]
            except KeyError as error:
                raise BadFile(f"the ncnn layer {layer.name} takes a blob nobody made") from error
            made = build(self._ops, layer, given, self._weights)
            for name in layer.outputs:
                self._blobs[name] = made
        if len(self._blobs) != 1 or not inputs:
            raise BadFile("the ncnn network has not one input and one output")
        with door.translated("the ncnn network does not fit together"):
            return openvino.Model(list(self._blobs.values()), inputs, "ncnn")


def _activated(ops: Any, layer: _Layer, value: Any) -> Any:
    """What a layer does to its own result (parameters 9 and 10)."""
    kind, numbers = layer.whole(9), layer.numbers(10)
    if kind == 0:
        return value
    if kind == 1:
        return ops.relu(value)
    if kind == 2:
        return ops.prelu(value, np.float32(numbers[0] if numbers else 0.0))
    if kind == 4:
        return ops.sigmoid(value)
    raise Unsupported(f"the ncnn activation {kind} of {layer.name} is not known")


def _convolution(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    out, wide = layer.whole(0), layer.whole(1)
    high, size = layer.whole(11, wide), layer.whole(6)
    if min(out, wide, high, size) < 1 or size % (out * wide * high):
        raise BadFile(f"the ncnn layer {layer.name} has weights of no shape")
    kernel = weights.marked(size).reshape(out, -1, high, wide)
    stride, dilation = layer.whole(3, 1), layer.whole(2, 1)
    left, top = layer.whole(4), layer.whole(14, layer.whole(4))
    right, bottom = layer.whole(15, left), layer.whole(16, top)
    value = ops.convolution(
        given[0], kernel, [stride] * 2, [top, left], [bottom, right], [dilation] * 2
    )
    if layer.whole(5):
        value = ops.add(value, weights.plain(out).reshape(1, out, 1, 1))
    return _activated(ops, layer, value)


def _deconvolution(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    out, wide = layer.whole(0), layer.whole(1)
    high, size = layer.whole(11, wide), layer.whole(6)
    if min(out, wide, high, size) < 1 or size % (out * wide * high):
        raise BadFile(f"the ncnn layer {layer.name} has weights of no shape")
    if layer.whole(4) or layer.whole(18) or layer.whole(2, 1) != 1:
        raise Unsupported(f"the ncnn layer {layer.name} enlarges in a way that is not known")
    kernel = weights.marked(size).reshape(out, -1, high, wide).swapaxes(0, 1)
    value = ops.convolution_backprop_data(
        given[0], np.ascontiguousarray(kernel), [layer.whole(3, 1)] * 2,
        pads_begin=[0, 0], pads_end=[0, 0], dilations=[1, 1],
    )  # fmt: skip
    if layer.whole(5):
        value = ops.add(value, weights.plain(out).reshape(1, out, 1, 1))
    return _activated(ops, layer, value)


def _pooled(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    if not layer.whole(4):
        raise Unsupported(f"the ncnn layer {layer.name} pools in windows, which is not known")
    reduce = ops.reduce_mean if layer.whole(0) else ops.reduce_max
    return reduce(given[0], np.array([2, 3]), keep_dims=True)


def _product(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    """Of a pooled blob: a convolution of one pixel is the same."""
    out, size = layer.whole(0), layer.whole(2)
    if out < 1 or size < 1 or size % out:
        raise BadFile(f"the ncnn layer {layer.name} has weights of no shape")
    kernel = weights.marked(size).reshape(out, -1, 1, 1)
    value = ops.convolution(given[0], kernel, [1, 1], [0, 0], [0, 0], [1, 1])
    if layer.whole(1):
        value = ops.add(value, weights.plain(out).reshape(1, out, 1, 1))
    return _activated(ops, layer, value)


def _cropped(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    """The part of the first blob that begins at an offset and is as large as the second."""
    del weights
    if len(given) != 2 or layer.whole(2):
        raise Unsupported(f"the ncnn layer {layer.name} crops in a way that is not known")
    start = np.array([layer.whole(1), layer.whole(0)], np.int64)
    lengths = ops.gather(ops.shape_of(given[1]), np.array([2, 3]), np.int64(0))
    ones, axes = np.array([1, 1], np.int64), np.array([2, 3], np.int64)
    return ops.slice(given[0], start, ops.add(lengths, start), ones, axes)


def _scaled(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    if len(given) != 2:
        raise Unsupported(f"the ncnn layer {layer.name} scales by weights, which is not known")
    return ops.multiply(*given)


def _memory(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del given
    shape = [layer.whole(2, 1) or 1, layer.whole(1, 1) or 1, layer.whole(0, 1) or 1]
    count = int(np.prod(shape))
    return ops.constant(weights.plain(count).reshape(1, *shape))


def _binary(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    first = given[0]
    second = np.float32(layer.number(_SCALAR_AT)) if layer.whole(1) else given[1]
    kind = layer.whole(0)
    if kind in (7, 8):  # the operands the other way round
        first, second, kind = second, first, {7: 1, 8: 3}[kind]
    names = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power")
    if kind >= len(names):
        raise Unsupported(f"the ncnn operation BinaryOp {kind} is not known")
    return getattr(ops, names[kind])(first, second)


def _eltwise(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    kind, factors = layer.whole(0), layer.numbers(1)
    if kind > 2 or (factors and (kind != 1 or len(factors) != len(given))):
        raise Unsupported(f"the ncnn layer {layer.name} joins in a way that is not known")
    if factors:  # a weighted sum
        pairs = zip(given, factors, strict=True)
        given = [ops.multiply(item, np.float32(factor)) for item, factor in pairs]
    join = getattr(ops, ("multiply", "add", "maximum")[kind])
    value = given[0]
    for other in given[1:]:
        value = join(value, other)
    return value


def _shuffle(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    if layer.whole(1):
        raise Unsupported(f"the ncnn layer {layer.name} shuffles in an order that is not known")
    return ops.depth_to_space(given[0], "depth_first", layer.whole(0, 1))


def _enlarged(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    del weights
    if layer.whole(0) not in (1, 2):
        raise Unsupported(f"the ncnn layer {layer.name} resizes in a way that is not known")
    scales = np.array([layer.number(1, 1), layer.number(2, 1)], np.float32)
    mode = "nearest" if layer.whole(0) == 1 else "linear_onnx"
    return ops.interpolate(
        given[0], scales, mode, "scales", axes=np.array([2, 3]),
        coordinate_transformation_mode="asymmetric" if mode == "nearest" else "half_pixel",
        nearest_mode="floor",
    )  # fmt: skip


def _slope(ops: Any, layer: _Layer, given: list[Any], weights: _Weights) -> Any:
    if layer.kind == "PReLU":
        return ops.prelu(given[0], weights.plain(layer.whole(0)))
    slope = layer.number(0)
    return ops.prelu(given[0], np.float32(slope)) if slope else ops.relu(given[0])


def _simple(build: Callable[[Any, list[Any]], Any]) -> Any:
    return lambda ops, _layer, given, _weights: build(ops, given)


_LAYERS: Mapping[str, Callable[[Any, _Layer, list[Any], _Weights], Any]] = {
    "Convolution": _convolution,
    "Deconvolution": _deconvolution,
    "Pooling": _pooled,
    "InnerProduct": _product,
    "Crop": _cropped,
    "Scale": _scaled,
    "MemoryData": _memory,
    "BinaryOp": _binary,
    "Eltwise": _eltwise,
    "PixelShuffle": _shuffle,
    "Interp": _enlarged,
    "PReLU": _slope,
    "ReLU": _slope,
    "Split": _simple(lambda _ops, given: given[0]),
    "Concat": _simple(lambda ops, given: ops.concat(given, 1)),
    "Sigmoid": _simple(lambda ops, given: ops.sigmoid(given[0])),
    "Swish": _simple(lambda ops, given: ops.swish(given[0])),
}
