"""A chunk store whose packs are sealed: nothing in clear, no change unseen, all else alike."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from chunk_data import noise

from audobon.errors import Conflict, Corrupt, Unavailable
from audobon.storage.chunks import ChunkStore
from audobon.storage.chunks.parcels import Parcels
from audobon.storage.vault import Keys, Secret
from audobon.storage.vault.packfiles import SealedPackFiles

WORDS = b"a line of the weathered gate, in clear\n"
TEXT = WORDS * 2000
HEAD, FRAME = 96, 65536 + 28


def some_keys() -> Keys:
    key = os.urandom(16)
    return Keys(os.urandom(16), Secret(os.urandom(64)), {key: Secret(os.urandom(32))}, key)


@pytest.fixture
def keys() -> Keys:
    return some_keys()


@pytest.fixture
def sealed(tmp_path: Path, keys: Keys) -> Iterator[ChunkStore]:
    with ChunkStore(tmp_path / "sealed", files=SealedPackFiles(keys)) as store:
        yield store


def put(store: ChunkStore, *contents: bytes) -> dict[str, bytes]:
    with store.writer() as writer:
        return {writer.put_bytes(data).digest: data for data in contents}


def packs(store: ChunkStore) -> list[Path]:
    return sorted((store.folder / "packs").glob("*"))


def read_all(store: ChunkStore, held: dict[str, bytes]) -> None:
    assert {digest: store.read(digest) for digest in held} == held


def found_in(store: ChunkStore, held: dict[str, bytes]) -> set[str]:
    """What of the content, its digests, its chunks' ids and the format lies in the packs' files."""
    needles = {"words": WORDS, "trailer": b"ATRL", "footer": b"ADBNPEND"}
    for number, digest in enumerate(held):
        needles[f"digest {number}"] = bytes.fromhex(digest)
        recipe, _ = store.recipe(digest)
        needles[f"chunk {number}"] = recipe.ids[:32]
    bytes_there = b"".join(path.read_bytes() for path in packs(store))
    return {what for what, needle in needles.items() if needle in bytes_there}


def test_what_is_kept_comes_back_and_nothing_of_it_lies_in_clear(
    sealed: ChunkStore, keys: Keys, tmp_path: Path
) -> None:
    # Noise is stored as it is, so that what lies in clear would be seen.
    contents = (TEXT + noise(300_000), noise(2_000_000), WORDS + noise(70_000), b"", b"x")
    held = put(sealed, *contents)
    with ChunkStore(tmp_path / "clear") as clear:
        assert put(clear, *contents).keys() == held.keys()
        in_clear = found_in(clear, {d: data for d, data in held.items() if data})
        assert {"words", "trailer", "footer", "digest 0", "chunk 0", "chunk 2"} <= in_clear
        names = {path.name for path in packs(clear)}
    assert found_in(sealed, {d: data for d, data in held.items() if data}) == set()
    read_all(sealed, held)
    assert sealed.verify().ok
    sealed.rebuild_index()
    read_all(sealed, held)
    # A name that anybody could compute would tell that a known file is there.
    assert names.isdisjoint(path.name for path in packs(sealed))
    with ChunkStore(tmp_path / "other", files=SealedPackFiles(some_keys())) as other:
        put(other, *contents)
        assert {p.name for p in packs(other)}.isdisjoint(p.name for p in packs(sealed))
    with ChunkStore(sealed.folder, read_only=True, files=SealedPackFiles(keys)) as reading:
        read_all(reading, held)


def test_a_pack_that_is_being_written_is_sealed_too(sealed: ChunkStore) -> None:
    with sealed.writer() as writer:
        for number in range(3):
            writer.put_bytes(noise(1_100_000)[number:] + WORDS)
        (part,) = packs(sealed)
        data = part.read_bytes()
        assert part.suffix == ".tmp"
        assert len(data) > 1_000_000
        assert WORDS not in data
        assert noise(1_100_000)[500_000:500_064] not in data


def test_any_change_of_a_sealed_pack_is_found_and_never_gives_other_bytes(
    sealed: ChunkStore,
) -> None:
    held = put(sealed, TEXT, noise(400_000), noise(150_000)[::-1])
    (pack,) = packs(sealed)
    whole = pack.read_bytes()
    chance = random.Random(7)
    places = [
        0,
        8,
        9,
        10,
        16,
        31,
        32,
        63,
        64,
        95,
        HEAD,
        HEAD + FRAME - 1,
        HEAD + FRAME,
        len(whole) - 1,
    ]
    places += [chance.randrange(len(whole)) for _ in range(30)]
    for place in places:
        pack.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
        )
        assert _told(sealed, held), f"byte {place} was changed unseen"
    for cut in (len(whole) - 1, len(whole) - 40, HEAD + FRAME, HEAD, 5, 0):
        pack.write_bytes(whole[:cut])
        assert _told(sealed, held), f"cut to {cut} bytes unseen"
    first, second = (whole[HEAD + at * FRAME :][:FRAME] for at in (0, 1))
    pack.write_bytes(whole[:HEAD] + second + first + whole[HEAD + 2 * FRAME :])
    assert _told(sealed, held), "frames were swapped unseen"
    pack.write_bytes(whole)
    assert sealed.verify().ok
    read_all(sealed, held)


def _told(store: ChunkStore, held: dict[str, bytes]) -> bool:
    """Whether a check finds something; what is read all the same is right."""
    store._open_reader().forget()
    for digest, data in held.items():
        with contextlib.suppress(Corrupt):
            assert store.read(digest) == data
    return not store.verify().ok


def test_what_is_sound_in_a_damaged_pack_moves_to_a_new_one_that_is_sealed(
    sealed: ChunkStore,
) -> None:
    held = put(sealed, *(noise(1_050_000)[number:] + bytes([number]) for number in range(3)))
    (pack,) = packs(sealed)
    with pack.open("r+b") as file:
        file.seek(HEAD + 3 * FRAME + 100)
        file.write(b"\0" * 32)
    lost = sealed.quarantine(pack.stem)
    assert 0 < len(lost) < 4
    put(sealed, *held.values())
    read_all(sealed, held)
    assert sealed.verify().ok
    assert found_in(sealed, held) == set()


def test_packs_that_are_gathered_or_collected_stay_sealed(sealed: ChunkStore) -> None:
    held: dict[str, bytes] = {}
    for number in range(6):
        held |= put(sealed, WORDS + noise(30_000)[number:])
    assert sealed.gather() == 6
    assert found_in(sealed, held) == set()
    read_all(sealed, held)
    gone = dict([held.popitem()])
    swept = sealed.collect(held, now=1e9, grace_s=0)
    assert swept.files == 1
    assert not any(sealed.has(digest) for digest in gone)
    read_all(sealed, held)
    assert found_in(sealed, held) == set()
    assert sealed.verify().ok


def test_a_file_that_is_erased_leaves_a_sealed_store(sealed: ChunkStore) -> None:
    held = put(sealed, noise(300_000), TEXT, noise(5000)[::-1])
    gone = next(iter(held))
    owned = sealed.owned([gone])
    assert owned.chunks
    assert owned.chunks <= {item for _, item in sealed.items()}
    assert any(data in held[gone] for _, data, needed in sealed.unpacked() if needed and data)
    assert sealed.erase([gone]) == 1
    del held[gone]
    assert owned.chunks.isdisjoint(item for _, item in sealed.items())
    assert not sealed.has(gone)
    read_all(sealed, held)
    assert sealed.verify().ok
    assert found_in(sealed, held) == set()


def test_groups_go_from_a_sealed_store_to_a_plain_one_and_back(
    sealed: ChunkStore, tmp_path: Path
) -> None:
    """As a push and a pull do: ids of chunks are the same everywhere."""
    held = put(sealed, noise(900_000), TEXT)
    with (
        ChunkStore(tmp_path / "clear") as clear,
        ChunkStore(tmp_path / "again", files=SealedPackFiles(some_keys())) as again,
    ):
        _carry(sealed, clear, held, tmp_path / "one")
        read_all(clear, held)
        assert clear.verify().ok
        _carry(clear, again, held, tmp_path / "two")
        read_all(again, held)
        assert again.verify().ok
        assert found_in(again, held) == set()


def _carry(source: ChunkStore, target: ChunkStore, held: dict[str, bytes], folder: Path) -> None:
    folder.mkdir()
    recipes = {digest: source.recipe(digest)[0] for digest in held}
    wanted = {r.ids[at : at + 32] for r in recipes.values() for at in range(0, len(r.ids), 32)}
    parcels = Parcels(folder)
    try:
        for _ in source.give(wanted, parcels):
            pass
        found = list(parcels.last())
    finally:
        parcels.discard()
    with target.taker() as taker:
        for parcel in found:
            with parcel.path.open("rb") as file:
                for group in parcel.groups:
                    file.seek(group.offset)
                    taker.take_group(group, file.read(group.stored))
        for digest, recipe in recipes.items():
            taker.take_recipe(digest, recipe)


def test_without_its_keys_a_sound_pack_is_refused_and_nothing_is_set_aside(
    sealed: ChunkStore, keys: Keys, tmp_path: Path
) -> None:
    held = put(sealed, TEXT)
    before = {path.name: path.read_bytes() for path in packs(sealed)}
    sealed.close()
    for suffix in ("", "-wal", "-shm"):
        (sealed.folder / f"index.db{suffix}").unlink(missing_ok=True)
    with pytest.raises(Unavailable, match="encrypted"):
        ChunkStore(sealed.folder)
    with ChunkStore(sealed.folder, files=SealedPackFiles(some_keys())) as other:
        assert not other.has(next(iter(held)))
    assert {path.name: path.read_bytes() for path in packs(sealed)} == before
    with ChunkStore(sealed.folder, files=SealedPackFiles(keys)) as again:
        again.rebuild_index()
        read_all(again, held)
    with ChunkStore(tmp_path / "clear") as clear:
        put(clear, TEXT)
        (clear.folder / "index.db").unlink()
    with pytest.raises(Unavailable, match="in clear"):
        ChunkStore(tmp_path / "clear", files=SealedPackFiles(keys))


def test_renewed_keys_read_old_packs_and_write_new_ones(sealed: ChunkStore, keys: Keys) -> None:
    held = put(sealed, noise(5000)[::-1])
    (old,) = packs(sealed)
    new = os.urandom(16)
    renewed = Keys(keys.vault, keys.names, {**keys.masters, new: Secret(os.urandom(32))}, new)
    with ChunkStore(sealed.folder, files=SealedPackFiles(renewed)) as store:
        held |= put(store, noise(5000))
        read_all(store, held)
        under = {path.name: path.read_bytes()[16:32] for path in packs(store)}
        assert under.pop(old.name) == keys.current
        assert set(under.values()) == {new}
        assert store.gather() == 2
        assert {path.read_bytes()[16:32] for path in packs(store)} == {new}
        read_all(store, held)
    # A process that is behind is told so, and takes nothing for damaged.
    with (
        ChunkStore(sealed.folder, files=SealedPackFiles(keys)) as behind,
        pytest.raises(Conflict, match="newer key"),
    ):
        behind.read(next(iter(held)))


def test_the_format_is_as_it_is_written_down(sealed: ChunkStore, keys: Keys) -> None:
    """Opened by the primitives alone, as ``docs/format/packs.md`` says."""
    import hmac
    import struct

    from blake3 import blake3
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    put(sealed, noise(200_000))
    (pack,) = packs(sealed)
    data = pack.read_bytes()
    head, plain = data[:64], b""
    assert head[:16] == b"ADBNPACK" + bytes([2, 16]) + bytes(6)
    master = keys.masters[head[16:32]].reveal()
    heads = HKDF(SHA256(), 32, None, b"audobon pack heads 2").derive(keys.names.reveal())
    assert hmac.digest(heads, head, "sha256") == data[64:96]
    own = HKDF(SHA256(), 32, head[32:], b"audobon pack 2\0" + keys.vault).derive(master)
    for place, at in enumerate(range(96, len(data), 65564)):
        frame = data[at : at + 65564]
        bound = head + struct.pack("<Q", place)
        plain += AESGCM(own).decrypt(frame[:12], frame[12:], bound)
    assert plain[:16] == b"ADBNPACK" + bytes([1]) + bytes(7)
    length, digest, magic = struct.unpack("<Q32s8s", plain[-48:])
    assert magic == b"ADBNPEND"
    assert blake3(plain[-48 - length : -48]).digest() == digest
    naming = HKDF(SHA256(), 32, None, b"audobon pack names 2").derive(keys.names.reveal())
    assert hmac.digest(naming, digest, "sha256").hex() == pack.stem
    assert hashlib.sha256(plain).digest() != digest
