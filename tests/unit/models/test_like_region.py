"""What looks like a part of a picture, by a real network: an asset, a file, bare pixels."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Invalid
from audobon.session import Session
from audobon.session.making import Picture


@pytest.fixture
def pasted(lib: audobon.Library, tmp_path: Path) -> audobon.Library:
    """The photographs, and a sheet with the flower in its lower right quarter."""
    root = tmp_path / "MyAssets"
    with Image.open(root / "flower.jpg") as flower, Image.open(root / "china.jpg") as china:
        sheet = Image.new("RGB", (1000, 800), (90, 90, 90))
        sheet.paste(china.resize((500, 400)), (0, 0))
        sheet.paste(flower.resize((500, 400)), (500, 400))
        sheet.save(root / "sheet.png")
    lib.add([root])
    lib.run("embed", [each for each in lib.assets() if each.kind == "image"])
    lib.work()
    return lib


def first(page: audobon.Page) -> str:
    return next(hit.asset.name for hit in page.hits if hit.asset.name != "sheet.png")


def test_a_region_is_looked_for(pasted: audobon.Library, tmp_path: Path) -> None:
    assert first(pasted.search("like:sheet.png#0.5,0.5,0.5,0.5")) == "flower.jpg"
    assert first(pasted.search("like:sheet.png#0,0,500,400")) == "china.jpg"
    outside = tmp_path / "a sheet#2.png"
    outside.write_bytes(Path(pasted.get("sheet.png").file).read_bytes())
    page = pasted.search(f'like:"{outside}#500,400,500,400" kind:image')
    assert first(page) == "flower.jpg"
    assert page.hits[0].why == ("like",)
    near = pasted.similar("sheet.png", region=(0.5, 0.5, 0.5, 0.5)).near
    assert near[0].asset.name == "flower.jpg"
    assert near[0].score > pasted.similar("sheet.png").near[0].score
    with Image.open(outside) as sheet:
        pixels = np.asarray(sheet.convert("RGBA"))
    bare = tmp_path / "bare"
    bare.write_bytes(pixels.tobytes())
    form = {"width": 1000, "height": 800, "channels": 4, "alpha": True, "kind": "u8",
            "stored": "u8", "downwards": True, "straight": True}  # fmt: skip
    told = pasted.similar(bare, file=True, raw=form, region=(0, 0, 0.5, 0.5))
    assert told.near[0].asset.name == "china.jpg"


def test_regions_that_are_none_are_refused(pasted: audobon.Library) -> None:
    with pytest.raises(Invalid, match=r"begins outside of sheet\.png, which has 1000 x 800 pixels"):
        pasted.search("like:sheet.png#1200,0,50,50")
    with pytest.raises(Invalid, match="4 x 4 pixels"):
        pasted.search("like:sheet.png#0,0,4,4")
    with pytest.raises(Invalid, match="four numbers"):
        pasted.similar("sheet.png", region=(0, 0, 1))


def test_a_session_looks_for_a_region(pasted: audobon.Library) -> None:
    session = Session()
    session.open(pasted.path)
    path = pasted.get("sheet.png").file

    def until(done: object) -> None:
        end = time.monotonic() + 120
        while not done():  # type: ignore[operator]
            session.pump()
            assert time.monotonic() < end, session.state.problem or session.troubles
            time.sleep(0.02)

    until(lambda: session.state.phase == "open")
    session.find_alike("a part", Picture("a part", path=path), region=(0.5, 0.5, 0.5, 0.5))
    until(lambda: session.state.like is not None)
    until(lambda: session.state.found.assets and session.state.like is not None)
    until(lambda: "flower.jpg" in [each.name for each in session.state.found.assets[:2]])
    session.close()
