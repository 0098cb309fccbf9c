"""Pipelines on the device ``vertex``: what it gives is what this machine gives, or that is told."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from lessons_data import Time
from PIL import Image
from tinynet import tiny

import audobon
from audobon.cli.root import cli
from audobon.cloud.clients import Clients
from audobon.cloud.endpoints import Endpoints
from audobon.cloud.ledger import Ledger
from audobon.cloud.settings import Settings, cloud_folder, save_settings
from audobon.cloud.uploads import Registry
from audobon.codec.vectors import unpack_values
from audobon.errors import Corrupt, Invalid, MissingExtra, Unavailable
from audobon.inference import remote
from audobon.inference.instances import answer_size, arrays_of, instances_of
from audobon.model.component import Tensor
from audobon.services.pipelines.away import FILES, Away
from audobon.storage.objects.gcs import GcsStore
from audobon.system.folders import PRIVATE
from audobon.testing.gcs_server import gcs_server

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

IMAGE = "europe-docker.pkg.dev/studio-art/serving/model_server:latest"
PICTURE = Tensor("picture", ("n", "h", "w", "3"), "u8", 0, 255, "RGB")


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def _deployed(vertex: FakeVertex, settings: Settings, time_: Time, data: Path) -> None:
    item = tiny(data)
    files = {name: item.folder / name for name in FILES}
    save_settings(settings, cloud_folder())
    with Clients(settings) as clients:
        registry = Registry(clients, vertex.store, time_.patience())
        model = registry.upload("tiny_net", "1.0.0", files, image=IMAGE)
        endpoints = Endpoints(clients, Ledger(cloud_folder()), time_.patience())
        endpoints.deploy(model, machine="e2-standard-2", hours=1.0)


def _picture(path: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 120, (224, 224, 3), np.uint8)
    pixels[..., 0] += 100  # so red that it shows when blue is taken for it
    Image.fromarray(pixels).save(path)
    return path


def _run(lib: audobon.Library, names: list[str], device: str) -> dict[str, Any]:
    job = lib.run("embed", names, device=device, backbone="tiny_net")
    lib.work()
    told: dict[str, Any] = job.result()
    return told


def test_pictures_are_computed_there_and_here_when_that_fails(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    with audobon.Library.create(tmp_path / "MyAssets", "Test") as lib:
        for number in range(3):
            _picture(tmp_path / "MyAssets" / f"p{number}.png", number)
        lib.add([tmp_path / "MyAssets"])
        tiny(tmp_path / "data")
        with pytest.raises(Unavailable, match="set up"):
            lib.run("embed", ["p0.png"], device="vertex", backbone="tiny_net")
        _deployed(vertex, rest, time_, tmp_path / "data")
        with pytest.raises(Invalid, match="precision"):
            lib.run("embed", ["p0.png"], device="vertex", backbone="tiny_net", precision="f32")
        there = _run(lib, ["p0.png", "p1.png"], "vertex")
        here = _run(lib, ["p0.png", "p1.png"], "CPU")
        assert "note" not in there
        assert vertex.count("Predict") == 2
        for one, other in zip(there["results"], here["results"], strict=True):
            near = np.array(unpack_values(one["values"])) @ np.array(unpack_values(other["values"]))
            assert near > 0.99999
        vertex.faults["Predict"] = [403]
        told = _run(lib, ["p2.png"], "vertex")
        assert "computed on this machine" in told["note"]
        assert "no right" in told["note"]
        assert told["results"][0]["values"] == _run(lib, ["p2.png"], "AUTO")["results"][0]["values"]


def test_an_encrypted_library_asks_too_and_by_its_private_folders(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Path] = []
    real = Away._begun

    def begun(self: Away) -> str:
        lines.append(Path(real(self)))
        return str(lines[-1])

    monkeypatch.setattr(Away, "_begun", begun)
    with audobon.Library.create(tmp_path / "MyAssets", "Test", passphrase="correct horse") as lib:
        _deployed(vertex, rest, time_, tmp_path / "data")
        _picture(lib.path / "a.png", 1)
        lib.add([lib.path])
        assert "note" not in _run(lib, ["a.png"], "vertex")
    assert lines
    assert all(line.parent.name.startswith(PRIVATE) for line in lines)
    assert not any(line.exists() for line in lines)


def test_verbs_tell_the_price_first_and_deploy_list_ask_and_take_down(
    vertex: FakeVertex, rest: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verb(*words: str, status: int = 0) -> Result:
        done = CliRunner().invoke(cli, ["vertex", *words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done

    tiny(tmp_path / "data")
    save_settings(rest, cloud_folder())
    with gcs_server("studio") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        vertex.store = GcsStore("studio", "audobon", endpoint=url)  # type: ignore[assignment]
        verb("upload", "tiny_net", "--image", IMAGE)
        told = verb("deploy", "tiny_net").output
        assert "0.077 USD an hour" in told
        assert "--yes does it" in told
        assert vertex.endpoints == {}
        verb("endpoints").output.index("nothing is deployed")
        assert "answers until" in verb("deploy", "tiny_net", "--yes").output
        assert "tiny-net" in verb("endpoints").output
        grey = np.full((1, 224, 224, 3), 7, np.uint8)
        asked = tmp_path / "asked.json"
        asked.write_text(json.dumps(instances_of({"picture": grey}, [PICTURE])))
        given = json.loads(verb("predict", "tiny_net", str(asked), "--json").stdout)
        assert given["predictions"][0]["logits"] == [7.0, 7.0, 7.0]
        verb("predict", "tiny_net", str(asked), "--to", str(tmp_path / "given.json"))
        assert len(json.loads((tmp_path / "given.json").read_bytes())) == 1
        asked.write_text("{}")
        verb("predict", "tiny_net", str(asked), status=10)
        assert "taken down" in verb("undeploy", "tiny_net").output
        verb("undeploy", "tiny_net", status=20)
        vertex.store.close()
    assert vertex.endpoints == {}


def test_arrays_become_instances_and_answers_arrays() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3), np.uint8)
    tokens = np.arange(6, dtype=np.int64).reshape(2, 3)
    feed = {"picture": pixels, "tokens": tokens}
    inputs = [PICTURE, Tensor("tokens", ("n", "t"), "i64")]
    made = instances_of(feed, inputs)
    for row, instance in enumerate(made):
        assert instance["tokens"] == tokens[row].tolist()
        with Image.open(io.BytesIO(base64.b64decode(instance["picture"]["b64"]))) as image:
            assert (np.array(image)[..., ::-1] == pixels[row]).all()  # as OpenCV reads it
    with pytest.raises(Invalid, match="rows"):
        instances_of({"picture": pixels, "tokens": tokens[:1]}, inputs)
    one = [Tensor("scores", ("n", "3"), "f32")]
    assert arrays_of([[1, 2, 3]], one)["scores"].tolist() == [[1, 2, 3]]
    assert arrays_of([{"scores": [1, 2, 3]}], one)["scores"].tolist() == [[1, 2, 3]]
    for wrong in ([[1, 2]], [{"other": [1, 2, 3]}], [["a", "b", "c"]], [[[1, 2, 3]]], [None]):
        with pytest.raises(Corrupt):
            arrays_of(wrong, one)
    assert answer_size(feed, inputs, one) < 100
    assert answer_size(feed, inputs, [Tensor("made", ("n", "h", "w", "3"), "f32")]) > 1000


def test_without_the_client_the_question_is_answered_with_what_to_install(
    rest: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    from audobon.cloud.tasks import answer

    class Context:
        def check(self) -> None:
            """Nobody stops it."""

    whole = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name.startswith("google") else whole(name, package),
    )
    save_settings(rest, cloud_folder())
    payload = {"folder": str(cloud_folder()), "networks": {}, "line": str(tmp_path)}
    with pytest.raises(MissingExtra):
        answer(payload, Context())  # type: ignore[arg-type]
    remote.use(str(tmp_path))
    try:
        session = remote.open_session(tmp_path, [PICTURE], [Tensor("scores", ("n", "3"), "f32")])
        with pytest.raises(MissingExtra) as caught:
            session.run({"picture": np.zeros((1, 8, 8, 3), np.uint8)})
        assert caught.value.hint == "pip install 'audobon[vertex]'"
    finally:
        remote.use(None)


def test_a_network_that_gives_pictures_is_not_asked_for(tmp_path: Path) -> None:
    feed = {"picture": np.zeros((1, 512, 512, 3), np.uint8)}
    with pytest.raises(Unavailable, match="nobody asks"):
        remote.open_session(tmp_path, [PICTURE], [PICTURE])
    remote.use(str(tmp_path))
    try:
        session = remote.open_session(tmp_path, [PICTURE], [PICTURE])
        with pytest.raises(Unavailable, match="an endpoint gives") as caught:
            session.run(feed)
        assert caught.value.subject == "vertex"
        assert list(tmp_path.iterdir()) == []  # nothing was sent
        assert remote.devices() == {"vertex": "Vertex AI"}
    finally:
        remote.use(None)
