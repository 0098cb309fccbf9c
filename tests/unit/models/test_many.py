"""Many pictures in batches: as one by one, failures alone, only culprits blamed, nothing twice."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.codec.vectors import pack_vector, unpack_values
from audobon.errors import AudobonError, Cancelled, LimitExceeded, WorkerDied
from audobon.model.job import Limits, Need
from audobon.services.pipelines.inbatches import run_batches
from audobon.services.pipelines.results import Wanted, wanted
from audobon.work.executor import Executor

FOLDER = str(Path(__file__).parent)


def results(lib: audobon.Library, pipeline: str, refs: list[str], **said: Any) -> dict[str, Any]:
    job = lib.run(pipeline, refs, **said)
    lib.work()
    told: dict[str, Any] = job.result(timeout=60)
    assert job.result() == told
    return told


def variants(photos: Path, root: Path) -> list[str]:
    """Parts of two photographs, as files of several kinds."""
    names = []
    for number in range(8):
        name = f"v{number}.{('png', 'jpg', 'webp', 'tif')[number % 4]}"
        with Image.open(photos / ("china.jpg", "flower.jpg")[number % 2]) as image:
            image.crop((20 * number, 0, 300 + 20 * number, 400)).save(root / name)
        names.append(name)
    return names


def singly(lib: audobon.Library, pipeline: str, names: list[str], **said: Any) -> list[Any]:
    """As somebody gets them who asks for a few and waits."""
    few = [names[at : at + 4] for at in range(0, len(names), 4)]
    return [row for part in few for row in results(lib, pipeline, part, **said)["results"]]


@pytest.mark.parametrize("precision", ["f32", "auto"])
def test_many_are_as_one_by_one(
    lib: audobon.Library, photos: Path, tmp_path: Path, precision: str
) -> None:
    root = tmp_path / "MyAssets"
    names = variants(photos, root)
    shutil.copy(root / names[0], root / "again.png")  # equal bytes
    names.append("again.png")
    lib.add([root])
    many = results(lib, "embed", names, precision=precision)
    assert many["failed"] == []
    assert [row["path"] for row in many["results"]] == names
    kept = lib.state_path / "derived" / "results"
    # Those of the tags fell off: the same network was run.
    assert len(list(kept.rglob("*.json"))) == 2 * (len(names) - 1)
    assert results(lib, "embed", names, precision=precision) == many  # from the disk
    fallen = results(lib, "tags", names, precision=precision)
    assert len(list(kept.rglob("*.json"))) == 2 * (len(names) - 1)
    shutil.rmtree(kept)
    assert results(lib, "tags", names, precision=precision)["results"] == fallen["results"]
    shutil.rmtree(kept)
    for row, alone in zip(
        many["results"], singly(lib, "embed", names, precision=precision), strict=True
    ):
        vectors = np.array([row["values"], alone["values"]])
        assert vectors.shape == (2, 1280)
        assert vectors[0] @ vectors[1] > (1 - 1e-5 if precision == "f32" else 0.999)
    tags = results(lib, "tags", names, precision=precision, threshold=0.02)["results"]
    shutil.rmtree(kept)
    for row, alone in zip(
        tags, singly(lib, "tags", names, precision=precision, threshold=0.02), strict=True
    ):
        scores = {each["tag"]: each["score"] for each in alone["values"]}
        for each in row["values"]:
            assert abs(scores.get(each["tag"], 0.02) - each["score"]) < 0.02
    assert lib.suggestions(names[0], every=True)


def test_bad_files_fail_as_they_do_alone(
    lib: audobon.Library, photos: Path, tmp_path: Path
) -> None:
    root = tmp_path / "MyAssets"
    good = variants(photos, root)
    bad = ["cut.png", "cut.tif", "words.jpg"]
    for name, source in zip(bad, ("v0.png", "v3.tif", "v1.jpg"), strict=True):
        shutil.copy(root / source, root / name)
    Image.fromarray(np.full((40, 40), 40000, np.uint16)).save(root / "deep.png")
    lib.add([root])
    (root / "cut.png").write_bytes((root / "v0.png").read_bytes()[:9000])
    (root / "cut.tif").write_bytes((root / "v3.tif").read_bytes()[:200])
    (root / "words.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    told = results(lib, "embed", [bad[0], *good, "deep.png", *bad[1:]])
    assert [row["path"] for row in told["results"]] == [*good, "deep.png"]
    assert len(told["failed"]) == len(bad)
    for name, failed in zip(bad, told["failed"], strict=True):
        assert failed["asset"] == lib.get(name).id
        with pytest.raises(AudobonError) as alone:
            results(lib, "embed", [name])
        assert failed["error"]["message"] == alone.value.message
        assert failed["error"]["code"] == alone.value.code


def test_vectors_are_packed_without_loss() -> None:
    values = [round(each, 6) for each in np.random.default_rng(1).uniform(-1, 1, 5000).tolist()]
    values += [0.0, 1.0, -1.0, 7.999999, -7.999999, 0.000001]
    assert unpack_values(pack_vector(values)) == values
    assert unpack_values([{"tag": "daisy", "score": 0.5}]) == [{"tag": "daisy", "score": 0.5}]


@pytest.fixture
def executor() -> Iterator[Executor]:
    with Executor("squaretasks:TASKS", folders=[FOLDER]) as executor:
        yield executor


class Texts:
    """Assets whose text says what happens to the worker that looks at them."""

    def __init__(self, lib: audobon.Library, tmp_path: Path, texts: list[str]) -> None:
        root = tmp_path / "MyAssets" / "texts"
        root.mkdir()
        self.log = tmp_path / "log"
        self.log.touch()
        for number, text in enumerate(texts):
            (root / f"{number:03}.txt").write_text(f"{text} {number}")
        lib.add([root])
        results = lib.state_path / "derived" / "results"
        self.wanted = [
            wanted(results, "recipe", lib.get(f"texts/{number:03}.txt"))
            for number in range(len(texts))
        ]
        self.delivered: list[tuple[int, Any]] = []

    def items(self) -> Iterator[tuple[int, Wanted]]:
        yield from enumerate(self.wanted)

    def run(self, executor: Executor, **settings: Any) -> dict[int, Any]:
        task = {"steps": [], "parameters": {"log": str(self.log)}, "avoid": []}
        settings = {"cancel": lambda: False, "limits": Limits(), **settings}
        settings["need"] = lambda asset: Need(asset.path, "texts")
        run_batches(
            *(executor, task, self.items()),
            deliver=lambda number, made, also: self.delivered.append((number, made)),
            **settings,
        )
        assert len(dict(self.delivered)) == len(self.delivered)  # each once
        return dict(self.delivered)

    def seen(self) -> Counter[str]:
        return Counter(self.log.read_text().split())


def test_only_the_file_that_kills_is_blamed(
    lib: audobon.Library, tmp_path: Path, executor: Executor
) -> None:
    kinds = {5: "deadly", 40: "deadly", 41: "deadly", 99: "deadly", 7: "once", 60: "greedy"}
    texts = Texts(lib, tmp_path, [kinds.get(number, "fine") for number in range(100)])
    found = texts.run(executor)
    assert sorted(found) == list(range(100))
    blamed = {number for number, made in found.items() if isinstance(made, WorkerDied)}
    assert blamed == {number for number, kind in kinds.items() if kind == "deadly"}
    assert all(found[n] == {"values": [f"{n:03}.txt"]} for n in range(100) if n not in blamed)
    seen = texts.seen()
    assert {seen[f"{n:03}.txt"] for n in range(100) if n not in kinds} == {1}  # nothing twice
    assert {seen[f"{n:03}.txt"] for n in blamed} == {3}  # among others, and twice alone
    assert (seen["007.txt"], seen["060.txt"]) == (2, 2)


def test_what_is_delivered_before_a_cancel_stays(
    lib: audobon.Library, tmp_path: Path, executor: Executor
) -> None:
    # So many that not all are there before the cancel is looked at, as 100 were on a busy machine.
    texts = Texts(lib, tmp_path, ["fine"] * 1000)
    with pytest.raises(Cancelled):
        texts.run(executor, cancel=lambda: len(texts.delivered) >= 40)
    assert 40 <= len(texts.delivered) < 1000
    assert all(not isinstance(made, AudobonError) for _, made in texts.delivered)


def test_an_environment_that_kills_is_told_as_that(lib: audobon.Library, tmp_path: Path) -> None:
    texts = Texts(lib, tmp_path, ["fine"] * 3)
    with (
        Executor("squaretasks:DEAD", folders=[FOLDER]) as executor,
        pytest.raises(LimitExceeded, match="killed"),
    ):
        texts.run(executor)
    assert texts.delivered == []
