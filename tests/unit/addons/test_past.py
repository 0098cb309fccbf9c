"""How history is said in Blender's panel, without Blender."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

import audobon
from audobon.model.scenecheck import SceneCheck, SceneOffer
from audobon.model.version import Pointer
from audobon.panel import past as shared
from audobon.session.past import OldVersion, StoredPicture
from audobon_blender.logic import past
from audobon_blender.logic.shown import icon_key
from audobon_blender.logic.using import Pick

CUP = Pointer("ab" * 32, 10)


def test_what_every_host_says_is_said_alike() -> None:
    assert past.plan_lines is shared.plan_lines
    assert past.VERSIONS == shared.VERSIONS
    own = {"contents_in", "inside_of", "old_key", "part_icon"}
    assert all(getattr(past, name) is getattr(shared, name) for name in set(past.__all__) - own)
    assert not hasattr(past, "no_such_thing")


def test_parts_have_icons() -> None:
    assert past.part_icon("linked object") == past.part_icon("object") == "OBJECT_DATA"
    assert past.part_icon("something new") == "DOT"


def test_an_old_version_is_judged_like_any_foreign_scene() -> None:
    assert past.inside_of(None) is None
    old = OldVersion("a", "rev")
    assert past.inside_of(old) is None
    assert past.contents_in(old) is None
    offers = (SceneOffer("node group", "Rust"), SceneOffer("object", "Cup"))
    read = evolve(old, ready=True, stamp=(3, 4), check=SceneCheck(), offers=offers)
    inside = past.inside_of(read)
    assert inside is not None
    assert (inside.ident, inside.stamp) == ("a@rev", (3, 4))
    contents = past.contents_in(read)
    assert contents is not None
    assert contents.picks() == (Pick("objects", ("Cup",)), Pick("node_groups", ("Rust",)))
    assert past.contents_in(evolve(read, offers=None)) is None


def test_pictures_are_named_by_what_they_show(tmp_path: Path) -> None:
    assert icon_key(StoredPicture(CUP, "cup.txt")) == CUP.digest
    (tmp_path / "cup.txt").write_text("a cup")
    with audobon.Library.create(tmp_path) as library:
        [asset] = library.add(tmp_path).added
    assert icon_key(asset) == f"{asset.id}-{asset.size}-{asset.mtime_ns}"
