"""What a contract says, put into the network: names, types, order of axes, normalisation.

Then what is fed is the contract's own form, and no pixel is converted in
Python. Also the trial of a network that has just been made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import BadFile, Invalid
from audobon.inference import door
from audobon.model.component import Tensor

__all__ = ["FLOATS", "TYPES", "try_out", "wrap"]

TYPES = {
    "u8": np.uint8, "u16": np.uint16, "i64": np.int64, "f16": np.float16, "f32": np.float32,
}  # fmt: skip
"""Types of a contract as numpy's."""
FLOATS = ("f16", "f32")
_CHANNELS = {"RGB": "3", "BGR": "3", "gray": "1"}
_TRIAL = 64
"""Pixels of the trial picture: enough for networks that halve five times."""


def wrap(
    network: Any,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    settings: Mapping[str, Any],
) -> Any:
    """The network with the contract's inputs and outputs.

    A network that wants channels first is fed with channels last where the
    contract says so. ``mean`` and ``scale`` of the settings (one number, or
    one for each channel, as text) are subtracted and divided by,
    ``network_outputs`` are the network's own names of the outputs, and with
    ``any_size`` lengths that its file fixes are free where the contract says
    so. Invalid when the network has another number of inputs, or an output is
    not in it.
    """
    openvino, ops = door.load(), door.opset()
    if len(network.inputs) != len(inputs):
        raise Invalid(
            f"the network takes {len(network.inputs)} inputs, its recipe names {len(inputs)}"
        )
    if settings.get("any_size"):
        _freed(openvino, network, inputs)
    named = str(settings.get("network_outputs", "")).split() or [each.name for each in outputs]
    network = _chosen(openvino, network, named)
    # By hand, because OpenVINO's own preprocessing unpacks packed weights to four times the size.
    with door.translated("the network does not fit its recipe"):
        fed = [
            _fed(openvino, ops, parameter, tensor, settings)
            for parameter, tensor in zip(network.get_parameters(), inputs, strict=True)
        ]
        given = [
            _given(ops, port, tensor) for port, tensor in zip(network.outputs, outputs, strict=True)
        ]
        made = openvino.Model(given, fed, network.get_friendly_name())
    for port, tensor in zip((*made.inputs, *made.outputs), (*inputs, *outputs), strict=True):
        port.get_tensor().set_names({tensor.name})
    return made


def _freed(openvino: Any, network: Any, inputs: Sequence[Tensor]) -> None:
    """Let a network of one size take every size that its contract leaves open."""
    shapes = {}
    for port, tensor in zip(network.inputs, inputs, strict=True):
        shape = list(port.get_partial_shape())
        if len(shape) == len(tensor.shape):
            pairs = zip(shape, tensor.shape, strict=True)
            shape = [own if named.isdecimal() else -1 for own, named in pairs]
        shapes[port] = openvino.PartialShape(shape)
    with door.translated("the network cannot be made to take pictures of any size"):
        network.reshape(shapes)


def _chosen(openvino: Any, network: Any, named: Sequence[str]) -> Any:
    """The network with exactly the outputs of the contract, in its order."""
    names = {name: port for port in network.outputs for name in port.get_names()}
    if len(network.outputs) == len(named) and not any(name in names for name in named):
        return network
    missing = [name for name in named if name not in names]
    if missing:
        there = ", ".join(sorted(names)) or f"{len(network.outputs)} without names"
        raise Invalid(f"the network gives no {missing[0]}; it gives {there}")
    ports = [names[name] for name in named]
    return openvino.Model(ports, network.get_parameters(), network.get_friendly_name())


def _channels_last(tensor: Tensor) -> bool:
    return len(tensor.shape) == 4 and tensor.shape[-1] == _CHANNELS.get(tensor.color, "")


def _channels_first(port: Any, tensor: Tensor) -> bool:
    shape = port.get_partial_shape()
    wanted = int(_CHANNELS[tensor.color])
    last = shape[3].is_static and shape[3].get_length() == wanted
    first = shape[1].is_static and shape[1].get_length() == wanted
    return first or not last


