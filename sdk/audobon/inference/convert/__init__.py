"""Files of other frameworks to a network of OpenVINO's own form. Nothing in them is run.

A converter is given the bytes of the files that a recipe names, in its order,
and the recipe's options; it gives a network whose inputs and outputs have the
names of the contract. ``wrapping`` then puts layout, type and normalisation
into the network, so that what is fed is what the contract says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.errors import Unsupported
from audobon.inference.convert import efficientnet, hed, ncnn, plain, tfjs

__all__ = ["CONVERTERS", "converter"]

Convert = Callable[[Sequence[bytes], Mapping[str, Any]], Any]

CONVERTERS: Mapping[str, Convert] = {
    "onnx": plain.onnx,
    "ir": plain.ir,
    "tflite": plain.tflite,
    "ncnn": ncnn.convert,
    "efficientnet-lite": efficientnet.convert,
    "hed": hed.convert,
    "tfjs": tfjs.convert,
}


def converter(name: str) -> Convert:
    """The converter called ``name``. Unsupported names those there are."""
    found = CONVERTERS.get(name)
    if found is None:
        raise Unsupported(
            f"there is no converter {name!r}; there are {', '.join(sorted(CONVERTERS))}",
            subject=name,
        )
    return found
