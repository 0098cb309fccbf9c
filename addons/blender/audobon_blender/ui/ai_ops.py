# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about local AI: new images, what looks alike, suggested tags, models.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import images, kit, lookingat, snapshot
from ..logic import engine, transforms
from ..logic.made import picture_of
from ..logic.snapshot import png_of
from ..logic.words import bytes_text, wrap
from . import here
from .asset_ops import _Chosen
from .library_ops import DONE, STOPPED, Handing, _Open

__all__ = ["CLASSES"]

_BY_NAME = {each.pipeline: each for each in transforms.TRANSFORMS}
_VERDICTS = (
    ("accept", "Accept", "Give the asset this tag"),
    ("reject", "Reject", "Never suggest this tag for this asset again"),
    ("always", "Always", "Accept this tag, here and wherever it is suggested from now on"),
    ("never", "Never", "Never show this tag as a suggestion again, for any asset"),
)
_WIDTH, _LETTERS = 460, 74
# Of the pop-up that asks: pixels of Blender's interface, and what fits into them.


class AUDOBON_OT_transform(_Open):
    """Make a new image of the active one in the background; the source stays as it is"""

    bl_idname = "audobon.transform"
    bl_label = "Make of the Image"
    pipeline: kit.EnumProperty(
        items=tuple((each.pipeline, each.label, each.tip) for each in transforms.TRANSFORMS)
    )

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        tip = _BY_NAME[properties.pipeline].tip
        return f"{tip}. A new image, made in the background; the source stays as it is"

    def execute(self, context: Any) -> set[str]:
        session, image = here.session(), images.active_image(context)
        if session is None or image is None:
            self.report({"ERROR"}, "There is no active image: choose one in an Image Editor")
            return STOPPED
        settings = kit.settings(context)
        beside = settings.ai_keep == transforms.BESIDE
        facts = images.facts_of(image)
        folder = images.folder_beside(facts) if beside else None
        reason = transforms.refusal(facts)
        if not reason and beside and not folder:
            reason = f"{facts.name} has no folder; save this file first, or keep the result in it"
        if reason:
            self.report({"ERROR"}, f"{reason[0].upper()}{reason[1:]}")
            return STOPPED
        how = _BY_NAME[self.pipeline]
        try:
            picture = picture_of(facts.name, **images.content(image, facts, transforms.way(facts)))
        except (RuntimeError, MemoryError) as error:
            self.report({"ERROR"}, f"{facts.name} cannot be read: {error}")
            return STOPPED
        said = transforms.parameters(
            self.pipeline,
            wrap=settings.ai_wrap,
            strength=settings.ai_strength,
            directx=settings.ai_directx,
            paper=settings.ai_paper,
            twice=settings.ai_factor == "2",
        )

        def then(made: Any) -> None:
            _take(how, facts.name, made)

        session.transform(self.pipeline, picture, then, beside=folder, parameters=said)
        return DONE


def _take(how: transforms.Transform, source: str, made: Any) -> None:
    """A new image is there: load it, note it, show it where its source is shown."""
    results, thumbs = here.here().results, here.here().thumbs
    before = images.find_image(source)
    image = images.add_image(
        made.file,
        transforms.result_name(source, how.done),
        source,
        how,
        pack=not made.kept,
    )
    computed = results.add(how.label, source, image.name, made.seconds)
    for key, data in ((computed.before, made.before), (computed.after, made.after)):
        if data:
            thumbs.put(key, data)
    if before is not None:
        images.show_image(image, instead_of=before)
    kit.redraw()


class AUDOBON_OT_compare(kit.Operator):
    """Show this image in the image editors"""

    bl_idname = "audobon.compare"
    bl_label = "Show in the Image Editor"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    name: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        image = images.find_image(self.name)
        if image is None:
            self.report({"INFO"}, f"{self.name} is not there any more")
            return STOPPED
        if not images.show_image(image):
            self.report({"INFO"}, "No Image Editor is open")
            return STOPPED
        return DONE


class AUDOBON_OT_cancel_computing(Handing):
    """Stop what is being computed or fetched; nothing half-made is left"""

    bl_idname = "audobon.cancel_computing"
    bl_label = "Stop"

    def hand(self, session: Any) -> None:
        session.cancel_computing()


class AUDOBON_OT_look_at_engine(Handing):
    """Look again what the engine can compute and which models are installed"""

    bl_idname = "audobon.look_at_engine"
    bl_label = "Look Again"

    def hand(self, session: Any) -> None:
        session.look_at_tools()


class AUDOBON_OT_install_model(_Open):
    """Fetch what this needs, in the background; you are told how much, and from where"""

    bl_idname = "audobon.install_model"
    bl_label = "Install the Model?"
    name: kit.StringProperty()

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Open.poll(context) and kit.online(here.here().package)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        state = here.state()
        offer = None if state is None or state.tools is None else state.tools.offer(self.name)
        if offer is None:
            return
        column = self.layout.column(align=True)
        for line in wrap(f"{offer.summary}: {engine.fetch_text(offer)}", _LETTERS):
            column.label(text=line)
        column.label(text=f"{bytes_text(offer.size)} are fetched from public registries.")
        for line in wrap(offer.ask, _LETTERS):
            column.label(text=line)
        if offer.ask:
            column.label(text="OK accepts that, Escape leaves it.")

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        # The dialog has shown what is asked for; from scripts the call itself is the yes.
        session.install(self.name, accept=True)
        return DONE


