"""The page of what was taught: all versions, plots, and pictures; whole without a network."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import NotFound
from audobon.storage.previews import Picture
from audobon.testing.pages import read_page

TAG = "old & <b>rusty</b>"
WHY = "it is no better than previous: F1 0.90, its own is 0.85"


def _card(held: list[list[Any]], f1: float, **more: Any) -> dict[str, Any]:
    figures = {"f1": f1, "f1_within": [f1 - 0.2, f1 + 0.04], "ranked": 0.9}
    for name in ("precision", "recall"):
        figures |= {name: f1, f"{name}_within": [f1 - 0.2, f1 + 0.04]}
    return {
        "held_out": held, "given": 40, "repeated": 0, "contradicted": [], "lost": 0,
        "yes": 20, "no": 20, "figures": figures, "loss": 0.3, "penalty": 0.1, "tried": 3,
        "seed": 0, "seconds": 0.4, "features": "f",
        "rivals": [{"name": "nearest", **figures, "loss": 0.4, "ahead": [-0.1, 0.1]}],
        "promise": {"target": 0.8, "kept": False, "least": 0.6, "shown": 11, "right": 10,
                    "recall": 0.5, "needed": 11},
        **more,
    }  # fmt: skip


def _taught(lib: audobon.Library, cards: list[tuple[dict[str, Any], str]], tag: str = TAG) -> None:
    for card, refused in cards:
        lib._stores.catalog.keep_head(
            *(tag, b"\0\0\0\0", card), space="s", refused=refused, target=0.8,
            promised=False, threshold=0.5, now=datetime(2026, 11, 27, tzinfo=UTC),
        )  # fmt: skip


def _seen(lib: audobon.Library) -> list[str]:
    """Digests of the textures, each with a preview but the last."""
    found = []
    for asset in sorted((hit.asset for hit in lib.search("kind:image").hits), key=lambda a: a.name):
        data = Path(asset.file).read_bytes()
        found.append(hashlib.sha256(data).hexdigest())
        lib._stores.catalog.set_digests([(asset.key, found[-1])])
        lib._stores.previews.put([Picture(found[-1], 256, data)])
    return found


def test_the_page_shows_all_versions_and_the_pictures_of_the_one_in_use(
    lib: audobon.Library, tmp_path: Path
) -> None:
    one, two, three, four, *_ = _seen(lib)
    held = [[one, True, 0.9, 0], [two, True, 0.4, 1], [three, False, 0.7, 2], [four, False, 0.1, 3]]
    tried = [[1.0, 0.6, 0.7], [0.1, 0.4, 0.9], [0.01, 0.5, 0.85]]
    more = {"path": tried, "backbone": "net 1", "memory": 5 << 20, "took": 4.5}
    _taught(lib, [(_card(held, 0.9), ""), (_card(held, 0.85, **more), WHY)])
    text = lib.heads_page(tmp_path / "page.html", TAG)
    page = read_page(text)
    assert TAG in page.text  # told, not obeyed
    for told in (
        *("2 versions", "version 1 is in use", "F1 by version", "All versions", WHY, "net 1"),
        *("Learning curves", "Held-out log loss", "Precision and recall", "Examples needed"),
        *("Pictures of version 1", "Mistakes", "Most doubtful", "Most certain", "5.0 MB", "4.5 s"),
        *("no, judged to 70%", "yes, judged to 40%"),
    ):
        assert told in page.text, told
    assert page.seen.count("img") == 3  # two mistakes, and one that is certain
    assert any("marked as not having it, judged to 70%" in said for said in page.said)
    assert any("version 2: penalty 0.1, log loss 0.40" in said for said in page.said)
    assert any("2: F1 0.85 (0.65 to 0.89), refused" in said for said in page.said)
    assert not re.search(r"\bnan\b|\binf\b", text.read_text("utf-8"))
    with pytest.raises(NotFound):
        lib.heads_page(tmp_path / "none.html", "shiny")


def test_a_version_of_which_no_example_is_known_and_many_of_them(
    lib: audobon.Library, tmp_path: Path
) -> None:
    _taught(lib, [(_card([], 0.5 + number / 100), "") for number in range(12)])
    page = read_page(lib.heads_page(tmp_path / "page.html", TAG))
    assert "12 versions" in page.text
    assert "Precision and recall" not in page.text
    assert "Learning curves" not in page.text
    (run, *_) = lib.compare_heads(TAG)
    assert (run.at_threshold, run.cuts, run.path) == (None, (), ())


def test_the_page_of_all_tags(lib: audobon.Library, tmp_path: Path) -> None:
    none = read_page(lib.heads_page(tmp_path / "none.html"))
    assert "Nothing was taught." in none.text
    _taught(lib, [(_card([], 0.9), ""), (_card([], 0.8), WHY)])
    _taught(lib, [(_card([], 0.7), "")], "mossy")
    page = read_page(lib.heads_page(tmp_path / "page.html"))
    assert "2 tags, the newest version of each; 1 in use, 1 refused." in page.text
    assert "mossy" in page.text
    assert TAG in page.text
