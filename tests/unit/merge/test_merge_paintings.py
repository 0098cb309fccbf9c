"""Paintings in a merge of branches: layers of both sides in one document, conflicts by layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner
from merge_support import both_sides

import audobon
from audobon.cli.root import cli
from audobon.formats.parts import parts
from audobon.session import Session
from audobon.testing.kra_file import KraLayer, kra_bytes

RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)
INK = KraLayer("{ink}", "Ink", tiles={(0, 0): (9, 9, 9, 255)})
SKY = KraLayer("{sky}", "Sky", tiles={(1, 0): (80, 90, 200, 255)})


def painted(layer: KraLayer, color: tuple[int, int, int, int]) -> KraLayer:
    return attrs.evolve(layer, tiles={(0, 1): color})


def write(folder: Path, layers: Sequence[KraLayer], session: int) -> None:
    (folder / "page.kra").write_bytes(kra_bytes(layers, session=session))


@pytest.fixture
def page(lib: audobon.Library, folder: Path) -> audobon.Library:
    write(folder, (INK, SKY), 1)
    lib.add(folder)
    lib.commit("the page")
    lib.remove_branch("side", force=True)
    lib.branch("side")
    return lib


def digests(path: Path) -> dict[str, str]:
    return {part.name: part.digest for part in parts(str(path)) or ()}


def test_both_sides_layers_are_in_one_document(page: audobon.Library, folder: Path) -> None:
    both_sides(
        page,
        ours=lambda lib, folder: write(folder, (painted(INK, RED), SKY), 2),
        theirs=lambda lib, folder: write(folder, (INK, painted(SKY, BLUE)), 3),
    )
    done = page.merge("side")
    assert done.merged
    [(path, taken)] = done.parts
    assert path == "MyAssets/page.kra"
    assert [(one.kind, one.name, one.status) for one in taken] == [("layer", "Sky", "modified")]
    wanted = folder.parent / "wanted.kra"
    wanted.write_bytes(kra_bytes((painted(INK, RED), painted(SKY, BLUE)), session=9))
    assert digests(folder / "page.kra") == digests(wanted)
    assert page.diff("HEAD", "WORKING").entries == ()
    assert page.verify().problems == ()
    page.undo()
    assert digests(folder / "page.kra")["Sky"] != digests(wanted)["Sky"]


@pytest.mark.parametrize(
    ("take", "names"),
    [
        ("ours", ["Ink", "Sky"]),
        ("theirs", ["Ink", "Sky"]),
        ("both", ["Ink (theirs)", "Ink", "Sky"]),
    ],
)
def test_a_layer_that_both_painted(
    page: audobon.Library, folder: Path, take: str, names: list[str]
) -> None:
    both_sides(
        page,
        ours=lambda lib, folder: write(folder, (painted(INK, RED), SKY), 2),
        theirs=lambda lib, folder: write(folder, (painted(INK, BLUE), SKY), 3),
    )
    before = (folder / "page.kra").read_bytes()
    report = page.merge("side")
    assert (folder / "page.kra").read_bytes() == before
    [conflict] = report.conflicts
    assert (conflict.what, conflict.base, conflict.ours) == ("part", "layer Ink", "modified")
    assert conflict.takes == ("ours", "theirs", "both")
    assert set(conflict.contents) == {"base", "ours", "theirs"}
    with audobon.Library.open(page.path) as again:
        assert again.open_merge() is not None
    assert page.resolve(conflict, take).merged
    assert list(digests(folder / "page.kra")) == names


def test_what_cannot_be_told_apart_is_asked_as_a_whole(page: audobon.Library, folder: Path) -> None:
    both_sides(
        page,
        ours=lambda lib, folder: write(folder, (painted(INK, RED), SKY), 2),
        theirs=lambda lib, folder: (folder / "page.kra").write_bytes(
            kra_bytes((INK, painted(SKY, BLUE)), session=3, size=(256, 128))
        ),
    )
    [conflict] = page.merge("side").conflicts
    assert conflict.what == "content"
    assert "differ in width: 128 and 256" in conflict.reason
    assert page.resolve(conflict, "theirs").merged
    assert page.get("page.kra").width == 256


def test_hosts_and_the_command_line_name_the_layer(page: audobon.Library, folder: Path) -> None:
    both_sides(
        page,
        ours=lambda lib, folder: write(folder, (painted(INK, RED), SKY), 2),
        theirs=lambda lib, folder: write(folder, (painted(INK, BLUE), SKY), 3),
    )
    shown = CliRunner().invoke(cli, ["merge", "side", "--library", str(folder)])
    assert shown.exit_code == 30
    assert "MyAssets/page.kra  layer Ink  ours: modified" in shown.stdout
    session = Session(follow_s=0.05)
    try:
        session.open(folder)
        session_until(session, lambda: session.state.phase == "open")

        def asked() -> object:
            session.history.watch()
            return session.state.past.merge

        session_until(session, asked)
        assert session.state.past.merge is not None
        [conflict] = session.state.past.merge.conflicts
        assert conflict.base == "layer Ink"
        pictures = set()
        for side in ("ours", "theirs"):
            deadline = time.monotonic() + 240
            while (data := page.conflict_preview(conflict, side, 64)) is None:
                assert time.monotonic() < deadline, page.jobs()
                time.sleep(0.05)
            pictures.add(data)
        assert len(pictures) == 2
    finally:
        assert session.close(30.0)


def session_until(session: Session, fits: Callable[[], object]) -> None:
    deadline = time.monotonic() + 240
    while not fits():
        assert time.monotonic() < deadline, session.state
        time.sleep(0.02)
