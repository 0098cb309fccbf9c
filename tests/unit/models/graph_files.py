"""A graph of TensorFlow.js with every operation that the converter knows, and what it is fed."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

__all__ = ["SLICE", "fed", "graph_files"]

Array = np.ndarray[Any, Any]


SLICE = [0, 1, 1, 0], [1, 3, 5, 7], [1, 1, 2, 3]
"""Begin, end and step of a slice; in ``shrunk`` its second axis goes, which TensorFlow.js itself
does at the wrong place."""


def fed() -> Array:
    """What the reference outputs were computed of: (1, 6, 8, 4) in f32."""
    return np.sin(np.arange(192, dtype=np.float32) * np.float32(0.7)).reshape(1, 6, 8, 4)


def graph_files() -> list[bytes]:
    """``model.json`` and two pieces of weights."""
    graph = _Graph()
    for build in (_plain, _windows, _shapes, _others):
        build(graph)
    return graph.files()


def _text(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _attribute(value: Any) -> Any:
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, list):
        words = bool(value) and isinstance(value[0], str)
        return {"list": {"s": [_text(v) for v in value]} if words else {"i": list(map(str, value))}}
    return {"type": value} if value.startswith("DT_") else {"s": _text(value)}


class _Graph:
    def __init__(self) -> None:
        shape = {"dim": [{"size": str(each)} for each in (1, 6, 8, 4)]}
        given = {"shape": {"shape": shape}, "dtype": {"type": "DT_FLOAT"}}
        self.nodes: list[dict[str, Any]] = [{"name": "x", "op": "Placeholder", "attr": given}]
        self.weights: list[dict[str, Any]] = []
        self.data = b""
        self.outputs: list[str] = []

    def constant(self, value: Any, packed: str = "") -> str:
        name = f"c{len(self.nodes)}"
        array = np.asarray(value)
        array = array.astype(np.float32 if array.dtype.kind == "f" else np.int32)
        kind = "DT_FLOAT" if array.dtype.kind == "f" else "DT_INT32"
        told: dict[str, Any] = {"name": name, "shape": list(array.shape)}
        told["dtype"] = "float32" if array.dtype.kind == "f" else "int32"
        if packed == "uint8":
            low, high = float(array.min()), float(array.max())
            scale = (high - low) / 255
            told["quantization"] = {"dtype": packed, "scale": scale, "min": low}
            self.data += np.rint((array - low) / scale).astype(np.uint8).tobytes()
        elif packed:
            told["quantization"] = {"dtype": packed, "original_dtype": "float32"}
            self.data += array.astype(np.float16).tobytes()
        else:
            self.data += array.astype(array.dtype.newbyteorder("<")).tobytes()
        self.weights.append(told)
        self.nodes.append({"name": name, "op": "Const", "attr": {"dtype": {"type": kind}}})
        return name

    def add(
        self, kind: str, *inputs: Any, out: bool = True, name: str = "", **attributes: Any
    ) -> str:
        name = name or f"{len(self.nodes)}-{kind}"
        given = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        self.nodes.append({
            "name": name, "op": kind, "input": given,
            "attr": {key: _attribute(value) for key, value in attributes.items()},
        })  # fmt: skip
        if out:
            self.outputs.append(name)
        return name

    def files(self) -> list[bytes]:
        named = {name: {"name": f"{name}:0"} for name in self.outputs}
        said = {
            "format": "graph-model",
            "signature": {"inputs": {"x": {"name": "x:0"}}, "outputs": named},
            "modelTopology": {"versions": {}, "node": self.nodes[::-1]},  # in no order
            "weightsManifest": [{"paths": ["a", "b"], "weights": self.weights}],
        }
        half = len(self.data) // 2
        return [json.dumps(said).encode(), self.data[:half], self.data[half:]]


def _wave(*shape: int) -> Array:
    flat = np.cos(np.arange(int(np.prod(shape))) * 1.3) * 0.4
    return flat.reshape(shape).astype(np.float16).astype(np.float32)


def _plain(graph: _Graph) -> None:
    positive = graph.add("Abs", "x")
    for kind in ("Relu", "Relu6", "Sigmoid", "Tanh", "Exp", "Neg", "Floor", "Elu"):
        graph.add(kind, "x")
    above = graph.add("AddV2", positive, np.float32(0.1))
    for kind in ("Log", "Sqrt", "Rsqrt"):
        graph.add(kind, above)
    graph.add("LeakyRelu", "x", alpha=0.3)
    other = graph.add("Mul", "x", np.float32(-0.6))
    for kind in ("Add", "Sub", "Maximum", "Minimum", "SquaredDifference", "RealDiv"):
        graph.add(kind, "x", graph.constant(_wave(4)) if kind != "RealDiv" else above)
    graph.add("BiasAdd", other, _wave(4), data_format="NHWC")
    graph.add("Pow", positive, np.float32(1.7))
    graph.add("Prelu", "x", _wave(4))
    graph.add("FloorDiv", "x", np.float32(0.3), T="DT_FLOAT")
    whole = graph.add("Cast", graph.add("Mul", "x", np.float32(20), out=False), DstT="DT_INT32")
    graph.add("FloorDiv", whole, np.int32(3), T="DT_INT32")


def _windows(graph: _Graph) -> None:
    layout: dict[str, Any] = {"data_format": "NHWC", "dilations": [1, 1, 1, 1]}
    kernel = graph.constant(_wave(3, 3, 4, 5), "float16")
    for step, padding in ((1, "SAME"), (2, "SAME"), (2, "VALID")):
        graph.add("Conv2D", "x", kernel, strides=[1, step, step, 1], padding=padding, **layout)
    graph.add(
        *("Conv2D", "x", kernel), strides=[1, 1, 1, 1], padding="EXPLICIT",
        explicit_paddings=[0, 0, 2, 1, 0, 1, 0, 0], **layout,
    )  # fmt: skip
    once = {"strides": [1, 1, 1, 1], "padding": "SAME"}
    graph.add("Conv2D", "x", kernel, **once, **{**layout, "dilations": [1, 2, 2, 1]})
    for ops in (["BiasAdd"], ["BiasAdd", "Relu"], ["BiasAdd", "Relu6"], ["BiasAdd", "Elu"]):
        graph.add(
            *("_FusedConv2D", "x", kernel, _wave(5)), num_args=1, fused_ops=ops, **once, **layout
        )
    graph.add(
        *("_FusedConv2D", "x", kernel, _wave(5)), num_args=1,
        fused_ops=["BiasAdd", "LeakyRelu"], leakyrelu_alpha=0.1, **once, **layout,
    )  # fmt: skip
    apart = graph.constant(_wave(3, 3, 4, 2), "uint8")
    graph.add("DepthwiseConv2dNative", "x", apart, strides=[1, 2, 2, 1], padding="SAME", **layout)
    graph.add(
        *("FusedDepthwiseConv2dNative", "x", apart, _wave(8)), num_args=1,
        fused_ops=["BiasAdd", "Relu6"], **once, **layout,
    )  # fmt: skip
    for kind in ("MaxPool", "AvgPool"):
        for padding in ("SAME", "VALID"):
            graph.add(
                *(kind, "x"), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding=padding, **layout
            )
    size = graph.constant(np.int32([9, 5]))
    for corners, halves in ((False, False), (True, False), (False, True)):
        graph.add("ResizeBilinear", "x", size, align_corners=corners, half_pixel_centers=halves)
    for halves in (False, True):
        graph.add("ResizeNearestNeighbor", "x", size, half_pixel_centers=halves)
    learned = [_wave(4), _wave(4)[::-1], _wave(4) * 0.3, np.abs(_wave(4)) + np.float32(0.2)]
    graph.add("FusedBatchNormV3", "x", *learned, epsilon=0.001, is_training=False, **layout)
    graph.add("DepthToSpace", "x", block_size=2, **layout)


def _shapes(graph: _Graph) -> None:
    turned = graph.add("Transpose", "x", np.int32([0, 3, 1, 2]))
    graph.add("Add", turned, turned)
    graph.add("Add", turned, graph.constant(_wave(8)))
    graph.add("Pad", turned, np.int32([[0, 0], [1, 0], [0, 2], [1, 1]]))
    graph.add("PadV2", "x", np.int32([[0, 0], [1, 0], [0, 2], [1, 1]]), np.float32(-3))
    graph.add("MirrorPad", "x", np.int32([[0, 0], [2, 1], [0, 2], [0, 0]]), mode="REFLECT")
    graph.add("Reshape", turned, np.int32([2, -1]))
    graph.add("Squeeze", turned, squeeze_dims=[0])
    graph.add("ExpandDims", turned, np.int32(-1))
    graph.add("Pack", turned, turned, N=2, axis=1)
    parts = graph.add("Unpack", turned, num=4, axis=1, out=False)
    graph.add("Sub", f"{parts}:2", parts)
    graph.add("ConcatV2", turned, graph.add("Relu", turned, out=False), np.int32(1), N=2)
    graph.add("ConcatV2", turned, _wave(1, 4, 6, 3), np.int32(-1), N=2)
    pieces = graph.add("Split", np.int32(1), turned, num_split=2, out=False)
    graph.add("Sub", f"{pieces}:1", pieces)
    pieces = graph.add("SplitV", turned, np.int32([1, 3]), np.int32(1), num_split=2, out=False)
    graph.add("Identity", f"{pieces}:1")
    begin, end, step = map(graph.constant, np.int32(SLICE))
    graph.add("StridedSlice", turned, begin, end, step, begin_mask=4, end_mask=6)
    graph.add("StridedSlice", turned, begin, end, step, name="shrunk", shrink_axis_mask=2)


def _others(graph: _Graph) -> None:
    flat = graph.add("Reshape", "x", np.int32([6, 32]), out=False)
    for kind in ("ArgMax", "ArgMin"):
        graph.add(kind, flat, np.int32(1), output_type="DT_INT32")
    even = graph.add("Floor", flat, out=False)  # many largest ones: the first counts
    graph.add("ArgMax", even, np.int32(1), output_type="DT_INT32")
    for kind in ("Mean", "Sum", "Max", "Min"):
        graph.add(kind, "x", np.int32([1, 2]), keep_dims=kind == "Sum")
    places = graph.constant(np.int32([[1, 2], [5, 0], [0, 31]]))
    graph.add("GatherNd", flat, places)
    graph.add("GatherV2", flat, np.int32([3, 0]), np.int32(1))
    graph.add("MatMul", flat, _wave(32, 3), transpose_a=False, transpose_b=False)
    graph.add("MatMul", flat, _wave(3, 32), transpose_a=False, transpose_b=True)
    graph.add(
        *("_FusedMatMul", flat, _wave(32, 3), _wave(3)), num_args=1,
        fused_ops=["BiasAdd", "Relu"], transpose_a=False, transpose_b=False,
    )  # fmt: skip
    graph.add("BatchMatMulV2", "x", _wave(1, 6, 4, 2), adj_x=False, adj_y=False)
    graph.add("Softmax", flat)
    zeros = graph.add(
        *("SparseToDense", np.zeros((0, 1), np.int32), np.int32([2])),
        *(np.zeros(0, np.int32), np.int32(0)), out=False,
    )  # fmt: skip
    shape = graph.add("AddV2", graph.constant(np.int32([12, 16])), zeros, out=False)
    graph.add("Reshape", "x", shape)
