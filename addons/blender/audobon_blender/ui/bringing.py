# SPDX-License-Identifier: GPL-3.0-or-later
"""What all clicks have in common that bring assets into the open file.

No postponed annotations here: Blender reads properties from them.
"""

import json
from collections.abc import Sequence
from typing import Any

from ..host import kit, scenes
from ..logic.ready import Prepared, at_size, ids_of, only_there
from ..logic.using import LINK, Contents, Pick, contents_of, natural
from . import here
from .hows import HOWS
from .library_ops import _Open
from .waiting import Waiting

__all__ = ["Bring", "contents", "note_use", "short_name"]


def note_use(asset: Any, kind: str) -> None:
    """Uses are counted: search ranks by them. Noted by the next step, once this one is over."""
    here.here().uses.append((asset.id, kind))


def contents(one: Prepared) -> Contents:
    """What the session has read where it has; else Blender reads the names here and now."""
    found = contents_of(one.inside, one.asset.id, one.stamp)
    return scenes.contents(one.asset.file) if found is None else found


def short_name(asset: Any) -> str:
    """The name of an asset without its extension."""
    return str(asset.name.rpartition(".")[0] or asset.name)


class Bring(Waiting):
    """Works on the assets of ``ids``, else on the chosen one; one step of Blender's undo."""

    bl_options = {"REGISTER", "UNDO"}  # Blender reads it from the class
    ids: kit.StringProperty(
        name="Assets",
        description="Ids with spaces between them; without any the chosen asset",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    size: kit.StringProperty(
        name="Size",
        description="Of pictures that are there in several, as 2k; empty: as chosen in the panel",
        options={"SKIP_SAVE"},
    )
    again: kit.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
    how: kit.EnumProperty(name="As", items=HOWS)

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Open.poll(context) and context.mode == "OBJECT"

    @property
    def verb(self) -> str:
        return str(self.bl_idname.partition("_OT_")[2])

    def refused(self, text: str) -> None:
        self.report({"ERROR"}, text)

    def known(self) -> list[Prepared]:
        """What is brought in, as far as it was read; empty where something is missing."""
        state = here.state()
        return (state and here.here().ready.get(state, ids_of(self.ids))) or []

    def gather(self, context: Any) -> list[Prepared]:
        """What is brought in; empty when this cannot go on now.

        What was not read yet is read in the background, and then it begins anew.
        """
        state, session = here.state(), here.session()
        chosen = here.chosen()
        idents = ids_of(self.ids) or (() if chosen is None else (chosen.id,))
        if state is None or session is None or not idents:
            self.refused("Choose an asset first")
            return []
        self.ids = " ".join(idents)  # for the panel of the last step: another may be chosen by then
        ready = here.here().ready
        found = ready.get(state, idents)
        if found is None and self.again:
            if ready.left.isdisjoint(idents):  # else a notice has said why it was not fetched
                self.refused("The files cannot be read, or change meanwhile; try again in a moment")
        elif found is None:
            self._read_first(context, session, idents)
        if found is None:
            return []
        size = self.size or kit.settings(context).map_size
        sized = [at_size(one, size) for one in found]
        away = [one.asset.id for one in sized if only_there(one.asset, one.stamp)]
        if away and not self.again:
            self._read_first(context, session, idents, also=away)
        gone = [one.asset for one in sized if one.stamp == (0, 0)]
        if gone and not away:
            self.refused(f"{gone[0].name} is gone from its place")
        return [] if gone else sized

    def _read_first(
        self, context: Any, session: Any, idents: Sequence[str], also: Sequence[str] = ()
    ) -> None:
        self.again = True
        ready = here.here().ready
        if kit.in_background() or context.window is None:
            name, how = self.verb, kit.keywords(self)
            ready.prepare(session, idents, lambda: _call_again(name, how), also=also)
        else:
            self.wait_for(context, ready.prepare(session, idents, also=also))
        self.report({"INFO"}, "Reading the files first; it comes in a moment")

    def permitted(self, found: Sequence[Prepared]) -> bool:
        """Whether to go on. Where the person is asked, a yes calls this operator again."""
        asked = False
        for one in found:
            if one.asset.format != "blend":
                continue
            verdict = here.here().verdict(one.asset, one.inside)
            if verdict.what == "wait":
                self.report({"INFO"}, f"{one.asset.name}: {verdict.text}")
                return False
            if verdict.what == "refuse" or (verdict.what == "ask" and kit.in_background()):
                self.refused(f"{one.asset.name} is not brought in. {verdict.text}")
                return False
            asked = asked or verdict.what == "ask"
        if asked:
            args = json.dumps(kit.keywords(self))
            kit.call("confirm_scripts", then=self.verb, args=args, ids=self.ids)
        return not asked

    def pick(self, one: Prepared) -> Pick | None:
        """What its author meant to give; None, and it is said, where there is nothing."""
        try:
            found = natural(contents(one))
        except (OSError, RuntimeError) as error:
            self.refused(f"{one.asset.name} cannot be read: {error}")
            return None
        if found is None:
            self.refused(f"{one.asset.name} holds nothing that can be appended")
        return found

    def take(
        self, context: Any, one: Prepared, pick: Pick | None, spots: Sequence[Any] = ()
    ) -> scenes.Taken | None:
        """Bring it in; None, and it is said, where that fails."""
        asset = one.asset
        if pick is None:
            return None
        try:
            taken = scenes.take(
                *(context, asset.file, pick), how=self.how, name=short_name(asset), spots=spots
            )
        except (OSError, RuntimeError) as error:
            self.refused(f"{asset.name} cannot be read: {error}")
            return None
        if taken.missing:
            text = f"{', '.join(taken.missing[:3])} could not be found, so it was not packed"
            self.report({"WARNING"}, text)
        note_use(asset, "linked" if self.how == LINK else "appended")
        return taken

    def told(self, names: Sequence[str]) -> None:
        verb = "Linked" if self.how == LINK else "Appended"
        self.report({"INFO"}, f"{verb} {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}")


def _call_again(name: str, how: dict[str, Any]) -> None:
    try:
        kit.call(name, **how)
    except RuntimeError as error:  # what it has refused; nobody clicked just now
        here.tell(str(error).removeprefix("Error: ").strip())
