"""The second runtime: an environment of its own, the same requests and results, real pipelines."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from model_files import onnx_bytes, write_recipe
from PIL import Image

import audobon
from audobon.cli.root import cli
from audobon.errors import AudobonError, Invalid, NotFound, Unavailable
from audobon.inference.convert.onnx_form import onnx_form
from audobon.inference.cuda_driver import cuda_problem
from audobon.model.component import Tensor
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.models.routing import route
from audobon.models.runtimes import _BASE, KINDS, Runtime, Runtimes
from audobon.system.locks import FileLock
from audobon.work.executor import Executor

# The environment and the packages are shared: one process makes them, the others would wait.
pytestmark = pytest.mark.xdist_group("second")

HERE = str(Path(__file__).parent)
ROOT = Path(__file__).resolve().parents[3]
PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0, 1, "RGB")


def test_its_environment_has_what_the_images_extra_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    images = set(project["optional-dependencies"]["images"])
    assert images <= {each.replace("'", '"') for each in _BASE} | set(_BASE)
    assert set(_BASE) - images <= set(project["dependencies"])
    for kind in KINDS.values():
        assert "==" in kind.package  # what a version writes and sends was looked at


def test_it_is_made_listed_and_taken_away(environment: Runtime, tmp_path: Path) -> None:
    runtimes = Runtimes(environment.folder.parent)
    assert [each.name for each in runtimes.all()] == ["onnx-cpu"]
    assert (environment.device, environment.auto) == ("ONNX-CPU", False)
    assert f"onnxruntime=={environment.version}" == KINDS["onnx-cpu"].package
    assert runtimes.install("onnx-cpu") == environment  # it is there, and works
    packages = next((environment.folder / "env").rglob("site-packages"))
    assert (packages / "onnxruntime").is_dir()
    assert not (packages / "openvino").exists()
    other = Runtimes(tmp_path / "runtimes")
    folder = other.folder / "onnx-cpu"
    folder.mkdir(parents=True)
    (folder / "runtime.json").write_bytes((environment.folder / "runtime.json").read_bytes())
    (other.folder / "broken").mkdir()
    (other.folder / "broken" / "runtime.json").write_text("{")
    assert [each.name for each in other.all()] == ["onnx-cpu"]
    other.remove("onnx-cpu")
    assert other.all() == ()
    with pytest.raises(NotFound, match="no runtime onnx-cpu is installed"):
        other.remove("onnx-cpu")
    with pytest.raises(NotFound, match="there are cuda, onnx-cpu"):
        other.install("rocm")


def test_without_a_network_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    runtimes = Runtimes(tmp_path / "runtimes")
    with pytest.raises(Unavailable, match="onnx-cpu cannot be made") as caught:
        runtimes.install("onnx-cpu")
    assert "PyPI" in caught.value.hint
    assert [each.name for each in runtimes.folder.iterdir()] == [".lock"]


def test_cuda_is_refused_before_anything_is_fetched_where_no_card_is(tmp_path: Path) -> None:
    assert "no driver" in cuda_problem("libaudobon-has-no-such-driver.so")
    runtimes = Runtimes(tmp_path / "runtimes")
    if cuda_problem():
        with pytest.raises(Unavailable, match="CUDA cannot work on this machine: no driver"):
            runtimes.install("cuda")
    assert not runtimes.folder.exists()


def test_a_licence_is_asked_about() -> None:
    with pytest.raises(Invalid, match="NVIDIA's own licence") as caught:
        KINDS["cuda"].check_accepted(accept=False)
    assert caught.value.hint == "say so with --accept"
    KINDS["cuda"].check_accepted(accept=True)
    KINDS["onnx-cpu"].check_accepted(accept=False)


@pytest.fixture
def worker(environment: Runtime) -> Iterator[Executor]:
    """A worker of the second runtime that knows the tasks of the tests."""
    with Executor("onnxtasks:TASKS", interpreter=environment.python, folders=(HERE,)) as made:
        yield made


def _network(folder: Path, factor: float = 0.5) -> str:
    """The path of a network in the contract's form, which both runtimes read."""
    path = folder / "halver" / "1.0.0" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(onnx_form(onnx_bytes(factor), (PICTURE,), (PICTURE,), {}))
    return str(path)


