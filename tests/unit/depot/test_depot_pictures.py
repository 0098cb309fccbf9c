"""Previews into a depot and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon.errors import Corrupt
from audobon.services.depot import Depot, fetch_pictures, send_pictures
from audobon.services.depot.pictures import pictures_to_send, weigh_pictures
from audobon.storage.objects import MemoryStore
from audobon.storage.previews import Picture, PreviewStore


def picture(number: int) -> bytes:
    return b"\xff\xd8" + b"%d" % number * 500 + b"\xff\xd9"


def digest(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def previews(tmp_path: Path) -> Iterator[tuple[PreviewStore, PreviewStore]]:
    made = [PreviewStore(tmp_path / name, base=tmp_path) for name in ("one", "two")]
    yield made[0], made[1]
    for store in made:
        store.close()


def test_pictures_travel_once(tmp_path: Path, previews: tuple[PreviewStore, PreviewStore]) -> None:
    one, two = previews
    objects = MemoryStore("nas")
    depot, other = Depot(objects, tmp_path / "a"), Depot(objects, tmp_path / "b")
    one.put([Picture(digest(n), 256, picture(n)) for n in range(9)])
    digests = [digest(n) for n in range(20)]
    wanted = pictures_to_send(depot, one, digests)
    assert len(wanted) == 9
    sizes = weigh_pictures(one, wanted)
    assert send_pictures(depot, one, wanted) == sum(sizes) > 4500
    assert sorted(sizes) == sorted(stat.size for stat in objects.list("previews/"))
    assert weigh_pictures(one, [(digest(70), 256)]) == []
    assert pictures_to_send(depot, one, digests) == []
    assert fetch_pictures(other, two, wanted=lambda each: each != digest(3)) == 8
    assert fetch_pictures(other, two, wanted=lambda each: each != digest(3)) == 0
    assert two.get(digest(5), 256) == picture(5)
    assert two.get(digest(3), 256) is None


@pytest.mark.parametrize("suffix", [".bin", ".json"])
def test_a_changed_picture_is_told(
    tmp_path: Path, previews: tuple[PreviewStore, PreviewStore], suffix: str
) -> None:
    one, two = previews
    objects = MemoryStore("nas")
    one.put([Picture(digest(1), 256, picture(1))])
    send_pictures(Depot(objects, tmp_path / "a"), one, [(digest(1), 256)])
    (key,) = (stat.key for stat in objects.list("previews/") if stat.key.endswith(suffix))
    data = bytearray(objects.get(key))
    data[40] ^= 1
    objects.put(key, bytes(data))
    with pytest.raises(Corrupt, match=key):
        fetch_pictures(Depot(objects, tmp_path / "b"), two)
    assert two.count() == 0
