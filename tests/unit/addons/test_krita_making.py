"""From pixels of a host to a result in its place, without Krita, over a real session."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from audobon.models.assemble import parameters_of, pipeline_named
from audobon.session import Session
from audobon.session.state import Engine, Offer, State, Tools
from audobon_krita.logic import colours, computing, making, spool
from audobon_krita.logic.making import (
    DOCUMENT,
    LAYER,
    LIGHT,
    MASK,
    OPERATIONS,
    SRGB,
    Operation,
    Options,
    Source,
    Space,
)
from audobon_krita.logic.run import Run

BY_NAME = {each.pipeline: each for each in OPERATIONS}
WIDE, HIGH = 40, 30
LINEAR = Space("RGBA", "F32", "any", "light")
PRINT = Space("CMYKA", "U8", "Chemical proof", "other")


def source(**more: object) -> Source:
    said = {"x": 10, "y": 5, "width": WIDE, "height": HIGH, "canvas": (100, 80), **more}
    return Source("layer", "Layer 1", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (Space(), Space()),
        (Space("RGBA", "U16", "AdobeRGB", "display"), Space("RGBA", "U16", "AdobeRGB", "display")),
        (LINEAR, LINEAR),
        (Space("RGBA", "F16", "any", "light"), Space("RGBA", "F16", "any", "light")),
        (Space("RGBA", "F32", "sRGB", "display"), Space("RGBA", "F32", LIGHT, "light")),
        (Space("RGBA", "U8", "linear", "light"), Space("RGBA", "U8", SRGB, "display")),
        (PRINT, Space("RGBA", "U8", SRGB, "display")),
        (Space("LABA", "U16", "Lab", "other"), Space("RGBA", "U16", SRGB, "display")),
        (Space("GRAYA", "F16", "grey", "other"), Space("RGBA", "F32", LIGHT, "light")),
    ],
)
def test_in_which_colours_pixels_are_handed_over(space: Space, expected: Space) -> None:
    assert making.work_space(space) == expected


def test_results_come_in_colours_that_fit() -> None:
    lines, normal, denoise = (BY_NAME[name] for name in ("lineart", "normal", "denoise"))
    assert making.result_space(denoise, LINEAR, LINEAR) == LINEAR
    assert making.result_space(lines, LINEAR, LINEAR) == Space("RGBA", "U16", SRGB, "display")
    assert making.result_space(lines, Space(), Space()) == Space()
    assert making.result_space(normal, LINEAR, LINEAR) == LINEAR, "numbers are not converted"
    assert making.result_space(normal, Space(), PRINT) == Space("RGBA", "U8")


def test_bare_pixels_are_told_as_krita_keeps_them() -> None:
    eight = making.raw_form(source())
    assert (eight["kind"], eight["stored"], eight["swapped"]) == ("u8", "u8", True)
    light = making.raw_form(source(space=LINEAR))
    assert (light["kind"], light["stored"], light["swapped"]) == ("f32", "f32", False)
    half = making.raw_form(source(space=Space("RGBA", "F16", "any", "light")))
    assert (half["kind"], half["stored"]) == ("f32", "f16")
    mask = making.bare_form(BY_NAME["cutout"], source(), MASK, "/a.mask")
    assert mask["alone"]
    assert (mask["mask_width"], mask["mask_height"]) == (WIDE, HIGH)
    style = making.bare_form(BY_NAME["style"], source(space=LINEAR, target=LINEAR), LAYER)
    assert (style["stored"], style["width"], style["height"]) == ("u16", WIDE, HIGH)


@pytest.mark.parametrize(
    ("pipeline", "said", "factor", "expected"),
    [
        ("cutout", {}, 2, MASK),
        ("denoise", {}, 2, LAYER),
        ("upscale", {}, 2, LAYER),
        ("upscale", {}, 4, DOCUMENT),
        ("normal", {}, 2, LAYER),
        ("normal", {"target": PRINT}, 2, DOCUMENT),
    ],
)
def test_what_a_result_becomes(
    pipeline: str, said: dict[str, object], factor: int, expected: str
) -> None:
    assert making.place_of(BY_NAME[pipeline], source(**said), factor) == expected
    whole = Source("document", "a", 0, 0, 100, 80, (100, 80))
    assert making.place_of(BY_NAME["upscale"], whole, 2) == DOCUMENT
    assert making.place_of(BY_NAME["cutout"], whole, 2) == LAYER


def test_an_enlarged_layer_stays_on_the_canvas() -> None:
    assert making.put(source(), (WIDE, HIGH)) == (10, 5)
    assert making.put(source(), (80, 60)) == (0, 0)
    assert making.put(source(x=60, y=50), (80, 60)) == (20, 20)
    assert making.put(source(x=30, y=25), (80, 60)) == (10, 10)


@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.pipeline)
def test_fields_mean_parameters_that_the_pipeline_has(each: Operation) -> None:
    for options in (Options(wrap=True, directx=True), Options(like="an asset", factor=4)):
        pipeline = pipeline_named(making.pipeline_of(each, options))
        known = {one.name for one in parameters_of(pipeline)} | {"backbone"}
        assert set(making.parameters(each, options)) <= known
        assert (pipeline.gives == "values") == (each.gives == "values")


def test_names_tell_what_was_done() -> None:
    assert making.layer_name(BY_NAME["denoise"], "Layer 1", Options()) == "denoise: Layer 1"
    assert making.layer_name(BY_NAME["upscale"], "a", Options(factor=4)) == "upscale 4x: a"
    assert making.layer_name(BY_NAME["style"], "a", Options(style=7)) == "style 7: a"
    assert making.offer_of(BY_NAME["upscale"], Options(factor=2)) == "span-x2"
    assert making.offer_of(BY_NAME["style"], Options(like="x")) == "style-like"


@pytest.mark.parametrize(
    ("pipeline", "said", "words"),
    [
        ("denoise", {"width": 0}, "has no pixels; choose another layer"),
        ("denoise", {"width": 0, "chosen": True}, "no pixels inside the selection"),
        ("denoise", {"width": 23000, "height": 23500}, "23170 x 23170 can be taken"),
        ("denoise", {"width": 12000, "height": 12000, "space": LINEAR}, "11585 x 11585"),
        ("upscale", {"width": 12000, "height": 12000}, "8192 x 8192 can be taken"),
        ("denoise", {"width": 12000, "height": 12000}, ""),
    ],
)
def test_limits_are_told(pipeline: str, said: dict[str, object], words: str) -> None:
    found = making.refusal(BY_NAME[pipeline], source(**said), Options(factor=4))
    assert words in found
    assert bool(found) == bool(words)


def test_a_full_disk_is_told_before_anything_is_read() -> None:
    assert spool.lacks_room(1) == ""
    assert "GB are free" in spool.lacks_room(1 << 60)


def test_strips_are_the_whole_and_small() -> None:
    parts = list(making.strips(3, 4, 1000, 5000, 8))
    assert sum(height for *_, height in parts) == 5000
    assert all(width * height * 8 <= 4 << 20 for *_, width, height in parts)
    assert parts[0][:2] == (3, 4)
    assert parts[1][1] == 4 + parts[0][3]
    assert list(making.strips(0, 0, 1 << 23, 2, 4)) == [(0, 0, 1 << 23, 1), (0, 1, 1 << 23, 1)]


def test_what_was_computed_becomes_a_palette() -> None:
    made = colours.palette_of("a\nb", (("#ff8000", 0.75), ("#000102", 0.25)))
    assert [(one.hex, one.share) for one in made.colours] == [("#ff8000", 0.75), ("#000102", 0.25)]
    text = colours.gimp_palette(made)
    assert text.splitlines()[:2] == ["GIMP Palette", "Name: a b"]
    assert text.splitlines()[4:] == ["255 128   0\t#ff8000", "  0   1   2\t#000102"]


def test_what_an_operation_lacks_is_a_sentence() -> None:
    ready = Engine("ready", "/usr/bin/python3")
    offer = Offer("denoise", "clean", ("waifu2x-denoise3",), 33_000_000, "MIT")
    state = State(engine=ready, tools=Tools((("openvino", "2026"),), (offer,)))
    wish = computing.wish(state, BY_NAME["denoise"], Options())
    assert wish.text == "Denoise needs waifu2x-denoise3 (33.0 MB)"
    assert "33.0 MB are fetched" in wish.ask
    assert "MIT. Fetching it accepts that." in wish.ask
    assert not wish.ready
    lame = State(engine=ready, tools=Tools((), (Offer("denoise", lacks="openvino"),)))
    wish = computing.wish(lame, BY_NAME["denoise"], Options())
    assert "no OpenVINO" in wish.text
    assert wish.offer is None
    assert computing.engine_lines(lame)[1].startswith("pip install audobon[ai]")
    assert computing.wish(State(), BY_NAME["denoise"], Options()).ready
    assert (
        "only be read" in computing.wish(State(read_only=True), BY_NAME["denoise"], Options()).text
    )


class Picture:
    """Stands for Krita: a layer of 8 bits, blue first, and what is made of it."""

    pixel = 4
    origin = (10, 5)

    def __init__(self, *, gone: bool = False) -> None:
        chance = np.random.default_rng(3)
        self.pixels = chance.integers(0, 256, (80, 100, 4)).astype(np.uint8)
        self.made: dict[tuple[int, int], bytes] = {}
        self.finished = 0
        self.gone = gone

    def read(self, rect: tuple[int, int, int, int]) -> bytes:
        x, y, width, height = rect
        return self.pixels[y : y + height, x : x + width].tobytes()

    def read_mask(self, rect: tuple[int, int, int, int]) -> bytes:
        return bytes([255]) * (rect[2] * rect[3])

    def write(self, rect: tuple[int, int, int, int], data: bytes) -> None:
        if self.gone:
            raise LookupError
        assert len(data) == rect[2] * rect[3] * 4
        self.made[rect[:2]] = data

    def ready(self) -> bool:
        return True

    def finish(self) -> str:
        self.finished += 1
        return "done"

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = Session(follow_s=0.05)
    made.create(tmp_path / "Library")
    yield made
    assert made.close(60.0)


Until = Callable[[Run, str], None]


@pytest.fixture
def until(session: Session) -> Until:
    def wait(run: Run, phase: str) -> None:
        deadline = time.monotonic() + 120
        while run.phase != phase or session.state.phase != "open":
            session.pump()
            run.step()
            assert time.monotonic() < deadline, (run.phase, session.state)
            time.sleep(0.002)

    return wait


def test_read_computed_shown_and_placed(session: Session, until: Until) -> None:
    said: list[str] = []
    run, host = Run(said.append), Picture()
    until(run, "idle")
    for chosen in (False, True):
        assert run.begin(session, BY_NAME["seamless"], Options(), source(chosen=chosen), host) == ""
        assert run.busy
        assert run.name == "Reading Layer 1"
        until(run, "shown")
        result = run.result
        assert result is not None
        assert result.file is not None
        assert (result.name, result.size) == ("seamless: Layer 1", (WIDE, HIGH))
        assert result.before != result.after
        folder = result.file.parent
        host.made.clear()
        run.put(host)
        until(run, "idle")
        assert b"".join(host.made.values()) != host.pixels[5:35, 10:50].tobytes()
        assert sum(map(len, host.made.values())) == WIDE * HIGH * 4
        deadline = time.monotonic() + 240
        while folder.exists():
            assert time.monotonic() < deadline, "temporary files stay"
    assert (host.finished, said) == (2, ["done", "done"])


def test_what_fails_leaves_nothing(session: Session, until: Until) -> None:
    said: list[str] = []
    run, host = Run(said.append), Picture()
    until(run, "idle")
    run.begin(session, BY_NAME["denoise"], Options(), source(), host)
    until(run, "idle")
    notice = session.state.notice
    assert notice is not None
    assert notice.problem is not None
    assert "models install denoise" in notice.problem.hint
    assert run.result is None
    assert "too large" in run.begin(
        session, BY_NAME["denoise"], Options(), source(width=90000, height=90000), host
    )
    assert run.phase == "idle"


def test_a_place_that_is_gone_keeps_the_result(session: Session, until: Until) -> None:
    run, host = Run(print), Picture(gone=True)
    until(run, "idle")
    run.begin(session, BY_NAME["normal"], Options(), source(), host)
    until(run, "shown")
    run.put(host)
    deadline = time.monotonic() + 240
    while run.phase == "placing":
        try:
            run.step()
        except LookupError:
            break
        assert time.monotonic() < deadline
    run.fail("its document was closed")
    assert run.phase == "shown"
    assert run.result is not None
    computing.keep_file(session, run.result, "")
    kept = Path(session.state.path) / "Saved" / "normal  Layer 1.png"
    while not (session.state.notice and session.state.notice.text.startswith("Kept as")):
        session.pump()
        assert time.monotonic() < deadline, session.state.notice
        time.sleep(0.01)
    assert kept.exists() or list(kept.parent.iterdir()), kept
    run.discard()
    assert run.phase == "idle"


def test_colours_are_values(session: Session, until: Until) -> None:
    run, host = Run(print), Picture()
    host.pixels[:] = (0, 128, 255, 255)
    until(run, "idle")
    run.begin(session, BY_NAME["palette"], Options(), source(), host)
    until(run, "shown")
    assert run.result is not None
    assert [color for color, _ in run.result.colors] == ["#ff8000"], "blue comes first in Krita"


def test_a_cancel_while_it_is_read_and_a_library_that_is_left(
    session: Session, until: Until
) -> None:
    run, host = Run(print), Picture()
    until(run, "idle")
    run.begin(session, BY_NAME["normal"], Options(), source(), host)
    run.cancel()
    assert (run.phase, run.result) == ("idle", None)
    run.begin(session, BY_NAME["normal"], Options(), source(), host)
    while run.phase == "reading":
        run.step()
    session.leave()
    run.step()
    assert run.phase == "idle"
