"""EfficientNet-Lite from the weights of ``efficientnet-lite-pytorch``.

The network follows that package's ``model.py`` (Apache-2.0): inverted
bottlenecks without squeeze and excitation, ReLU6, "same" padding, batch
normalisation with epsilon 1e-3, which is folded into the weights here. The
outputs are ``logits`` (1000 classes) and ``features`` (what the last layer
sees: 1280 numbers that say what a picture looks like).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import BadFile
from audobon.inference import door
from audobon.inference.convert.torch_state import read_state

__all__ = ["convert"]

_EPSILON = 1e-3
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""Stride of each group's first block; the same in all of the family."""
_REPEATS = (1, 2, 2, 3, 3, 4, 1)
"""Blocks of each group at depth 1.0. The first and the last group are never deepened."""
_DEPTHS = {"0": 1.0, "1": 1.1, "2": 1.2, "3": 1.4, "4": 1.8}
Array = np.ndarray[Any, np.dtype[np.float32]]


def convert(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """Converter: one state dict. The option ``variant`` is 0 to 4. BadFile."""
    state = read_state(files[0])
    try:
        with door.translated("the EfficientNet weights do not fit together"):
            return _build(state, _DEPTHS[str(options.get("variant", "0"))])
    except KeyError as error:
        raise BadFile(f"the weights are not those of an EfficientNet-Lite: no {error}") from error


def _strides(depth: float) -> Iterator[int]:
    last = len(_REPEATS) - 1
    for group, (repeats, stride) in enumerate(zip(_REPEATS, _STRIDES, strict=True)):
        count = repeats if group in (0, last) else int(np.ceil(depth * repeats))
        yield from (stride, *(1,) * (count - 1))


def _build(state: Mapping[str, Array], depth: float) -> Any:
    ops = door.opset()
    picture = ops.parameter([-1, 3, -1, -1], np.float32, name="picture")
    value = _convolved(ops, picture, state, "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(_strides(depth)):
        value = _block(ops, value, state, f"_blocks.{number}", stride)
    value = _convolved(ops, value, state, "_conv_head", "_bn1", stride=1)
    features = ops.reduce_mean(value, np.array([2, 3]), keep_dims=False)
    features.set_friendly_name("features")
    logits = ops.matmul(features, state["_fc.weight"], False, True)
    logits = ops.add(logits, state["_fc.bias"].reshape(1, -1))
    logits.set_friendly_name("logits")
    model = door.load().Model([logits, features], [picture], "efficientnet-lite")
    for output, name in zip(model.outputs, ("logits", "features"), strict=True):
        output.get_tensor().set_names({name})
    return model


def _block(ops: Any, given: Any, state: Mapping[str, Array], name: str, stride: int) -> Any:
    value = given
    if f"{name}._expand_conv.weight" in state:
        value = _convolved(ops, value, state, f"{name}._expand_conv", f"{name}._bn0", stride=1)
    value = _convolved(
        ops, value, state, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride, apart=True
    )
    value = _convolved(
        ops, value, state, f"{name}._project_conv", f"{name}._bn2", stride=1, bent=False
    )
    same = value.get_output_partial_shape(0)[1] == given.get_output_partial_shape(0)[1]
    return ops.add(value, given) if stride == 1 and same else value


def _convolved(
    ops: Any,
    given: Any,
    state: Mapping[str, Array],
    name: str,
    norm: str,
    *,
    stride: int,
    apart: bool = False,
    bent: bool = True,
) -> Any:
    """A convolution with its normalisation folded in, each channel ``apart`` or all together."""
    kernel = state[f"{name}.weight"].astype(np.float32)
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + _EPSILON)
    shift = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    kernel = kernel * scale.reshape(-1, 1, 1, 1)
    settings = ([stride] * 2, [0, 0], [0, 0], [1, 1], "same_upper")
    if apart:
        value = ops.group_convolution(given, kernel[:, None], *settings)
    else:
        value = ops.convolution(given, kernel, *settings)
    value = ops.add(value, shift.reshape(1, -1, 1, 1).astype(np.float32))
    return ops.clamp(value, 0.0, 6.0) if bent else value
