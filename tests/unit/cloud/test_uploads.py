"""Networks become versions of models in Vertex AI, each once, with aliases that move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from click.testing import CliRunner
from lessons_data import Time

from audobon.cli.root import cli
from audobon.cloud.clients import Clients
from audobon.cloud.settings import Settings, cloud_folder, save_settings
from audobon.cloud.uploads import Registry
from audobon.errors import Invalid, NotFound
from audobon.testing.gcs_server import gcs_server

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

IMAGE = "europe-docker.pkg.dev/studio-art/serving/model_server:latest"


def _files(folder: Path, weights: bytes) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    made = {name: folder / name for name in ("model.xml", "model.bin")}
    made["model.xml"].write_bytes(b"<net/>")
    made["model.bin"].write_bytes(weights)
    return made


def test_versions_are_uploaded_once_and_aliases_move(
    vertex: FakeVertex, settings: Settings, time_: Time, tmp_path: Path
) -> None:
    vertex.faults["UploadModel"] = [503, "lost"]
    vertex.faults["GetModel"] = [0, 503, 0, "lost"]
    old, new = _files(tmp_path / "old", b"1"), _files(tmp_path / "new", b"2")
    with Clients(settings) as clients:
        registry = Registry(clients, vertex.store, time_.patience())
        first = registry.upload("line_art", "1.0.0", old, image=IMAGE, aliases=["production"])
        assert registry.upload("line_art", "1.0.0", old, image=IMAGE) == first
        (versions,) = vertex.models.values()
        assert len(versions) == 1  # though a reply was lost
        assert {"default", "v1-0-0", "production"} < set(first.aliases)
        second = registry.upload("line_art", "1.1.0", new, image=IMAGE, aliases=["staging"])
        assert (first.number, second.number) == ("1", "2")
        assert registry.get("line_art", "v1-1-0") == second
        moved = registry.alias(second, ["production", "-staging"])
        assert "production" in moved.aliases
        assert "staging" not in moved.aliases
        assert "production" not in registry.get("line_art", "1").aliases
        assert [each.number for each in registry.versions()] == ["2", "1"]
        with pytest.raises(NotFound):
            registry.get("line_art", "staging")
        with pytest.raises(Invalid, match="no alias"):
            registry.upload("line_art", "1.1.0", new, image=IMAGE, aliases=["1st"])
    key = first.files.removeprefix(f"{vertex.store.url}/")
    assert vertex.store.get(f"{key}/1/model.bin") == b"1"
    assert versions[0].container_spec.predict_route == "/v1/models/model:predict"


def test_what_the_service_refuses_is_told(
    vertex: FakeVertex, rest: Settings, time_: Time, tmp_path: Path
) -> None:
    vertex.faults["UploadModel"] = [400]
    with Clients(rest) as clients:
        registry = Registry(clients, vertex.store, time_.patience())
        with pytest.raises(Invalid, match="refuses"):
            registry.upload("line", "1.0.0", _files(tmp_path, b"1"), image=IMAGE)
        with pytest.raises(Invalid, match="no files"):
            registry.upload("line", "1.0.0", {}, image=IMAGE)


def test_verbs_list_and_name_versions(
    vertex: FakeVertex,
    rest: Settings,
    time_: Time,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Clients(rest) as clients:
        registry = Registry(clients, vertex.store, time_.patience())
        registry.upload("line", "1.0.0", _files(tmp_path, b"1"), image=IMAGE)

    def verb(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(cli, ["vertex", *words])
        assert done.exit_code == status, done.output
        return done.output

    save_settings(evolve(rest, place="gs://studio/audobon"), cloud_folder())
    with gcs_server("studio") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        assert "production" in verb("alias", "line", "v1-0-0", "production")
        assert "production" in verb("models")
        verb("alias", "line", "7", "production", status=20)
    verb("upload", "nothing", "--image", IMAGE, status=20)
    verb("upload", "palette-oklab", "--image", IMAGE, status=12)
