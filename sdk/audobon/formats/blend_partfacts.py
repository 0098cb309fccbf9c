"""What a person would compare of a part of a scene: place, counts, colour, materials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from audobon.formats.blend_fields import FILE_STRUCTS, Fields
from audobon.model.asset import AttributeValue

__all__ = ["Found", "facts_of"]

Found = dict[str, AttributeValue]
Named = Callable[[bytes], tuple[str, ...]]

_OBJECTS = {
    **{0: "empty", 1: "mesh", 2: "curve", 3: "surface", 4: "text", 5: "metaball", 10: "light"},
    **{11: "camera", 12: "speaker", 13: "light probe", 22: "lattice", 25: "armature"},
    **{26: "grease pencil", 27: "hair curves", 28: "point cloud", 29: "volume"},
    30: "grease pencil",
}
_LIGHTS = {0: "point", 1: "sun", 2: "spot", 3: "hemi", 4: "area"}
_CAMERAS = {0: "perspective", 1: "orthographic", 2: "panoramic"}
_HIDDEN = (("hide_viewport", 1), ("hide_select", 2), ("hide_render", 4))
_GENERATED = 4
_AXIS_ANGLE, _QUATERNION = -1, 0

_COUNTS = {
    b"ME": (("vertices", b"totvert"), ("edges", b"totedge"), ("faces", b"totpoly")),
}
_TALLIES = {
    b"OB": (("modifiers", b"ModifierData"), ("constraints", b"bConstraint")),
    b"NT": (("nodes", b"bNode"), ("links", b"bNodeLink")),
    b"MA": (("nodes", b"bNode"), ("links", b"bNodeLink")),
    b"WO": (("nodes", b"bNode"),),
    b"AC": (("curves", b"FCurve"),),
    b"AR": (("bones", b"Bone"),),
    b"TX": (("lines", b"TextLine"),),
}


def facts_of(
    code: bytes,
    fields: Fields,
    head: bytes,
    tally: Mapping[bytes, int],
    beside: Mapping[bytes, bytes],
    named: Named,
) -> Found:
    """Facts of a data block with these letters; ``head`` is its first struct.

    ``tally`` counts the structs that belong to it, ``beside`` has some of
    them, ``named`` gives the names that a member leads to.
    """
    found: Found = {}
    for name, member in _COUNTS.get(code, ()):
        found[name] = fields.number(b"Mesh", member, head)
    for name, struct in _TALLIES.get(code, ()):
        # Kinds of modifiers have structs of their own, named alike.
        count = sum(number for kind, number in tally.items() if kind.endswith(struct))
        if count:
            found[name] = count
    if code in _BY_CODE:
        found |= _BY_CODE[code](fields, head, named)
    materials = named(b"**mat")
    if materials:
        found["materials"] = materials
    if code in FILE_STRUCTS:
        found |= _file(code, fields, head, beside)
    return found


def _object(fields: Fields, head: bytes, named: Named) -> Found:
    kind = fields.number(b"Object", b"type", head)
    found: Found = {
        "type": _OBJECTS.get(kind, f"type {kind}"),
        "location": _numbers(fields.decimals(b"Object", b"loc", head)),
        "rotation": _rotation(fields, head),
        "scale": _numbers(
            fields.decimals(b"Object", b"size", head) or fields.decimals(b"Object", b"scale", head)
        ),
    }
    for name, member in (("parent", b"*parent"), ("data", b"*data")):
        if leads := named(member):
            found[name] = leads[0]
    hidden = fields.number(b"Object", b"restrictflag", head)
    hidden = hidden or fields.number(b"Object", b"visibility_flag", head)
    return found | {name: True for name, bit in _HIDDEN if hidden & bit}


def _rotation(fields: Fields, head: bytes) -> str:
    """In degrees where it is three angles."""
    mode = fields.number(b"Object", b"rotmode", head)
    if mode == _QUATERNION:
        return "quaternion " + _numbers(fields.decimals(b"Object", b"quat", head))
    if mode == _AXIS_ANGLE:
        axis = _numbers(fields.decimals(b"Object", b"rotAxis", head))
        angle = math.degrees(fields.decimal(b"Object", b"rotAngle", head))
        return f"{angle:.6g} around {axis}"
    return _numbers(tuple(map(math.degrees, fields.decimals(b"Object", b"rot", head))))


def _light(fields: Fields, head: bytes, named: Named) -> Found:
    del named
    owner = b"Lamp"
    kind = fields.number(owner, b"type", head)
    color = tuple(fields.decimal(owner, part, head) for part in (b"r", b"g", b"b"))
    return {
        "type": _LIGHTS.get(kind, f"type {kind}"),
        "energy": _round(fields.decimal(owner, b"energy", head)),
        "color": _numbers(color),
    }


def _camera(fields: Fields, head: bytes, named: Named) -> Found:
    del named
    kind = fields.number(b"Camera", b"type", head)
    return {
        "type": _CAMERAS.get(kind, f"type {kind}"),
        "focal_length": _round(fields.decimal(b"Camera", b"lens", head)),
    }


def _material(fields: Fields, head: bytes, named: Named) -> Found:
    del named
    color = tuple(fields.decimal(b"Material", part, head) for part in (b"r", b"g", b"b", b"a"))
    return {
        "color": _numbers(color),
        "metallic": _round(fields.decimal(b"Material", b"metallic", head)),
        "roughness": _round(fields.decimal(b"Material", b"roughness", head)),
    }


def _world(fields: Fields, head: bytes, named: Named) -> Found:
    del named
    parts = (b"horr", b"horg", b"horb")
    return {"color": _numbers(tuple(fields.decimal(b"World", part, head) for part in parts))}


def _scene(fields: Fields, head: bytes, named: Named) -> Found:
    def number(member: bytes) -> int:
        return fields.number(b"Scene", b"r." + member, head)

    base = fields.decimal(b"Scene", b"r.frs_sec_base", head) or 1.0
    found: Found = {
        "size": f"{number(b'xsch')} x {number(b'ysch')}, {number(b'size')} %",
        "frames": f"{number(b'sfra')} to {number(b'efra')}",
        "frame_rate": _round(number(b"frs_sec") / base),
        "engine": fields.text(b"Scene", b"r.engine", head).decode("utf-8", "replace"),
    }
    for name, member in (("camera", b"*camera"), ("world", b"*world")):
        if leads := named(member):
            found[name] = leads[0]
    return found


def _file(code: bytes, fields: Fields, head: bytes, beside: Mapping[bytes, bytes]) -> Found:
    owner = FILE_STRUCTS[code]
    raw = fields.text(owner, b"name", head) or fields.text(owner, b"filepath", head)
    found: Found = {"path": raw.decode("utf-8", "replace")} if raw else {}
    if packed := beside.get(b"PackedFile"):
        found["packed"] = True
        found["bytes"] = fields.number(b"PackedFile", b"size", packed)
    if code == b"IM" and fields.number(b"Image", b"source", head) == _GENERATED:
        # Since 3.1 each tile of an image has its own size.
        where, owner = (
            (beside[b"ImageTile"], b"ImageTile") if b"ImageTile" in beside else (head, owner)
        )
        width, height = (fields.number(owner, side, where) for side in (b"gen_x", b"gen_y"))
        found["size"] = f"{width} x {height}"
    return found


def _numbers(values: tuple[float, ...]) -> str:
    """As a person reads them: six digits, and no minus before a zero."""
    return ", ".join(f"{value + 0.0:.6g}" for value in map(_round, values))


def _round(value: float) -> float:
    # A file holds numbers of single precision: seven digits mean something.
    return float(f"{value:.7g}") + 0.0 if math.isfinite(value) else 0.0


_BY_CODE: Mapping[bytes, Callable[[Fields, bytes, Named], Found]] = {
    b"OB": _object,
    b"LA": _light,
    b"CA": _camera,
    b"MA": _material,
    b"WO": _world,
    b"SC": _scene,
}
