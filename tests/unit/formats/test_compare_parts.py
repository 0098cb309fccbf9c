"""Parts side by side: each way in which one can differ, and no change that was not made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audobon.formats.compare_parts import BOTTOM, compare_parts
from audobon.model.parts import Part, PartChange
from audobon.model.version import FieldChange


def layer(name: str, digest: str = "", ident: str = "", **facts: object) -> Part:
    return Part("layer", name, digest or f"content of {name}", facts, ident)  # type: ignore[arg-type]


def stack(*names: str) -> tuple[Part, ...]:
    return tuple(layer(name) for name in names)


def test_nothing_changed() -> None:
    assert compare_parts(stack("Ink", "Paper"), stack("Ink", "Paper")) == ()
    assert compare_parts((), ()) == ()


def test_added_and_removed() -> None:
    assert compare_parts(stack("Ink", "Paper"), stack("Glow", "Ink")) == (
        PartChange("layer", "Glow", "added"),
        PartChange("layer", "Paper", "removed"),
    )


def test_facts_and_content() -> None:
    old = (layer("Ink", "a", opacity="100 %", visible=True, locked=False),)
    new = (layer("Ink", "b", opacity="50 %", visible=False, locked=False, source="x.png"),)
    (change,) = compare_parts(old, new)
    assert change.content
    assert change.fields == (
        FieldChange("opacity", "100 %", "50 %"),
        FieldChange("visible", "yes", "no"),
        FieldChange("source", "", "x.png"),
    )
    (painted,) = compare_parts((layer("Ink", "a"),), (layer("Ink", "b"),))
    assert (painted.status, painted.fields, painted.content) == ("modified", (), True)


def test_a_renamed_part_is_known_by_its_identity_even_when_painted_on() -> None:
    (change,) = compare_parts((layer("Ink", "a", "{1}"),), (layer("Lines", "b", "{1}"),))
    assert (change.name, change.status, change.content) == ("Lines", "modified", True)
    assert change.fields == (FieldChange("name", "Ink", "Lines"),)


def test_without_identity_a_renamed_part_is_known_by_its_content() -> None:
    (change,) = compare_parts((layer("Ink", "a"),), (layer("Lines", "a"),))
    assert change.fields == (FieldChange("name", "Ink", "Lines"),)


def test_equal_contents_are_no_proof_where_there_are_two() -> None:
    old, new = (layer("A", "same"), layer("B", "same")), (layer("C", "same"),)
    assert {change.status for change in compare_parts(old, new)} == {"added", "removed"}


def test_two_layers_that_swapped_their_names() -> None:
    old = (layer("A", "a", "{1}"), layer("B", "b", "{2}"))
    new = (layer("B", "a", "{1}"), layer("A", "b", "{2}"))
    assert compare_parts(old, new) == (
        PartChange("layer", "B", "modified", (FieldChange("name", "A", "B"),)),
        PartChange("layer", "A", "modified", (FieldChange("name", "B", "A"),)),
    )


def test_the_one_that_moved_is_told_not_those_it_passed() -> None:
    assert compare_parts(stack("A", "B", "C", "D"), stack("B", "C", "D", "A")) == (
        PartChange("layer", "A", "modified", (FieldChange("above", "B", BOTTOM),)),
    )


def test_layers_move_within_their_group_only() -> None:
    old = stack("G", "G/A", "G/B", "H", "H/A", "H/B")
    new = stack("H", "H/A", "H/B", "G", "G/B", "G/A")
    moved = {change.name for change in compare_parts(old, new)}
    assert len(moved & {"G", "H"}) == 1
    assert len(moved & {"G/A", "G/B"}) == 1
    assert not moved & {"H/A", "H/B"}


def test_the_order_of_objects_means_nothing() -> None:
    cube, lamp = Part("object", "Cube", "a"), Part("object", "Lamp", "b")
    assert compare_parts((cube, lamp), (lamp, cube)) == ()


def test_kinds_do_not_mix() -> None:
    old, new = (Part("object", "Cube", "a"),), (Part("mesh", "Cube", "a"),)
    assert [change.status for change in compare_parts(old, new)] == ["added", "removed"]


NAMES = st.lists(st.text("abcdef", min_size=1, max_size=2), unique=True, max_size=8)


@given(NAMES, NAMES)
def test_every_part_is_told_once_and_only_if_it_differs(
    before: list[str], after: list[str]
) -> None:
    old, new = stack(*before), stack(*after)
    changes = compare_parts(old, new)
    names = [change.name for change in changes]
    assert len(names) == len(set(names))
    assert {change.name for change in changes if change.status == "added"} == {*after} - {*before}
    assert {c.name for c in changes if c.status == "removed"} == {*before} - {*after}
    stayed = [name for name in after if name in before]
    still = [name for name in stayed if name not in names]
    assert still == [name for name in before if name in still], "what is not told kept its order"
    assert compare_parts(old, old) == ()
