"""Results reach people whatever became of their source, their place or their name meanwhile."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Invalid, NotFound, ReadOnly
from audobon.model.job import Limits
from audobon.services.pipelines.computing import run_job
from audobon.services.pipelines.delivering import place
from audobon.work.executor import Executor


class Meanwhile(Executor):
    """A worker during whose work something happens to the library."""

    act: Callable[[], object]

    def run(self, *args: Any, **options: Any) -> Any:
        made = super().run(*args, **options)
        self.act()
        return made


@pytest.fixture
def lib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    """Two pictures, in a library that has no networks."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "MyAssets"
    (root / "walls").mkdir(parents=True)
    noise = np.random.default_rng(1).integers(0, 255, (2, 40, 50, 3), np.uint8)
    Image.fromarray(noise[0]).save(root / "walls" / "brick.png")
    Image.fromarray(noise[1]).save(root / "walls" / "stone.png")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


def run(lib: audobon.Library, *refs: str, **options: Any) -> dict[str, Any]:
    job = lib.run("normal", refs, **options)
    lib.work()
    result: dict[str, Any] = job.result()
    return result


def run_while(lib: audobon.Library, act: Callable[[], object], *refs: str) -> dict[str, Any]:
    """The job by hand, with something that happens after the worker is done."""
    job = lib.run("normal", refs)
    stores = lib._stores
    limits = Limits(memory=2 << 30)
    with Meanwhile("audobon.models.tasks:TASKS", limits, interpreter=stores.interpreter) as worker:
        worker.act = act
        row = stores.jobs.get(job.id)
        result: dict[str, Any] = run_job(stores, row, worker, lambda _: None, lambda: False)
    return result


@pytest.mark.parametrize("waiting", [True, False])
def test_a_source_that_moves_is_followed(lib: audobon.Library, waiting: bool) -> None:
    before = lib.get("walls/brick.png")
    new = lib.path / "old" / "red bricks.png"
    new.parent.mkdir()

    def move() -> None:
        shutil.move(before.file, new)

    if waiting:
        job = lib.run("normal", "walls/brick.png")
        move()
        lib.work()
        result = job.result()
    else:
        result = run_while(lib, move, "walls/brick.png")
    (row,) = result["results"]
    assert (row["asset"], row["path"]) == (before.id, "old/red bricks.png")
    assert row["made"]["path"] == "old/red bricks-normal.png"
    (edge,) = lib.related(row["made"]["asset"])
    assert (edge.kind, edge.dst) == ("derived_from", before.id)


def test_a_source_that_is_deleted_meanwhile_leaves_its_result(lib: audobon.Library) -> None:
    source = lib.get("walls/brick.png")
    (row,) = run_while(lib, Path(source.file).unlink, "walls/brick.png")["results"]
    assert row["made"]["path"] == "walls/brick-normal.png"
    made = lib.get(row["made"]["asset"])
    assert [edge.dst for edge in lib.related(made)] == [source.id]
    assert "made_from" not in made.attributes  # nobody can prove any more what it was made from
    assert lib.get(source.id).state == "missing"


def test_a_source_that_is_gone_before_fails_alone(lib: audobon.Library) -> None:
    job = lib.run("normal", ["walls/brick.png", "walls/stone.png"])
    (lib.path / "walls" / "brick.png").unlink()
    lib.work()
    result = job.result()
    assert [row["path"] for row in result["results"]] == ["walls/stone.png"]
    (failed,) = result["failed"]
    assert failed["error"]["code"] == NotFound.code
    assert "brick.png does not exist" in failed["error"]["message"]


def test_a_source_that_is_taken_out_gets_nothing(lib: audobon.Library) -> None:
    files = sorted((lib.path / "walls").iterdir())
    with pytest.raises(NotFound, match=r"brick\.png was taken out of the library"):
        run_while(lib, lambda: lib.remove("walls/brick.png"), "walls/brick.png")
    assert sorted((lib.path / "walls").iterdir()) == files


def test_a_source_that_changes_meanwhile(lib: audobon.Library) -> None:
    source = Path(lib.get("walls/brick.png").file)

    def change() -> None:
        Image.new("RGB", (70, 30), (200, 0, 0)).save(source)

    (row,) = run_while(lib, change, "walls/brick.png")["results"]
    assert "made_from" not in lib.get(row["made"]["asset"]).attributes
    (again,) = run(lib, "walls/brick.png")["results"]  # the old result is not taken for it
    with Image.open(again["made"]["file"]) as image:
        assert image.size == (70, 30)


