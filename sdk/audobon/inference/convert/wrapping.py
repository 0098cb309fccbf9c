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

TYPES = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}
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
    one for each channel, as text) are subtracted and divided by. Invalid when
    the network has another number of inputs, or an output is not in it.
    """
    openvino = door.load()
    if len(network.inputs) != len(inputs):
        raise Invalid(
            f"the network takes {len(network.inputs)} inputs, its recipe names {len(inputs)}"
        )
    network = _chosen(openvino, network, outputs)
    with door.translated("the network does not fit its recipe"):
        steps = openvino.preprocess.PrePostProcessor(network)
        for number, tensor in enumerate(inputs):
            _input(openvino, steps.input(number), network.inputs[number], tensor, settings)
        for number, tensor in enumerate(outputs):
            if _channels_last(tensor) and _channels_first(network.outputs[number], tensor):
                steps.output(number).model().set_layout(openvino.Layout("NCHW"))
                steps.output(number).tensor().set_layout(openvino.Layout("NHWC"))
            steps.output(number).tensor().set_element_type(openvino.Type.f32)
        made = steps.build()
    for port, tensor in zip((*made.inputs, *made.outputs), (*inputs, *outputs), strict=True):
        port.get_tensor().set_names({tensor.name})
    return made


def _chosen(openvino: Any, network: Any, outputs: Sequence[Tensor]) -> Any:
    """The network with exactly the outputs of the contract, in its order."""
    names = {name: port for port in network.outputs for name in port.get_names()}
    if len(network.outputs) == len(outputs) and not any(each.name in names for each in outputs):
        return network
    missing = [tensor.name for tensor in outputs if tensor.name not in names]
    if missing:
        there = ", ".join(sorted(names)) or f"{len(network.outputs)} without names"
        raise Invalid(f"the network gives no {missing[0]}; it gives {there}")
    ports = [names[tensor.name] for tensor in outputs]
    return openvino.Model(ports, network.get_parameters(), network.get_friendly_name())


def _channels_last(tensor: Tensor) -> bool:
    return len(tensor.shape) == 4 and tensor.shape[-1] == _CHANNELS.get(tensor.color, "")


def _channels_first(port: Any, tensor: Tensor) -> bool:
    shape = port.get_partial_shape()
    wanted = int(_CHANNELS[tensor.color])
    last = shape[3].is_static and shape[3].get_length() == wanted
    first = shape[1].is_static and shape[1].get_length() == wanted
    return first or not last


def _input(openvino: Any, step: Any, port: Any, tensor: Tensor, settings: Mapping[str, Any]) -> Any:
    kinds = {"u8": openvino.Type.u8, "u16": openvino.Type.u16, "f16": openvino.Type.f16}
    step.tensor().set_element_type(kinds.get(tensor.dtype, openvino.Type.f32))
    if _channels_last(tensor):
        first = _channels_first(port, tensor)
        step.tensor().set_layout(openvino.Layout("NHWC"))
        step.model().set_layout(openvino.Layout("NCHW" if first else "NHWC"))
    if port.get_element_type() not in (openvino.Type.f32, openvino.Type.f16):
        return  # tokens and the like go in as they are
    step.preprocess().convert_element_type(openvino.Type.f32)
    for name in ("mean", "scale"):
        numbers = [float(word) for word in str(settings.get(name, "")).split()]
        if numbers:
            getattr(step.preprocess(), name)(numbers if len(numbers) > 1 else numbers[0])


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
