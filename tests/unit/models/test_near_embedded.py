"""Embeddings confirm and refuse what imprints say of two pictures, where both are known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.codec.vectors import halved
from audobon.services.finding.neardup import ALIKE, UNLIKE, is_near
from audobon.services.pipelines.nearness import current_recipe, keep_vectors


@pytest.mark.parametrize(
    ("measures", "like", "near"),
    [
        ((64, 0.06, 0.5), None, True),
        ((64, 0.06, 0.5), UNLIKE, True),
        ((64, 0.06, 0.5), UNLIKE - 0.01, False),
        ((20, 0.10, 0.9), None, False),
        ((20, 0.10, 0.9), ALIKE - 0.01, False),
        ((20, 0.10, 0.9), ALIKE, True),
        ((65, 0.0, 1.0), 1.0, False),
    ],
)
def test_the_rule(measures: tuple[int, float, float], like: float | None, near: bool) -> None:
    assert is_near(*measures, like) is near


def settle(lib: audobon.Library) -> None:
    lib.work()
    while any(job.state in ("queued", "running") for job in lib.jobs()):
        lib.work()


def pairs(lib: audobon.Library) -> set[tuple[str, ...]]:
    groups = lib.near_duplicates().groups
    return {tuple(sorted(asset.name for asset in group.assets)) for group in groups}


def test_embeddings_decide_where_both_are_known(lib: audobon.Library) -> None:
    with Image.open(lib.get("china.jpg").file) as image:
        light = np.linspace(0.5, 1.5, image.width)[None, :, None]
        lit = np.clip(np.asarray(image.convert("RGB")) * light, 0, 255).astype(np.uint8)
    Image.fromarray(lit).save(lib.path / "lit from the right.png")
    with Image.open(lib.get("flower.jpg").file) as image:
        image.resize((320, 214)).save(lib.path / "half.png")
    lib.add([lib.path])
    lib.commit("all")  # contents are told apart by their digests from here on
    settle(lib)
    half = ("flower.jpg", "half.png")
    assert pairs(lib) == {half}
    lib.run("embed", ["china.jpg", "lit from the right.png"])
    settle(lib)
    assert pairs(lib) == {half, ("china.jpg", "lit from the right.png")}
    recipe = current_recipe(lib._stores, "embed")
    vectors = np.eye(2, 1280)
    flower, other = (lib.get(name).digest for name in half)
    keep_vectors(lib._stores, recipe, {flower: halved(vectors[0].tolist())})
    assert half in pairs(lib)  # one alone says nothing
    keep_vectors(lib._stores, recipe, {other: halved(vectors[1].tolist())})
    assert pairs(lib) == {("china.jpg", "lit from the right.png")}