def test_where_a_result_comes_from_is_told_in_full(lib: audobon.Library) -> None:
    (row,) = run(lib, "walls/brick.png", strength=2.0)["results"]
    made = lib.get(row["made"]["asset"])
    digest = hashlib.sha256((lib.path / "walls" / "brick.png").read_bytes()).hexdigest()
    assert made.attributes["made_from"] == digest
    assert made.attributes["pipeline"] == "normal"
    assert "normals 1." in str(made.attributes["components"])
    assert "strength=2.0" in str(made.attributes["parameters"])


def test_whatever_has_the_name_already_stays(lib: audobon.Library) -> None:
    walls = lib.path / "walls"
    (walls / "brick-normal.png").mkdir()
    (walls / "brick-normal-2.png").symlink_to("nowhere")
    (walls / "brick-normal-3.png").write_bytes(b"")
    (row,) = run(lib, "walls/brick.png")["results"]
    assert row["made"]["path"] == "walls/brick-normal-4.png"
    assert (walls / "brick-normal-2.png").is_symlink()
    assert (walls / "brick-normal-3.png").read_bytes() == b""


def test_a_result_may_be_written_to(lib: audobon.Library) -> None:
    source = lib.path / "walls" / "brick.png"
    source.chmod(0o440)
    (row,) = run(lib, "walls/brick.png")["results"]
    assert stat.S_IMODE(Path(row["made"]["file"]).stat().st_mode) == 0o640


def test_a_folder_outside_of_the_library(lib: audobon.Library, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "private.png").write_bytes((lib.path / "walls" / "stone.png").read_bytes())
    (row,) = run(lib, "walls/brick.png", to=outside)["results"]
    assert row["made"]["file"] == str(outside / "brick-normal.png")
    made = lib.get(row["made"]["asset"])
    assert made.root == "elsewhere"
    assert [edge.dst for edge in lib.related(made)] == [lib.get("walls/brick.png").id]
    lib.commit("made")
    assert {asset.path for asset in lib.assets() if asset.root == "elsewhere"} == {
        "brick-normal.png"  # what else lies there is not taken in
    }


def test_a_folder_that_cannot_be(lib: audobon.Library, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    for wrong in (tmp_path / "absent", file):
        with pytest.raises(NotFound, match=f"the folder {wrong} does not exist") as caught:
            lib.run("normal", "walls/brick.png", to=wrong)
        assert "--to" in caught.value.hint
    late = tmp_path / "late"
    late.mkdir()
    job = lib.run("normal", "walls/brick.png", to=late)
    late.rmdir()
    lib.work()
    with pytest.raises(NotFound, match="late does not exist"):
        job.result()


def test_a_library_that_is_only_read(lib: audobon.Library) -> None:
    lib.close()
    files = sorted(lib.path.rglob("*.png"))
    with (
        audobon.Library.open(lib.path, read_only=True) as only,
        pytest.raises(ReadOnly, match="run a pipeline"),
    ):
        only.run("normal", "walls/brick.png")
    assert sorted(lib.path.rglob("*.png")) == files


def test_a_thousand_results_are_a_mistake(lib: audobon.Library, tmp_path: Path) -> None:
    made = tmp_path / "made.png"
    made.write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()
    asset = lib.get("walls/brick.png")
    (out / "brick-normal.png").write_bytes(b"y")
    for number in range(2, 1000):
        (out / f"brick-normal-{number}.png").write_bytes(b"y")
    with pytest.raises(Invalid, match=r"1000 results called brick-normal already"):
        place(made, asset, suffix="-normal", to=str(out))
    assert not [path for path in out.iterdir() if path.name.startswith(".audobon-")]


def test_what_is_known_of_a_result_is_one_step_of_undo(lib: audobon.Library) -> None:
    lib.edit("walls/stone.png", rating=3)
    (row,) = run(lib, "walls/brick.png")["results"]
    ident = row["made"]["asset"]
    change = lib.undo()
    assert change is not None
    assert change.label == "made by normal"
    made = lib.get(ident)
    assert lib.related(made) == ()
    assert "made_from" not in made.attributes
    assert "pipeline" not in made.attributes
    redone = lib.redo()
    assert redone is not None
    assert [edge.kind for edge in lib.related(ident)] == ["derived_from"]
    assert lib.get(ident).attributes["pipeline"] == "normal"
    run(lib, "walls/brick.png")  # nothing is new, so there is nothing to take back
    assert [each.label for each in lib.changes() if each.undoable] == ["rate 3", "made by normal"]


def test_a_job_keeps_what_helps(lib: audobon.Library) -> None:
    job = lib.run("normal", "walls/brick.png")
    lib.remove("walls/brick.png")
    lib.work()
    assert job.row.hint == "'audobon undo', or add it again"
    with pytest.raises(NotFound) as caught:
        job.result()
    assert caught.value.hint == job.row.hint