@pytest.mark.parametrize("device", ["CPU", "ONNX-CPU"])
def test_what_every_runtime_does(device: str, environment: Runtime, tmp_path: Path) -> None:
    python = sys.executable if device == "CPU" else environment.python
    with Executor("onnxtasks:TASKS", interpreter=python, folders=(HERE,)) as worker:

        def asked(path: str, **more: str) -> Any:
            return worker.run("given", {"path": path, "device": device, **more})

        told = asked(_network(tmp_path))
        assert np.allclose(told["result"], 0.25)
        assert told["warm"]
        words = ("uint8 numbers", "(1, 4, 5, 2)", "not finite", "not given")
        for each, said in zip(told["refused"], words, strict=True):
            assert (each["kind"], said in each["message"]) == ("Invalid", True)
        for factor, said in (("nan", f"no number on {device}"), ("1e9", "contract says")):
            failed = asked(_network(tmp_path / factor, float(factor)))["failed"]
            assert (failed["kind"], said in failed["message"]) == ("Corrupt", True)
            assert "doctor --devices" in failed["hint"]
        assert asked(_network(tmp_path), precision="f64")["failed"]["kind"] == "Invalid"
        wrong = tmp_path / "wrong" / "1.0.0" / "model.onnx"
        wrong.parent.mkdir(parents=True)
        wrong.write_bytes(b"no network")
        failed = asked(str(wrong))["failed"]
        assert failed["kind"] == "Unavailable"
        assert f"{device} cannot take the network" in failed["message"]


def test_what_the_second_one_cannot(worker: Executor, tmp_path: Path) -> None:
    path = _network(tmp_path)
    for more, kind, said in (
        ({"precision": "bf16"}, "Invalid", "own numbers"),
        ({"device": "CUDA"}, "Unavailable", "not made for CUDA"),
        ({"path": str(tmp_path / "none" / "1.0.0" / "model.xml")}, "Unavailable", "no ONNX form"),
    ):
        failed = worker.run("given", {"path": path, **more})["failed"]
        assert (failed["kind"], said in failed["message"]) == (kind, True)


def test_devices_are_what_the_build_was_made_for(worker: Executor, tmp_path: Path) -> None:
    told = worker.run("devices", {"path": _network(tmp_path)})
    assert told["devices"] == {"ONNX-CPU": "CPUExecutionProvider"}
    assert told["refused"]["kind"] == "Unavailable"  # and never the CPU in its stead


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds open")
def test_it_writes_nothing_and_opens_no_connection(
    environment: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _network(tmp_path / "models")
    places = {name: tmp_path / name for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}
    for name, place in places.items():
        place.mkdir()
        monkeypatch.setenv(name, str(place))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    with Executor("onnxtasks:TASKS", interpreter=environment.python, folders=(HERE,)) as made:
        held = made.run("quiet", {"path": path})["held"]
    assert held == []
    assert [each.name for place in places.values() for each in place.rglob("*")] == []


@pytest.fixture
def models(second: Path, packages: Path) -> Models:
    """The user's registry, with a network that paints and one that has no ONNX form."""
    made = Models(downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=600):
        made.install("multistyle26")
    return made


def test_onnx_is_kept_beside_the_network_and_only_then(
    models: Models, second: Path, packages: Path, tmp_path: Path
) -> None:
    item = models.get("multistyle26")
    assert isinstance(item, audobon.models.installed.Installed)
    assert set(item.files) == {"model.xml", "model.bin", "model.onnx"}
    assert item.size > (item.folder / "model.onnx").stat().st_size
    assert models.install("multistyle26", offline=True) == ()
    models.remove_runtime("onnx-cpu")
    models.remove("multistyle26")
    (plain,) = models.install("multistyle26", offline=True)
    assert set(plain.files) == {"model.xml", "model.bin"}
    assert models.runtimes() == ()
    assert models.install("multistyle26", offline=True) == ()


def test_as_people_call_it(models: Models, second: Path) -> None:
    def runtime(*arguments: str, status: int = 0) -> Any:
        done = CliRunner().invoke(cli, ["models", "runtime", *arguments, "--json"])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)

    (listed,) = runtime("list")["runtimes"]
    assert (listed["name"], listed["device"]) == ("onnx-cpu", "ONNX-CPU")
    made = runtime("install", "onnx-cpu")
    assert made["runtime"]["version"] == listed["version"]
    assert [each["component"] for each in made["trials"]] == ["multistyle26"]
    shown = CliRunner().invoke(cli, ["doctor", "--devices"]).stdout
    assert [line.split()[:3] for line in shown.splitlines() if "ONNX-CPU" in line] == [
        ["ok", "multistyle26", "ONNX-CPU"]
    ]
    assert runtime("remove", "onnx-cpu") == {"removed": ["onnx-cpu"]}
    assert runtime("list")["runtimes"] == []
    assert runtime("remove", "onnx-cpu", status=20)["error"]["code"] == 20
    assert not second.exists()


