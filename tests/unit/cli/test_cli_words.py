"""``audobon words`` between two real libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import audobon
from audobon.errors import BadFile
from audobon.testing.pictures import write_png


def test_words_go_to_another_library(
    folder: Path, tmp_path: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    verb("tag", "--add", "wood")
    verb("tag", "textures/oak_planks.png", "--add", "raw")
    verb("edit", "textures/rusty_metal.png", "--rating", "3")
    file = tmp_path / "words.json"
    told = verb("words", "export", file).stdout
    assert told == f"wrote 2 tags, 0 catalogs, 0 sets, 2 assets to {file}\n"
    there = tmp_path / "There"
    write_png(there / "planks.png", 16, 8, color=(91, 60, 30))
    with audobon.Library.create(there, "There") as library:
        library.add([there])
    args = ("--library", there)
    assert verb("words", "import", file, *args).stdout == (
        "2 new tags, 0 new catalogs, 0 sets, 1 asset marked\n1 asset not in this library\n"
    )
    assert data("words", "import", file, *args)["change"] is None
    assert verb("ls", *args).stdout.count("planks.png") == 1
    assert data("show", "planks.png", *args)["tags"] == ["raw"]
    verb("undo", *args)
    assert data("show", "planks.png", *args)["tags"] == []
    file.write_text(json.dumps({"format": "audobon-words", "version": 1, "tags": 7}))
    error = data("words", "import", file, *args, status=BadFile.code)["error"]
    assert "tags is no list" in error["message"]
    verb("words", "import", file, "--words-only", *args, status=2)
