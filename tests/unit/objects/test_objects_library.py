"""A library goes through a bucket: pushed on one machine, cloned on another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakebucket import FakeBucket, Fault

import audobon
from audobon.errors import Conflict

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]


def test_a_library_goes_through_a_bucket(
    bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "lib"
    folder.mkdir()
    data = os.urandom(9 << 20)  # above what goes in one request
    (folder / "big.bin").write_bytes(data)
    with audobon.Library.create(folder, "Test", author="Test <test@localhost>") as lib:
        lib.add([folder])
        version = lib.commit("one")
        lib.remotes.add("far", "gs://bucket/lib")
        bucket.faults += [Fault("POST", "/upload/", 503), Fault("PUT", "upload_id", 0)]
        assert lib.push("far").versions == 1
        with audobon.Library.clone("gs://bucket/lib", tmp_path / "copy") as copy:
            bucket.faults = [Fault("GET", "alt=media", 500, 2)]
            back = copy.restore("big.bin", version.id, tmp_path / "back.bin")
            assert Path(back).read_bytes() == data
            (tmp_path / "copy" / "new.txt").write_text("from there")
            copy.add([tmp_path / "copy"])
            copy.commit("two")
            copy.push(copy.remotes.list()[0].name)
        (folder / "mine.txt").write_text("from here")
        lib.add([folder])
        lib.commit("three")
        with pytest.raises(Conflict):
            lib.push("far")
