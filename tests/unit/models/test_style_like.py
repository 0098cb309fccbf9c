"""A photograph is painted in the style of another picture of the library."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import audobon
from audobon.cli.root import cli
from audobon.errors import Invalid, NotFound
from audobon.models.registry import Models


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory, install: Callable[..., Models]) -> Path:
    """A data folder in which the two networks are installed."""
    data = tmp_path_factory.mktemp("styles")
    install(data, "style-like")
    return data


@pytest.fixture
def paints(lib: audobon.Library, styles: Path, monkeypatch: pytest.MonkeyPatch) -> audobon.Library:
    monkeypatch.setenv("XDG_DATA_HOME", str(styles))
    return lib


def _paint(lib: audobon.Library, name: str, like: object, **params: object) -> dict[str, Any]:
    job = lib.run("style-like", name, like=like, **{"size": 256, **params})
    lib.work()
    made: dict[str, Any] = job.result()["results"][0]["made"]
    return made


def _pixels(path: str | Path, size: tuple[int, int] = (256, 171)) -> Any:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX)).astype(float)


def test_in_the_style_of_another(paints: audobon.Library, tmp_path: Path) -> None:
    root = tmp_path / "MyAssets"
    stripes = np.full((256, 256, 3), (120, 40, 20), np.uint8)
    stripes[np.arange(256) // 24 % 2 == 0] = 250, 200, 60
    Image.fromarray(stripes).save(root / "stripes.png")
    paints.add([root])
    made = _paint(paints, "china.jpg", paints.get("stripes.png"))
    warm, scene = _pixels(made["file"]), _pixels(root / "china.jpg")
    assert warm.shape == (171, 256, 3)
    assert np.corrcoef(warm.mean(-1).ravel(), scene.mean(-1).ravel())[0, 1] > 0.3  # the same scene
    assert (warm[..., 0] - warm[..., 2]).mean() > (scene[..., 0] - scene[..., 2]).mean() + 60
    # Where it comes from is kept: the picture, and the one that it was to be like.
    edges = {
        (edge.kind, edge.dst) for edge in paints.related(made["asset"]) if edge.src == made["asset"]
    }
    china, like = paints.get("china.jpg").id, paints.get("stripes.png").id
    assert edges == {("derived_from", china), ("uses", like)}
    assert f"like={like}" in str(paints.get(made["asset"]).attributes["parameters"])

    flower = _pixels(_paint(paints, "china.jpg", "flower.jpg")["file"])
    assert np.abs(flower - warm).mean() > 20
    same = _pixels(_paint(paints, "china.jpg", "flower.jpg", strength=0.0)["file"])
    assert np.abs(same - scene).mean() < 6  # two ways to make it small
    # Another picture under the same name is another style.
    again = _paint(paints, "china.jpg", "stripes.png")
    assert again["asset"] == made["asset"]
    Image.fromarray(255 - stripes).save(root / "stripes.png")
    cold = _pixels(_paint(paints, "china.jpg", "stripes.png")["file"])
    assert np.abs(cold - warm).mean() > 20
    assert (cold[..., 0] - cold[..., 2]).mean() < (warm[..., 0] - warm[..., 2]).mean() - 60


def test_any_size_and_alpha(paints: audobon.Library, tmp_path: Path) -> None:
    root = tmp_path / "MyAssets"
    with Image.open(root / "flower.jpg") as image:
        clear = image.convert("RGBA").crop((100, 50, 447, 321))
    clear.putalpha(90)
    clear.save(root / "clear.png")
    paints.add([root])
    with Image.open(_paint(paints, "clear.png", "china.jpg", size=300)["file"]) as image:
        assert (image.size, image.mode) == ((300, 234), "RGBA")
        assert set(np.asarray(image)[..., 3].ravel()) == {90}


def test_what_is_missing_is_told(paints: audobon.Library) -> None:
    with pytest.raises(Invalid, match="needs like, an asset"):
        paints.run("style-like", "china.jpg")
    with pytest.raises(NotFound, match="absent"):
        paints.run("style-like", "china.jpg", like="absent.png")
    assert not [job for job in paints.jobs() if job.kind == "run"]


def test_a_picture_that_is_gone_when_its_turn_comes(
    paints: audobon.Library, tmp_path: Path
) -> None:
    job = paints.run("style-like", "china.jpg", like="flower.jpg")
    os.unlink(tmp_path / "MyAssets" / "flower.jpg")
    paints.work()
    with pytest.raises(NotFound, match=r"flower\.jpg"):
        job.result()


def test_on_the_command_line(
    paints: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "MyAssets" / "here").mkdir()
    monkeypatch.chdir(tmp_path / "MyAssets" / "here")
    (tmp_path / "MyAssets" / "flower.jpg").rename("007")  # a name that looks like a number
    paints.add([tmp_path / "MyAssets" / "here"])
    line = [
        "run",
        "style-like",
        "../small.png",
        "--set",
        "like=007",
        "--set",
        "size=64",
        "--json",
    ]
    done = CliRunner().invoke(cli, line)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["results"]
    assert row["made"]["path"] == "small-style.png"
    assert paints.get("here/007").id in {edge.dst for edge in paints.related(row["made"]["asset"])}
