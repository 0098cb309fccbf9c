"""Operations on pictures: convolutions, windows, sizes. TensorFlow's have their channels last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import Unsupported
from audobon.inference.convert.tfjs.graph import Node
from audobon.inference.convert.tfjs.turned import FIRST, LAST, Value, Values, fixed

__all__ = ["PICTURES", "fused"]

Array = np.ndarray[Any, Any]
Made = Value | Array
_AUTO = {"SAME": "same_upper", "VALID": "valid"}


def fused(values: Values, node: Node, made: Value, more: Sequence[Made]) -> Value:
    """What a fused operation does to its result: a bias, then what bends it."""
    left = list(more)
    for name in node.texts("fused_ops"):
        if name == "BiasAdd":
            made = values.joined(made, left.pop(0), values.ops.add)
        elif name == "Prelu":
            made = values.joined(made, left.pop(0), values.ops.prelu)
        else:
            made = values.each(made, _bend(values.ops, node, name))
    return made


def _bend(ops: Any, node: Node, name: str) -> Callable[[Any], Any]:
    slope = np.float32(node.number("leakyrelu_alpha", 0.2))
    bends: Mapping[str, Callable[[Any], Any]] = {
        "Relu": ops.relu,
        "Relu6": lambda one: ops.clamp(one, 0.0, 6.0),
        "Elu": lambda one: ops.elu(one, 1.0),
        "LeakyRelu": lambda one: ops.prelu(one, slope),
        "Sigmoid": ops.sigmoid,
    }
    if name not in bends:
        raise Unsupported(f"{node.kind} of TensorFlow.js with {name} is not known")
    return bends[name]


def _margins(node: Node) -> tuple[list[int], list[int], str]:
    """Rows and columns before and after, or the way in which OpenVINO finds them."""
    if node.text("data_format", "NHWC") != "NHWC":
        raise Unsupported(f"{node.kind} of TensorFlow.js with channels first is not known")
    padding = node.text("padding")
    if padding == "EXPLICIT":
        sides = node.wholes("explicit_paddings")
        return [sides[2], sides[4]], [sides[3], sides[5]], "explicit"
    if padding not in _AUTO:
        raise Unsupported(f"{node.kind} of TensorFlow.js with the padding {padding!r} is not known")
    return [0, 0], [0, 0], _AUTO[padding]


def _two(node: Node, name: str) -> list[int]:
    """A pair (rows, columns) out of four numbers."""
    return (node.wholes(name) or [1, 1, 1, 1])[1:3]


def _convolution(values: Values, node: Node, given: Sequence[Made]) -> Made:
    kernel = fixed(given[1])  # rows, columns, from, to
    before, after, auto = _margins(node)
    made = values.ops.convolution(
        values.turned(given[0], FIRST), np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)),
        _two(node, "strides"), before, after, _two(node, "dilations"), auto,
    )  # fmt: skip
    return fused(values, node, Value(made.output(0), LAST), given[2:])


def _depthwise(values: Values, node: Node, given: Sequence[Made]) -> Made:
    kernel = fixed(given[1])  # rows, columns, from, how many of each
    high, wide, channels, many = kernel.shape
    apart = kernel.transpose(2, 3, 0, 1).reshape(channels, many, 1, high, wide)
    before, after, auto = _margins(node)
    made = values.ops.group_convolution(
        values.turned(given[0], FIRST), np.ascontiguousarray(apart),
        _two(node, "strides"), before, after, _two(node, "dilations"), auto,
    )  # fmt: skip
    return fused(values, node, Value(made.output(0), LAST), given[2:])


def _pooled(values: Values, node: Node, given: Sequence[Made]) -> Made:
    before, after, auto = _margins(node)
    value, size, step = values.turned(given[0], FIRST), _two(node, "ksize"), _two(node, "strides")
    ops = values.ops
    if node.kind == "MaxPool":
        made = ops.max_pool(value, step, [1, 1], before, after, size, "floor", auto)
    else:
        made = ops.avg_pool(value, step, before, after, size, True, "floor", auto)
    return Value(made.output(0), LAST)


def _resized(values: Values, node: Node, given: Sequence[Made]) -> Made:
    size = fixed(given[1]).astype(np.int64)
    linear = node.kind == "ResizeBilinear"
    how = "asymmetric"
    if node.flag("align_corners"):
        how = "align_corners"
    elif node.flag("half_pixel_centers"):
        how = "half_pixel" if linear else "tf_half_pixel_for_nn"
    if how == "align_corners" and not linear:
        raise Unsupported("ResizeNearestNeighbor of TensorFlow.js by corners is not known")
    made = values.ops.interpolate(
        values.turned(given[0], FIRST), size, "linear_onnx" if linear else "nearest", "sizes",
        axes=np.array([2, 3]), coordinate_transformation_mode=how, nearest_mode="floor",
    )  # fmt: skip
    return Value(made.output(0), LAST)


def _normalised(values: Values, node: Node, given: Sequence[Made]) -> Made:
    """``FusedBatchNormV3``: with the numbers that were learned, as a factor and a shift."""
    scale, shift, mean, variance = (fixed(each).astype(np.float32) for each in given[1:5])
    factor = scale / np.sqrt(variance + np.float32(node.number("epsilon", 1e-4)))
    made = values.joined(given[0], factor, values.ops.multiply)
    return values.joined(made, shift - mean * factor, values.ops.add)


def _rearranged(values: Values, node: Node, given: Sequence[Made]) -> Made:
    """``DepthToSpace``, whose blocks are the slower part of the channels."""
    value = values.turned(given[0], FIRST)
    made = values.ops.depth_to_space(value, "blocks_first", node.whole("block_size", 1))
    return Value(made.output(0), LAST)


PICTURES: Mapping[str, Callable[[Values, Node, Sequence[Made]], Made]] = {
    "Conv2D": _convolution,
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "MaxPool": _pooled,
    "AvgPool": _pooled,
    "ResizeBilinear": _resized,
    "ResizeNearestNeighbor": _resized,
    "FusedBatchNorm": _normalised,
    "FusedBatchNormV3": _normalised,
    "DepthToSpace": _rearranged,
}