def test_components_that_were_there_get_their_onnx(
    own_runtime: Callable[[str], Path], packages: Path
) -> None:
    models = Models(downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=600):
        (plain,) = models.install("multistyle26")
    assert "model.onnx" not in plain.files
    own_runtime("onnx-cpu")
    lacking = "multistyle26 was installed without its ONNX form, which ONNX-CPU needs"
    with pytest.raises(Unavailable, match=lacking) as caught:
        route(models, assemble(models, "style", {"device": "ONNX-CPU"}))
    assert caught.value.hint == "'audobon models install multistyle26' gets it"
    _, (trial,) = models.install_runtime("onnx-cpu")
    assert (trial.component, trial.reason) == ("multistyle26", "")
    assert models.verify() == ()
    assert "model.onnx" in models.get("multistyle26").files  # type: ignore[union-attr]


def test_trials_decide_whether_auto_takes_it(models: Models, second: Path) -> None:
    def chosen(**parameters: Any) -> Any:
        return route(models, assemble(models, "style", parameters))

    assert chosen() is None
    there = chosen(device="ONNX-CPU")
    assert (there.device, there.only, Path(there.python).is_file()) == ("ONNX-CPU", True, True)
    with pytest.raises(Invalid, match="own numbers; of precisions auto and f32"):
        chosen(device="ONNX-CPU", precision="bf16")
    note = second / "runtime.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "auto": True}))
    assert chosen() is None  # not tried yet
    trials = [each for each in models.try_devices() if each.device == "ONNX-CPU"]
    assert [(each.component, each.reason, each.fits) for each in trials] == [
        ("multistyle26", "", True)
    ]
    assert trials[0].cosine > 0.9999
    found = chosen()
    assert (found.device, found.only) == ("ONNX-CPU", False)
    assert chosen(device="CPU") is None
    assert chosen(precision="bf16") is None
    told = json.loads((second / "trials.json").read_text())
    (second / "trials.json").write_text(json.dumps({"multistyle26": ["0.9.0", ""]}))
    assert chosen() is None  # another version was tried
    (second / "trials.json").write_text(json.dumps({"multistyle26": ["1.0.0", "too slow"]}))
    assert chosen() is None
    assert told == {"multistyle26": ["1.0.0", ""]}
    assert models.avoided() == {}


