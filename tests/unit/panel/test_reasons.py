"""Why an asset was found, in a line; and questions that ask for a colour."""

from __future__ import annotations

import attrs
import pytest

from audobon.panel.reasons import hex_color, reason, with_color
from audobon.session.state import Found, Like, State


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ((), ""),
        (("path",), "Found by its folder"),
        (("name", "path"), "Found by its name"),
        (("name", "tag", "path"), "Found by its name and a tag"),
        (("tag", "text in the picture"), "Found by a tag and text in the picture"),
        (("note", "color", "meaning"), "Found by its note, its colour and what it means"),
        (("like",), "Found by its looks"),
    ],
)
def test_reasons(why: tuple[str, ...], told: str) -> None:
    state = attrs.evolve(State(), found=Found(whys={"a": why} if why else {}))
    assert reason(state, "a") == told
    assert reason(state, "another") == ""


def test_a_likeness_is_told_with_its_score() -> None:
    state = attrs.evolve(State(), like=Like("moss.png", ("a", "b"), (0.914, 0.5)))
    assert reason(state, "a") == "Looks like moss.png: likeness 0.91 of 1"
    assert reason(state, "c") == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "color:#336699"),
        ("moss", "moss color:#336699"),
        ("moss color:green kind:image", "moss color:#336699 kind:image"),
        ("color:#7a4", "color:#336699"),
        ('"color:red" stone', '"color:red" stone color:#336699'),
        ("-color:white moss", "-color:white moss color:#336699"),
        ("COLOUR:red", "color:#336699"),
    ],
)
def test_a_colour_is_asked_for(text: str, asked: str) -> None:
    from audobon.codec.query_text import parse

    found = with_color(text, "#336699")
    assert found == asked
    parse(found)


def test_colours_as_people_write_them() -> None:
    assert hex_color((0.2, 0.4, 0.6)) == "#336699"
    assert hex_color((1.2, -1, 0.5, 0.3)) == "#ff0080"
