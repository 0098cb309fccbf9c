"""Damaged packs: found and named, harmful only to what is in them, healed from the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_support import damage, digest_of, must_be_sound, must_work, picture_folder

import audobon
from audobon.errors import Corrupt


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A closed library of three versions in three packs, all of whose bytes still lie on disk."""
    folder = tmp_path / "original" / "MyAssets"
    with audobon.Library.create(folder) as lib:
        for number in range(3):
            picture_folder(folder / f"part{number}", seed=number)
            lib.add([folder])
            lib.commit(f"part {number}")
    return folder


def packs_of(folder: Path) -> list[Path]:
    return sorted((folder / ".audobon" / "chunks" / "packs").glob("*.pack"))


def _cut(share: float) -> Callable[[Path], None]:
    def cut(pack: Path) -> None:
        pack.chmod(0o600)
        with pack.open("r+b") as stream:
            stream.truncate(int(pack.stat().st_size * share))

    return cut


def _flip(share: float) -> Callable[[Path], None]:
    return lambda pack: damage(pack, int(pack.stat().st_size * share))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "first byte": lambda pack: damage(pack, 0, length=1),
    "beginning": _flip(0.02),
    "middle": _flip(0.5),
    "late": _flip(0.9),
    "end": lambda pack: damage(pack, pack.stat().st_size - 20),
    "half is gone": _cut(0.5),
    "empty": _cut(0.0),
    "gone": lambda pack: pack.unlink(),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_pack_is_named_contained_and_healed(
    original: Path, tmp_path: Path, kind: str
) -> None:
    for number in range(3):
        folder = tmp_path / f"copy{number}" / "MyAssets"
        shutil.copytree(original, folder)
        pack = packs_of(folder)[number]
        DAMAGES[kind](pack)
        with audobon.Library.open(folder) as lib:
            wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
            problems = lib.verify().problems
            # What a pack held that is gone altogether is known by the history only.
            name = "are not in the store" if kind == "gone" else pack.stem
            assert any(name in problem for problem in problems), problems
            hit = _restore_all(lib, wanted, pack.stem, tmp_path / "scratch", named=kind != "gone")
            assert len(hit) <= 12, "a file of another pack is hit"
            if kind in ("middle", "half is gone", "empty", "gone"):
                assert hit
            health = lib.doctor(repair=True)
            assert health.ok, health
            must_be_sound(lib)
            assert not _restore_all(lib, wanted, pack.stem, tmp_path / "scratch")
            must_work(lib, folder, tmp_path / "scratch")
        with audobon.Library.open(folder) as lib:
            must_be_sound(lib)


def _restore_all(
    lib: audobon.Library, wanted: dict[str, str], pack: str, scratch: Path, *, named: bool = True
) -> list[str]:
    """Restore every file; those that are refused, with the pack's name in the reason."""
    scratch.mkdir(exist_ok=True)
    hit, told = [], []
    for ident, digest in wanted.items():
        try:
            back = lib.restore(ident, "HEAD", scratch / "back")
        except Corrupt as error:
            told.append(error)
            hit.append(ident)
        else:
            assert digest_of(Path(back)) == digest
        assert {path.name for path in scratch.iterdir()} <= {"back", "back.png"}
    assert all(error.hint for error in told)
    assert not named or all(pack in str(error) + error.subject for error in told)
    return hit


def test_what_is_in_no_other_place_is_told_and_the_rest_is_healed(
    original: Path, tmp_path: Path
) -> None:
    pack = packs_of(original)[0]
    damage(pack, pack.stat().st_size // 2, length=64)
    with audobon.Library.open(original) as lib:
        wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
        hit = _restore_all(lib, wanted, pack.stem, tmp_path / "scratch")
        assert hit
        lost = Path(lib.get(hit[0]).file)
        lost.unlink()
        health = lib.doctor(repair=True)
        assert any("cannot be rebuilt" in check.message for check in health.checks)
        left = [ident for ident in wanted if ident != hit[0]]
        for ident in left:
            back = lib.restore(ident, "HEAD", tmp_path / "back")
            assert digest_of(Path(back)) == wanted[ident]
        with pytest.raises(Corrupt):
            lib.restore(hit[0], "HEAD", tmp_path / "back")
        assert not lib.verify().ok, "a lost file must not be forgotten"
        must_work(lib, original, tmp_path / "scratch")
    assert list((original / ".audobon" / "chunks" / "damaged").iterdir())
