"""What the Blender add-on decides about local AI, without Blender."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from audobon.models.assemble import parameters_of, pipeline_named
from audobon.session import State
from audobon.session.state import Engine, Offer, Problem, Queue, Tools
from audobon_blender.logic import engine, transforms
from audobon_blender.logic.made import Results, picture_of
from audobon_blender.logic.snapshot import png_of, snapshot_size
from audobon_blender.logic.transforms import Facts, raw_form, refusal, result_name, way
from audobon_blender.logic.words import queue_text


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts("a", there=True, path="/a.png"), "file"),
        (Facts("a", packed=True), "packed"),
        (Facts("a", packed=True, changed=True, size=(4, 4)), "pixels"),
        (Facts("a", source="GENERATED", size=(4, 4)), "pixels"),
        (Facts("a", there=True, path="/a.png", changed=True, size=(4, 4)), "pixels"),
    ],
)
def test_how_an_image_is_had(facts: Facts, expected: str) -> None:
    assert way(facts) == expected
    assert refusal(facts) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts("Render Result", kind="RENDER_RESULT", source="VIEWER"), "save it as an image"),
        (Facts("Viewer", kind="COMPOSITING", source="VIEWER"), "save it as an image"),
        (Facts("a.exr", kind="MULTILAYER", there=True), "several layers"),
        (Facts("a", source="TILED", there=True), "consists of tiles"),
        (Facts("a", source="SEQUENCE", there=True), "moves"),
        (Facts("a", source="MOVIE", there=True), "moves"),
        (Facts("a", there=True, alpha="CHANNEL_PACKED"), "packed data"),
        (Facts("a", path="/gone.png"), "is gone: /gone.png"),
        (Facts("a"), "it has none"),
        (Facts("a", changed=True), "has no pixels"),
        (Facts("a", source="GENERATED", size=(16384, 16384)), "too large: 16384 x 16384"),
    ],
)
def test_what_cannot_be_taken_says_why(facts: Facts, words: str) -> None:
    assert words in refusal(facts)


def test_bare_pixels_are_told_as_they_are() -> None:
    facts = Facts("a", size=(7, 5), channels=4)
    assert raw_form(facts, light=True, opaque=True) == {
        "width": 7,
        "height": 5,
        "channels": 4,
        "alpha": False,
        "kind": "f32",
    }
    assert raw_form(facts, light=False, opaque=False)["alpha"]
    assert raw_form(facts, light=False, opaque=False)["kind"] == "u8"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("bricks.png", "bricks upscaled"),
        ("bricks.png.001", "bricks.png.001 upscaled"),
        ("v1.2", "v1.2 upscaled"),
        ("Untitled", "Untitled upscaled"),
        ("x" * 90, "x" * 60),
    ],
)
def test_names_of_results(source: str, expected: str) -> None:
    assert result_name(source, "upscaled") == expected


@pytest.mark.parametrize("each", transforms.TRANSFORMS, ids=lambda each: each.pipeline)
def test_fields_mean_parameters_that_the_pipeline_has(each: transforms.Transform) -> None:
    said = transforms.parameters(
        each.pipeline, wrap=True, strength=2.0, directx=True, paper="none", twice=True
    )
    pipeline = pipeline_named(each.pipeline)
    known = {one.name for one in parameters_of(pipeline)} | {"backbone"}
    assert set(said) <= known
    assert pipeline.gives == "picture"
    if "wrap" in known:
        assert said["wrap"]


def test_a_snapshot_is_a_png_upright_and_without_alpha() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (5, 7, 4), np.uint8)
    with Image.open(io.BytesIO(png_of(7, 5, pixels.tobytes()))) as image:
        assert image.mode == "RGB"
        assert (np.asarray(image) == pixels[::-1, :, :3]).all()
    with pytest.raises(ValueError, match="are no 7 x 5 pixels"):
        png_of(7, 5, b"")


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1600, 800), (576, 288)), ((300, 900), (288, 864)), ((5000, 10), (1152, 288))],
)
def test_snapshots_are_small(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert snapshot_size(*size) == expected


NETWORK = Offer("upscale", missing=("span-x4",), size=9_000_000, ask="GPL", lacks="openvino")
PLAIN = Offer("normal")


def test_what_the_engine_lacks_is_told_with_what_helps() -> None:
    ready = Engine("ready", "/usr/bin/python3")
    assert engine.engine_text(Engine(), None) == "Looking for an engine"
    assert engine.engine_text(Engine("absent", problem=Problem("no")), None) == "No engine"
    assert engine.engine_text(ready, None) == "Looking at the engine"
    whole = Tools((("openvino", "2026.4.1-1-abc"), ("OpenImageIO", "3")), (PLAIN,), (("a", "1"),))
    assert engine.engine_text(ready, whole) == "OpenVINO 2026.4.1, 1 models"
    assert engine.lacks_text(whole) == ("", "")
    half = Tools((("openvino", ""), ("OpenImageIO", "3")), (PLAIN, NETWORK))
    assert engine.engine_text(ready, half).startswith("No OpenVINO")
    assert engine.parts_text(half) == ("With OpenImageIO 3", "Without openvino")
    assert engine.parts_text(None) == ()
    text, commands = engine.lacks_text(half)
    assert "no OpenVINO" in text
    assert commands == "pip install audobon[ai]\naudobon worker --register"
    none = Tools((("openvino", ""),), (Offer("normal", lacks="images"), NETWORK))
    assert "nothing" in engine.lacks_text(none)[0]
    assert engine.fetch_text(NETWORK) == "span-x4 (9.0 MB)"


class Asked:
    """A session that counts what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def look_at_tools(self) -> None:
        self.calls.append("tools")

    def count_suggestions(self) -> None:
        self.calls.append("count")


def test_the_engine_is_looked_at_once_and_only_when_seen() -> None:
    results, session = Results(), Asked()
    state = State(phase="open", path="/a")
    results.pump(session, state)  # type: ignore[arg-type]
    assert session.calls == []
    results.seen = True
    for _ in range(3):
        results.pump(session, state)  # type: ignore[arg-type]
    assert session.calls == ["tools", "count"]
    results.pump(session, State())  # type: ignore[arg-type]
    results.pump(session, state)  # type: ignore[arg-type]
    assert session.calls == ["tools", "count"] * 2


def test_results_are_kept_the_last_one_first() -> None:
    results = Results()
    assert results.last is None
    first = results.add("Tile", "a", "a tiling", 1.0)
    second = results.add("Tile", "b", "b tiling", 1.0)
    assert results.last == second
    assert len({first.before, first.after, second.before, second.after}) == 4
    assert picture_of("a", path="/a.png").path == "/a.png"


def test_the_queue_in_words() -> None:
    assert queue_text(Queue()) == "No suggested tags wait"
    assert queue_text(Queue(1, 1)) == "1 tag on 1 asset"
    assert queue_text(Queue(1200, 5000, more=True)) == "More than 5,000 tags on 1,200 assets"