class AUDOBON_OT_alike(_Open):
    """Show the pictures of the library that look most like this"""

    bl_idname = "audobon.alike"
    bl_label = "Find Similar"
    of: kit.EnumProperty(
        items=(
            ("asset", "Asset", "The chosen asset"),
            ("image", "Image", "The active image"),
            ("part", "Part", "What the image editor shows of its image just now"),
            ("view", "View", "What the 3D view shows just now"),
        )
    )

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        try:
            ways = {"asset": self._asset, "image": self._image, "view": self._view}
            part = self._part(context) if self.of == "part" else None
            found = ways["image" if part else self.of](context)
        except (RuntimeError, ValueError, MemoryError) as error:
            self.report({"ERROR"}, str(error))
            return STOPPED
        session.find_alike(*found, region=part)
        return DONE

    def _part(self, context: Any) -> tuple[float, float, float, float]:
        image = images.active_image(context)
        part = None if image is None else lookingat.shown_part(context, image)
        if part is None:
            raise ValueError("Show the image in an Image Editor, and zoom to the part you mean")
        return part

    def _asset(self, _context: Any) -> tuple[str, Any]:
        asset = here.chosen()
        if asset is None:
            raise ValueError("Choose an asset first")
        return asset.name, asset.id

    def _image(self, context: Any) -> tuple[str, Any]:
        image = images.active_image(context)
        if image is None:
            raise ValueError("There is no active image: choose one in an Image Editor")
        facts = images.facts_of(image)
        reason = transforms.refusal(facts)
        if reason:
            raise ValueError(f"{reason[0].upper()}{reason[1:]}")
        content = images.content(image, facts, transforms.way(facts))
        return facts.name, picture_of(facts.name, **content)

    def _view(self, context: Any) -> tuple[str, Any]:
        area = None if kit.in_background() else snapshot.view_of(context)
        if area is None:
            raise ValueError("There is no 3D view to look at")
        drawn = snapshot.view_pixels(context, area)
        # Packed together later, on the session's thread.
        return "the view", picture_of("view", data=lambda: png_of(*drawn), suffix=".png")


class AUDOBON_OT_leave_alike(Handing):
    """Show everything again"""

    bl_idname = "audobon.leave_alike"
    bl_label = "Close the Search for Similar Pictures"

    def hand(self, session: Any) -> None:
        session.leave_alike()


class AUDOBON_OT_look_at_unseen(_Open):
    """Look at the pictures that nobody has looked at yet, so that they can be found by likeness"""

    bl_idname = "audobon.look_at_unseen"
    bl_label = "Look at Them"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None or state.like is None or not state.like.unseen:
            return STOPPED
        session.look_at_pictures("embed", state.like.unseen)
        return DONE


class _Looking(_Open):
    """Have a network look at the chosen asset, or at all that is found."""

    pipeline = ""
    found: kit.BoolProperty(
        name="All That Is Found", description="On all pages, instead of the chosen asset"
    )

    def execute(self, _context: Any) -> set[str]:
        session, asset = here.session(), here.chosen()
        if session is None or (asset is None and not self.found):
            self.report({"INFO"}, "Choose an asset first")
            return STOPPED
        session.look_at_pictures(self.pipeline, (asset.id,) if asset and not self.found else None)
        return DONE


class AUDOBON_OT_suggest_tags(_Looking):
    """Have tags suggested by a network. Nothing is tagged before you say so"""

    bl_idname = "audobon.suggest_tags"
    bl_label = "Suggest Tags"
    pipeline = "tags"


class AUDOBON_OT_read_text(_Looking):
    """Read what is written in pictures, so that a search finds it. No asset changes by it"""

    bl_idname = "audobon.read_text"
    bl_label = "Read Text in Pictures"
    pipeline = "ocr"


class AUDOBON_OT_next_suggestions(Handing):
    """Choose the next asset that has suggested tags"""

    bl_idname = "audobon.next_suggestions"
    bl_label = "Next with Suggestions"

    def hand(self, session: Any) -> None:
        session.next_suggestions()


class AUDOBON_OT_decide(_Chosen):
    """Decide about a suggested tag; one step of undo in the library"""

    bl_idname = "audobon.decide"
    bl_label = "Decide"
    tag: kit.StringProperty(description="Empty for all tags that are suggested for this asset")
    verdict: kit.EnumProperty(items=_VERDICTS)

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        tips = {name: tip for name, _, tip in _VERDICTS}
        return f"{tips[properties.verdict]}. One step of undo in the library"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None or state.chosen is None:
            return STOPPED
        given = [each for each in state.chosen.suggestions if not self.tag or each.tag == self.tag]
        if not given:
            self.report({"INFO"}, "Nothing is suggested here any more")
            return STOPPED
        session.decide(given, self.verdict)
        return DONE


CLASSES = (
    AUDOBON_OT_transform,
    AUDOBON_OT_compare,
    AUDOBON_OT_cancel_computing,
    AUDOBON_OT_look_at_engine,
    AUDOBON_OT_install_model,
    AUDOBON_OT_alike,
    AUDOBON_OT_leave_alike,
    AUDOBON_OT_look_at_unseen,
    AUDOBON_OT_suggest_tags,
    AUDOBON_OT_read_text,
    AUDOBON_OT_next_suggestions,
    AUDOBON_OT_decide,
)