def test_a_network_that_computes_something_else_fails_its_trial(
    models: Models, second: Path
) -> None:
    item = models.get("multistyle26")
    assert isinstance(item, audobon.models.installed.Installed)
    data = (item.folder / "model.onnx").read_bytes()
    (item.folder / "model.onnx").write_bytes(data[: len(data) // 2])
    (trial,) = [each for each in models.try_devices() if each.device == "ONNX-CPU"]
    assert "cannot take the network" in trial.reason
    assert (
        "cannot take the network"
        in json.loads((second / "trials.json").read_text())["multistyle26"][1]
    )


def test_components_without_onnx_stay_where_they_are(
    models: Models, second: Path, packages: Path
) -> None:
    with FileLock(packages / ".tests.lock", timeout_s=600):
        models.install("span-x2", accept=True)
    with pytest.raises(Unavailable, match="span-x2 comes from ncnn; ONNX-CPU needs ONNX"):
        route(models, assemble(models, "upscale", {"backbone": "span-x2", "device": "ONNX-CPU"}))
    assert route(models, assemble(models, "upscale", {"backbone": "span-x2"})) is None
    trials = {each.component: each for each in models.try_devices() if each.device == "ONNX-CPU"}
    assert not trials["span-x2"].fits
    assert "comes from ncnn" in trials["span-x2"].reason


def _painted(lib: audobon.Library, **parameters: Any) -> np.ndarray[Any, Any]:
    job = lib.run("style", "china.jpg", size=256, **parameters)
    lib.work()
    with Image.open(job.result()["results"][0]["made"]["file"]) as image:
        return np.asarray(image).astype(float)


def test_an_own_network_runs_there_in_pieces(
    lib: audobon.Library, own_runtime: Callable[[str], Path], tmp_path: Path
) -> None:
    models = lib.models
    recipe = write_recipe(tmp_path / "mine")
    models.install(recipe)
    own_runtime("onnx-cpu")
    with pytest.raises(Unavailable, match="without its ONNX form") as caught:
        lib.run("upscale", "small.png", backbone="halver", device="ONNX-CPU")
    assert caught.value.hint == "install it again from its recipe"
    assert [each.component.name for each in models.install(recipe)] == ["halver"]
    ramp = np.linspace(0, 65535, 300 * 400).reshape(300, 400).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "MyAssets" / "ramp.png")
    lib.add([tmp_path / "MyAssets"])
    job = lib.run("upscale", "ramp.png", backbone="halver", device="ONNX-CPU")
    lib.work()
    with Image.open(job.result()["results"][0]["made"]["file"]) as image:
        made = np.asarray(image).astype(int)
    assert np.abs(made - ramp.astype(int) / 2).max() <= 1


def test_auto_falls_back_and_a_name_does_not(
    lib: audobon.Library, models: Models, second: Path, tmp_path: Path
) -> None:
    note = second / "runtime.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "auto": True}))
    (second / "trials.json").write_text(json.dumps({"multistyle26": ["1.0.0", ""]}))
    good = _painted(lib, style="3")
    assert [each.pid is not None for each in lib._stores._elsewhere.values()] == [True]
    (second / "env").unlink()
    (second / "env" / "bin").mkdir(parents=True)
    (second / "env" / "bin" / "python").write_text("gone")
    lib._stores.elsewhere(str(second / "env" / "bin" / "python")).close()
    assert np.abs(good - _painted(lib, style="3", strength=0.99)).mean() < 5
    job = lib.run("style", "china.jpg", size=256, style="3", device="ONNX-CPU")
    lib.work()
    with pytest.raises(AudobonError, match="environment of ONNX-CPU does not work"):
        job.result()


def test_where_it_is_not_installed_nothing_tells_of_it(
    lib: audobon.Library, home: Path, tmp_path: Path
) -> None:
    models = Models()
    assert models.runtimes() == ()
    assert {each.device for each in models.try_devices()} <= {"CPU", "GPU", "NPU"}
    for device in ("CUDA", "ONNX-CPU"):
        job = lib.run("tags", "small.png", device=device)
        lib.work()
        with pytest.raises(AudobonError, match=f"no device {device}; there are AUTO, CPU"):
            job.result()
