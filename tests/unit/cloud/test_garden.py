"""Model Garden: models are found, their files retrieved and verified, newer versions told."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from lessons_data import Time

from audobon.cli.root import cli
from audobon.cloud.clients import Clients
from audobon.cloud.garden import Garden, verify
from audobon.cloud.settings import Settings, cloud_folder, save_settings
from audobon.errors import Conflict, Corrupt, Invalid, NotFound, ReadOnly, Unavailable
from audobon.models.registry import Models
from audobon.storage.objects.base import check_foreign
from audobon.storage.objects.gcs import ForeignBucket, parse_bucket
from audobon.testing.gcs_server import gcs_server

if TYPE_CHECKING:
    from fakevertex import FakeVertex

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

FILES = "gs://studio/Garden-1/Lines"


def _model(name: str, version: str = "001", files: str = "", category: int = 4) -> Any:
    from google.cloud.aiplatform_v1beta1 import PublisherModel

    return PublisherModel(
        name=f"publishers/{name.replace('/', '/models/')}",
        version_id=version,
        open_source_category=category,
        launch_stage=4,
        frameworks=["TFLite" if "lines" in name else "JAX"],
        supported_actions={"deploy": {"public_artifact_uri": files}} if files else {},
    )


@pytest.fixture
def planted(vertex: FakeVertex) -> FakeVertex:
    vertex.garden += [
        *(_model("google/lines", files=f"{FILES}/"), _model("google/vision-1")),
        *(_model("google/vision-2", category=1), _model("meta/big", files=FILES, category=5)),
    ]
    vertex.terms["publishers/meta/models/big"] = False
    return vertex


def test_models_are_listed_searched_and_shown(
    planted: FakeVertex, settings: Settings, time_: Time
) -> None:
    planted.faults["ListPublisherModels"] = [503, 0, "lost"]
    with Clients(settings) as clients:
        garden = Garden(clients, time_.patience())
        assert [each.name for each in garden.list()] == [
            *("google/lines", "google/vision-1", "google/vision-2"),
        ]
        assert [each.name for each in garden.list("vision PROPRIETARY")] == ["google/vision-2"]
        assert [each.name for each in garden.list(publisher="meta")] == ["meta/big"]
        lines = garden.get("google/lines")
        assert (lines.version, lines.files, lines.frameworks) == ("001", FILES, ("TFLite",))
        assert "open source of Google" in lines.terms
        assert garden.accepted(lines) is None
        assert garden.accepted(garden.get("meta/big")) is False
        with pytest.raises(NotFound):
            garden.get("google/nothing")
        with pytest.raises(Invalid):
            garden.get("nothing")


def test_files_are_retrieved_verified_gone_on_with_and_told_when_newer(
    planted: FakeVertex,
    rest: Settings,
    time_: Time,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    files = {"LICENSE": b"yours", "Model Files/lines.tflite": b"weights" * 999, "note.md": b"hm"}
    with gcs_server("studio") as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        for name, data in files.items():
            key = urllib.parse.quote(f"Garden-1/Lines/{name}", safe="")
            place = f"{url}/upload/storage/v1/b/studio/o?uploadType=media&name={key}"
            urllib.request.urlopen(urllib.request.Request(place, data)).close()
        fetched: list[str] = []

        class Watched(ForeignBucket):
            sound = False

            def fetch(self, key: str, to: Path) -> Any:
                if key == "note.md" and not Watched.sound:
                    time.sleep(0.3)  # the others are through by then
                    raise Corrupt("it did not pass")
                made = super().fetch(key, to)
                fetched.append(key)
                return made

        to = tmp_path / "lines"
        with Clients(rest) as clients:
            garden = Garden(clients, time_.patience())
            lines = garden.get("google/lines")

            def place_of(address: str) -> Watched:
                return Watched(*parse_bucket(address, check_foreign))

            with pytest.raises(Corrupt):
                garden.retrieve(lines, to, place_of)
            with pytest.raises(Conflict, match="not empty"):
                garden.retrieve(garden.get("meta/big"), to, place_of, accept=True)
            Watched.sound = True
            made = garden.retrieve(lines, to, place_of)
            assert sorted(fetched) == sorted(files)  # nothing that was sound came twice
            assert {each.path: (to / each.path).read_bytes() for each in made.files} == files
            assert made.licence == ("LICENSE",)
            assert garden.newer(made) is None
            (digest,) = (each.sha256 for each in made.files if each.path == "note.md")
            (to / "recipe.toml").write_text(
                'name = "garden-note"\nversion = "1.0.0"\nrole = "data"\nconverter = "copy"\n'
                f'files = [{{ path = "note.md", sha256 = "{digest}" }}]\n'
            )
            (component,) = Models(tmp_path / "models").install(to / "recipe.toml")
            assert component.component.name == "garden-note"
            assert verify(to) == ()
            assert garden.retrieve(lines, to, place_of).files == made.files
            assert len(fetched) == 3
            with pytest.raises(Invalid, match="terms are accepted"):
                garden.retrieve(garden.get("meta/big"), tmp_path / "big", place_of)
            with pytest.raises(Unavailable, match="no files"):
                garden.retrieve(garden.get("google/vision-1"), tmp_path / "other", place_of)
            with pytest.raises(Conflict, match="google/lines 001 lies in"):
                garden.retrieve(garden.get("meta/big"), to, place_of, accept=True)
            bucket = place_of(FILES)
            for change in (lambda: bucket.put("x", b""), lambda: bucket.delete("x")):
                with pytest.raises(ReadOnly):
                    change()
            for name in ("../x", "a//b", "a\\b", "c:x", "a\nb"):
                with pytest.raises(Invalid):
                    bucket.get(name)
            bucket.close()

        save_settings(rest, cloud_folder())
        planted.garden[0] = _model("google/lines", version="002", files=FILES)

        def verb(*words: str, status: int = 0) -> str:
            done = CliRunner().invoke(cli, ["vertex", "garden", *words])
            assert done.exit_code == status, done.output
            return done.output

        assert "google/lines  002" in verb("list", "tflite")
        assert "not accepted yet" in verb("show", "meta/big")
        assert "002 is current" in verb("check", str(to))
        assert "3 files" in verb("get", "google/lines", "--to", str(tmp_path / "new"))
        (told,) = json.loads(verb("check", str(tmp_path / "new"), "--json"))["models"]
        assert told["newer"] is None
        (to / "note.md").write_bytes(b"HM")
        assert "note.md is not as it was retrieved" in verb("check", str(to), status=40)
