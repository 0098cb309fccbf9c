"""NNCF itself on real networks and photographs: refused at one bound, written at another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import audobon
from audobon.errors import Invalid
from audobon.models.registry import Models
from audobon.work import interpreter
from audobon.work.interpreter import register_environment

pytestmark = [pytest.mark.nncf, pytest.mark.xdist_group("nncf")]

SIDE = 128


@pytest.fixture
def workers(tmp_path: Path, install: Callable[..., Models], monkeypatch: pytest.MonkeyPatch) -> str:
    """A user whose workers run in the environment that ``dev.py test --nncf`` made."""
    data = tmp_path / "data"
    install(data, "span-x2", "efficientnet-lite0", "imagenet-names")
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(interpreter, "_found", {})
    register_environment(os.environ["AUDOBON_TEST_NNCF"])
    return os.environ["AUDOBON_TEST_NNCF"]


@pytest.fixture
def shelf(people: Path, tmp_path: Path) -> Path:
    """Parts of photographs, which do not overlap."""
    root = tmp_path / "MyAssets"
    root.mkdir()
    for name in ("chelsea", "astronaut", "motorcycle_left", "brick"):
        with Image.open(people / f"{name}.png") as image:
            picture = image.convert("RGB")
        for top in range(0, picture.height - SIDE, SIDE):
            for left in range(0, picture.width - SIDE, SIDE):
                part = picture.crop((left, top, left + SIDE, top + SIDE))
                part.save(root / f"{name}-{left}-{top}.png")
    return root


def test_what_loses_too_much_is_refused_and_what_does_not_runs(
    workers: str, shelf: Path, tmp_path: Path
) -> None:
    with audobon.Library.create(shelf, "Test") as library:
        library.add([shelf])
        to = tmp_path / "small"
        with pytest.raises(Invalid, match=r"0\.0001 is allowed; nothing is written") as refused:
            library.quantize("efficientnet-lite0", to, bound=0.0001)
        print(refused.value.message)
        assert not to.exists()
        made = library.quantize("efficientnet-lite0", to, bound=0.3)
    print(made)
    assert (made.component, made.version) == ("efficientnet-lite0-int8", "1.0.0+int8")
    assert made.accepted
    assert made.calibrated + made.held_out == len(list(shelf.glob("*.png")))
    assert made.size < 0.6 * made.size_before
    assert {each.output: each.kind for each in made.losses} == {
        "logits": "classes", "features": "vector",
    }  # fmt: skip
    assert made.maker == "nncf 3.4.0"
    assert "Allowed loss: 0.3" in (to / "card.md").read_text()
    models = Models(tmp_path / "models")
    (there,) = models.install(made.recipe)
    assert there.component.licence == "Apache-2.0"
    assert "sha256:579344248a93" in str(there.component.settings["made_from"])
    assert there.size < made.size * 1.2


def test_a_network_for_pictures_keeps_them(workers: str, shelf: Path, tmp_path: Path) -> None:
    with audobon.Library.create(shelf, "Test") as library:
        library.add([shelf])
        made = library.quantize("span-x2", tmp_path / "small", bound=0.05)
    print(made)
    (loss,) = made.losses
    assert loss.kind == "picture"
    assert loss.decibels is not None
    assert loss.decibels > 25
    assert made.size < made.size_before
