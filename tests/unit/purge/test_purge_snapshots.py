"""A place of snapshots is rid of what was purged, and recovers the library as it is after."""

from __future__ import annotations

from pathlib import Path

from purge_support import found_in, noise, pieces

import audobon


def test_older_snapshots_give_way_to_a_new_one(tmp_path: Path) -> None:
    folder, disk = tmp_path / "Lib", tmp_path / "disk"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        (folder / "work.bin").write_bytes(noise(80_000, 1))
        (folder / "secretface.bin").write_bytes(noise(80_000, 2))
        lib.add(folder)
        lib.commit("both")
        lib.snapshot(disk)
        (folder / "work.bin").write_bytes(noise(80_000, 3))
        lib.add(folder)
        lib.snapshot(disk, reason="before lunch")
        needles = [*pieces(noise(80_000, 2)), b"secretface"]
        assert found_in(disk, needles)
        assert found_in(lib.state_path, needles)
        done = lib.purge(["secretface.bin"], snapshots=[disk])
        assert done.ok, (done.places, done.proof)
        assert done.places[0].proof is not None
        assert found_in(disk, needles) == []
        assert found_in(lib.state_path, needles) == []
        assert [one.reason for one in lib.snapshots.list(disk)] == ["after a purge"]
        assert lib.snapshots.verify(disk).problems == ()
        lib.snapshot(disk)
        assert lib.purge(snapshots=[tmp_path / "nowhere"]).places[0].done is False
    with audobon.Library.recover(disk, tmp_path / "Back") as back:
        assert (back.path / "work.bin").read_bytes() == noise(80_000, 3)
        assert back.verify().problems == ()
        assert [version.message for version in back.log()] == ["both"]
