# SPDX-License-Identifier: GPL-3.0-or-later
"""What the person has set: fields of the panel, and the add-on's preferences.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic.asking import ANY, BEST, search
from ..logic.gridview import SIZES
from ..logic.shown import PAGES
from ..logic.transforms import BESIDE, PACKED
from ..logic.trust import ALLOW, ASK, REFUSE
from . import here
from .hows import HOWS
from .tiles import Tiles

__all__ = ["WHATS", "Preferences", "Settings", "ask"]

_KINDS = (
    (ANY, "All kinds", "Every asset"),
    ("blend", "Scenes", "Blender files"),
    ("image", "Images", "Pictures and textures"),
    ("document", "Paintings", "Layered documents of Krita, Photoshop and others"),
    ("model", "Models", "Meshes in exchange formats"),
    ("video", "Films", "Films"),
    ("audio", "Sounds", "Sounds"),
    ("vector", "Vectors", "Vector drawings"),
    ("text", "Texts", "Notes and scripts"),
    ("file", "Others", "Files of other kinds"),
)
_SORTS = (
    (BEST, "Best first", "By how well the words fit; without words the newest first"),
    ("name", "Name", "By name, as people sort"),
    ("-added", "Newest", "What was added last comes first"),
    ("-updated", "Changed", "What was changed last comes first"),
    ("-rating", "Rating", "The best rated first"),
    ("-last_used", "Recently used", "What was used last comes first"),
    ("-used", "Most used", "What is used most comes first"),
    ("-size", "Largest", "The largest files first"),
)
_RATINGS = tuple(
    (str(stars), f"{stars}+" if stars else "Any", f"Rated {stars} stars or more")
    for stars in range(6)
)
WHATS = (
    ("objects", "Selected Objects", "The selected objects, as one collection", "OBJECT_DATA", 0),
    ("collections", "Collection", "A collection", "OUTLINER_COLLECTION", 1),
    ("materials", "Material", "A material, shown on a ball", "MATERIAL", 2),
    ("node_groups", "Node Group", "Geometry nodes, or nodes of a shader", "NODETREE", 3),
    ("worlds", "World", "A world, shown with things in its light", "WORLD", 4),
    ("brushes", "Brush", "A brush, shown by its texture or icon", "BRUSH_DATA", 5),
    ("actions", "Action", "An animation, shown by its curves", "ACTION", 6),
    ("file", "Whole File", "A copy of this file, with all that is in it", "FILE_BLEND", 7),
)
_SIZES = tuple((str(count), str(count), f"{count} assets on a page") for count in PAGES)


def ask(settings: Any, _context: Any) -> None:
    """A field was changed: look for what it says now."""
    session = here.session()
    if session is None:
        return
    search(
        session,
        text=settings.text,
        kind=settings.kind,
        tag=settings.tag,
        catalog=settings.catalog,
        rating=int(settings.rating),
        sort=settings.sort,
        limit=int(settings.per_page),
        branch=settings.other_on,
        bundled=settings.bundled,
    )


def _tags(_settings: Any, _context: Any, typed: str) -> list[str]:
    """Tags that contain what was typed, for the list under the field."""
    state = here.state()
    known = () if state is None else state.tags
    return [name for name, _ in known if typed.casefold() in name.casefold()]


def _taught(_settings: Any, _context: Any, typed: str) -> list[str]:
    """Tags that contain what was typed; those that are taught come first."""
    state = here.state()
    known = () if state is None else (*state.teaching.tags, *state.tags)
    return [name for name in dict(known) if typed.casefold() in name.casefold()]


def _catalogs(_settings: Any, _context: Any, typed: str) -> list[str]:
    """Catalogs that contain what was typed."""
    state = here.state()
    known = () if state is None else state.catalogs
    return [path for path, _ in known if typed.casefold() in path.casefold()]


class Settings(kit.PropertyGroup):
    """Fields of the panel. They belong to the window manager, so no file and no undo holds them."""

    text: kit.StringProperty(
        name="Search",
        description="Words, tag:wood, kind:image, rating:>=4, -draft; the manual has all of it",
        options={"TEXTEDIT_UPDATE", "SKIP_SAVE"},
        update=ask,
    )
    kind: kit.EnumProperty(name="Kind", items=_KINDS, update=ask)
    tag: kit.StringProperty(name="Tag", update=ask)
    catalog: kit.StringProperty(name="Catalog", update=ask)
    rating: kit.EnumProperty(name="Rating", items=_RATINGS, update=ask)
    other_on: kit.StringProperty(name="Branch", update=ask)
    bundled: kit.BoolProperty(
        name="Maps and Versions as One",
        description="All maps and sizes of a material, and numbered versions, are shown as one",
        update=ask,
    )
    map_size: kit.StringProperty(
        name="Size", description="The size that is taken of pictures that are there in several"
    )
    tidy_files: kit.BoolProperty(
        name="Also Remove the Other Files",
        description="Their bytes are kept in a version first; undo of the library brings them back",
    )
    typed_name: kit.StringProperty(
        name="Name", description="What the panel says, so that nothing goes by mistake"
    )
    sort: kit.EnumProperty(name="Order", items=_SORTS, update=ask)
    per_page: kit.EnumProperty(name="Assets on a page", items=_SIZES, default="12", update=ask)
    tile: kit.EnumProperty(
        name="Size of the pictures",
        items=tuple((str(size), str(size), f"{size} pixels") for size in SIZES),
        default="128",
    )
    tiles: kit.PointerProperty(type=Tiles)
    as_list: kit.BoolProperty(name="List", description="Lines with columns instead of pictures")
    how: kit.EnumProperty(
        name="Bring In As", description="How data of a scene comes into this file", items=HOWS
    )
    new_tag: kit.StringProperty(
        name="New tag", description="A tag for the chosen asset", search=_tags
    )
    note: kit.StringProperty(
        name="Note", description="What has changed in this version; stands in the history"
    )
    branch: kit.StringProperty(
        name="New branch", description="A name for a line of versions that begins here"
    )
    snapshots: kit.StringProperty(
        name="Place of snapshots",
        description="A folder on another disk or a NAS, or gs://bucket/prefix; empty is the usual",
        subtype="DIR_PATH",
    )
    snapshot_words: kit.StringProperty(
        name="A part of a name",
        description="Show only the files of the snapshot whose paths have these words",
        options={"TEXTEDIT_UPDATE"},
    )
    snapshot_page: kit.IntProperty(name="Page of the files", min=0)
    remote: kit.StringProperty(
        name="New remote",
        description="A folder on another disk or a NAS, or gs://bucket/prefix",
        subtype="DIR_PATH",
    )
    teach_tag: kit.StringProperty(
        name="Tag",
        description="The tag that is taught: one of the library, or a new word",
        search=_taught,
    )
    teach_precision: kit.EnumProperty(
        name="Suggestions That Are Right",
        description="How many are to be right; the more, the fewer pictures are found",
        items=tuple(
            (str(share), f"{share}% right", f"{share} of 100 suggestions are to be right")
            for share in (60, 70, 80, 90, 95)
        ),
        default="80",
    )
    what: kit.EnumProperty(
        name="Save", description="What becomes an asset in a file of its own", items=WHATS
    )
    source: kit.StringProperty(
        name="Which", description="Which one; empty takes what is active just now"
    )
    name: kit.StringProperty(
        name="Name", description="Name of the new asset; empty takes that of what is saved"
    )
    description: kit.StringProperty(
        name="Description", description="What it is and what it is good for"
    )
    save_catalog: kit.StringProperty(
        name="Catalog", description="Its place among the catalogs: Props/Chairs", search=_catalogs
    )
    version_note: kit.StringProperty(
        name="Note", description="What is new in this version of the chosen asset"
    )
    new_tags: kit.StringProperty(
        name="Tags", description="Tags of the new asset, with commas between them"
    )
    pack: kit.BoolProperty(
        name="Pack Textures",
        description="Put the pictures it uses into the file, so that it is whole by itself",
        default=True,
    )
    ai_keep: kit.EnumProperty(
        name="Keep",
        description="Where new images are kept",
        items=(
            (PACKED, "In This File", "Packed into the open file"),
            (BESIDE, "As a File", "Beside the source; of an asset it becomes an asset too"),
        ),
    )
    ai_more: kit.BoolProperty(name="Options", description="Show more about new images")
    ai_wrap: kit.BoolProperty(
        name="It Tiles", description="The picture tiles, and the new one is to tile as well"
    )
    ai_factor: kit.EnumProperty(
        name="Upscale",
        description="How many times as wide and high",
        items=(("4", "4 x", "Four times"), ("2", "2 x", "Twice; a model of its own")),
    )
    ai_strength: kit.FloatProperty(
        name="Relief", description="Of normal maps", default=1.0, min=0.1, max=10.0
    )
    ai_directx: kit.BoolProperty(
        name="DirectX", description="Normal maps whose green points down; Blender's points up"
    )
    ai_paper: kit.EnumProperty(
        name="Paper",
        description="Below line art",
        items=(
            ("white", "White", "Dark lines on white"),
            ("black", "Black", "Light lines on black"),
            ("none", "None", "Lines on nothing"),
        ),
    )


class Preferences(kit.AddonPreferences):
    """What holds for all files."""

    bl_idname = __package__.rpartition(".")[0]

    reopen: kit.BoolProperty(
        name="Open the last library at start",
        description="Happens on a thread of its own: Blender does not wait for it",
        default=True,
    )

    scripts: kit.EnumProperty(
        name="Scenes with scripts",
        description="What is done with a scene that would run Python, or links other files",
        items=(
            (ASK, "Ask", "Show what was found and ask, once for each file as it is"),
            (REFUSE, "Refuse", "Never bring in scenes with scripts"),
            (ALLOW, "Allow", "Bring everything in without a question"),
        ),
        default=ASK,
    )

    lock_open: kit.BoolProperty(
        name="Tell others which file is open",
        description="Others on this library see who has it open, and since when",
        default=True,
    )

    version_on_save: kit.BoolProperty(
        name="New version on each save",
        description="Saving a file of the library also makes a version, in the background",
        default=False,
    )
    author: kit.StringProperty(
        name="Author", description="Written into the assets that you save, where it is not empty"
    )
    license: kit.StringProperty(
        name="Licence", description="Written into the assets that you save: CC0, CC-BY-4.0, ..."
    )
    copyright: kit.StringProperty(
        name="Copyright", description="Written into the assets that you save"
    )

    online: kit.BoolProperty(
        name="Download models when asked to",
        description="Blender before 4.2 has no switch of its own. Nothing else goes online",
        default=False,
    )

    def draw(self, _context: Any) -> None:
        self.layout.prop(self, "reopen")
        self.layout.prop(self, "lock_open")
        self.layout.prop(self, "version_on_save")
        self.layout.prop(self, "scripts")
        box = self.layout.box()
        box.label(text="Folders whose scenes come in without a question")
        for folder in here.here().app.policies.folders:
            row = box.row()
            row.label(text=folder, icon="FILE_FOLDER")
            row.operator("audobon.distrust_folder", text="", icon="X").directory = folder
        box.operator("audobon.trust_folder", icon="ADD")
        column = self.layout.column(heading="Of Saved Assets")
        for name in ("author", "license", "copyright"):
            column.prop(self, name)
        if not kit.has_online():
            self.layout.prop(self, "online")
