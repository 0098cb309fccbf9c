"""What pipelines are expected to need: told by the recipe and the picture, then measured."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import audobon
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.services.pipelines.needed import need_of
from audobon.system.folders import cache_folder

MIB = 1 << 20


def payload(pipeline: str, **parameters: Any) -> dict[str, Any]:
    assembled = assemble(Models(), pipeline, parameters)
    return {**assembled.task(), "pipeline": pipeline, "gives": assembled.pipeline.gives}


def test_it_grows_with_the_picture_and_what_is_made_of_it(lib: audobon.Library) -> None:
    large, small = lib.get("china.jpg"), lib.get("small.png")
    pixels = 640 * 427
    palette = need_of(payload("palette"), large)
    assert (palette.size, palette.least, palette.device) == (pixels, 4 * pixels, "")
    normal = need_of(payload("normal"), large)
    assert normal.least == 8 * pixels
    twice = need_of(payload("upscale", backbone="span-x2"), large)
    assert twice.least == 4 * pixels * 5 + 256 * MIB
    assert twice.what == "upscale of china.jpg"
    smaller = need_of(payload("upscale", backbone="span-x2"), small)
    assert smaller.name == twice.name
    assert smaller.least < twice.least


def test_devices_take_turns_and_parameters_tell_requests_apart(lib: audobon.Library) -> None:
    asset = lib.get("china.jpg")
    assert need_of(payload("tags"), asset).device == "AUTO"
    assert need_of(payload("tags", device="CPU"), asset).device == "AUTO"
    assert need_of(payload("tags", device="GPU.1"), asset).device == "GPU.1"
    one, other = (need_of(payload("tags", count=count), asset) for count in (4, 5))
    assert one.name != other.name


@pytest.mark.skipif(sys.platform == "win32", reason="resident memory is not asked there")
def test_what_a_pipeline_took_is_known_afterwards(lib: audobon.Library) -> None:
    need = need_of(payload("tags", count=3), lib.get("china.jpg"))
    lib.run("tags", "china.jpg", count=3)
    assert lib.work().done
    known = json.loads((cache_folder() / "devices" / "needs.json").read_bytes())
    assert list(known[need.name]) == [str(need.size.bit_length())]
