from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import blake3
import pytest
from chunk_data import flip, noise, sha256
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon.errors import AudobonError, Corrupt, NewerFormat, Unsupported
from audobon.storage.chunks import ChunkStore, layout
from audobon.storage.chunks.layout import Recipe, Transform
from audobon.storage.chunks.packs import PackWriter

TEXT = b"a line that compresses well, number " * 9_000
CONTENTS = [b"", b"tiny", noise(400_000), TEXT, noise(1_200_000, seed=1)]


def packs(folder: Path) -> list[Path]:
    return sorted((folder / "packs").glob("*.pack"), key=lambda path: path.stat().st_size)


def fill(folder: Path, contents: list[bytes]) -> Path:
    """Store each content in a flush of its own but the first three; the largest pack."""
    with ChunkStore(folder) as store, store.writer() as writer:
        for data in contents:
            writer.put_bytes(data)
            if len(data) > 100_000:
                writer.flush()
    return packs(folder)[-1]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "chunks"
    with ChunkStore(folder) as store, store.writer() as writer:
        for data in CONTENTS:
            writer.put_bytes(data)
    return folder


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), tail=st.booleans(), bit=st.integers(0, 7))
@pytest.mark.parametrize("index", ["kept", "rebuilt"])
def test_any_flipped_bit_is_found_and_never_gives_wrong_bytes(
    pristine: Path, tmp_path: Path, index: str, place: float, tail: bool, bit: int
) -> None:
    folder = tmp_path / "chunks"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pristine, folder)
    (pack,) = packs(folder)
    size = pack.stat().st_size
    flip(pack, size - 1 - int(place * 4000) if tail else int(place * size), bit)
    if index == "rebuilt":
        (folder / "index.db").unlink()
    with ChunkStore(folder) as store:
        report = store.verify()
        assert not report.ok
        assert report.problems[0].pack == pack.stem
        for data in CONTENTS:
            try:
                assert store.read(sha256(data)) == data
            except AudobonError:
                continue
        for name in {name for problem in report.problems for name in problem.files}:
            with pytest.raises(AudobonError):
                store.read(name)
        store.quarantine(pack.stem)
        with store.writer() as writer:
            for data in CONTENTS:
                writer.put_bytes(data)
        assert store.verify().ok
        for data in CONTENTS:
            assert store.read(sha256(data)) == data


