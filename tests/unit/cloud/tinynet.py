"""An installed network so small that a test can afford it: the mean colour, times numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audobon.inference import door
from audobon.model.component import Component, Tensor
from audobon.models.convert import digest_file
from audobon.models.installed import Installed, ModelFolder

__all__ = ["tiny"]

_COMPONENT = Component(
    name="tiny_net",
    version="1.0.0",
    role="backbone",
    inputs=(Tensor("picture", ("n", "224", "224", "3"), "u8", 0, 255, "RGB"),),
    outputs=(Tensor("features", ("n", "8"), "f32"), Tensor("logits", ("n", "3"), "f32")),
)


def tiny(data: Path, *, factor: float = 1.0) -> Installed:
    """Installed in the data folder ``data``. Its features tell red from blue."""
    ops = door.opset()
    fed = ops.parameter([-1, 224, 224, 3], np.uint8, name="picture")
    mean = ops.reduce_mean(ops.convert(fed, "f32"), np.array([1, 2]), keep_dims=False)
    numbers = np.arange(24, dtype=np.float32).reshape(3, 8) * np.float32(factor)
    features = ops.result(ops.matmul(mean, numbers, False, False), name="features")
    logits = ops.result(mean, name="logits")
    network = door.load().Model([features, logits], [fed], "tiny")
    names = ("picture", "features", "logits")
    for port, name in zip((*network.inputs, *network.outputs), names, strict=True):
        port.get_tensor().set_names({name})
    store = ModelFolder(data / "audobon" / "models")
    with store.making() as part:
        door.load().save_model(network, part / "model.xml", compress_to_fp16=False)
        files = {path.name: digest_file(path) for path in part.iterdir()}
        return store.keep(part, _COMPONENT, {"files": files})
