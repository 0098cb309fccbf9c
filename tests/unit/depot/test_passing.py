"""Files made while their groups pass by: in order or not, shared, wrong, too many."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import IO

import pytest

from audobon.services.depot import passing as module
from audobon.services.depot.passing import Passing
from audobon.storage.chunks.layout import Group, Recipe
from audobon.storage.chunks.packs import hash_id


class Made:
    """What was written, by digest, of files that were finished."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.thrown: list[str] = []

    @contextmanager
    def __call__(self, digest: str) -> Iterator[IO[bytes] | None]:
        stream = BytesIO()
        try:
            yield stream
        except BaseException:
            self.thrown.append(digest)
            raise
        self.files[digest] = stream.getvalue()


def group(chunks: Sequence[bytes]) -> tuple[Group, bytes]:
    ids = b"".join(map(hash_id, chunks))
    data = b"".join(chunks)
    return Group(0, 0, 0, len(data), len(data), b"", ids, tuple(map(len, chunks))), data


def recipe(chunks: Sequence[bytes]) -> tuple[str, Recipe]:
    whole = b"".join(chunks)
    digest = hashlib.sha256(whole).hexdigest()
    ids = b"".join(map(hash_id, chunks))
    return digest, Recipe(len(whole), ids, [len(one) for one in chunks])


def chunks_of(seed: int, count: int = 12, size: int = 1000) -> list[bytes]:
    source = random.Random(seed)
    return [source.randbytes(size + number) for number in range(count)]


def passed(
    recipes: dict[str, Recipe], groups: list[tuple[Group, bytes]], absent: set[bytes] | None = None
) -> tuple[set[str], Made]:
    made = Made()
    ids = {item for one, _ in groups for item, _, _ in one.items()}
    passing = Passing(recipes, ids if absent is None else absent, made)
    for each in groups:
        passing.take([each])
    return passing.end(), made


def test_files_of_shared_and_repeated_chunks_are_made_in_any_order() -> None:
    pool = chunks_of(1)
    files = [pool[:5], pool[3:9], [pool[2]] * 4 + pool[9:], [pool[11]], pool[::-1]]
    recipes = dict(map(recipe, files))
    for seed in range(20):
        order = random.Random(seed)
        parts = [pool[:4], pool[4:5], pool[5:10], pool[10:], pool[2:6]]
        order.shuffle(parts)
        done, made = passed(recipes, [group(part) for part in parts])
        assert done == set(recipes)
        assert made.files == {recipe(file)[0]: b"".join(file) for file in files}
        assert not made.thrown


def test_what_is_not_what_its_recipe_says_is_thrown_away() -> None:
    pool = chunks_of(2)
    digest, right = recipe(pool[:6])
    other, _ = recipe(pool[6:])
    done, made = passed({digest: right, other: right}, [group(pool)])
    assert done == {digest} == made.files.keys()
    assert made.thrown == [other]


def test_files_that_do_not_come_whole_are_left() -> None:
    pool = chunks_of(3)
    recipes = dict(map(recipe, [pool[:6], pool[4:], pool[8:], []]))
    ids = set(map(hash_id, pool))
    done, made = passed(recipes, [group(pool[:7]), group(pool[8:])], ids)
    assert done == {recipe(pool[:6])[0], recipe(pool[8:])[0]} == made.files.keys()
    assert made.thrown == [recipe(pool[4:])[0]]
    # Nor is one begun of which something was here before, and does not come.
    done, made = passed(recipes, [group(pool)], ids - {hash_id(pool[5])})
    assert done == {recipe(pool[8:])[0]}
    assert not made.thrown


def test_what_waits_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HELD", 5000)
    monkeypatch.setattr(module, "_OPEN", 2)
    one, two, many = chunks_of(4), chunks_of(5), [chunks_of(n, 2) for n in range(6, 10)]
    recipes = dict(map(recipe, [one, two, *many]))
    backwards = [group([chunk]) for chunk in reversed(one)]
    begun = [group([file[0]]) for file in many]
    rest = [group([file[1]]) for file in many]
    done, made = passed(recipes, [*backwards, group(two), *begun, *rest])
    # Of the four that begin at once, two do; of the one that came backwards too much had to wait.
    assert done == {recipe(file)[0] for file in (two, *many[:2])} == made.files.keys()
    assert not made.thrown


def test_a_disk_that_is_full_leaves_the_file() -> None:
    pool = chunks_of(11)
    digest, right = recipe(pool)

    @contextmanager
    def opened(_: str) -> Iterator[IO[bytes] | None]:
        raise OSError(28, "No space left on device")
        yield None

    passing = Passing({digest: right}, set(map(hash_id, pool)), opened)
    passing.take([group(pool)])
    assert passing.end() == set()
