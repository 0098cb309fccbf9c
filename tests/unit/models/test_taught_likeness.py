"""Which pictures belong together, learnt from tags, and what looks alike from then on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import audobon
from audobon.cli.root import cli
from audobon.codec.vectors import halved
from audobon.errors import Invalid
from audobon.services.pipelines.nearness import current_recipe, keep_vectors

KINDS, EACH, UNTAGGED = 3, 14, 4
COUNT = KINDS * EACH
FEATURES = 1280


@pytest.fixture
def shelf(home: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    """Pictures 00.png to 41.png of three kinds in turn; what the model sees of them hides that
    behind louder things. The last ones have no tag."""
    root = tmp_path / "MyAssets"
    root.mkdir()
    rng = np.random.default_rng(3)
    kind = np.arange(COUNT) % KINDS
    vectors = rng.standard_normal((COUNT, FEATURES)) * 0.2 + 0.5
    vectors[:, :4] += rng.standard_normal((COUNT, 4)) * 8
    vectors[:, 4 : 4 + KINDS] += 6 * np.eye(KINDS)[kind]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for number in range(COUNT):
        noise = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
        noise.resize((64, 64)).save(root / f"{number:02}.png")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        halves = {
            hashlib.sha256((root / f"{number:02}.png").read_bytes()).hexdigest(): halved(list(row))
            for number, row in enumerate(vectors)
        }
        keep_vectors(library._stores, current_recipe(library._stores, "embed"), halves)
        yield library


def right(found: list[str]) -> int:
    """Of those found how many are of the kind of the last picture."""
    return sum(int(name[:2]) % KINDS == (COUNT - 1) % KINDS for name in found)


def same_order(some: list[str], others: list[str]) -> bool:
    both = [name for name in some if name in others]
    return len(both) >= 6 and both == [name for name in others if name in some]


def test_likeness_is_learnt_used_and_taken_back(shelf: audobon.Library, tmp_path: Path) -> None:
    last = f"{COUNT - 1}.png"

    def alike() -> list[str]:
        return [each.asset.name for each in shelf.similar(last, limit=10).near]

    def liked() -> list[str]:
        return [hit.asset.name for hit in shelf.search(f"like:{last}", limit=11).hits[1:]]

    with pytest.raises(Invalid, match="0 pictures with 0 tags"):
        shelf.teach_likeness()
    tagged = [f"{number:02}.png" for number in range(COUNT - UNTAGGED)]
    shelf.edit(tagged, add_tags=["everything"])  # tells nothing from anything
    for number, tag in enumerate(("moss", "slate")):
        shelf.edit(tagged[number::KINDS], add_tags=[tag])
    shelf.edit(tagged[2::KINDS], catalog="Metal/Rust")
    job = shelf.teach_likeness()
    shelf.work()
    told = job.result()
    assert sorted(told["labels"]) == ["in:Metal/Rust", "tag:moss", "tag:slate"]
    assert (told["version"], told["refused"], told["used"]) == (1, "", True)
    assert told["given"] == COUNT - UNTAGGED
    tuned = alike()
    assert same_order(liked(), tuned)  # but for those that are too unlike for `like:`
    assert right(tuned) >= 8
    assert shelf.similar(last, limit=1).near[0].asset.name == tuned[0]

    place = ["--library", str(tmp_path / "MyAssets")]

    def said(*words: str) -> str:
        done = CliRunner().invoke(cli, [*words, *place])
        assert done.exit_code == 0, done.output
        return done.output

    assert "in use" in said("teach", "--likeness", "--versions")
    card = said("teach", "--likeness", "--card")
    assert "with 3 tags and catalogs: " in card
    assert "| the likeness of the model | " in card
    said("teach", "--likeness", "--use", "none")
    assert right(alike()) < right(tuned)
    assert same_order(liked(), alike())  # what was ranked before is not believed any more
    shelf.use_taught("likeness", 1)
    assert alike() == tuned
