"""The points of a real person's body, in pixels of the picture, and their drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.inference.pixels.color import to_unit
from audobon.inference.pixels.strokes import disc, stroke
from audobon.inference.posing import POINTS, drawn_pose, points_of
from audobon.models.registry import Models
from audobon.system.locks import FileLock

SEEN = {
    "nose": (222, 122), "left eye": (245, 103), "right eye": (204, 103),
    "left ear": (274, 117), "right ear": (176, 111),
}  # fmt: skip
"""Where somebody sees them in the photograph, in pixels."""


def test_points_of_the_square_in_pixels_of_the_source() -> None:
    given = np.zeros((1, 1, 17, 3), np.float32)
    given[0, 0, 0] = 0.5, 0.5, 0.9
    given[0, 0, 1] = 0.25, 0.0, 0.8
    found = points_of(given, 200, 400, 0.5)  # 100 rows above and below
    assert found == [
        {"name": "nose", "x": 200.0, "y": 100.0, "score": 0.9},
        {"name": "left eye", "x": 0.0, "y": 0.0, "score": 0.8},
    ]
    assert len(points_of(given, 200, 400, 0.0)) == 17
    tall = points_of(given, 400, 200, 0.5)
    assert (tall[0]["x"], tall[0]["y"]) == (100.0, 200.0)


def test_lines_cover_what_they_should() -> None:
    canvas = np.zeros((40, 60, 4), np.float32)
    stroke(canvas, (10, 20), (50, 20), 3, np.float32([1, 0, 0]))
    assert canvas[..., 3].sum() == pytest.approx(40 * 6 + np.pi * 9, rel=0.02)
    assert canvas[20, 30].tolist() == [1, 0, 0, 1]
    before = canvas.copy()
    disc(canvas, (-900, 20), 3, np.float32([0, 1, 0]))  # beyond the edge
    disc(canvas, (1e9, 1e9), 3, np.float32([0, 1, 0]))
    assert np.array_equal(canvas, before)
    disc(canvas, (0, 0), 4, np.float32([0, 1, 0]))
    assert canvas[0, 0].tolist() == [0, 1, 0, 1]
    assert (canvas[..., :3].sum(-1) <= canvas[..., 3] + 1e-6).all()


@pytest.mark.parametrize("kind", ["u8", "u16", "f32"])
def test_a_drawing_on_four_papers(kind: str) -> None:
    types = {"u8": np.uint8, "u16": np.uint16, "f32": np.float32}
    top = {"u8": 255, "u16": 65535, "f32": 1}[kind]
    pixels = np.full((64, 96, 4), top, types[kind])
    pixels[:, 48:, 3] = 0
    points = [
        {"name": "left hip", "x": 20.0, "y": 30.0, "score": 1},
        {"name": "right hip", "x": 70.0, "y": 30.0, "score": 1},
        {"name": "nose", "x": 5.0, "y": 5.0, "score": 1},
    ]
    full = 255 if kind == "u8" else 65535
    for paper, alpha in (("source", True), ("black", False), ("white", False), ("none", True)):
        made, given, clear = drawn_pose(points, pixels, kind, alpha=True, paper=paper)
        assert (clear, given) == (alpha, "u8" if kind == "u8" else "u16")
        assert made.shape == (64, 96, 4 if alpha else 3)
        assert made[30, 70, :3].tolist() != made[5, 5, :3].tolist()  # each point has its colour
        if alpha:
            assert made[30, 60, 3] == full  # what is drawn is seen
            assert made[60, 90, 3] == 0
        seen = round(float(to_unit(pixels, kind)[0, 0, 0]) * full)
        corner = {"source": seen, "black": 0, "white": full, "none": 0}[paper]
        assert (made[60, 4, :3] == corner).all()


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_an_astronaut(
    lib: audobon.Library, people: Path, tmp_path: Path, packages: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with FileLock(packages / ".tests.lock", timeout_s=600):
        Models(downloads=packages).install("pose")
    root = tmp_path / "MyAssets"
    with Image.open(people / "astronaut.png") as image:
        image.convert("RGB").save(root / "whole.png")
        image.crop((0, 0, 512, 384)).save(root / "wide.png")
        image.crop((60, 0, 400, 512)).save(root / "tall.png")
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "mirrored.png")
    lib.add([root])
    for name, left, limit in (("whole", 0, 10), ("wide", 0, 12), ("tall", 60, 12)):
        points = _points(lib, f"{name}.png")
        for point, (x, y) in SEEN.items():
            off = np.hypot(points[point]["x"] + left - x, points[point]["y"] - y)
            assert off < limit, (name, point, off)
            assert points[point]["score"] > 0.4
    mirrored = _points(lib, "mirrored.png")
    assert mirrored["left eye"]["x"] > mirrored["right eye"]["x"]  # her left is the other one now
    assert set(_points(lib, "whole.png", threshold=0.0)) == set(POINTS)
    assert lib.get("whole.png").tags == ()

    made = _run(lib, "pose-drawn", "wide.png", paper="black")["made"]
    assert lib.get(made["asset"]).path == "wide-pose.png"
    with Image.open(made["file"]) as drawn:
        lines = np.asarray(drawn)
    assert lines.shape == (384, 512, 3)
    assert 0.005 < (lines.max(-1) > 127).mean() < 0.1
    x, y = SEEN["nose"]
    assert lines[y - 12 : y + 12, x - 12 : x + 12].max() == 255


def _run(lib: audobon.Library, pipeline: str, name: str, **params: object) -> dict[str, Any]:
    job = lib.run(pipeline, name, **params)
    lib.work()
    result: dict[str, Any] = job.result()["results"][0]
    return result


def _points(lib: audobon.Library, name: str, **params: object) -> dict[str, dict[str, float]]:
    return {each["name"]: each for each in _run(lib, "pose", name, **params)["values"]}
