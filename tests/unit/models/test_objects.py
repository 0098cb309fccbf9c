"""Things are found in real photographs, suggested as tags, and nothing is tagged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import audobon
from audobon.errors import Invalid
from audobon.inference.finding import apart, boxes_of, things_of
from audobon.inference.steps import padded_of
from audobon.models.recipes import builtin_components
from audobon.models.registry import Models
from audobon.system.locks import FileLock


def _sure(strides: list[float]) -> np.ndarray:  # type: ignore[type-arg]
    """The distribution of a side that is between two whole distances, or on one."""
    chances = np.full((4, 11), -30.0, np.float32)
    for side, far in enumerate(strides):
        low = int(far)
        chances[side, low] = np.log(low + 1 - far) if far < low + 1 else -30
        if far > low:
            chances[side, low + 1] = np.log(far - low)
    return chances.reshape(-1)


def test_a_box_of_distributions() -> None:
    distances = np.zeros((169, 44), np.float32)
    distances[14] = _sure([0.5, 1, 2.25, 10])  # the second row's second point, at (48, 48)
    box = boxes_of(distances, 32)[14]
    assert np.allclose(box, [48 - 16, 48 - 32, 48 + 72, 48 + 320], atol=1e-3)


def test_of_boxes_that_cover_each_other_the_best_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 5], [20, 0, 30, 10]], float)
    assert apart(boxes, np.array([0.5, 0.9, 0.4, 0.6])) == [1, 3, 2]
    assert apart(np.zeros((0, 4)), np.zeros(0)) == []
    none = np.zeros((3, 4))  # boxes without an area do not cover each other
    assert sorted(apart(none, np.ones(3))) == [0, 1, 2]


def test_boxes_in_pixels_of_the_source() -> None:
    """Of a picture twice as wide as high, whose square has 104 grey rows above and below."""
    given = {}
    for stride in (8, 16, 32):
        points = (416 // stride) ** 2
        given[f"scores-{stride}"] = np.zeros((1, points, 2), np.float32)
        given[f"distances-{stride}"] = np.zeros((1, points, 44), np.float32)
    given["scores-32"][0, 6 * 13 + 6] = 0.9, 0.5  # in the middle, at (208, 208)
    given["distances-32"][0, 6 * 13 + 6] = _sure([2, 1, 2, 1])
    found = things_of(given, ["cat", "dog"], high=416, wide=832, size=416, threshold=0.4, count=9)
    assert found == [
        {"tag": "cat", "score": 0.9, "box": [288.0, 144.0, 544.0, 272.0]},
        {"tag": "dog", "score": 0.5, "box": [288.0, 144.0, 544.0, 272.0]},
    ]
    more = {"high": 416, "wide": 832, "size": 416}
    assert len(things_of(given, ["cat", "dog"], **more, threshold=0.6, count=9)) == 1
    assert len(things_of(given, ["cat", "dog"], **more, threshold=0.4, count=1)) == 1
    with pytest.raises(Invalid, match="1 names for 2"):
        things_of(given, ["cat"], **more, threshold=0.4, count=9)


def test_a_picture_in_the_middle_of_a_square() -> None:
    pixels = np.full((30, 60, 3), 200, np.uint8)
    made = padded_of(pixels, "u8", alpha=False, size=40, fill=7)
    assert made.shape == (1, 40, 40, 3)
    assert (made[0, 10:30] == 200).all()
    assert (made[0, :10] == 7).all()
    assert (made[0, 30:] == 7).all()
    thin = padded_of(pixels[:1, :1].repeat(3000, 0), "u8", alpha=False, size=40, fill=7)
    assert (thin == 200).sum() == 40 * 3


def test_there_are_eighty_names() -> None:
    names = str(builtin_components()["coco-things"].settings["names"]).split(", ")
    assert len(set(names)) == 80
    assert (names[0], names[3], names[79]) == ("person", "motorcycle", "toothbrush")


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_things_in_real_photographs(
    lib: audobon.Library, people: Path, tmp_path: Path, packages: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with FileLock(packages / ".tests.lock", timeout_s=600):
        Models(downloads=packages).install("objects")
    names = ("astronaut.png", "chelsea.png", "motorcycle_left.png", "brick.png")
    for name in names:
        shutil.copy(people / name, tmp_path / "MyAssets")
    lib.add([tmp_path / "MyAssets"])
    job = lib.run("objects", names, threshold=0.25)
    lib.work()
    found = {row["path"]: row["values"] for row in job.result()["results"]}
    print(found)
    best = [found[name][0]["tag"] for name in names[:3]]
    assert best == ["person", "cat", "motorcycle"]
    assert found["brick.png"] == []
    assert all(found[name][0]["score"] > 0.5 for name in names[:3])
    left, top, right, bottom = found["motorcycle_left.png"][0]["box"]  # of 741 x 497 pixels
    assert (left, right) == (pytest.approx(100, abs=25), pytest.approx(690, abs=25))
    assert (top, bottom) == (pytest.approx(70, abs=25), pytest.approx(455, abs=25))
    # One wheel or two, a thing is suggested once; nothing is tagged.
    kept = lib.suggestions("motorcycle_left.png", every=True)
    assert [each.tag for each in kept].count("motorcycle") == 1
    assert kept[0].score == found["motorcycle_left.png"][0]["score"]
    assert kept[0].component == "nanodet"
    assert {each.tag for each in lib.suggestions()} == {"motorcycle", "person", "cat"}
    assert lib.get("chelsea.png").tags == ()
    job = lib.run("objects", "chelsea.png", count=1, threshold=0.25)
    lib.work()
    assert len(job.result()["results"][0]["values"]) == 1
