"""Graphs of TensorFlow.js give what TensorFlow.js gives; what is not known is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_files import SLICE, fed, graph_files
from PIL import Image

from audobon.errors import AudobonError, BadFile, LimitExceeded, Unsupported
from audobon.inference import door
from audobon.inference.convert import converter
from audobon.inference.convert.tfjs.graph import read_graph
from audobon.inference.convert.tfjs.operations import KINDS
from audobon.models.registry import Models
from audobon.system.locks import FileLock

REFERENCE = json.loads(Path(__file__).with_name("reference_tfjs.json").read_text())
F32 = {"INFERENCE_PRECISION_HINT": "f32"}
Array = np.ndarray[Any, Any]


def _outputs(network: Any, given: Array) -> dict[str, Array]:
    compiled = door.core().compile_model(network, "CPU", F32)
    results = compiled(given)
    return {name: results[port] for port in compiled.outputs for name in port.get_names()}


def test_every_operation_as_tensorflow_js() -> None:
    found = _outputs(converter("tfjs")(graph_files(), {}), fed())
    shrunk = found.pop("shrunk")
    assert found.keys() >= REFERENCE["operations"].keys()
    for name, expected in REFERENCE["operations"].items():
        assert list(found[name].shape) == expected["shape"], name
        off = np.abs(found[name].reshape(-1)[expected["at"]] - expected["values"]).max()
        assert off < 1e-5, (name, off)
    begin, end, step = SLICE
    wanted = fed().transpose(0, 3, 1, 2)[tuple(map(slice, begin, end, step))][:, 0]
    assert np.abs(shrunk - wanted).max() < 1e-6
    used = {node.kind for node in read_graph(graph_files()).nodes.values()}
    assert set(KINDS) - used <= {"FusedBatchNorm"}  # an older name of FusedBatchNormV3


def test_axes_are_not_turned_without_need() -> None:
    """Convolutions and what is between them keep their channels first."""
    kernel = {"name": "k", "shape": [3, 3, 4, 4], "dtype": "float32"}
    same = {"padding": {"s": "U0FNRQ=="}, "strides": {"list": {"i": ["1", "1", "1", "1"]}}}
    nodes: list[dict[str, Any]] = [
        {"name": "x", "op": "Placeholder", "attr": {
            "dtype": {"type": "DT_FLOAT"}, "shape": {"shape": {"dim": [
                {"size": "-1"}, {"size": "8"}, {"size": "8"}, {"size": "4"}]}}}},
        {"name": "k", "op": "Const"},
    ]  # fmt: skip
    before = "x"
    for number in range(5):
        one, other = f"a{number}", f"b{number}"
        nodes.append({"name": one, "op": "Conv2D", "input": [before, "k"], "attr": same})
        nodes.append({"name": other, "op": "Relu", "input": [one]})
        before = other
    said = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": [kernel]}]}
    network = converter("tfjs")([json.dumps(said).encode(), bytes(576)], {})
    kinds = [op.get_type_name() for op in network.get_ops()]
    assert kinds.count("Convolution") == 5
    assert kinds.count("Transpose") == 2  # at the beginning and at the end
    assert str(network.input(0).get_partial_shape()) == "[?,8,8,4]"


@pytest.fixture(scope="module")
def astronaut(people: Path) -> Array:
    with Image.open(people / "astronaut.png") as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_real_networks_as_tensorflow_js(models: Models, packages: Path, astronaut: Array) -> None:
    with FileLock(packages / ".tests.lock", timeout_s=600):
        (body,) = models.install("movenet-thunder")
        (things,) = models.install("nanodet")
    network = door.core().read_model(body.folder / "model.xml")
    points = _outputs(network, astronaut[None, ::2, ::2])["points"][0, 0]
    assert np.abs(points - REFERENCE["movenet-thunder"]).max() < 1e-4
    network = door.core().read_model(things.folder / "model.xml")
    # The reference was fed with parts of 255: so these pixels become the same numbers.
    (port,) = network.inputs
    assert (port.get_element_type().to_dtype(), port.get_tensor().get_names()) == (
        np.dtype(np.uint8), {"picture"},
    )  # fmt: skip
    raw = converter("tfjs")(_files(models, packages), {})
    fed_as = np.ascontiguousarray(astronaut[None, :416, 48:464].transpose(0, 3, 1, 2) / 255)
    found = _outputs(raw, fed_as.astype(np.float32))
    for name, expected in REFERENCE["nanodet"].items():
        assert list(found[name].shape) == expected["shape"]
        off = np.abs(found[name].reshape(-1)[expected["at"]] - expected["values"]).max()
        assert off < 2e-5, (name, off)


def _files(models: Models, packages: Path) -> list[bytes]:
    from audobon.models.archive import read_parts

    component = models.get("nanodet").component  # type: ignore[union-attr]
    (package,) = (packages / "npm-vladmandic__human-models-3.0.4").iterdir()
    return read_parts(package, component.files)


def _graph(*nodes: dict[str, Any], **more: Any) -> list[bytes]:
    return [json.dumps({"modelTopology": {"node": list(nodes)}, **more}).encode(), b""]


X = {"name": "x", "op": "Placeholder", "attr": {
    "dtype": {"type": "DT_FLOAT"}, "shape": {"shape": {"dim": [{"size": "2"}]}}}}  # fmt: skip


def test_constants_inside_the_graph() -> None:
    """Small ones are written in it: one number may stand for all, or bytes in base64."""
    tensor = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "2"}]}, "floatVal": [3.5]}
    packed = {"dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "1"}]}, "tensorContent": "Ag=="}
    network = converter("tfjs")(
        _graph(
            X,
            {"name": "c", "op": "Const", "attr": {"value": {"tensor": tensor}}},
            {"name": "y", "op": "Add", "input": ["x", "c", "^x"]},
        ),
        {},
    )
    assert _outputs(network, np.float32([1, 2]))["y"].tolist() == [4.5, 5.5]
    wrong = {"name": "c", "op": "Const", "attr": {"value": {"tensor": packed}}}
    with pytest.raises(BadFile):  # four bytes make a number
        converter("tfjs")(_graph(X, wrong), {})
    tensor["tensorShape"] = {"dim": [{"size": str(1 << 40)}]}
    huge = {"name": "c", "op": "Const", "attr": {"value": {"tensor": tensor}}}
    with pytest.raises(LimitExceeded):
        converter("tfjs")(_graph(X, huge), {})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (_graph(X, {"name": "y", "op": "StatefulPartitionedCall", "input": ["x"]}), "StatefulPart"),
        (_graph(X, {"name": "y", "op": "Add", "input": ["x", "y"]}, signature={
            "outputs": {"y": {"name": "y:0"}}}), "circle"),
        (_graph(X, {"name": "y", "op": "Relu", "input": ["absent"]}), "absent"),
        (_graph({"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}}},
                {"name": "y", "op": "Relu", "input": ["x"]}), "input_shape"),
        (_graph({**X, "attr": {**X["attr"], "dtype": {"type": "DT_STRING"}}},  # type: ignore[dict-item]
                {"name": "y", "op": "Relu", "input": ["x"]}), "DT_STRING"),
        (_graph(X, format="layers-model"), "layers-model"),
        ([b"[" * 100_000, b""], "damaged"),
        ([b"{}", b""], "damaged"),
        (_graph(X, weightsManifest=[{"weights": [
            {"name": "k", "shape": [9], "dtype": "float32"}]}]), "end before"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(files: list[bytes], said: str) -> None:
    with pytest.raises((BadFile, Unsupported), match=said):
        converter("tfjs")(files, {})


def test_a_shape_that_the_recipe_tells() -> None:
    x = {"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}}}
    files = _graph(x, {"name": "y", "op": "Relu", "input": ["x"]})
    network = converter("tfjs")(files, {"input_shape": "1 4"})
    assert _outputs(network, np.float32([[-1, 2, -3, 4]]))["y"].tolist() == [[0, 2, 0, 4]]


def test_a_graph_of_ten_thousand_nodes_is_no_recursion() -> None:
    nodes = [{"name": f"n{i}", "op": "Identity", "input": [f"n{i - 1}" if i else "x"]}
             for i in range(10_000)]  # fmt: skip
    network = converter("tfjs")(_graph(X, *nodes[::-1]), {})
    assert len(network.get_ops()) == 2


def test_a_hundred_damaged_graphs_are_errors() -> None:
    import random

    dice, good = random.Random(7), graph_files()
    raised = 0
    for _ in range(100):
        head = bytearray(good[0])
        for _ in range(dice.randint(1, 30)):
            head[dice.randrange(len(head))] = dice.choice(b'0123456789"{}[]:,naxNDT')
        try:
            converter("tfjs")([bytes(head), *good[1:]], {})
        except AudobonError:
            raised += 1
    assert raised > 60
