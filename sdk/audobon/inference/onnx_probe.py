"""The trial of a second runtime: a network of one operation, run on its device."""

from __future__ import annotations

import numpy as np

from audobon.errors import Unavailable
from audobon.inference import onnx_door
from audobon.inference.convert.protobuf import data, number

__all__ = ["probe"]


def probe(device: str) -> str:
    """The version of onnxruntime, after it has computed on ``device``. Unavailable if it cannot."""
    session = onnx_door.opened(_doubling(), device)
    with onnx_door.translated(f"{device} cannot compute"):
        (given,) = session.run(None, {"x": np.arange(4, dtype=np.float32)})
    if not np.array_equal(given, (0, 2, 4, 6)):
        raise Unavailable(f"{device} computes 2 x (0, 1, 2, 3) as {given.tolist()}")
    return onnx_door.version()


def _doubling() -> bytes:
    """A model that adds four numbers to themselves (``onnx.proto``: version 8, operations 13)."""
    floats = data(2, data(1, number(1, 1), data(2, data(1, number(1, 4)))))
    node = data(1, data(1, "x"), data(1, "x"), data(2, "y"), data(4, "Add"))
    ports = data(11, data(1, "x"), floats) + data(12, data(1, "y"), floats)
    graph = data(7, node, data(2, "doubling"), ports)
    return number(1, 8) + graph + data(8, data(1, ""), number(2, 13))
