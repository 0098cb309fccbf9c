"""What of a .blend struct is content: its addresses by offset, and what a session leaves behind.

Blender keeps in its structs what an artist made, and beside it what it worked
out, selected or counted while it ran. The tables here name the latter, by the
names that the DNA has for them in any version.
"""

from __future__ import annotations

import re

from attrs import field, frozen

from audobon.codec.sdna import Structs, count_of, is_fleeting, is_pointer

__all__ = ["ARRAY", "Layout", "Layouts", "Pointer"]

# Structs inside structs; Blender's go down about five.
_MAX_DEPTH = 12
# Addresses and blanks in one struct; the largest real one has some hundreds (Scene).
# What has more is taken as plain bytes.
_MAX_FIELDS = 4096

ARRAY = b"**"
"""The kind of an address that leads to an array of addresses."""

_BARE = re.compile(rb"[*(]*(\w*)")

_ANYWHERE = frozenset(
    # Values at run time, pictures for lists, the time of the last look, what is active.
    b"runtime preview py_instance execution_time session_uuid changed_timestamp"
    b" vertex_group_active_index attributes_active_index".split()
)

_OF = {
    # Neighbours in the list of all, users, and the name, which a part has beside its digest.
    b"ID": b"next prev newid orig_id name flag tag us icon_id recalc recalc_up_to_undo_push"
    b" recalc_after_undo_push session_uid library_weak_reference deep_hash",
    # The matrices follow from place and parents; what is active or selected is no content.
    b"Object": b"obmat imat imat_ren object_to_world world_to_object constinv flag base_flag mode"
    b" base_local_view_bits col_group actcol actdef actfmap select_id sculpt restore_mode lay",
    b"bPose": b"flag ctime chanhash chan_array",
    b"bPoseChannel": b"chan_mat pose_mat disp_mat disp_tail_mat constinv pose_head pose_tail"
    b" selectflag temp draw_data",
    b"bConstraint": b"lin_error rot_error",
    b"ModifierData": b"error",
    # Who is in a collection is told of the one who is in it.
    b"Collection": b"gobject children object_cache object_cache_instanced parents view_layers tag",
    # The bases of a view layer follow from the collections, and hold the selection.
    b"ViewLayer": b"object_bases basact layer_collections active_collection stats drawdata"
    b" object_bases_hash object_bases_array active_aov active_lightgroup next_active",
    # The cursor, the tools and the frame that is shown are where the artist was last.
    b"Scene": b"cursor toolsettings base basact lay layact customdata_mask flag"
    b" customdata_mask_modal fps_info depsgraph_hash stats active_keyingset",
    b"RenderData": b"cfra subframe",
    b"SceneEEVEE": b"light_cache light_cache_data light_cache_info",
    # Blender works the space of generated textures out when somebody looks.
    b"Mesh": b"loc rot size texflag texcomesh act_face edit_mesh batch_cache subdiv_ccg",
    b"Curve": b"loc rot size texflag actnu actvert editnurb",
    b"MetaBall": b"loc rot size texflag lastelem",
    b"Material": b"gpumaterial texpaintslot tot_slots paint_active_slot paint_clone_slot index",
    b"Image": b"gputexture gpuflag gpuframenr gpu_pass gpu_layer gpu_view gpu_slot lastused"
    b" lastframe rr cache anims renders render_slot last_render_slot lastupdate views",
    b"bNodeTree": b"execdata typeinfo progress is_updating init done update cur_index previews"
    b" active_viewer_key changed_flag",
    # A node's number is drawn by lot when a file of before 3.5 is opened.
    b"bNode": b"identifier new_node need_exec exec threaddata lasty tmp_flag branch_tag iter_flag"
    b" level done stack_index typeinfo block update",
    b"bNodeSocket": b"new_sock cache stack_index stack_type own_index to_index groupsock link ns"
    b" typeinfo total_inputs tmp_flag in_out_flag",
    # Where it lay when it was opened; the path as it is stored is another member.
    b"Library": b"filepath filepath_abs tag temp_index filedata versionfile subversionfile",
    b"Camera": b"gpu_dof",  # what the viewport works out of the real ones
    b"IDPropertyData": b"children_map",
    b"DriverVar": b"curval prev_curval",
    b"ChannelDriver": b"curval expr_comp expr_simple",
    b"FCurve": b"prev_norm_factor prev_offset",
    b"AnimData": b"driver_array recalc",
    b"Text": b"compiled curl sell curc selc mtime",
    b"SessionUUID": b"uid_",
    b"SessionUID": b"uid_",
}
"""Members that are no content, by the struct they lie in. Members called ``_pad`` never are."""

_BITS = {
    # Made here and not in a library; shared at run time; the one whose panel is open.
    (b"bConstraint", b"flag"): 1 << 11,
    (b"ModifierData", b"flag"): 0b111,
    (b"ViewLayer", b"flag"): 1 << 3,  # to be worked out again
    (b"bNode", b"flag"): 1 << 0,  # selected
    (b"bNodeSocket", b"flag"): 1 << 2,  # linked, which the links say
}
"""Bits of members that are no content, in members whose other bits are."""

