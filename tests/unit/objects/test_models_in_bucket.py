"""Packages and own networks in a bucket, by the real client against a stand-in of the service."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakebucket import FakeBucket, Fault

from audobon.errors import Corrupt
from audobon.model.component import Component, Part, Source, Tensor
from audobon.models.convert import digest_file
from audobon.models.fetch import package_file
from audobon.models.installed import Installed
from audobon.models.places import opened

SOURCE = Source("npm", "@Studio/Some-Model", "1.0.0")
PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0.0, 1.0)
COMPONENT = Component(
    *("halver", "1.0.0", "backbone"),
    licence="mine",
    source=Source("file"),
    files=(Part("half.onnx"),),
    converter="onnx",
    inputs=(PICTURE,),
    outputs=(PICTURE,),
)


@pytest.fixture
def place(bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    return "gs://bucket/studio"


def test_a_package(bucket: FakeBucket, place: str, tmp_path: Path) -> None:
    file, downloads = tmp_path / "some.tgz", tmp_path / "downloads"
    file.write_bytes(b"package" * 50_000)
    told: list[float] = []
    with opened(place, create=True) as models:
        assert models.package(SOURCE, downloads) is None
        bucket.faults.append(Fault("POST", "/upload/", 503, 1))
        models.put_package(SOURCE, file)
        assert models.has_package(SOURCE)
        checked, other = tmp_path / "checked.json", tmp_path / "other.tgz"
        other.write_bytes(b"damaged" * 50_000)  # as long as the other one
        assert models.has_package(SOURCE, file, checked=checked)
        assert not models.has_package(SOURCE, other, checked=checked)
    bucket.faults.append(Fault("GET", "alt=media", 500, 1))
    with opened(place) as models:
        found = models.package(SOURCE, downloads, progress=told.append)
    assert found is not None
    assert found == package_file(SOURCE, downloads)
    assert found.read_bytes() == file.read_bytes()
    assert told[-1] == 1.0


def test_an_own_network(place: str, tmp_path: Path) -> None:
    folder, to = tmp_path / "halver", tmp_path / "to"
    folder.mkdir()
    to.mkdir()
    for name in ("model.xml", "model.bin"):
        (folder / name).write_bytes(name.encode() * 1000)
    files = {path.name: digest_file(path) for path in folder.iterdir()}
    with opened(place, create=True) as models:
        assert not models.has_own(COMPONENT)
        models.put_own(Installed(COMPONENT, folder, files))
        assert models.has_own(COMPONENT)
        recipe = models.own("halver", to)
        assert {path.name for path in to.iterdir()} == {"recipe.toml", *files}
        assert {name: digest_file(to / name) for name in files} == files
        assert 'name = "halver"' in recipe.read_text("utf-8")
        (folder / "model.bin").write_bytes(b"changed")
        with pytest.raises(Corrupt):
            models.put_own(Installed(COMPONENT, folder, files))
