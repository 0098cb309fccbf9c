"""``audobon bundle``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import Invalid, NotFound
from audobon.testing.pictures import write_png


def test_bundles_are_shown_taken_apart_and_put_together(
    folder: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    assert verb("bundle").stdout == "no bundles\n"
    for number, name in enumerate(("moss_albedo_2k", "moss_normal_2k", "moss_albedo_1k")):
        write_png(folder / "moss" / f"{name}.png", 5 + number, 5)
    verb("add", folder / "moss", "--no-worker")
    (row,) = data("bundle")["bundles"]
    assert (row["name"], row["kind"], len(row["parts"])) == ("moss", "material", 3)
    assert "1k 2k" in verb("bundle").stdout
    told = verb("bundle", "moss/moss_normal_2k.png").stdout
    assert told.startswith("moss (material)\n")
    assert "normal" in told
    assert len(data("search", "path:moss", "-bundle:part")["hits"]) == 1
    assert verb("bundle", "moss/moss_normal_2k.png", "--apart").stdout == "take moss apart\n"
    data("bundle", "moss/moss_normal_2k.png", status=NotFound.code)
    data("bundle", "moss/moss_normal_2k.png", "--apart", status=Invalid.code)
    paths = ("moss/moss_normal_2k.png", "textures/oak_planks.png")
    verb("bundle", *paths, "--name", "Mine")
    assert data("bundle", paths[1])["bundles"][0]["name"] == "Mine"
    verb("bundle", *paths, "--by-names")
    verb("bundle", "--apart", status=2)
    verb("bundle", *paths, "--apart", "--by-names", status=2)