_LEFT_OUT = {owner: frozenset(words.split()) for owner, words in _OF.items()}


@frozen(slots=True)
class Pointer:
    """An address ``at`` bytes into a struct, to a ``kind``; not ``kept`` when it is no content."""

    at: int
    kind: bytes
    kept: bool


@frozen(slots=True)
class Layout:
    """One struct: its name and size, its addresses, and the ranges of bytes that are no content.

    ``told`` is False where addresses could not be told from other bytes.
    ``bits`` gives offsets of bytes with the bits of them that are content.
    ``heads`` are the structs that it begins with, itself among them: Blender
    points to the first when it means any of those that begin alike.
    """

    name: bytes
    size: int
    pointers: tuple[Pointer, ...] = ()
    blanks: tuple[tuple[int, int], ...] = ()
    bits: tuple[tuple[int, int], ...] = ()
    heads: frozenset[bytes] = field(factory=frozenset)
    told: bool = True


class Layouts:
    """The layout of each struct of a file by its number, worked out when it is asked for."""

    def __init__(self, structs: Structs) -> None:
        self._dna = structs
        self._done: dict[int, Layout] = {}
        self.known = frozenset(structs.types[kind] for kind in structs.order)

    def __len__(self) -> int:
        return len(self._dna.order)

    def number_of(self, name: bytes) -> int:
        """The number of the struct with a name, -1 for none."""
        kinds = (self._dna.types[kind] for kind in self._dna.order)
        return next((number for number, kind in enumerate(kinds) if kind == name), -1)

    def of(self, number: int) -> Layout:
        """ValueError when structs hold each other without end; LookupError for no such struct."""
        return self._flat(self._dna.order[number], 0)

    def _flat(self, kind: int, depth: int) -> Layout:
        if kind not in self._done:
            if depth > _MAX_DEPTH:
                raise ValueError("structs of the DNA hold each other without end")
            self._done[kind] = self._make(kind, depth)
        return self._done[kind]

    def _make(self, kind: int, depth: int) -> Layout:
        dna = self._dna
        owner, size = dna.types[kind], dna.sizes[kind]
        heads = {owner}
        pointers: list[Pointer] = []
        blanks: list[tuple[int, int]] = []
        bits: list[tuple[int, int]] = []
        at = 0
        for member, number in dna.members[kind]:
            name = dna.names[number]
            count = count_of(name)
            left_out = _left_out(owner, dna.types[member], name)
            if is_pointer(name):
                one, inner = (
                    8,
                    Layout(b"", 8, (Pointer(0, _target(dna.types[member], name), True),)),
                )
            elif member in dna.members:
                one, inner = dna.sizes[member], self._flat(member, depth + 1)
                heads |= inner.heads if at == 0 and count == 1 else frozenset()
            else:
                one = dna.sizes[member]
                inner = Layout(b"", one, bits=_bits(owner, name, one))
            if count * _weight(inner) > _MAX_FIELDS:
                return Layout(owner, size, heads=frozenset((owner,)), told=False)
            starts = range(at, at + count * one, one) if _weight(inner) else ()
            for start in starts:
                pointers += [
                    Pointer(start + p.at, p.kind, p.kept and not left_out) for p in inner.pointers
                ]
                blanks += [] if left_out else [(start + a, start + b) for a, b in inner.blanks]
                bits += [] if left_out else [(start + a, mask) for a, mask in inner.bits]
            at += count * one
            if left_out:
                blanks.append((at - count * one, at))
        made = Layout(owner, size, tuple(pointers), tuple(blanks), tuple(bits), frozenset(heads))
        fits = at <= size and _weight(made) <= _MAX_FIELDS
        if not fits or (pointers and size % 8) or any(p.at % 8 for p in pointers):
            return Layout(owner, size, heads=frozenset(heads), told=False)
        return made


def _weight(layout: Layout) -> int:
    return len(layout.pointers) + len(layout.blanks) + len(layout.bits)


def _bits(owner: bytes, name: bytes, size: int) -> tuple[tuple[int, int], ...]:
    """What to keep of each byte of a number that has bits without content."""
    mask = _BITS.get((owner, name), 0).to_bytes(8, "little")
    return tuple((at, ~byte & 0xFF) for at, byte in enumerate(mask[:size]) if byte)


def _left_out(owner: bytes, kind: bytes, name: bytes) -> bool:
    match = _BARE.match(name)
    bare = match[1] if match else name
    if bare in _ANYWHERE or bare in _LEFT_OUT.get(owner, ()) or is_fleeting(owner, kind, bare):
        return True
    return bare.startswith((b"_pad", b"pad")) or kind.endswith((b"_Runtime", b"Runtime"))


def _target(kind: bytes, name: bytes) -> bytes:
    """What a member points to; empty when that can be anything."""
    if name.startswith(b"**"):
        return ARRAY
    return kind if name.startswith(b"*") else b""
