"""The case ``teach``: what names say of pictures, versions that are one picture, its charts."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench import lessons, lessons_data
from bench.lessons_data import TAGS, answers, family_of, made
from bench.plot import Dot, dots

TAG = {tag.name: tag for tag in TAGS}


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("ufo/tex/box021c.png", "ufo/tex/box021"),
        ("ufo/tex/box021_old.png", "ufo/tex/box021"),
        ("ufo/tex/Bricks_r_6.jpg", "ufo/tex/bricks_r_6"),
        ("arena/oq/+1fan.jpg", "arena/oq/fan"),
        ("arena/gothic_floor/q1metal7_99_broke.jpg", "arena/gothic_floor/q1metal7"),
        ("stamps/animals/birds/owl.png", "stamps/animals/birds/owl"),
    ],
)
def test_versions_of_a_picture_are_one(path: str, family: str) -> None:
    assert family_of(path) == family


def test_what_names_do_not_tell_is_left_out() -> None:
    paths = [
        *("ufo/tex/wall_bricks001.jpg", "ufo/tex/concrete001.jpg", "ufo/tex/wall011.png"),
        *("ufo/tex/crate001.jpg", "arena/oq/sbrick2.jpg", "arena/oq/sbrick2aa.jpg"),
        "ufo/tex/box019d.png",
    ]
    stone = answers(TAG["stone wall"], paths, 99)
    assert "ufo/tex/wall011.png" not in stone
    assert sorted(path for path, yes in stone.items() if not yes) == [
        "ufo/tex/box019d.png", "ufo/tex/concrete001.jpg", "ufo/tex/crate001.jpg",
    ]  # fmt: skip
    assert sum("sbrick2" in path for path in stone) == 1
    crate = answers(TAG["crate box"], paths, 99)
    assert {path for path, yes in crate.items() if yes} == {paths[3], paths[6]}
    assert answers(TAG["crate box"], paths[::-1], 99) == crate
    assert len(answers(TAG["crate box"], paths, 1)) == 2


def test_a_style_is_taught_of_drawings_and_photographs() -> None:
    drawn, photo = "stamps/vehicles/cartoon/bus.png", "stamps/vehicles/bus.png"
    animal, cartoon = "stamps/animals/cat.png", "stamps/animals/cartoon/cat.png"
    assert answers(TAG["drawn"], [drawn, photo], 9) == {drawn: True, photo: False}
    assert answers(TAG["animal cut-out"], [animal, cartoon, photo], 9) == {
        animal: True, photo: False,
    }  # fmt: skip


def test_made_pictures_are_no_copies() -> None:
    files = dict(made(3))
    assert len(set(files.values())) == 6
    assert answers(lessons_data.MADE, list(files), 2).keys() <= files.keys()


def seed(head: float) -> dict[str, dict[str, float]]:
    return {"head": {"f1": head}, "nearest": {"f1": 0.5}, "zero-shot": {"f1": 0.25}}


def test_charts_show_each_tag_and_rival() -> None:
    one = {"head": 0.9, "nearest": 0.8, "neighbours": 0.7}
    told = {
        "wood & rust": {"seeds": [seed(0.5), seed(1.0)], "curve": {"5": [one], "20": [one]}},
        "few": {"seeds": [seed(0.5)], "curve": {"5": [one]}},
    }
    drawn = lessons.charts({"told": told})
    assert set(drawn) == {"teach-tags", "teach-examples"}
    kind = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(drawn["teach-tags"])
    texts = [each.text for each in root.iter(f"{kind}text")]
    assert {"wood & rust", "few", "taught", "zero-shot", "nearest", "0.2", "1"} <= set(texts)
    assert len(list(root.iter(f"{kind}circle"))) == 3 + 6
    assert drawn["teach-examples"].count("<polyline") == 3
    assert "mean of 1 tags" in drawn["teach-examples"]


def test_a_dot_lies_at_the_mean_of_its_range() -> None:
    root = ElementTree.fromstring(dots("t", {"x": [Dot("a", "#123456", [0.0, 0.5, 1.0])]}))
    *_, circle = root.iter("{http://www.w3.org/2000/svg}circle")
    assert float(circle.attrib["cx"]) == pytest.approx((130 + 700) / 2)
