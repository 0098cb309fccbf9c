"""The file of a head is data from a stranger: whatever stands in it, nothing wrong is taken in."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import BadFile, Invalid, NewerFormat, NotFound, Unavailable
from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name
from audobon.services.taught.headfile import read_head

_WEIGHTS = base64.b64encode(struct.pack("<1281f", *([0.5] * 1281))).decode()


@pytest.fixture
def lib(home: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    (tmp_path / "MyAssets").mkdir()
    with audobon.Library.create(tmp_path / "MyAssets") as library:
        yield library


def good(space: str = "0123456789abcdef") -> dict[str, Any]:
    figures = dict.fromkeys(("f1", "precision", "recall", "ranked"), 0.5)
    within = {f"{name}_within": [0.4, 0.6] for name in ("f1", "precision", "recall")}
    counts = dict.fromkeys(("given", "yes", "no", "repeated", "lost", "seed", "tried"), 1)
    promise = {"target": 0.8, "kept": False, "least": 0.1, "shown": 0, "right": 0, "recall": 0.1}
    return {
        "format": "audobon-head", "version": 1, "tag": "rusty", "precision": 0.8,
        "features": space,
        "promised": False, "threshold": 0.5, "weights": _WEIGHTS,
        "card": {
            **counts, "figures": {**figures, **within}, "loss": 0.3, "penalty": 0.1, "seconds": 1.0,
            "held_out": [["ab" * 32, True, 0.9, 0]], "contradicted": ["x"], "more": "<script>",
            "promise": {**promise, "needed": 11},
            "rivals": [{"name": "x\n#", **figures, **within, "loss": 1, "ahead": [-0.1, 0.2]}],
        },
    }  # fmt: skip


def changed(found: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *way, last = path.split(".")
    at: Any = found
    for name in way:
        at = at[int(name) if name.isdecimal() else name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return found


def take(lib: audobon.Library, folder: Path, **other: Any) -> Any:
    space = space_name(current_recipe(lib._stores, PICTURES))
    (folder / "head.json").write_text(json.dumps({**good(space), **other}), "utf-8")
    return lib.import_head(folder)


def test_what_is_known_is_taken_and_nothing_else(lib: audobon.Library, tmp_path: Path) -> None:
    head = take(lib, tmp_path)
    assert "more" not in head.card
    assert (head.card["held_out"], head.card["contradicted"]) == ([], [])
    assert head.card["rivals"][0]["name"].count("\n") == 0
    assert "version 1" in lib.head_card("rusty")
    # Under another name, from the file itself; as the newest of its line.
    assert lib.import_head(tmp_path / "head.json", "worn").tag == "worn"
    assert lib.import_head(tmp_path).version == 2
    assert [each.used for each in lib.heads()] == [False] * 3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", "audobon-words"), ("version", "1"), ("version", True), ("version", 0),
        ("tag", 5), ("tag", ""), ("tag", ...), ("features", None), ("threshold", 1.5),
        ("threshold", "0.5"), ("precision", float("nan")), ("promised", 1), ("weights", "!!"),
        ("weights", "AAAA"), ("weights", ...),
        ("weights", base64.b64encode(struct.pack("<1281f", *[float("inf")] * 1281)).decode()),
        ("card", []), ("card.figures", {}), ("card.figures.f1_within", [0.1]),
        ("card.figures.f1_within", "ab"), ("card.figures.f1", 2), ("card.given", -1),
        ("card.given", 1 << 60), ("card.yes", 1.5), ("card.rivals", [5]),
        ("card.rivals", [{}] * 99), ("card.rivals.0.ahead", [0, 9]), ("card.rivals.0.name", 7),
        ("card.promise", ...), ("card.promise.needed", None), ("card.loss", float("inf")),
        ("card.seconds", "1"), ("card.penalty", True),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(tmp_path: Path, path: str, value: Any) -> None:
    wrong = changed(good(), path, value)
    (tmp_path / "head.json").write_text(json.dumps(wrong), "utf-8")
    with pytest.raises(BadFile) as refused:
        read_head(tmp_path / "head.json")
    assert "head.json" in refused.value.message
    assert "--export" in refused.value.hint


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"format": "x"}', "\ud800"]
)
def test_what_is_no_such_file_is_refused(lib: audobon.Library, tmp_path: Path, text: str) -> None:
    (tmp_path / "head.json").write_text(text, "utf-8", errors="surrogatepass")
    with pytest.raises(BadFile):
        read_head(tmp_path / "head.json")


def test_what_cannot_be_used_here_is_told(lib: audobon.Library, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        lib.import_head(tmp_path / "nothing")
    with pytest.raises(NewerFormat):
        take(lib, tmp_path, version=2)
    with pytest.raises(Unavailable, match="another model"):
        take(lib, tmp_path, features="0123456789abcdef")
    few = base64.b64encode(b"\0" * 8).decode()
    with pytest.raises(BadFile, match="1280 features"):
        take(lib, tmp_path, weights=few)
    with pytest.raises(Invalid, match="tag"):
        lib.import_head(tmp_path, "")
    (tmp_path / "head.json").write_bytes(b" " * (5 << 20))
    with pytest.raises(BadFile, match="too large"):
        lib.import_head(tmp_path)
    assert lib.heads() == ()
