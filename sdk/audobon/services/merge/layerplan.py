"""Three versions of a layered document, layer by layer: what a merge takes, what it asks.

Pure, and the same with ours and theirs exchanged, but for names of copies.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

from attrs import define, field, frozen

from audobon.errors import Invalid
from audobon.formats.kra_document import FRAME, ROOT, KraDocument, Node
from audobon.formats.kra_units import FRAME_UNIT, PASSING_UNITS
from audobon.model.merge import TAKES
from audobon.model.parts import PartConflict
from audobon.services.merge.layerorder import merge_order

__all__ = ["Copied", "LayerPlan", "plan_layers"]

Key = tuple[str, str]
Docs = Mapping[str, KraDocument]

_COPIES = uuid.UUID("7be1f0aa-6a5f-4b57-9d1f-2f1f1c0a0b6e")  # a name space of our own
_OTHER = {"ours": "theirs", "theirs": "ours"}
_TOP = "the document"
_WORDS = {
    "colorspacename": "colour space",
    "profile": "colour profile",
    "x-res": "resolution",
    "y-res": "resolution",
}


@frozen(slots=True)
class Copied:
    """A layer of theirs that is kept beside ours, with an identity of its own."""

    ident: str
    of: str
    name: str


@define
class LayerPlan:
    """The merged document. ``sides`` says for each layer whose it is, ``children`` what lies in
    it, from the top; ``copies`` are by their new identity. ``units`` likewise. With
    ``conflicts`` or ``refused`` the rest is unfinished."""

    sides: dict[str, str] = field(factory=dict)
    children: dict[str, list[str]] = field(factory=dict)
    copies: dict[str, Copied] = field(factory=dict)
    units: dict[str, str] = field(factory=dict)
    conflicts: list[PartConflict] = field(factory=list)
    refused: str = ""


def plan_layers(docs: Docs, takes: Mapping[Key, str]) -> LayerPlan:
    """Of the documents ``base``, ``ours`` and ``theirs``; ``takes`` decides by kind and name.

    Invalid for a decision that is none, or is not possible.
    """
    plan = LayerPlan()
    plan.refused = _other_frame(docs)
    if not plan.refused:
        work = _Work(docs, takes, plan)
        work.units()
        work.layers()
        if not plan.conflicts and not plan.refused:
            work.copies()
    return plan


def _other_frame(docs: Docs) -> str:
    ours, theirs = docs["ours"], docs["theirs"]
    for key in FRAME:
        if ours.frame[key] != theirs.frame[key]:
            what = _WORDS.get(key, key)
            return f"the two documents differ in {what}: {ours.frame[key]} and {theirs.frame[key]}"
    if _mark(ours, FRAME_UNIT) != _mark(theirs, FRAME_UNIT):
        return "the two documents have different colour profiles"
    return ""


def _mark(document: KraDocument, unit: str) -> str | None:
    found = document.units.get(unit)
    return None if found is None else found.mark


def _status(before: object, after: object) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "modified"


@define
class _Work:
    docs: Docs
    takes: Mapping[Key, str]
    plan: LayerPlan
    names: dict[str, str] = field(factory=dict)
    parents: dict[str, str] = field(factory=dict)
    doubles: list[str] = field(factory=list)

    def node(self, side: str, ident: str) -> Node | None:
        return self.docs[side].nodes.get(ident)

    def decide(self, key: Key, here: str, there: str, *, once: bool) -> str:
        """What was decided; empty, and a conflict is noted, when nothing was."""
        take = self.takes.get(key, "")
        if not take:
            if all((one.kind, one.name) != key for one in self.plan.conflicts):
                self.plan.conflicts.append(PartConflict(*key, here, there, once=once))
        elif take not in TAKES or (take == "both" and (once or "removed" in (here, there))):
            allowed = "ours or theirs" if once else ", ".join(TAKES)
            raise Invalid(f"'{take}' cannot be taken for {key[0]} {key[1]}; {allowed} can")
        return take

    def units(self) -> None:
        """Whose each unit is."""
        names = dict.fromkeys(name for doc in self.docs.values() for name in sorted(doc.units))
        for name in names:
            before, here, there = (_mark(self.docs[s], name) for s in ("base", "ours", "theirs"))
            if there in (before, here) or (here is not None and name in PASSING_UNITS):
                self.plan.units[name] = "ours"
            elif here == before:
                self.plan.units[name] = "theirs"
            elif any(not doc.units[name].known for doc in self.docs.values() if name in doc.units):
                self.plan.refused = f"both sides changed {name}, which is not known here"
            else:
                statuses = (_status(before, here), _status(before, there))
                take = self.decide(("document", name), *statuses, once=True)
                self.plan.units[name] = take or "ours"

    def layers(self) -> None:
        self._name()
        for ident in self.names:
            side = self._side(ident)
            if side:
                self.plan.sides[ident] = side
        for side in _OTHER:
            self._removed(side)
        for ident in self.plan.sides:
            self.parents[ident] = self._parent(ident)
        if not self.plan.conflicts and not self.plan.refused:
            self._rooted()
        if not self.plan.refused:
            self._orders()

    def _name(self) -> None:
        """One path for each layer, ours' where it has it, and no path for two."""
        taken: set[str] = set()
        for doc in (self.docs["ours"], self.docs["theirs"], self.docs["base"]):
            for ident, node in doc.nodes.items():
                if ident not in self.names:
                    name, number = node.part.name, 1
                    while name in taken:
                        number += 1
                        name = f"{node.part.name} ({number})"
                    taken.add(name)
                    self.names[ident] = name

    def _side(self, ident: str) -> str:
        """Whose a layer is that both have or one has added; empty for a removed one."""
        before, here, there = (self.node(side, ident) for side in ("base", "ours", "theirs"))
        if here is None or there is None:
            if before is not None:
                return ""
            return "theirs" if here is None else "ours"
        if there.mark in (here.mark, before and before.mark):
            return "ours"
        if before is not None and here.mark == before.mark:
            return "theirs"
        status = _status(before, here)
        once = here.group or here.element.name != there.element.name
        take = self.decide(("layer", self.names[ident]), status, status, once=once)
        if take == "both":
            self.doubles.append(ident)
        return "theirs" if take == "theirs" else "ours"

    def _removed(self, side: str) -> None:
        """Layers that ``side`` removed: gone, unless the other side went on with them."""
        base, other = self.docs["base"], self.docs[_OTHER[side]]
        gone = {
            ident
            for ident in base.nodes
            if ident in other.nodes and ident not in self.docs[side].nodes
        }
        together: dict[str, list[str]] = {}
        for ident in base.nodes:  # parents come before what lies in them
            if ident in gone:
                together.setdefault(self._top(ident, gone, other), []).append(ident)
        for top, idents in together.items():
            if not any(self._went_on(ident, gone, other) for ident in idents):
                continue
            mine, theirs = ("removed", "modified") if side == "ours" else ("modified", "removed")
            take = self.decide(("layer", self.names[top]), mine, theirs, once=True)
            if take != side:
                self.plan.sides.update(dict.fromkeys(idents, _OTHER[side]))

    def _top(self, ident: str, gone: set[str], other: KraDocument) -> str:
        """The outermost group that was removed along with this one."""
        parent = self.docs["base"].nodes[ident].parent
        while parent in gone and other.nodes[ident].parent == parent:
            ident, parent = parent, self.docs["base"].nodes[parent].parent
        return ident

    def _went_on(self, ident: str, gone: set[str], other: KraDocument) -> bool:
        before, after = self.docs["base"].nodes[ident], other.nodes[ident]
        if after.mark != before.mark or after.parent != before.parent:
            return True
        return any(below not in gone for below in other.children[ident])

    def _parent(self, ident: str) -> str:
        before, here, there = (
            None if node is None else node.parent
            for node in (self.node(side, ident) for side in ("base", "ours", "theirs"))
        )
        if here is None or there is None:
            return here if here is not None else (there or ROOT)
        if there in (here, before):
            return here
        if here == before:
            return there
        if ident in self.doubles:
            return here
        key = ("layer", self.names[ident])
        status = _status(before, here)
        return there if self.decide(key, status, status, once=True) == "theirs" else here

    def _rooted(self) -> None:
        """Let each layer lie in what is there; what was added to a removed group goes with it."""
        for ident in list(self.plan.sides):
            seen = {ident}
            parent = self.parents[ident]
            while parent != ROOT and parent in self.plan.sides and parent not in seen:
                seen.add(parent)
                parent = self.parents[parent]
            if parent in seen:
                self.plan.refused = "two groups have been put into each other"
        for ident in list(self.plan.sides):
            if not self._there(self.parents[ident]):
                homes = [node.parent for side in _OTHER if (node := self.node(side, ident))]
                home = next((one for one in homes if self._there(one)), None)
                if home is not None:
                    self.parents[ident] = home
        while lost := [one for one in self.plan.sides if not self._there(self.parents[one])]:
            for ident in lost:
                del self.plan.sides[ident]

    def _there(self, ident: str) -> bool:
        return ident == ROOT or ident in self.plan.sides

    def _orders(self) -> None:
        for parent in (ROOT, *self.plan.sides):
            lists = {
                side: [
                    one
                    for one in self.docs[side].children.get(parent, ())
                    if one in self.plan.sides and (side == "base" or self.parents[one] == parent)
                ]
                for side in ("base", "ours", "theirs")
            }
            moved = {one for one, home in self.parents.items() if home == parent}
            orders = (lists["base"], lists["ours"], lists["theirs"])
            found = merge_order(*orders)
            if found is None:
                name = _TOP if parent == ROOT else self.names[parent]
                take = self.decide(("order of", name), "modified", "modified", once=True)
                found = merge_order(*orders, leader=take or "ours")
                assert found is not None
            # A layer that lies elsewhere on both sides, since its group is gone, comes last.
            self.plan.children[parent] = [*found, *sorted(moved - set(found))]

    def copies(self) -> None:
        """Put theirs' version of a layer above ours where both are kept."""
        for ident in self.doubles:
            node = self.docs["theirs"].nodes[ident]
            name = f"{node.element.values.get('name', '')} (theirs)"
            copy = self._copy(ident, name)
            siblings = self.plan.children[self.parents[ident]]
            siblings.insert(siblings.index(ident), copy.ident)
            masks = [self._copy(each, "") for each in self.docs["theirs"].children[ident]]
            self.plan.children[copy.ident] = [each.ident for each in masks]

    def _copy(self, of: str, name: str) -> Copied:
        node = self.docs["theirs"].nodes[of]
        fresh = _fresh(node, {*self.names, *self.plan.copies})
        copy = Copied(fresh, of, name or node.element.values.get("name", ""))
        self.plan.copies[fresh] = copy
        self.plan.children.setdefault(fresh, [])
        return copy


def _fresh(node: Node, taken: set[str]) -> str:
    """An identity that follows from what is copied, so that a merge can be worked out again."""
    for ident in _idents(node):
        if ident not in taken:
            return ident
    raise AssertionError("identities do not end")


def _idents(node: Node) -> Iterator[str]:
    number = 0
    while True:
        yield f"{{{uuid.uuid5(_COPIES, f'{node.ident} {node.mark} {number}')}}}"
        number += 1
