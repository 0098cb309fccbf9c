"""A library with a little of everything that an export tells of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two equal texts and another one, a version, uses, a job that failed; closed."""
    folder = tmp_path_factory.mktemp("analytics") / "MyAssets"
    folder.mkdir()
    for name, text in (("graumoos.txt", "moss"), ("copy.txt", "moss"), ("other.txt", "other")):
        (folder / name).write_text(text)
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as library:
        library.add([folder], tags=["zimtstern"])
        library.commit("about the zimtstern")
        library.record_uses([("graumoos.txt", "placed")] * 2, host="blender")
        library.record_use("other.txt", "kobold", host="kobold 7")
        jobs = library._stores.jobs
        jobs.submit("previews", {}, key="graumoos")
        jobs.submit("facts", {}, key="later")
        row = jobs.claim("nobody")
        assert row is not None
        jobs.fail(row.id, 41, "graumoos.txt is damaged")
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    folder = tmp_path / "MyAssets"
    shutil.copytree(made, folder)
    with audobon.Library.open(folder, author="Ada <ada@example.org>") as opened:
        yield opened