def _fed(
    openvino: Any, ops: Any, parameter: Any, tensor: Tensor, settings: Mapping[str, Any]
) -> Any:
    """A parameter of the contract's form, in the place of the network's own."""
    port, kind = parameter.output(0), parameter.get_element_type()
    users = list(port.get_target_inputs())
    shape = list(port.get_partial_shape())
    last = _channels_last(tensor)
    first = last and _channels_first(port, tensor)
    if first:
        shape = [shape[0], shape[2], shape[3], shape[1]]
    float_in = kind in (openvino.Type.f32, openvino.Type.f16)
    own = kind.to_dtype()
    form = TYPES.get(tensor.dtype, np.float32 if float_in else own)
    if not float_in and tensor.dtype in FLOATS:
        form = own
    made = ops.parameter(openvino.PartialShape(shape), form, name=tensor.name)
    value = made
    if not float_in and form != own:  # pixels of 8 bits for a network that takes them in 32
        value = ops.convert(value, own)
    if float_in:  # tokens and the like go in as they are
        value = _normalised(ops, ops.convert(value, "f32"), settings, last=last, rank=len(shape))
    if first:
        value = ops.transpose(value, np.array([0, 3, 1, 2]))
    if kind == openvino.Type.f16:
        value = ops.convert(value, "f16")
    for user in users:
        user.replace_source_output(value.output(0))
    return made


def _normalised(ops: Any, value: Any, settings: Mapping[str, Any], *, last: bool, rank: int) -> Any:
    for name, apply in (("mean", ops.subtract), ("scale", ops.divide)):
        numbers = [float(word) for word in str(settings.get(name, "")).split()]
        if numbers:
            shape = [1] * rank
            if len(numbers) > 1:
                shape[-1 if last else 1] = len(numbers)
            value = apply(value, np.array(numbers, np.float32).reshape(shape))
    return value


def _given(ops: Any, port: Any, tensor: Tensor) -> Any:
    """What the network gives, in f32, with the channels where the contract wants them."""
    result = port.get_node()
    value = result.input_value(0) if result.get_type_name() == "Result" else port
    if _channels_last(tensor) and _channels_first(port, tensor):
        value = ops.transpose(value, np.array([0, 2, 3, 1])).output(0)
    return ops.result(ops.convert(value, "f32"), name=tensor.name)


def try_out(network: Any, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Run a network once, on the CPU in f32. BadFile when it gives other than its contract says."""
    feed = [_trial(port, tensor) for port, tensor in zip(network.inputs, inputs, strict=True)]
    with door.translated("the network cannot be run"):
        compiled = door.core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        given = compiled(feed)
    for port, tensor in zip(compiled.outputs, outputs, strict=True):
        value = given[port]
        if not np.isfinite(value).all():
            raise BadFile(f"the network gives {tensor.name} that is not a number")
        if len(value.shape) != len(tensor.shape):
            raise BadFile(
                f"the network gives {tensor.name} with {len(value.shape)} dimensions, its recipe "
                f"says {tensor}"
            )
        for length, wanted in zip(value.shape, tensor.shape, strict=True):
            if wanted.isdecimal() and int(wanted) != length:
                raise BadFile(f"the network gives {tensor.name} {value.shape}, not {tensor}")


def _trial(port: Any, tensor: Tensor) -> np.ndarray[Any, Any]:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic or len(shape) != len(tensor.shape):
        raise Invalid(f"the network takes {shape}, its recipe says {tensor}")
    lengths = []
    for number, length in enumerate(shape):
        named = tensor.shape[number]
        if length.is_static:
            if named.isdecimal() and int(named) != length.get_length():
                raise Invalid(f"the network takes {shape}, its recipe says {tensor}")
            lengths.append(length.get_length())
        else:
            lengths.append(int(named) if named.isdecimal() else 1 if number == 0 else _TRIAL)
    middle = ((tensor.low or 0.0) + (1.0 if tensor.high is None else tensor.high)) / 2
    return np.full(lengths, middle, TYPES.get(tensor.dtype, np.float32))
