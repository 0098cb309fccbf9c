"""Counts, the doctor, and jobs of large files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Conflict, NotFound
from audobon.services.core import fingerprint
from audobon.services.core.place import STATE
from audobon.testing.blend_file import blend_bytes
from audobon.testing.pictures import write_png


def test_stats_count_what_is_there(lib: audobon.Library) -> None:
    lib.work()
    lib.commit("one")
    stats = lib.stats()
    assert (stats.assets, stats.missing, stats.versions) == (6, 0, 1)
    assert dict(stats.kinds)["image"] == 5
    assert stats.stored_files == 6
    assert stats.asset_bytes == stats.stored_raw
    assert stats.previews == 5
    assert stats.preview_bytes > 0


def test_stats_count_what_is_in_no_version(lib: audobon.Library) -> None:
    assert lib.stats().uncommitted == 6
    lib.commit("one")
    assert lib.stats().uncommitted == 0
    asset = lib.assets()[0]
    lib.edit(asset, rating=3)
    assert lib.stats().uncommitted == 1
    lib.remove(asset)
    assert lib.stats().uncommitted == 1, "that it is gone is in no version either"


def test_a_sound_library_is_healthy(lib: audobon.Library) -> None:
    lib.search("oak")
    lib.commit("one")
    health = lib.doctor()
    assert health.ok, health
    names = {check.name for check in health.checks}
    assert {"catalog", "search index", "history", "chunk store", "worker", "limits"} <= names


def test_a_damaged_pack_is_healed_from_the_files(lib: audobon.Library) -> None:
    lib.commit("one")
    pack = next((lib.state_path / "chunks").rglob("*.pack"))
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[60] ^= 255
    pack.write_bytes(data)
    assert not lib.verify().ok
    health = lib.doctor(repair=True)
    assert any("set aside" in check.message for check in health.checks)
    assert lib.verify().ok


def test_the_state_may_lie_outside_a_synchronised_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "Dropbox" / "Assets"
    write_png(folder / "a.png", 5, 5)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        assert not (folder / STATE).exists()
        assert lib.state_path.is_relative_to(tmp_path / "data")
        lib.commit("one")
    with audobon.Library.open(folder) as again:
        assert again.search("a").total == 1
        assert any("Dropbox" in check.message for check in again.doctor().checks)
    with pytest.raises(Conflict):
        audobon.Library.create(folder)


def test_facts_of_a_large_file_follow_its_bytes(
    lib: audobon.Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.services.files.identify.FULL_BELOW", 100)
    assert fingerprint.FULL_BELOW > 100
    scene = folder / "scene.blend"
    scene.write_bytes(blend_bytes(version=304))
    lib.add([folder])
    one = lib.commit("one")
    first = scene.read_bytes()
    scene.write_bytes(blend_bytes(version=405))
    two = lib.commit("two")
    assert two.stats.modified == 1
    assert lib.diff(one.id).entries[0].content_changed
    lib.work()
    assert lib.get(scene).attributes["blender_version"] == "4.5"
    lib.restore(scene, one.id)
    assert scene.read_bytes() == first


def test_relink_finds_what_was_moved_and_adds_nothing(lib: audobon.Library, folder: Path) -> None:
    oak = lib.get("textures/oak_planks.png")
    (folder / "textures" / "oak_planks.png").rename(folder / "elsewhere.png")
    write_png(folder / "brand_new.png", 21, 22)
    report = lib.relink()
    assert [asset.id for asset in report.moved] == [oak.id]
    assert not report.missing
    assert lib.get(oak.id).path == "elsewhere.png"
    with pytest.raises(NotFound):
        lib.get("brand_new.png")
    (folder / "elsewhere.png").unlink()
    assert [asset.id for asset in lib.relink().missing] == [oak.id]


def test_relationships_are_seen_from_both_ends(lib: audobon.Library) -> None:
    oak, seat = lib.get("textures/oak_planks.png"), lib.get("props/chair/seat.png")
    lib.relate(seat, "uses", oak)
    for end in (oak, seat):
        edges = lib.related(end)
        assert [(edge.src, edge.kind, edge.dst) for edge in edges] == [(seat.id, "uses", oak.id)]
    lib.undo()
    assert lib.related(oak) == ()


def test_many_small_versions_are_gathered_into_a_pack(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.services.core.queue._MANY_LOOSE", 10)
    every = tuple(f"{number:02x}" for number in range(256))
    monkeypatch.setattr("audobon.storage.history.door._SAMPLED", every)
    for number in range(4):
        lib.edit("textures/oak_planks.png", rating=number + 1)
        lib.commit(f"rating {number}")
    objects = lib.state_path / "history.git" / "objects"
    loose = len(list(objects.glob("??/*")))
    assert lib._stores.history.loose() == loose > 10
    assert "pack" in {job.kind for job in lib.jobs("queued")}
    lib.work()
    assert len(list(objects.glob("??/*"))) < loose
    assert [version.message for version in lib.log()] == [f"rating {n}" for n in (3, 2, 1, 0)]
    assert lib.verify().ok


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_state_is_for_its_owner_only(lib: audobon.Library) -> None:
    assert lib.state_path.stat().st_mode & 0o077 == 0


def test_only_jobs_that_should_have_worked_are_a_warning(lib: audobon.Library) -> None:
    def told() -> str:
        return next(one.state for one in lib.doctor().checks if one.name == "jobs")

    assert lib.preview("readme.txt") is None
    lib.work()
    assert [job.row.state for job in lib.jobs("failed")] == ["failed"]
    assert told() == "ok"
    jobs = lib._stores.jobs
    job = jobs.submit("damaged", {})
    assert jobs.claim("a worker", ["damaged"]) is not None
    jobs.fail(job.id, BadFile.code, "oak.png is damaged")
    assert told() == "warning"
