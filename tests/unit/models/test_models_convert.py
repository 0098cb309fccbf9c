"""Converters give what the reference implementations give, and run nothing of a file."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import reference_picture, torch_bytes

from audobon.errors import BadFile, Unsupported
from audobon.inference import door
from audobon.inference.convert.torch_state import read_state
from audobon.models.registry import Models

REFERENCE = json.loads(Path(__file__).with_name("reference_ncnn.json").read_text())


SIZES = {
    "span-x2": (24, 32),
    "span-x4": (24, 32),
    "waifu2x-denoise2": (88, 96),
    "waifu2x-denoise3": (88, 96),
    "realesrgan-x4": (24, 32),
}


@pytest.mark.parametrize("name", SIZES)
def test_ncnn_as_the_runtime_of_ncnn(models: Models, name: str) -> None:
    (made,) = models.install(name, accept=True)
    network = door.core().read_model(made.folder / "model.xml")
    compiled = door.core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    given = compiled(reference_picture(*SIZES[name]))[0][0]
    expected = REFERENCE[name]
    assert list(given.shape) == expected["shape"]
    # What is kept in 16 bits has its biases rounded.
    exact = made.component.settings.get("keep") == "f32"
    off = np.abs(given.reshape(-1)[expected["at"]] - expected["values"]).max()
    assert off < (2e-6 if exact else 2e-3)


def test_an_unknown_operation_is_named() -> None:
    from audobon.inference.convert import converter

    param = b"7767517\n2 2\nInput in 0 1 a\nSpectral norm 1 1 a b\n"
    with pytest.raises(Unsupported, match="Spectral"):
        converter("ncnn")([param, b""], {})
    with pytest.raises(BadFile, match="end before"):
        converter("ncnn")(
            [param.replace(b"Spectral", b"Convolution").replace(b"a b", b"a b 0=8 1=3 6=216"), b""],
            {},
        )


def test_torch_state_of_the_newer_form() -> None:
    arrays = {"a.weight": np.arange(6, dtype="<f4").reshape(2, 3), "b": np.ones(1, "<f4")}
    read = read_state(torch_bytes(arrays))
    assert read.keys() == arrays.keys()
    assert all(np.array_equal(read[name], arrays[name]) for name in arrays)


class Runs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_nothing_in_a_pickle_is_run(tmp_path: Path) -> None:
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    head = magic + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    hostile = pickle.dumps({"weight": Runs(tmp_path / "ran")}, 2)
    pickle.loads(hostile)
    assert (tmp_path / "ran").exists()  # the trap works
    (tmp_path / "ran").unlink()
    with pytest.raises(Unsupported, match="nothing in a file is run"):
        read_state(head + hostile)
    assert not (tmp_path / "ran").exists()
