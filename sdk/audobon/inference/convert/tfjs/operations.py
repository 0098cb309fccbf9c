"""What each operation of TensorFlow is in OpenVINO's own set.

An operation is given its node and its inputs: values of the network, or numpy
arrays where they are constants. It gives one value, or several in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import Unsupported
from audobon.inference.convert.tfjs.graph import Node
from audobon.inference.convert.tfjs.pictures import PICTURES, fused
from audobon.inference.convert.tfjs.turned import Value, Values, fixed

__all__ = ["KINDS", "Made"]

Array = np.ndarray[Any, Any]
Made = Value | Array
Build = Callable[[Values, Node, Sequence[Made]], Made | Sequence[Made]]


def _same(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del values, node
    return given[0]


def _each(name: str, *more: float) -> Build:
    def build(values: Values, node: Node, given: Sequence[Made]) -> Made:
        del node
        return values.each(given[0], lambda one: getattr(values.ops, name)(one, *more))

    return build


def _joined(name: str, known: Callable[[Any, Any], Any]) -> Build:
    """Number by number; constants are joined at once, for shapes are computed of them."""

    def build(values: Values, node: Node, given: Sequence[Made]) -> Made:
        del node
        one, other = given
        if isinstance(one, Value) or isinstance(other, Value):
            return values.joined(one, other, getattr(values.ops, name))
        return np.asarray(known(one, other)).astype(one.dtype)

    return build


def _leaky(values: Values, node: Node, given: Sequence[Made]) -> Made:
    slope = np.float32(node.number("alpha", 0.2))
    return values.each(given[0], lambda one: values.ops.prelu(one, slope))


def _rsqrt(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    ops = values.ops
    return values.each(given[0], lambda one: ops.divide(np.float32(1), ops.sqrt(one)))


def _floor_divided(values: Values, node: Node, given: Sequence[Made]) -> Made:
    ops = values.ops
    whole = np.issubdtype(node.type("T"), np.integer)

    def build(one: Any, other: Any) -> Any:
        if whole:  # OpenVINO rounds such a division towards zero on CPUs
            one = ops.subtract(one, ops.floor_mod(one, other))
            return ops.divide(one, other)
        return ops.floor(ops.divide(one, other))

    return values.joined(given[0], given[1], build)


def _cast(values: Values, node: Node, given: Sequence[Made]) -> Made:
    kind = node.type("DstT")
    if isinstance(given[0], np.ndarray):
        return given[0].astype(kind)
    return values.each(given[0], lambda one: values.ops.convert(one, kind))


def _reshaped(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    if isinstance(given[0], np.ndarray):
        return given[0].reshape(fixed(given[1]))
    shape = values.plain(given[1])
    return Value(values.ops.reshape(values.plain(given[0]), shape, False).output(0))


def _squeezed(values: Values, node: Node, given: Sequence[Made]) -> Made:
    axes = node.wholes("squeeze_dims") or node.wholes("axis")
    value = values.plain(given[0])
    made = (
        values.ops.squeeze(value, np.array(axes, np.int64)) if axes else values.ops.squeeze(value)
    )
    return Value(made.output(0))


def _expanded(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    axis = np.array(int(fixed(given[1]).reshape(-1)[0]), np.int64)
    return Value(values.ops.unsqueeze(values.plain(given[0]), axis).output(0))


def _packed(values: Values, node: Node, given: Sequence[Made]) -> Made:
    axis = node.whole("axis")
    at = np.array(axis, np.int64)
    items = [values.ops.unsqueeze(values.plain(each), at) for each in given]
    return Value(values.ops.concat(items, axis).output(0))


def _unpacked(values: Values, node: Node, given: Sequence[Made]) -> Sequence[Made]:
    axis, count = np.array(node.whole("axis"), np.int64), node.whole("num")
    pieces = values.ops.split(values.plain(given[0]), axis, count)
    return [Value(values.ops.squeeze(each, axis).output(0)) for each in pieces.outputs()]


def _concatenated(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    axis = int(fixed(given[-1]).reshape(-1)[0])
    nodes, order = values.alike(given[:-1])
    if order is not None:
        axis = order[axis]
    return Value(values.ops.concat(nodes, axis).output(0), order)


def _split(values: Values, node: Node, given: Sequence[Made]) -> Sequence[Made]:
    """Into equal parts (``Split``), or into parts of given lengths (``SplitV``)."""
    apart = node.kind == "SplitV"
    value, at = (given[0], given[2]) if apart else (given[1], given[0])
    axis = int(fixed(at).reshape(-1)[0])
    order = value.order if isinstance(value, Value) else None
    held = value.node if isinstance(value, Value) else values.plain(value)
    place = np.array(order[axis] if order else axis, np.int64)
    if apart:
        made = values.ops.variadic_split(held, place, fixed(given[1]).astype(np.int64))
    else:
        made = values.ops.split(held, place, node.whole("num_split", 1))
    return [Value(each, order) for each in made.outputs()]


def _transposed(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    return values.turn(given[0], [int(axis) for axis in fixed(given[1])])


def _padded(values: Values, node: Node, given: Sequence[Made]) -> Made:
    margins = fixed(given[1]).astype(np.int64)
    value = given[0] if isinstance(given[0], Value) else Value(values.plain(given[0]))
    if value.order:
        margins = margins[[value.order.index(axis) for axis in range(len(margins))]]
    mode = "constant" if node.kind != "MirrorPad" else node.text("mode").lower()
    filled = [fixed(given[2])] if node.kind == "PadV2" else []
    made = values.ops.pad(value.node, margins[:, 0], margins[:, 1], mode, *filled)
    return Value(made.output(0), value.order)


def _largest_at(values: Values, node: Node, given: Sequence[Made]) -> Made:
    """The first place of the largest number along an axis (``ArgMax``), or the smallest."""
    axis = int(fixed(given[1]).reshape(-1)[0])
    best = values.ops.topk(
        *(values.plain(given[0]), np.array(1, np.int64), axis),
        *("max" if node.kind == "ArgMax" else "min", "value", "i32"),
        stable=True,
    )
    return Value(values.ops.squeeze(best.output(1), np.array(axis, np.int64)).output(0))


def _gathered(values: Values, node: Node, given: Sequence[Made]) -> Made:
    ops, numbers, places = values.ops, values.plain(given[0]), values.plain(given[1])
    if node.kind == "GatherNd":
        return Value(ops.gather_nd(numbers, places, 0).output(0))
    if node.whole("batch_dims"):
        raise Unsupported("GatherV2 of TensorFlow.js in batches is not known")
    return Value(ops.gather(numbers, places, fixed(given[2]).astype(np.int64)).output(0))


def _scattered(values: Values, node: Node, given: Sequence[Made]) -> Made:
    """``SparseToDense`` of constants: networks that came by way of ONNX make shapes with it."""
    del values, node
    places, shape, numbers, rest = map(fixed, given)
    if int(np.prod(shape, dtype=object)) > 1 << 20:
        raise Unsupported("SparseToDense of TensorFlow.js is known for shapes only")
    made = np.full(shape, rest.reshape(-1)[0])
    for place, number in zip(
        places.reshape(-1, len(shape)), np.broadcast_to(numbers, len(places)), strict=True
    ):
        made[tuple(place)] = number
    return made


def _reduced(name: str) -> Build:
    def build(values: Values, node: Node, given: Sequence[Made]) -> Made:
        axes = fixed(given[1]).astype(np.int64).reshape(-1)
        keep = node.flag("keep_dims")
        made = getattr(values.ops, name)(values.plain(given[0]), axes, keep)
        return Value(made.output(0))

    return build


def _multiplied(values: Values, node: Node, given: Sequence[Made]) -> Made:
    """Matrices; ``_FusedMatMul`` with what is done to the result."""
    one, other = (values.plain(each) for each in given[:2])
    turned = [
        node.flag(f"transpose_{side}") or node.flag(f"adj_{'xy'['ab'.index(side)]}")
        for side in "ab"
    ]
    made = Value(values.ops.matmul(one, other, *turned).output(0))
    return fused(values, node, made, given[2:])


def _soft(values: Values, node: Node, given: Sequence[Made]) -> Made:
    del node
    return Value(values.ops.softmax(values.plain(given[0]), -1).output(0))


def _strided(values: Values, node: Node, given: Sequence[Made]) -> Made:
    if node.whole("new_axis_mask") or node.whole("ellipsis_mask"):  # TensorFlow.js fails with them
        raise Unsupported("StridedSlice of TensorFlow.js with other axes is not known")
    begin, end, step = (fixed(each).astype(np.int64) for each in given[1:4])
    masks = [
        [node.whole(f"{name}_mask") >> place & 1 for place in range(len(begin))]
        for name in ("begin", "end", "new_axis", "shrink_axis", "ellipsis")
    ]
    made = values.ops.strided_slice(values.plain(given[0]), begin, end, step, *masks)
    return Value(made.output(0))


KINDS: Mapping[str, Build] = {
    **PICTURES,
    "Identity": _same,
    "Relu": _each("relu"),
    "Relu6": _each("clamp", 0.0, 6.0),
    "Sigmoid": _each("sigmoid"),
    "Tanh": _each("tanh"),
    "Exp": _each("exp"),
    "Log": _each("log"),
    "Sqrt": _each("sqrt"),
    "Abs": _each("abs"),
    "Neg": _each("negative"),
    "Floor": _each("floor"),
    "Elu": _each("elu", 1.0),
    "Rsqrt": _rsqrt,
    "LeakyRelu": _leaky,
    "Add": _joined("add", np.add),
    "AddV2": _joined("add", np.add),
    "BiasAdd": _joined("add", np.add),
    "Sub": _joined("subtract", np.subtract),
    "Mul": _joined("multiply", np.multiply),
    "RealDiv": _joined("divide", np.divide),
    "Maximum": _joined("maximum", np.maximum),
    "Minimum": _joined("minimum", np.minimum),
    "Pow": _joined("power", np.power),
    "SquaredDifference": _joined("squared_difference", lambda a, b: (a - b) ** 2),
    "Prelu": _joined("prelu", lambda a, b: np.where(a < 0, a * b, a)),
    "FloorDiv": _floor_divided,
    "Cast": _cast,
    "Reshape": _reshaped,
    "Squeeze": _squeezed,
    "ExpandDims": _expanded,
    "Pack": _packed,
    "Unpack": _unpacked,
    "ConcatV2": _concatenated,
    "Split": _split,
    "SplitV": _split,
    "Transpose": _transposed,
    "Pad": _padded,
    "PadV2": _padded,
    "MirrorPad": _padded,
    "ArgMax": _largest_at,
    "ArgMin": _largest_at,
    "GatherNd": _gathered,
    "GatherV2": _gathered,
    "SparseToDense": _scattered,
    "Mean": _reduced("reduce_mean"),
    "Sum": _reduced("reduce_sum"),
    "Max": _reduced("reduce_max"),
    "Min": _reduced("reduce_min"),
    "MatMul": _multiplied,
    "BatchMatMulV2": _multiplied,
    "_FusedMatMul": _multiplied,
    "Softmax": _soft,
    "StridedSlice": _strided,
}
