"""Real pipelines in a second runtime: on an NVIDIA card where one is asked for (``--cuda``), and by
the same code on the processor everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from model_files import link_runtime
from PIL import Image, ImageDraw, ImageFont

import audobon
from audobon.models.assemble import assemble
from audobon.models.installed import Installed
from audobon.models.registry import Models
from audobon.models.routing import route
from audobon.models.runtimes import KINDS, LIMITS, Runtimes
from audobon.system.locks import FileLock
from audobon.work.executor import Executor

pytestmark = pytest.mark.xdist_group("second")  # one process makes what they share

HERE = str(Path(__file__).parent)
PIPELINES = {
    "onnx-cpu": ("style", "ocr", "embed-text"),
    "cuda": ("style", "ocr", "embed-text", "cutout"),
}
"""A cut-out takes half a minute and more on two busy cores, and would show nothing else."""
CUDA = pytest.param("cuda", marks=pytest.mark.cuda)


@frozen
class Second:
    """A data folder with a runtime, and with the components of some pipelines."""

    kind: str
    data: Path
    models: Models

    @property
    def device(self) -> str:
        return KINDS[self.kind].device


@pytest.fixture(scope="module", params=["onnx-cpu", CUDA])
def made(
    request: pytest.FixtureRequest,
    environments: Runtimes,
    packages: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Second:
    data = tmp_path_factory.mktemp("second")
    link_runtime(
        environments.install(request.param, accept=True).folder, data
    )  # fails where there is no card
    models = Models(data / "audobon" / "models", downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=900):
        for pipeline in PIPELINES[request.param]:
            models.install(pipeline, accept=True)
    return Second(request.param, data, models)


@pytest.fixture
def second(made: Second, lib: audobon.Library, monkeypatch: pytest.MonkeyPatch) -> Second:
    """What was made, as this user's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(made.data))
    return made


@pytest.fixture
def library(lib: audobon.Library, second: Second, tmp_path: Path) -> Iterator[audobon.Library]:
    """Two photographs and a sign."""
    sign = Image.new("RGB", (700, 160), (236, 226, 200))
    font = ImageFont.load_default(60)
    ImageDraw.Draw(sign).text((40, 40), "Fine Pigments 1873", font=font, fill=(60, 30, 20))
    sign.save(tmp_path / "MyAssets" / "sign.png")
    lib.add([tmp_path / "MyAssets"])
    return lib


def _made(lib: audobon.Library, pipeline: str, name: str, **parameters: Any) -> Any:
    job = lib.run(pipeline, name, **parameters)
    lib.work()
    (result,) = job.result()["results"]
    if "made" not in result:
        return result["values"]
    with Image.open(result["made"]["file"]) as image:
        return np.asarray(image).astype(float)


def test_every_network_passes_its_trial(second: Second) -> None:
    trials = [each for each in second.models.try_devices() if each.device == second.device]
    for each in trials:
        print(f"{each.component:16} {each.device} {each.seconds:.4f} s, cosine {each.cosine:.6f}")
    networks = {"style": 1, "ocr": 3, "cutout": 1, "embed-text": 1}
    assert len(trials) == sum(networks[each] for each in PIPELINES[second.kind])
    assert [each.reason for each in trials] == [""] * len(trials)
    assert min(each.cosine for each in trials) > 0.99
    for pipeline in PIPELINES[second.kind]:  # AUTO takes a card, and leaves the processor alone
        found = route(second.models, assemble(second.models, pipeline, {}))
        assert (found.device if found else "") == ("CUDA" if second.kind == "cuda" else "")


def test_a_photograph_is_painted_alike(library: audobon.Library, second: Second) -> None:
    one = _made(library, "style", "china.jpg", size=256, style="3", device="CPU", precision="f32")
    other = _made(
        library, "style", "china.jpg", size=256, style="3", device=second.device, precision="f32"
    )
    assert one.shape == other.shape == (171, 256, 3)
    assert np.abs(one - other).max() <= 3
    assert np.ptp(other) > 100


def test_text_is_read(library: audobon.Library, second: Second) -> None:
    found = _made(library, "ocr", "sign.png", device=second.device)
    assert [each["text"] for each in found] == ["Fine Pigments 1873"]


@pytest.mark.parametrize("made", [CUDA], indirect=True)
def test_what_a_picture_is_of_is_cut_out(library: audobon.Library, second: Second) -> None:
    one = _made(library, "cutout", "flower.jpg", device="CPU", precision="f32")
    other = _made(library, "cutout", "flower.jpg", device=second.device)
    assert np.abs(one - other)[..., 3].mean() < 2


def test_texts_mean_the_same(library: audobon.Library, second: Second) -> None:
    (one,) = library.text_vectors(["rusty iron sheet"], device="CPU")
    (other,) = library.text_vectors(["rusty iron sheet"], device=second.device)
    assert np.dot(one, other) > 0.99


def test_a_stopped_network_has_stopped(second: Second) -> None:
    item = second.models.get("multistyle26")
    assert isinstance(item, Installed)
    payload = {"path": str(item.folder / "model.xml"), "device": second.device, "side": 512}
    (runtime,) = second.models.runtimes()
    with Executor("onnxtasks:TASKS", LIMITS, interpreter=runtime.python, folders=(HERE,)) as worker:
        told = worker.run("stopped", payload)
    assert told["shape"] == [1, 512, 512, 3]
    if second.kind == "onnx-cpu":  # a card may be given all of a small network at once
        assert "terminate" in told["ended"]
