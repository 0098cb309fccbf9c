"""An encrypted remote: one asset purged from it, and then all of it by losing the keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from purge_support import noise

import audobon
from audobon.cli.root import cli
from audobon.errors import Invalid, NotFound
from audobon.services.places import sealing
from audobon.storage.objects import FolderStore

_WORDS = "five quite unguessable words here"


def test_one_asset_goes_and_then_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_open_keys", {})
    folder, cloud = tmp_path / "Lib", tmp_path / "cloud"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "work.bin").write_bytes(noise(40_000, 1))
        (folder / "secretface.bin").write_bytes(noise(40_000, 2))
        lib.add(folder)
        lib.commit("both")
        lib.remotes.add("cloud", str(cloud), passphrase=_WORDS)
        lib.push("cloud")
        done = lib.purge(["secretface.bin"], remotes=["cloud"])
        assert done.ok, done.places
        assert done.places[0].proof is not None
        assert done.places[0].proof.files > 4
        assert lib.push("cloud").nothing
    place = FolderStore(cloud)
    assert sealing.is_sealed(place)
    told = json.loads(CliRunner().invoke(cli, ["vault", "erase", str(cloud), "--json"]).output)
    assert told["erased"] is False
    assert sealing.is_sealed(place)
    assert sealing.open_place(place, _WORDS).vault is not None
    done_ = CliRunner().invoke(cli, ["vault", "erase", str(cloud), "--yes"])
    assert "the keys are gone" in done_.output
    assert not sealing.is_sealed(place)
    with pytest.raises(Invalid):
        sealing.open_place(place, _WORDS)
    with pytest.raises(NotFound):
        sealing.erase_place(place)
    assert (
        CliRunner().invoke(cli, ["vault", "erase", str(cloud), "--yes"]).exit_code == Invalid.code
    )
    with (
        audobon.Library.open(folder) as lib,
        pytest.raises(audobon.AudobonError, match="encrypted"),
    ):
        lib.push("cloud")  # what was encrypted is not taken for a place in clear
