"""A head put onto its backbone: one network that gives what two steps would.

The features are brought to length 1, as the vectors are that the head has
learnt from; then come its weights and a sigmoid. All of it stays in 32 bits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import Invalid
from audobon.inference import door

__all__ = ["CHANCE", "joined"]

CHANCE = "chance"
"""The name of the output that a head adds: how likely its tag is, one number for each picture."""
_SMALL = np.float32(1e-12)


def joined(path: Path, features: int, weights: bytes) -> Any:
    """The network at ``path`` that gives its output number ``features`` and :data:`CHANCE`.

    ``weights`` are 32-bit floats, little-endian, the last one the bias. Invalid where they are
    not as many as the features and one.
    """
    openvino, ops = door.load(), door.opset()
    numbers = np.frombuffer(weights, "<f4")
    with door.translated(f"{path.name} cannot be read"):
        network = door.core().read_model(str(path))
    if not 0 <= features < len(network.outputs):
        raise Invalid(f"the network has no output {features}")
    seen = network.outputs[features].get_node().input_value(0)
    length = seen.get_partial_shape()[1]
    if not length.is_static or length.get_length() != len(numbers) - 1:
        raise Invalid(f"a head for {len(numbers) - 1} features does not fit a network of {length}")
    with door.translated("the head does not fit its network"):
        squares = ops.reduce_sum(ops.multiply(seen, seen), np.array([1]), keep_dims=True)
        unit = ops.divide(seen, ops.sqrt(ops.maximum(squares, _SMALL)))
        line = ops.matmul(unit, numbers[:-1].reshape(-1, 1).copy(), False, False)
        chance = ops.sigmoid(ops.add(line, numbers[-1:].reshape(1, 1).copy()))
        given = [ops.result(seen, name="features"), ops.result(chance, name=CHANCE)]
        made = openvino.Model(given, network.get_parameters(), "head")
    for port, name in zip(made.outputs, ("features", CHANCE), strict=True):
        port.get_tensor().set_names({name})
    return made
