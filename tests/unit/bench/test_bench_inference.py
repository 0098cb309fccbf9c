"""The case ``inference``: its pictures, and the network as other runtimes get it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audobon.inference import door
from bench import corpus, samenet

SHAPE = (1, 32, 32, 3)


def network() -> Any:
    """What EfficientNet-Lite consists of, small."""
    ops = door.opset()
    chance = np.random.default_rng(4)

    def weights(*shape: int) -> Any:
        return chance.normal(0, 0.3, shape).astype(np.float32)

    picture = ops.parameter([1, 32, 32, 3], np.uint8, name="picture")
    value = ops.subtract(ops.convert(picture, "f32"), np.full((1, 1, 1, 3), 127, np.float32))
    value = ops.transpose(ops.divide(value, np.full((1, 1, 1, 3), 60, np.float32)), [0, 3, 1, 2])
    for kernel, step in ((weights(8, 3, 3, 3), 2), (weights(8, 8, 1, 1), 1)):
        value = ops.convolution(value, kernel, [step] * 2, [0, 0], [0, 0], [1, 1], "same_upper")
        value = ops.clamp(ops.add(value, weights(1, 8, 1, 1)), 0.0, 6.0)
    apart = ops.group_convolution(
        value, weights(8, 1, 1, 5, 5), [1, 1], [0, 0], [0, 0], [1, 1], "same_upper"
    )
    value = ops.add(value, ops.add(apart, weights(1, 8, 1, 1)))
    features = ops.reduce_mean(value, np.array([2, 3]), keep_dims=False)
    logits = ops.add(ops.matmul(features, weights(5, 8), False, True), weights(1, 5))
    return door.load().Model([logits, features], [picture], "small")


def test_the_onnx_file_is_the_same_network(tmp_path: Path) -> None:
    door.load().save_model(network(), str(tmp_path / "model.xml"), compress_to_fp16=False)
    layers = samenet.layers_of(tmp_path / "model.xml", SHAPE)
    assert sum(layer.kind == "Add" for layer in layers) == 1  # biases are in what they belong to
    (tmp_path / "same.onnx").write_bytes(samenet.onnx_file(layers, SHAPE))
    picture = np.random.default_rng(5).integers(0, 255, SHAPE, np.uint8)
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    given = []
    for name in ("model.xml", "same.onnx"):
        compiled = door.core().compile_model(str(tmp_path / name), "CPU", exact)
        results = compiled([picture])
        given.append(sorted((np.array(results[port]) for port in compiled.outputs), key=np.size))
    for wanted, found in zip(*given, strict=True):
        assert wanted.shape == found.shape
        assert np.abs(wanted - found).max() < 1e-4


@pytest.mark.parametrize(("form", "ending"), [("JPEG", "jpg"), ("PNG", "png")])
def test_photographs_differ_and_have_the_sizes_of_cameras(
    tmp_path: Path, form: str, ending: str
) -> None:
    corpus.photographs(tmp_path / "a", count=3, seed=1, form=form)
    files = sorted((tmp_path / "a").iterdir())
    assert [file.name for file in files] == [f"photo_{n:05d}.{ending}" for n in range(3)]
    assert len({file.read_bytes() for file in files}) == 3
    sizes = []
    for file in files:
        with Image.open(file) as image:
            assert image.format == form
            sizes.append(image.size)
    assert sizes == [(1280, 960), (1600, 1200), (1280, 960)]
    corpus.photographs(tmp_path / "b", count=1, seed=1, form=form, edge=96)
    with Image.open(next((tmp_path / "b").iterdir())) as image:
        assert image.size == (96, 96)
