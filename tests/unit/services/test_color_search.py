"""Pictures are found by their colours; what nobody has looked at is told and looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.model.color import Swatch
from audobon.services.previews import coloring
from audobon.services.versioning.compare import committed_mark
from audobon.testing.pictures import write_png


@pytest.fixture
def colored(lib: audobon.Library) -> audobon.Library:
    """The library after all its previews are made."""
    lib.work()
    _settled(lib)
    return lib


def _settled(lib: audobon.Library) -> None:
    """Until no job is left: the library's own process may be at some of them."""
    while any(job.state in ("queued", "running") for job in lib.jobs()):
        lib.work()


def names(page: audobon.Page) -> list[str]:
    return [hit.asset.name.partition(".")[0] for hit in page.hits]


def test_pictures_are_found_by_colour(colored: audobon.Library) -> None:
    assert names(colored.search("color:green")) == ["mossy_stone_01"]
    assert names(colored.search("color:#96502a"))[0] == "rust_metal_04_4k"
    page = colored.search("stone color:green")
    assert [hit.why for hit in page.hits] == [("name", "path", "color")]
    assert page.hits[0].score > colored.search("stone").hits[0].score
    assert names(colored.search("color:#0a141e")) == ["seat"]
    assert "mossy_stone_01" not in names(colored.search("-color:green kind:image"))
    assert page.notes == ()


def test_two_colours_are_both_asked_for(colored: audobon.Library, folder: Path) -> None:
    from PIL import Image

    both = Image.new("RGB", (64, 64), (70, 110, 60))
    both.paste((150, 80, 42), (0, 0, 64, 32))
    both.save(folder / "moss on rust.png")
    colored.add([folder / "moss on rust.png"])
    _settled(colored)
    assert names(colored.search("color:#466e3c color:#96502a"))[0] == "moss on rust"
    assert names(colored.search("color:#96502a color:#466e3c"))[0] == "moss on rust"
    (hit,) = colored.search("color:#466e3c color:#96502a name:moss").hits[:1]
    assert hit.score > colored.search("color:#466e3c name:rust").hits[0].score


def test_colours_are_told(colored: audobon.Library) -> None:
    assert colored.colors("textures/mossy_stone_01.png") == (Swatch((70, 110, 60), 1.0),)
    assert colored.colors("readme.txt") is None


def test_a_painted_over_picture_has_its_new_colours(colored: audobon.Library, folder: Path) -> None:
    path = folder / "textures" / "oak_planks.png"
    write_png(path, 32, 32, color=(0, 0, 250))
    colored.add([path])
    _settled(colored)
    assert "oak_planks" in names(colored.search("color:blue"))
    assert "oak_planks" not in names(colored.search("color:brown"))


def test_equal_files_share_their_colours(colored: audobon.Library, folder: Path) -> None:
    copy = folder / "moss again.png"
    copy.write_bytes((folder / "textures" / "mossy_stone_01.png").read_bytes())
    colored.add([copy])
    _settled(colored)
    assert sorted(names(colored.search("color:green"))) == ["moss again", "mossy_stone_01"]


def test_an_older_library_is_looked_through_at_the_first_question(colored: audobon.Library) -> None:
    stores = colored._stores
    db = stores.catalog.db
    with db.write():
        db.execute("DELETE FROM color")
        db.execute("UPDATE asset SET seq = seq + (SELECT seq FROM clock)")
        db.execute("UPDATE clock SET seq = 2 * seq")
    page = colored.search("color:green")
    assert page.hits == ()
    assert page.notes == ("the colours of 5 pictures are not known yet",)
    assert [job.kind for job in colored.jobs("queued")] <= ["colors"]
    _settled(colored)
    assert names(colored.search("color:green")) == ["mossy_stone_01"]


def test_a_question_queues_one_job_however_many_pictures_there_are(
    colored: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = colored._stores
    with stores.catalog.db.write():
        stores.catalog.db.execute("DELETE FROM color")
        stores.catalog.db.execute("UPDATE asset SET seq = seq + (SELECT seq FROM clock)")
        stores.catalog.db.execute("UPDATE clock SET seq = 2 * seq")
    monkeypatch.setattr(type(stores), "start_worker", lambda _stores: None)
    monkeypatch.setattr(coloring, "_IN_A_JOB", 2)
    before = {job.id for job in colored.jobs()}
    for _ in range(2):
        assert colored.search("color:green").notes == (
            "the colours of 5 pictures are not known yet",
        )
    (first,) = [job for job in colored.jobs() if job.id not in before]
    assert (first.kind, first.state) == ("colors", "queued")
    _settled(colored)
    made = [job for job in colored.jobs() if job.id not in before and job.id != first.id]
    assert [job.kind for job in made] == ["colors"] * 3
    assert names(colored.search("color:green")) == ["mossy_stone_01"]


def test_undo_and_versions_know_nothing_of_colours(colored: audobon.Library) -> None:
    assert colored.undo() is None
    first = colored.commit("first")
    stores = colored._stores
    moss = colored.get("textures/mossy_stone_01.png")
    stores.catalog.set_colors({moss.digest: b"\x00\x00\xff\xff"})
    assert names(colored.search("color:blue")) == ["mossy_stone_01"]
    mark = int(stores.catalog.meta(committed_mark(stores.history.current_branch())) or 0)
    assert stores.catalog.clock() > mark > 0
    assert stores.catalog.dirty(mark) == ()
    assert colored.commit("second").id == first.id


def test_colours_of_contents_that_are_gone_can_be_forgotten(colored: audobon.Library) -> None:
    stores = colored._stores
    stores.catalog.set_colors({"00" * 32: b"\x01\x02\x03\xff"})
    assert stores.catalog.forget_colors() == 1
    assert colored.colors("textures/mossy_stone_01.png")
