"""A tag that no model knows, learnt from real pictures: from the first example to review."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Cancelled, Conflict, Invalid, NotFound, Unsupported
from audobon.inference.session import Choice, open_session
from audobon.model.head import IMPORTED
from audobon.models.installed import Installed
from audobon.models.recipes import builtin_components
from audobon.models.registry import Models
from audobon.services.pipelines.nearness import current_recipe, space_name
from audobon.services.taught.lessons import run_lesson

SIDE, STEP = 96, 44
TAG = "knitwear of the north"  # no model has a name for it


@pytest.fixture(scope="module")
def crops(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts of photographs: ``cat-*`` of a cat, ``off-*`` of people, bricks and a motorcycle."""
    folder = tmp_path_factory.mktemp("crops")
    for name in ("chelsea", "astronaut", "motorcycle_left", "brick"):
        with Image.open(people / f"{name}.png") as image:
            picture = image.convert("RGB")
        kind = "cat" if name == "chelsea" else "off"
        places = [
            (left, top)
            for top in range(0, picture.height - SIDE, STEP)
            for left in range(0, picture.width - SIDE, STEP)
        ]
        for left, top in places if kind == "cat" else places[:: len(places) // 14]:
            part = picture.crop((left, top, left + SIDE, top + SIDE))
            part.save(folder / f"{kind}-{name}-{left}-{top}.png")
    return folder


@pytest.fixture
def shelf(home: Path, crops: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    root = tmp_path / "MyAssets"
    root.mkdir()
    for path in crops.iterdir():
        (root / path.name).write_bytes(path.read_bytes())
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


def named(lib: audobon.Library, kind: str) -> list[str]:
    return sorted(hit.asset.path for hit in lib.search(f"name:{kind}", limit=200).hits)


def taught(lib: audobon.Library, *args: list[str]) -> dict[str, Any]:
    job = lib.teach(TAG, *args)
    lib.work()
    told: dict[str, Any] = job.result()
    return told


def suggested(lib: audobon.Library) -> list[str]:
    return [each.asset.path for each in lib.suggestions(tag=TAG)]


def test_a_tag_is_taught_reviewed_taught_again_and_taken_back(shelf: audobon.Library) -> None:
    cats, others = named(shelf, "cat"), named(shelf, "off")
    assert len(cats) >= 40
    first = taught(shelf, cats[:20], others[:20])
    assert first["version"] == 1
    assert first["used"]
    assert first["promised"]
    assert first["figures"]["f1_within"][0] > 0.7
    assert {each["name"] for each in first["rivals"]} == {"everything", "nearest"}
    assert first["yes"] + first["no"] <= 40
    assert first["unseen"] == len(cats) + len(others) - 40
    assert set(suggested(shelf)) <= set(cats[:20])
    assert shelf.get(cats[0]).tags == ()  # nothing is tagged

    job = shelf.apply_heads(cats[20:] + others[20:])
    shelf.work()
    assert job.result()["heads"][0]["unseen"] == 0
    fresh = set(suggested(shelf)) - set(cats[:20])
    assert len(fresh & set(cats[20:])) > 0.7 * len(cats[20:])
    assert len(fresh - set(cats)) <= 3
    one = next(each for each in shelf.suggestions(tag=TAG) if each.asset.path in cats[20:])
    assert (one.component, one.version) == (f"head {TAG}", "1")
    assert one.score >= one.threshold
    shelf.accept([each for each in shelf.suggestions(tag=TAG) if each.asset.path in cats[20:30]])
    wrong = [each for each in shelf.suggestions(tag=TAG) if each.asset.path in others]
    if wrong:
        shelf.reject(wrong)

    second = taught(shelf)  # by what was reviewed, and the examples of the first
    assert second["version"] == 2
    assert second["given"] == 40 + len(shelf.search(f'tag:"{TAG}"', limit=99).hits) + len(wrong)
    assert "previous" in {each["name"] for each in second["rivals"]}
    runs = shelf.compare_heads(TAG)
    assert [(run.version, run.f1) for run in runs] == [
        (told["version"], told["figures"]["f1"]) for told in (first, second)
    ]
    assert runs[0].backbone.startswith("efficientnet-lite0 ")
    assert runs[0].penalty in {each.penalty for each in runs[0].path}
    assert runs[0].took is not None
    assert runs[0].took >= runs[0].seconds
    assert runs[0].cuts[-1].recall == 1.0
    assert (runs[0].rival("previous"), runs[1].rival("previous") is not None) == (None, True)
    assert [run.version for run in shelf.compare_heads()] == [2]  # the newest of each tag
    known = shelf.heads(TAG)
    assert [head.version for head in known] == [1, 2]
    assert [head.used for head in known].count(True) == 1
    assert known[0].card["held_out"] != known[1].card["held_out"]

    card = shelf.head_card(TAG, 1)
    assert card.startswith(f"# {TAG}, version 1\n")
    assert f"{first['given']} pictures were given" in card
    assert "80% precision is promised" in card
    shelf.use_head(TAG, 1)
    shelf.work()
    assert [head.used for head in shelf.heads(TAG)] == [True, False]
    assert {each.version for each in shelf.suggestions(tag=TAG, every=True)} == {"1"}
    shelf.use_head(TAG, None)
    assert shelf.suggestions(tag=TAG, every=True) == ()
    with pytest.raises(NotFound, match="version 7; there are 1, 2"):
        shelf.use_head(TAG, 7)
    with pytest.raises(Invalid, match="in use"):
        shelf.apply_heads(tag=TAG)


def test_a_lesson_that_was_stopped_goes_on_with_what_it_has_seen(
    shelf: audobon.Library, tmp_path: Path
) -> None:
    cats, others = named(shelf, "cat")[:20], named(shelf, "off")[:20]
    stores = shelf._stores
    stopped = shelf.teach("tabby", cats, others)
    done: list[float] = []
    with pytest.raises(Cancelled):
        run_lesson(
            stores, stopped.row, stores.networks, done.append, lambda: max(done, default=0.0) > 0.6
        )
    stopped.cancel()
    for path in [*cats, *others]:
        (tmp_path / "MyAssets" / path).unlink()  # nothing can be looked at again
    job = shelf.teach("tabby", cats, others, precision=0.75)
    live: list[dict[str, Any]] = []

    def report(fraction: float) -> None:
        done.append(fraction)
        live.append(job.live)

    told = run_lesson(stores, job.row, stores.networks, report, lambda: False)
    assert told["given"] == 40
    assert told["lost"] == 0
    assert [each["of"] for each in live if each][-1] >= 30
    assert job.live == {}
    assert done[-1] == 1.0


def test_a_model_that_has_the_name_is_a_rival(shelf: audobon.Library) -> None:
    cats, others = named(shelf, "cat")[::4], named(shelf, "off")[::4]
    job = shelf.teach("tabby cat", cats, others)  # a class of ImageNet
    shelf.work()
    told = job.result()
    rivals = {each["name"]: each for each in told["rivals"]}
    assert set(rivals) == {"everything", "zero-shot", "nearest"}
    assert rivals["zero-shot"]["ranked"] > rivals["everything"]["ranked"]
    assert rivals["zero-shot"]["ahead"]


def test_a_model_that_cannot_be_asked_is_told(
    shared: Path, shelf: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shared, tmp_path / "data", symlinks=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    names = Models().get("imagenet-names")
    assert isinstance(names, Installed)
    for name in names.files:
        (names.folder / name).unlink()
    cats, others = named(shelf, "cat")[::4], named(shelf, "off")[::4]
    j = shelf.run("embed", cats[:2])
    shelf.work()
    print("DBG", j.result())
    job = shelf.teach("tabby cat", cats, others)
    shelf.work()
    told = job.result()
    assert "zero-shot" not in {each["name"] for each in told["rivals"]}
    assert "pictures could not be asked" in told["unasked"]
    assert "Zero-shot took no part" in shelf.head_card("tabby cat")
    Models().remove("imagenet-names")
    job = shelf.teach("tabby cat", cats, others)
    shelf.work()
    assert "unasked" not in job.result(), "what is not installed is not missed"


def test_what_cannot_be_learnt_from_is_refused_before_anything_runs(
    shelf: audobon.Library, tmp_path: Path
) -> None:
    cats, others = named(shelf, "cat"), named(shelf, "off")
    note = tmp_path / "MyAssets" / "note.txt"
    note.write_text("cat")
    shelf.add([note])
    with pytest.raises(Invalid, match="3 examples of no are too few"):
        shelf.teach(TAG, cats[:20], others[:3])
    with pytest.raises(Invalid, match="both yes and no"):
        shelf.teach(TAG, cats[:20], [*others[:20], cats[0]])
    with pytest.raises(Unsupported, match="no picture"):
        shelf.teach(TAG, [*cats[:20], "note.txt"], others[:20])
    with pytest.raises(Invalid, match="precision"):
        shelf.teach(TAG, cats[:20], others[:20], precision=1.0)
    assert all(job.kind != "teach" for job in shelf.jobs())
    shelf.edit(cats[:20], add_tags=[TAG])
    job = shelf.teach(TAG, no=others[:20])  # yes is what has the tag
    assert list(job.row.payload["answers"].values()).count(True) == 20
    job.cancel()


def test_a_head_on_its_backbone_is_one_network_that_says_the_same(
    shelf: audobon.Library, shared: Path, crops: Path, tmp_path: Path
) -> None:
    stores = shelf._stores
    weights = (np.random.default_rng(3).standard_normal(1281) * 3).astype("<f4")
    space = space_name(current_recipe(stores, "embed"))
    held = {
        "held_out": [["ab" * 32, True, 0.5, 0]],
        "given": 0,
        "yes": 0,
        "no": 0,
        "repeated": 0,
        "contradicted": [],
    }
    figures = dict.fromkeys(("f1", "precision", "recall", "ranked"), 0.5)
    within = {f"{name}_within": [0.4, 0.6] for name in ("f1", "precision", "recall")}
    promise = {"target": 0.8, "kept": False, "shown": 0, "right": 0, "needed": 11}
    promise |= {"least": 0.0, "recall": 0.0}
    stores.catalog.keep_head(
        *("Früh rot", weights.tobytes()),
        {**held, "lost": 0, "figures": {**figures, **within}, "rivals": [], "promise": promise,
         "loss": 1.0, "tried": 1, "penalty": 0.1, "seed": 0, "seconds": 0.1, "features": space},
        space=space, refused="", target=0.8, promised=False, threshold=0.5, now=stores.now(),
    )  # fmt: skip
    recipe = shelf.export_head("Früh rot", tmp_path / "out")
    assert "abab" not in (recipe.parent / "head.json").read_text("utf-8")
    assert {each.name for each in recipe.parent.iterdir()} == {
        "model.xml", "model.bin", "recipe.toml", "card.md", "head.json",
    }  # fmt: skip
    with pytest.raises(Conflict, match="not empty"):
        shelf.export_head("Früh rot", tmp_path / "out")
    # What was taken in is not in use by itself; while it is, a lesson has to be better than it.
    head = shelf.import_head(recipe.parent, TAG)
    assert (head.tag, head.version, head.used, head.refused) == (TAG, 1, False, IMPORTED)
    assert stores.catalog.head_weights(head) == weights.tobytes()
    shelf.use_head(TAG, 1).result(60)
    again = taught(shelf, named(shelf, "cat")[:6], named(shelf, "off")[:6])
    assert [each["name"] for each in again["rivals"]] == ["everything", "imported", "nearest"]
    assert again["used"] == ("no better than imported" not in again["refused"])
    (made,) = Models(tmp_path / "other").install(recipe)
    backbone = shared / "audobon" / "models" / "efficientnet-lite0"
    (network,) = backbone.glob("*/model.xml")
    with Image.open(next(iter(sorted(crops.iterdir())))) as image:
        pixels = np.asarray(image.resize((224, 224)))[None]
    choice = Choice(device="CPU", precision="f32")
    old = builtin_components()["efficientnet-lite0"]
    new = made.component
    assert [each.name for each in new.outputs] == ["features", "chance"]
    apart = open_session(network, old.inputs, old.outputs, choice=choice)
    whole = open_session(made.folder / "model.xml", new.inputs, new.outputs, choice=choice)
    features = apart.run({"picture": pixels})["features"][0].astype(np.float64)
    said = whole.run({"picture": pixels})
    line = features / np.linalg.norm(features) @ weights[:-1] + weights[-1]
    assert said["chance"].shape == (1, 1)
    assert said["chance"][0, 0] == pytest.approx(1 / (1 + np.exp(-line)), abs=1e-5)
    assert np.allclose(said["features"][0], features, atol=1e-4)
