"""Two edits of one painting in one document: layers of both, conflicts by layer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from layer_support import DOCUMENT, document, layer, merge, merged_document, pixels

from audobon.errors import BadFile, Invalid
from audobon.model.merge import SceneMerge
from audobon.model.parts import PartConflict
from audobon.services.merge.layerorder import merge_order
from audobon.testing.kra_file import KraLayer, flat_picture, kra_bytes

RED, BLUE, GREEN = (200, 10, 20, 255), (10, 20, 200, 255), (20, 180, 40, 128)


def with_layers(*changed: KraLayer, drop: Sequence[str] = ()) -> tuple[KraLayer, ...]:
    """The document with layers of these identities instead of its own."""
    new = {one.ident: one for one in changed}

    def change(layers: Sequence[KraLayer]) -> tuple[KraLayer, ...]:
        return tuple(
            attrs.evolve(found, below=change(found.below))
            for one in layers
            if one.ident not in drop
            for found in [new.get(one.ident, one)]
        )

    return change(DOCUMENT)


def painted(ident: str, color: tuple[int, int, int, int], at: tuple[int, int] = (0, 0)) -> KraLayer:
    return attrs.evolve(layer(ident), tiles={**layer(ident).tiles, at: color})


def set_to(ident: str, **values: str) -> KraLayer:
    return attrs.evolve(layer(ident), values={**layer(ident).values, **values})


def tops(one: Any) -> list[str]:
    return list(one.children[""])


def test_layers_that_each_side_painted(tmp_path: Path) -> None:
    ours, theirs = with_layers(painted("{ink}", RED)), with_layers(painted("{sky}", BLUE))
    both = with_layers(painted("{ink}", RED), painted("{sky}", BLUE))
    made = merge(tmp_path, ours, theirs)
    assert made.merged
    assert [(one.kind, one.name, one.content) for one in made.taken] == [("layer", "Sky", True)]
    wanted = document(tmp_path / "wanted.kra", kra_bytes(both, session=9))
    found = merged_document(tmp_path)
    assert {k: n.mark for k, n in found.nodes.items()} == {
        k: n.mark for k, n in wanted.nodes.items()
    }
    assert found.children == wanted.children


def test_the_picture_is_what_both_made(tmp_path: Path) -> None:
    """In squares that one side painted, in those that both did, and below another layer."""
    ours = with_layers(painted("{ink}", RED), painted("{skin}", GREEN, (1, 1)))
    theirs = with_layers(painted("{sky}", BLUE, (1, 1)), painted("{light}", GREEN, (1, 0)))
    both = with_layers(
        painted("{ink}", RED),
        painted("{skin}", GREEN, (1, 1)),
        painted("{sky}", BLUE, (1, 1)),
        painted("{light}", GREEN, (1, 0)),
    )
    assert merge(tmp_path, ours, theirs).merged
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        found = pixels(archive.read("mergedimage.png"))
        assert "preview.png" in archive.namelist()
    assert found == pixels(flat_picture(both, (128, 128)))


@pytest.mark.parametrize(
    "values",
    [{"compositeop": "multiply"}, {"channelflags": "1110"}, {"layerstyle": "{x}"}],
)
def test_a_picture_that_would_be_a_guess_is_left_out(
    tmp_path: Path, values: Mapping[str, str]
) -> None:
    ours = with_layers(painted("{ink}", RED, (1, 1)))
    theirs = with_layers(painted("{sky}", BLUE, (1, 1)))
    hard = set_to("{light}", **values)
    base, ours, theirs = (
        tuple(hard if one.ident == "{light}" else one for one in layers)
        for layers in (DOCUMENT, ours, theirs)
    )
    made = merge(tmp_path, ours, theirs, base=base)
    assert made.merged
    assert [one.kind for one in made.taken if one.status == "removed"] == ["picture"]
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        assert not {"mergedimage.png", "preview.png"} & set(archive.namelist())


def test_where_only_theirs_is_seen_their_picture_serves(tmp_path: Path) -> None:
    """Whatever modes there are: a hidden layer that ours painted is not seen."""
    base = with_layers(set_to("{ink}", visible="0"), set_to("{sky}", compositeop="burn"))
    ours = tuple(
        attrs.evolve(one, tiles={(0, 0): RED}) if one.ident == "{ink}" else one for one in base
    )
    theirs = tuple(
        attrs.evolve(one, tiles={(0, 0): BLUE}) if one.ident == "{sky}" else one for one in base
    )
    made = merge(tmp_path, ours, theirs, base=base)
    assert made.merged
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        found = archive.read("mergedimage.png")
    with zipfile.ZipFile(tmp_path / "theirs.kra") as archive:
        assert found == archive.read("mergedimage.png")


def test_added_removed_moved_and_renamed(tmp_path: Path) -> None:
    new = KraLayer("{new}", "Notes", tiles={(0, 0): RED})
    fresh = KraLayer("{fresh}", "Notes", tiles={(0, 1): BLUE})
    ours = (new, *with_layers(set_to("{sky}", name="Heaven")))
    group = with_layers(drop=["{light}"])
    theirs = tuple(
        attrs.evolve(one, below=(fresh, *one.below)) if one.ident == "{hero}" else one
        for one in reversed(group)
    )
    assert merge(tmp_path, ours, theirs).merged
    found = merged_document(tmp_path)
    assert tops(found) == ["{sky}", "{hero}", "{new}", "{ink}"]
    assert found.children["{hero}"] == ["{fresh}", "{skin}", "{mask}"]
    names = {ident: node.part.name for ident, node in found.nodes.items()}
    assert names["{sky}"] == "Heaven"
    assert names["{fresh}"] == "Hero/Notes"
    assert "{light}" not in names


CONFLICTS = [
    (
        with_layers(painted("{ink}", RED)),
        with_layers(painted("{ink}", BLUE)),
        PartConflict("layer", "Ink", "modified", "modified"),
    ),
    (
        with_layers(set_to("{hero}", opacity="9")),
        with_layers(set_to("{hero}", opacity="90")),
        PartConflict("layer", "Hero", "modified", "modified", once=True),
    ),
    (
        with_layers(drop=["{hero}"]),
        with_layers(painted("{skin}", BLUE)),
        PartConflict("layer", "Hero", "removed", "modified", once=True),
    ),
    (
        with_layers(painted("{skin}", BLUE)),
        with_layers(drop=["{hero}"]),
        PartConflict("layer", "Hero", "modified", "removed", once=True),
    ),
    (
        tuple(reversed(DOCUMENT)),
        (DOCUMENT[1], DOCUMENT[0], *DOCUMENT[2:]),
        PartConflict("order of", "the document", "modified", "modified", once=True),
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "conflict"), CONFLICTS)
@pytest.mark.parametrize("take", ["ours", "theirs"])
def test_what_both_changed_is_asked(
    tmp_path: Path,
    ours: tuple[KraLayer, ...],
    theirs: tuple[KraLayer, ...],
    conflict: PartConflict,
    take: str,
) -> None:
    asked = merge(tmp_path, ours, theirs)
    assert asked == SceneMerge(merged=False, conflicts=(conflict,))
    assert merge(tmp_path, ours, theirs, {(conflict.kind, conflict.name): take}).merged
    wanted = document(
        tmp_path / "wanted.kra", kra_bytes(ours if take == "ours" else theirs, session=8)
    )
    found = merged_document(tmp_path)
    assert {k: n.mark for k, n in found.nodes.items()} == {
        k: n.mark for k, n in wanted.nodes.items()
    }
    assert found.children == wanted.children


def test_both_of_a_layer(tmp_path: Path) -> None:
    mask = KraLayer("{m}", "Edge", "transparencymask")
    theirs = attrs.evolve(painted("{ink}", BLUE), below=(mask,))
    takes = {("layer", "Ink"): "both"}
    made = merge(tmp_path, with_layers(painted("{ink}", RED)), with_layers(theirs), takes)
    assert made.merged
    found = merged_document(tmp_path)
    copy, ours = tops(found)[1:3]
    assert ours == "{ink}"
    assert found.nodes[copy].part.name == "Ink (theirs)"
    assert [found.nodes[one].part.name for one in found.children[copy]] == ["Ink (theirs)/Edge"]
    digests = {found.nodes[one].part.digest for one in (copy, ours)}
    sides = [document(tmp_path / f"{side}.kra") for side in ("ours", "theirs")]
    assert digests == {one.nodes["{ink}"].part.digest for one in sides}


def test_both_is_refused_where_one_can_be_only(tmp_path: Path) -> None:
    ours, theirs, conflict = CONFLICTS[1]
    with pytest.raises(Invalid, match="ours or theirs"):
        merge(tmp_path, ours, theirs, {(conflict.kind, conflict.name): "both"})


REFUSED = [
    ({"values": {"width": "256"}}, "differ in width: 128 and 256"),
    ({"values": {"colorspacename": "CMYK"}}, "differ in colour space: RGBA and CMYK"),
    ({"members": {"@/annotations/icc": b"another"}}, "different colour profiles"),
]


@pytest.mark.parametrize(("how", "why"), REFUSED)
def test_another_size_or_colour_space_is_refused(
    tmp_path: Path, how: dict[str, Any], why: str
) -> None:
    ours = with_layers(painted("{ink}", RED))
    made = merge(tmp_path, ours, with_layers(painted("{sky}", BLUE)), theirs_how=how)
    assert not made.merged
    assert why in made.reason
    assert made.conflicts == ()


def test_things_of_the_document(tmp_path: Path) -> None:
    ours = {"inner": '<guides showGuides="1"/>', "members": {"@/palettes/a.kpl": b"ours"}}
    theirs = {
        "inner": '<assistants><assistant type="ellipse" filename="ellipse0"/></assistants>',
        "members": {"@/assistants/ellipse0.assistant": b"an ellipse"},
        "title": "Another name",
    }
    made = merge(
        tmp_path,
        with_layers(painted("{ink}", RED)),
        with_layers(painted("{sky}", BLUE)),
        ours_how=ours,
        theirs_how=theirs,
    )
    assert made.merged
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        names = archive.namelist()
        text = archive.read("maindoc.xml").decode()
    assert names[0] == "mimetype"
    assert "Another name/assistants/ellipse0.assistant" in names
    assert "Another name/palettes/a.kpl" in names
    assert 'showGuides="1"' in text
    assert 'type="ellipse"' in text


def test_a_thing_of_the_document_that_both_changed(tmp_path: Path) -> None:
    hows = [{"inner": f'<guides showGuides="{number}"/>'} for number in (1, 2)]
    layers = with_layers(painted("{ink}", RED)), with_layers(painted("{sky}", BLUE))
    asked = merge(tmp_path, *layers, ours_how=hows[0], theirs_how=hows[1])
    assert asked.conflicts == (PartConflict("document", "guides", "added", "added", once=True),)
    takes = {("document", "guides"): "theirs"}
    assert merge(tmp_path, *layers, takes, ours_how=hows[0], theirs_how=hows[1]).merged
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        assert b'showGuides="2"' in archive.read("maindoc.xml")


def test_traces_of_the_hand_are_not_asked(tmp_path: Path) -> None:
    hows = [{"inner": f"<ColorHistory><RGB r='{number}'/></ColorHistory>"} for number in (1, 2)]
    layers = with_layers(painted("{ink}", RED)), with_layers(painted("{sky}", BLUE))
    assert merge(tmp_path, *layers, ours_how=hows[0], theirs_how=hows[1]).merged
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        assert b'r="1"' in archive.read("maindoc.xml")


def test_an_unknown_file_that_both_changed_is_refused(tmp_path: Path) -> None:
    hows = [{"members": {"@/novelty/x": data}} for data in (b"1", b"2")]
    made = merge(tmp_path, DOCUMENT, DOCUMENT, ours_how=hows[0], theirs_how=hows[1])
    assert made.reason == "both sides changed novelty/x, which is not known here"


def test_identities_that_are_none_are_refused(tmp_path: Path) -> None:
    twice = (*DOCUMENT, KraLayer("{ink}", "Double"))
    assert "the identity of another" in merge(tmp_path, twice, DOCUMENT).reason
    nobody = (*DOCUMENT, KraLayer("", "Nobody"))
    assert "no identity" in merge(tmp_path, DOCUMENT, nobody).reason


def test_groups_put_into_each_other_are_refused(tmp_path: Path) -> None:
    a, b = (KraLayer(f"{{{name}}}", name, "grouplayer") for name in "ab")
    ours = (attrs.evolve(a, below=(b,)),)
    theirs = (attrs.evolve(b, below=(a,)),)
    made = merge(tmp_path, ours, theirs, base=(a, b))
    assert made.reason == "two groups have been put into each other"


def test_damaged_documents_are_errors(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    with pytest.raises(BadFile):
        merge(tmp_path / "bad", DOCUMENT, b"PK\3\4 and no more")


def test_frames_of_an_animation_come_along(tmp_path: Path) -> None:
    def moving(stem: str, second: bytes) -> KraLayer:
        frames = (
            '<?xml version="1.0"?><keyframes><channel name="content">'
            f'<keyframe time="0" frame="{stem}"/><keyframe time="7" frame="{stem}.f1"/>'
            "</channel></keyframes>"
        )
        return KraLayer(
            "{move}",
            "Move",
            tiles={(0, 0): RED},
            values={"keyframes": f"{stem}.keyframes.xml"},
            files={".keyframes.xml": frames.encode(), ".f1": second, ".f1.defaultpixel": bytes(4)},
        )

    # Sessions of base, ours and theirs are 0, 1 and 2, so the first layer of each is number
    # 1, 2 and 3; theirs' comes to ours, where number 3 is another's.
    theirs = (moving("layer3", b"a walk"), *DOCUMENT)
    made = merge(tmp_path, with_layers(painted("{ink}", GREEN)), theirs)
    assert made.merged
    found = merged_document(tmp_path)
    stem = found.nodes["{move}"].stem
    assert stem not in ("layer1", "layer2", "layer3")
    with zipfile.ZipFile(tmp_path / "merged.kra") as archive:
        text = archive.read(f"Painting/layers/{stem}.keyframes.xml").decode()
        assert archive.read(f"Painting/layers/{stem}.f1") == b"a walk"
    assert f'frame="{stem}.f1"' in text
    assert found.nodes["{move}"].element.values["keyframes"] == f"{stem}.keyframes.xml"


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        ours, theirs = with_layers(painted("{ink}", RED)), with_layers(painted("{sky}", BLUE))
        assert merge(tmp_path / name, ours, theirs).merged
        found.append((tmp_path / name / "merged.kra").read_bytes())
    assert found[0] == found[1]
    with zipfile.ZipFile(io.BytesIO(found[0])) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "wanted"),
    [
        ("abc", "abc", "abc", "abc"),
        ("abc", "cab", "abc", "cab"),
        ("abc", "abc", "xabyc", "xabyc"),
        ("abc", "cab", "abyc", "ycab"),
        ("abc", "abxc", "abyc", "abxyc"),
        ("abc", "abc", "ac", "ac"),
        ("ab", "abx", "aby", "abxy"),
        ("abc", "cab", "bac", None),
        ("", "xy", "yx", None),
    ],
)
def test_orders(base: str, ours: str, theirs: str, wanted: str | None) -> None:
    kept = set(ours) & set(theirs) | (set(ours) ^ set(theirs)) - set(base)
    lists = [[one for one in side if one in kept] for side in (base, ours, theirs)]
    for pair in ((lists[1], lists[2]), (lists[2], lists[1])):
        found = merge_order(lists[0], *pair)
        assert (None if found is None else "".join(found)) == wanted