def test_only_the_files_in_the_damaged_group_fail(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    pack = fill(folder, CONTENTS)
    flip(pack, 1000)
    with ChunkStore(folder) as store:
        bad = sha256(CONTENTS[-1])
        with pytest.raises(Corrupt, match=pack.stem) as caught:
            store.read(bad)
        assert caught.value.subject == pack.stem
        with pytest.raises(Corrupt, match=pack.stem):
            store.restore(bad, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        for data in CONTENTS[:-1]:
            assert store.read(sha256(data)) == data
        (problem,) = store.verify().problems
        assert (problem.pack, problem.group, problem.files) == (pack.stem, 0, (bad,))
        assert problem.chunks


def test_sound_chunks_of_a_damaged_group_are_used(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    first, second = noise(20_000, seed=7), noise(20_000, seed=8)
    with ChunkStore(folder) as store, store.writer() as writer:
        writer.put_bytes(first)
        writer.put_bytes(second)
    (pack,) = packs(folder)
    at = pack.read_bytes().index(first[:64])
    flip(pack, at + 1000)
    with ChunkStore(folder) as store:
        assert store.read(sha256(second)) == second
        with pytest.raises(Corrupt, match="damaged: chunk") as caught:
            store.read(sha256(first))
        assert caught.value.subject == pack.stem


def test_a_wrong_place_in_the_index_is_found_by_the_whole_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    contents = [noise(20_000, seed=7), noise(20_000, seed=8)]
    with ChunkStore(folder) as store, store.writer() as writer:
        for data in contents:
            writer.put_bytes(data)
    (pack,) = packs(folder)
    with closing(sqlite3.connect(folder / "index.db")) as index:
        index.execute("UPDATE chunk SET start = 20000 - start")
        index.commit()
    with ChunkStore(folder) as store:
        for data in contents:
            with pytest.raises(Corrupt, match="damaged: chunk") as caught:
                store.read(sha256(data))
            assert caught.value.subject == pack.stem


def test_quarantine_survives_a_rebuild_and_heals(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    pack = fill(folder, CONTENTS)
    flip(pack, 1000)
    with ChunkStore(folder) as store:
        bad = sha256(CONTENTS[-1])
        assert store.quarantine(pack.stem) == (bad,)
        assert not store.has(bad)
        assert store.missing([bad]) == {bad}
        store.rebuild_index()
        assert not store.has(bad)
        assert [path.stem for path in (folder / "damaged").iterdir()] == [pack.stem]
        with store.writer() as writer:
            assert writer.put_bytes(CONTENTS[-1]).new_bytes > 0
        assert store.has(bad)
        assert store.read(bad) == CONTENTS[-1]
        assert store.verify().ok


def test_quarantine_leaves_a_sound_pack_alone(tmp_path: Path) -> None:
    pack = fill(tmp_path / "chunks", CONTENTS)
    with ChunkStore(tmp_path / "chunks") as store:
        assert store.quarantine(pack.stem) == ()
        assert pack.exists()
        assert store.verify().ok


def test_a_damaged_footer_costs_nothing_while_the_index_is_there(tmp_path: Path) -> None:
    pack = fill(tmp_path / "chunks", CONTENTS)
    whole = pack.read_bytes()
    flip(pack, len(whole) - 1)
    with ChunkStore(tmp_path / "chunks") as store:
        assert not store.verify().ok
        assert store.quarantine(pack.stem) == ()
        assert pack.read_bytes() == whole
        assert store.verify().ok


@pytest.mark.parametrize("keep", [0, 10, 600_000, -1])
def test_a_truncated_pack(tmp_path: Path, keep: int) -> None:
    pack = fill(tmp_path / "chunks", CONTENTS)
    whole = pack.read_bytes()
    pack.write_bytes(whole[:keep])
    bad = sha256(CONTENTS[-1])
    with ChunkStore(tmp_path / "chunks") as store:
        for data in CONTENTS[:-1]:
            assert store.read(sha256(data)) == data
        if keep != -1:
            with pytest.raises(Corrupt, match=pack.stem):
                store.read(bad)
        assert {problem.pack for problem in store.verify().problems} == {pack.stem}
        store.rebuild_index()
        assert not store.has(bad)
        store.quarantine(pack.stem)
        with store.writer() as writer:
            writer.put_bytes(CONTENTS[-1])
        assert store.read(bad) == CONTENTS[-1]
        assert store.verify().ok


def test_a_pack_that_is_gone_and_comes_back(tmp_path: Path) -> None:
    pack = fill(tmp_path / "chunks", CONTENTS)
    bad = sha256(CONTENTS[-1])
    with ChunkStore(tmp_path / "chunks") as store:
        pack.rename(tmp_path / pack.name)
        with pytest.raises(Corrupt, match=pack.stem):
            store.read(bad)
        assert {problem.pack for problem in store.verify().problems} == {pack.stem}
    with ChunkStore(tmp_path / "chunks") as store:
        assert not store.has(bad)
        assert store.verify().ok
        assert store.stats().packs == len(packs(tmp_path / "chunks"))
    (tmp_path / pack.name).rename(pack)
    with ChunkStore(tmp_path / "chunks") as store:
        assert store.read(bad) == CONTENTS[-1]


def test_a_recipe_whose_chunks_are_gone_is_known_as_incomplete(tmp_path: Path) -> None:
    base = noise(2_000_000, seed=3)
    pack = fill(tmp_path / "chunks", [base])
    edited = base + b"tail"
    fill(tmp_path / "chunks", [edited])
    pack.unlink()
    with ChunkStore(tmp_path / "chunks") as store:
        assert sha256(edited) in set(store.digests())
        assert not store.has(sha256(edited))
        with pytest.raises(Corrupt, match="lacks"):
            store.read(sha256(edited))
        (problem,) = store.verify().problems
        assert problem.files == (sha256(edited),)
        with store.writer() as writer:
            writer.put_bytes(base)
        assert store.has(sha256(edited))
        assert store.read(sha256(edited)) == edited


@pytest.mark.parametrize("what", ["missing", "garbage", "empty", "cut", "behind"])
@pytest.mark.parametrize("read_only", [False, True])
def test_the_index_is_made_again(tmp_path: Path, what: str, read_only: bool) -> None:
    folder = tmp_path / "chunks"
    index = folder / "index.db"
    fill(folder, CONTENTS[:3])
    older = index.read_bytes()
    fill(folder, CONTENTS)
    match what:
        case "missing":
            index.unlink()
        case "garbage":
            index.write_bytes(noise(20_000))
        case "empty":
            index.write_bytes(b"")
        case "cut":
            index.write_bytes(index.read_bytes()[:5000])
        case "behind":
            index.write_bytes(older)
    before = index.read_bytes() if index.exists() else None
    with ChunkStore(folder, read_only=read_only) as store:
        for data in CONTENTS:
            assert store.read(sha256(data)) == data
        assert store.verify().ok
        assert store.stats().packs == len(packs(folder))
    if read_only:
        assert (index.read_bytes() if index.exists() else None) == before


@pytest.mark.parametrize("page", range(1, 8))
def test_a_damaged_page_of_the_index_is_mended_by_a_rebuild(tmp_path: Path, page: int) -> None:
    folder = tmp_path / "chunks"
    fill(folder, CONTENTS)
    index = folder / "index.db"
    data = bytearray(index.read_bytes())
    assert len(data) >= 8 * 4096
    data[page * 4096 : (page + 1) * 4096] = noise(4096)
    index.write_bytes(data)
    with ChunkStore(folder) as store:
        store.rebuild_index()
        assert store.verify().ok
        for data in CONTENTS:
            assert store.read(sha256(data)) == data


def write_pack(folder: Path, recipe: Recipe, digest: str) -> None:
    writer = PackWriter(folder, serial=9)
    record = layout.encode_recipe(recipe)
    extra = ((recipe.size, 1),)
    writer.add(
        layout.KIND_RECIPES, record, ids=bytes.fromhex(digest), lengths=(len(record),), extra=extra
    )
    writer.seal()
    writer.publish()


def test_a_recipe_of_higher_rank_wins_and_an_unknown_transform_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    fill(folder, [TEXT])
    write_pack(folder / "packs", Recipe(len(TEXT), b"", (), (Transform("future"),)), sha256(TEXT))
    for _ in range(2):
        with ChunkStore(folder) as store:
            with pytest.raises(Unsupported, match="future"):
                store.read(sha256(TEXT))
            store.rebuild_index()


def test_wrong_chunks_in_a_sound_pack_are_caught_by_the_whole(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    fill(folder, [b"tiny"])
    recipe = Recipe(4, blake3.blake3(b"tiny").digest(), (4,))
    write_pack(folder / "packs", recipe, sha256(b"other"))
    with ChunkStore(folder) as store:
        with pytest.raises(Corrupt, match="other bytes"):
            store.read(sha256(b"other"))
        with pytest.raises(Corrupt, match="other bytes"):
            store.restore(sha256(b"other"), tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_pack_of_a_later_format_is_not_called_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    fill(folder, [b"tiny"])
    trailer = bytearray(layout.encode_trailer(()))
    trailer[4] = 2
    digest = blake3.blake3(trailer).digest()
    data = layout.HEADER + trailer + layout.pack_footer(bytes(trailer), digest)
    (folder / "packs" / f"{digest.hex()}.pack").write_bytes(data)
    with pytest.raises(NewerFormat):
        ChunkStore(folder)
