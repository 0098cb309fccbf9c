from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audobon import Library

Files = Callable[..., None]


@pytest.fixture
def url() -> str:
    return f"memory:{uuid.uuid4().hex}"


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "ada", "Art", author="Ada <ada@example.org>") as made:
        yield made


@pytest.fixture
def clone(tmp_path: Path, url: str) -> Iterator[Callable[..., Library]]:
    made: list[Library] = []

    def make(name: str = "bob", **options: object) -> Library:
        where = tmp_path / name
        made.append(Library.clone(url, where, author=f"{name.title()} <{name}@x>", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for library in made:
        library.close()
