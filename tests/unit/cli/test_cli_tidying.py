"""``duplicates`` and ``relink`` as people and scripts type them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from click.testing import Result
from PIL import Image, ImageEnhance, ImageOps

Verb = Callable[..., Result]


def scene(seed: int) -> Image.Image:
    blots = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    return Image.fromarray(blots).resize((200, 200), Image.Resampling.BICUBIC)


def test_near_duplicates_are_listed_merged_and_found_again(folder: Path, verb: Verb) -> None:
    scene(1).save(folder / "oak.png")
    ImageOps.mirror(scene(1)).save(folder / "oak2.png")
    verb("add", folder)
    deadline = time.monotonic() + 300
    # Another process may be at it.
    while "not looked at" in (text := verb("duplicates", "--near").stdout):
        assert time.monotonic() < deadline
        verb("worker", "--drain")
    assert "nearly the same: 2 pictures" in text
    assert "one is mirrored" in text
    told = json.loads(verb("duplicates", "--near", "--json").stdout)
    (group,) = told["near"]
    assert {Path(one["path"]).name for one in group["assets"]} == {"oak.png", "oak2.png"}
    assert group["pairs"][0]["turned"] == "mirrored"

    for odd in (["oak.png"], ["oak.png", "oak.png"], ["oak.png", "oak2.png", "--near"]):
        verb("duplicates", "--refuse", *odd, status=10)
    said = verb("duplicates", "--refuse", "oak.png", "oak2.png").stdout
    assert said == "not the same; undo takes it back\n"
    assert "nearly the same" not in verb("duplicates", "--near").stdout
    assert verb("undo").stdout == "undo: not the same\n"

    verb("duplicates", "--delete", status=10)
    verb("duplicates", "--near", "--merge", status=10)
    verb("duplicates", "--merge", "oak.png", status=10)
    verb("tag", "oak2.png", "--add", "leaf")
    merged = verb("duplicates", "--merge", "oak.png", "oak2.png", "--keep", "oak.png", "--delete")
    assert merged.stdout == "merge 1 duplicate; undo takes it back\n"
    assert not (folder / "oak2.png").exists()
    assert "leaf" in verb("show", "oak.png").stdout
    assert verb("undo").stdout == "undo: merge 1 duplicate\n"
    assert (folder / "oak2.png").exists()

    (folder / "oak.png").unlink()
    (folder / "oak2.png").unlink()
    ImageEnhance.Brightness(scene(1)).enhance(1.1).save(folder / "tree.png")
    lines = verb("relink").stdout
    assert f"oak.png may be {folder / 'tree.png'}" in lines
    assert "signs differ" in lines
    verb("relink", "--accept", "oak.png", folder / "wall.png", status=20)
    assert verb("relink", "--refuse", "oak2.png", folder / "tree.png").stdout
    found = json.loads(verb("relink", "--json").stdout)["proposals"]
    assert [Path(one["asset"]["path"]).name for one in found] == ["oak.png"]
    done = verb("relink", "--accept", "oak.png", folder / "tree.png")
    assert done.stdout == "relink 1 file\n"
    assert "tree.png" in verb("ls").stdout


def test_every_group_of_equal_bytes_becomes_one(folder: Path, verb: Verb) -> None:
    assert verb("duplicates").stdout.startswith("2 x ")
    assert "undo takes it back" in verb("duplicates", "--merge").stdout
    assert verb("duplicates").stdout == "no duplicates\n"
    assert verb("duplicates", "--merge").stdout == "no duplicates\n"
