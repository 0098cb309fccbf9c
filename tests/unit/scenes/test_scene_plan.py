"""What a merge takes and what it leaves to people, part by part."""

from __future__ import annotations

import pytest

from audobon.errors import Invalid
from audobon.formats.blend_parts import Key, Scene
from audobon.model.parts import Part, PartConflict
from audobon.services.merge.sceneplan import ScenePlan, plan_merge

BASE = {("object", "Cup"): "1", ("mesh", "Cup"): "1", ("material", "Clay"): "1"}
USES = {("object", "Cup"): (("mesh", "Cup"),), ("mesh", "Cup"): (("material", "Clay"),)}


def made(digests: dict[Key, str], uses: dict[Key, tuple[Key, ...]] | None = None) -> Scene:
    parts = tuple(Part(kind, name, digest) for (kind, name), digest in digests.items())
    return Scene(parts, "3.4", "", "none", USES if uses is None else uses, {})


def without(*keys: Key) -> dict[Key, str]:
    return {key: digest for key, digest in BASE.items() if key not in keys}


def plan(ours: Scene, theirs: Scene, **takes: str) -> ScenePlan:
    """``takes`` decide about the cup's parts by their kind."""
    decided = {(kind, "Cup"): take for kind, take in takes.items()}
    return plan_merge(made(BASE), ours, theirs, decided)


def test_what_only_theirs_did_is_taken() -> None:
    theirs = {**without(("object", "Cup")), ("mesh", "Cup"): "2", ("mesh", "New"): "1"}
    done = plan(made(BASE), made(theirs))
    assert done.put == {("mesh", "Cup"): "Cup", ("mesh", "New"): "New"}
    assert done.remove == (("object", "Cup"),)
    assert {(c.name, c.status) for c in done.taken} == {
        ("Cup", "modified"),
        ("New", "added"),
        ("Cup", "removed"),
    }
    assert not done.conflicts


def test_what_ours_did_and_what_both_did_alike_stays() -> None:
    ours = {**BASE, ("mesh", "Cup"): "2", ("object", "Vase"): "1"}
    assert not plan(made(ours), made(BASE)).taken
    assert not plan(made(ours), made(ours)).taken
    gone = without(("material", "Clay"))
    assert plan(made(gone, {}), made(gone, {})) == ScenePlan({}, (), ())


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ({**BASE, ("mesh", "Cup"): "2"}, {**BASE, ("mesh", "Cup"): "3"}, ("modified", "modified")),
        ({**BASE, ("mesh", "Cup"): "2"}, without(("mesh", "Cup")), ("modified", "removed")),
        (without(("mesh", "Cup")), {**BASE, ("mesh", "Cup"): "3"}, ("removed", "modified")),
    ],
)
def test_what_both_did_differently_is_a_conflict(
    ours: dict[Key, str], theirs: dict[Key, str], words: tuple[str, str]
) -> None:
    found = plan(made(ours), made(theirs))
    assert found.conflicts == (PartConflict("mesh", "Cup", *words),)
    assert not plan(made(ours, {}), made(theirs, {}), mesh="ours").put
    taken = plan(made(ours, {}), made(theirs, {}), mesh="theirs")
    expected = ("mesh", "Cup") in theirs
    assert (("mesh", "Cup") in taken.put) is expected
    assert (taken.remove == (("mesh", "Cup"),)) is not expected


def test_two_new_things_of_one_name_are_a_conflict() -> None:
    ours, theirs = {**BASE, ("object", "New"): "1"}, {**BASE, ("object", "New"): "2"}
    found = plan(made(ours), made(theirs))
    assert found.conflicts == (PartConflict("object", "New", "added", "added"),)


def test_both_gives_theirs_a_free_name() -> None:
    ours = {**BASE, ("object", "Cup"): "2", ("object", "Cup.001"): "1"}
    theirs = {**BASE, ("object", "Cup"): "3"}
    done = plan(made(ours), made(theirs), object="both")
    assert done.put == {("object", "Cup"): "Cup.002"}
    assert done.renamed == {("object", "Cup"): "Cup.002"}
    assert [(c.name, c.status) for c in done.taken] == [("Cup.002", "added")]
    gone = without(("object", "Cup"))
    assert plan(made(gone), made(theirs), object="both").put == {("object", "Cup"): "Cup"}
    assert not plan(made(ours), made(gone), object="both").taken


def test_a_decision_that_is_none_is_refused() -> None:
    ours, theirs = {**BASE, ("mesh", "Cup"): "2"}, {**BASE, ("mesh", "Cup"): "3"}
    with pytest.raises(Invalid):
        plan(made(ours), made(theirs), mesh="mine")


def test_what_is_linked_cannot_be_there_twice() -> None:
    key = ("linked object", "Cup (//lib.blend)")
    with pytest.raises(Invalid):
        plan_merge(made(BASE), made({key: "1"}), made({key: "2"}), {key: "both"})
    done = plan_merge(made({}, {}), made({key: "1"}, {}), made({key: "2"}, {}), {key: "theirs"})
    assert done.put == {key: key[1]}


def test_what_is_still_used_stays() -> None:
    # Theirs has no cup any more, and so no mesh; ours put the mesh into another object.
    ours = {**BASE, ("object", "Vase"): "1"}
    uses = {**USES, ("object", "Vase"): (("mesh", "Cup"),)}
    done = plan(made(ours, uses), made({}, {}))
    assert done.remove == (("object", "Cup"),)
    assert not done.refused


def test_what_theirs_uses_again_comes_back() -> None:
    theirs = {**BASE, ("object", "Vase"): "1"}
    uses = {**USES, ("object", "Vase"): (("mesh", "Cup"),)}
    done = plan(made({}, {}), made(theirs, uses))
    assert set(done.put) == {("object", "Vase"), ("mesh", "Cup"), ("material", "Clay")}


def test_an_object_that_is_needed_and_removed_is_refused() -> None:
    theirs = {**BASE, ("object", "Handle"): "1"}
    uses = {**USES, ("object", "Handle"): (("object", "Cup"),)}
    done = plan(made(without(("object", "Cup"))), made(theirs, uses))
    assert "the object Handle needs the object Cup" in done.refused
