"""What is done inside a real Blender: a file opened and saved, two files merged part by part.

Runs in Blender's own Python (3.10 and newer), with nothing of this package in
reach: :func:`run` is loaded by path and gets ``bpy`` handed in. It opens files
with scripts off, and writes only where its job says. Each function raises
ValueError, with the reason for people, when something cannot be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["run"]

_LISTS = {
    "scene": "scenes",
    "collection": "collections",
    "object": "objects",
    "mesh": "meshes",
    "curve": "curves",
    "hair curves": "hair_curves",
    "metaball": "metaballs",
    "lattice": "lattices",
    "armature": "armatures",
    "point cloud": "pointclouds",
    "volume": "volumes",
    "grease pencil": "grease_pencils",
    "grease pencil v3": "grease_pencils_v3",
    "camera": "cameras",
    "light": "lights",
    "light probe": "lightprobes",
    "speaker": "speakers",
    "material": "materials",
    "node group": "node_groups",
    "texture": "textures",
    "image": "images",
    "world": "worlds",
    "action": "actions",
    "particles": "particles",
    "line style": "linestyles",
    "movie clip": "movieclips",
    "mask": "masks",
    "sound": "sounds",
    "font": "fonts",
    "text": "texts",
    "cache file": "cache_files",
}
"""Where ``bpy.data`` has each kind of part. Libraries come with what is linked from them."""

_LINKED = "linked "
_V3 = "grease pencil v3"  # 4.3 to 4.5 have both; from 5.0 they are the only ones

Key = tuple[str, str]


def run(bpy: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    """Do the job: ``{save: [[from, to], ...]}`` or ``{merge: {...}}`` (see :class:`_Merge`)."""
    bpy.context.preferences.filepaths.save_version = 0
    for source, target in job.get("save", ()):
        _open(bpy, source)
        _save(bpy, target, compress=False)
    if "merge" in job:
        _Merge(bpy, job["merge"]).run()
    return {"version": list(bpy.app.version)}


def _open(bpy: Any, path: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=True, use_scripts=False)


def _save(bpy: Any, path: str, *, compress: bool) -> None:
    # Paths in the file stay as they are: it will lie where the artist has it, not here.
    bpy.ops.wm.save_as_mainfile(
        filepath=path, check_existing=False, compress=compress, relative_remap=False
    )


class _Merge:
    """``{ours, theirs, to, compress, put, remove, within}``.

    ``put`` lists kind, name and the name it gets of what comes from theirs,
    ``remove`` kind and name of what goes from ours; ``within`` lists kind and
    name of members with the kinds and names of all collections they are in.
    """

    def __init__(self, bpy: Any, job: Mapping[str, Any]) -> None:
        self._bpy, self._job = bpy, job
        self._put: dict[Key, str] = {(kind, name): new for kind, name, new in job["put"]}

    def run(self) -> None:
        job = self._job
        _open(self._bpy, job["ours"])
        put = [key for key in self._put if key[0] in _LISTS]
        theirs = self._load(self._closure(put), link=False) if put else {}
        goes = [found for kind, name in job["remove"] if (found := self._ours(kind, name))]
        goes += self._remap(theirs)
        self._scenes(theirs)
        self._bpy.data.batch_remove(goes)
        for key in put:
            theirs[key].name = self._put[key]
        self._place()
        self._keep()
        _save(self._bpy, job["to"], compress=bool(job["compress"]))

    def _name(self, kind: str) -> str:
        """What ``bpy.data`` calls the list of a kind; empty where it has none."""
        for name in (_LISTS.get(kind, ""), *(("grease_pencils",) if kind == _V3 else ())):
            if name and hasattr(self._bpy.data, name):
                return str(name)
        return ""

    def _list(self, kind: str) -> Any:
        name = self._name(kind)
        if not name:
            raise ValueError(f"this Blender knows nothing of the kind {kind}")
        return getattr(self._bpy.data, name)

    def _ours(self, kind: str, name: str) -> Any:
        """A part of the file that is open, None where it is not."""
        if kind == "library":
            return None
        linked = kind.startswith(_LINKED)
        for one in self._list(kind[len(_LINKED) :] if linked else kind):
            if bool(one.library) is linked and _key("", one)[1] == name:
                return one
        return None

    def _closure(self, keys: Iterable[Key]) -> list[Key]:
        """The parts themselves and all that they use in theirs: linked to look, and let go."""
        data = self._bpy.data
        known = {one.name for one in data.libraries}
        self._load(keys, link=True)
        fresh = [one for one in data.libraries if one.name not in known]
        path = self._bpy.path.abspath
        theirs = [one for one in fresh if path(one.filepath) == self._job["theirs"]]
        if len(theirs) != 1:
            raise ValueError("the other side cannot be linked")
        found = [
            (kind, one.name)
            for kind in _LISTS
            if (name := self._name(kind))
            for one in getattr(data, name)
            if one.library == theirs[0]
        ]
        for library in fresh:
            data.libraries.remove(library)
        return found

    def _load(self, keys: Iterable[Key], *, link: bool) -> dict[Key, Any]:
        """Bring these parts of theirs in, linked or as copies."""
        wanted: dict[str, list[Key]] = {}
        for key in keys:
            self._list(key[0])
            wanted.setdefault(self._name(key[0]), []).append(key)
        with self._bpy.data.libraries.load(self._job["theirs"], link=link) as (there, here):
            for name, several in wanted.items():
                if missing := {key[1] for key in several} - set(getattr(there, name)):
                    raise ValueError(f"Blender does not find {min(missing)} in the other side")
                setattr(here, name, [key[1] for key in several])
        found: dict[Key, Any] = {}
        for name, several in wanted.items():
            found.update(zip(several, getattr(here, name), strict=True))
        if lost := [key for key, one in found.items() if one is None]:
            raise ValueError(f"Blender cannot take {lost[0][1]} from the other side")
        return found

    def _remap(self, theirs: Mapping[Key, Any]) -> list[Any]:
        """Let each part be used wherever its twin is that goes; the twins."""
        goes = []
        for key, new in theirs.items():
            old = self._ours(*key)
            old = None if old == new else old
            if key not in self._put:
                # Without a twin, ours has removed it.
                if old is not None:
                    new.user_remap(old)
                goes.append(new)
            elif old is not None and self._put[key] == key[1]:
                old.user_remap(new)
                goes.append(old)
        return goes

    def _scenes(self, theirs: Mapping[Key, Any]) -> None:
        """Windows show the scene that comes instead of the one that goes."""
        for manager in self._bpy.data.window_managers:
            for window in manager.windows:
                new = theirs.get(("scene", window.scene.name))
                if new is not None and ("scene", window.scene.name) in self._put:
                    window.scene = new

    def _place(self) -> None:
        """Put members into exactly the collections that the plan says."""
        roots = {("scene", one.name): one.collection for one in self._bpy.data.scenes}
        holders = {_key("collection", one): one for one in self._bpy.data.collections}
        holders |= roots
        inside: dict[Key, set[Key]] = {}
        for holder, one in holders.items():
            for member in one.objects:
                inside.setdefault(_key("object", member), set()).add(holder)
            for member in one.children:
                inside.setdefault(_key("collection", member), set()).add(holder)
        for (kind, name), wanted in self._job["within"]:
            member = self._ours(kind, name)
            if member is None:
                raise ValueError(f"{name} does not come along")
            now, then = inside.get((kind, name), set()), {(k, n) for k, n in wanted}
            if missing := then - holders.keys():
                raise ValueError(f"{name} belongs to {sorted(missing)[0][1]}, which is not there")
            for holder in sorted(then - now):
                _children(holders[holder], kind).link(member)
            for holder in sorted(now - then):
                _children(holders[holder], kind).unlink(member)

    def _keep(self) -> None:
        """Blender saves what has a user: what is to stay without one gets a false one."""
        for kind, name in self._job["keep"]:
            one = self._ours(kind, name)
            if one is not None and not one.users and not one.library:
                one.use_fake_user = True


def _children(holder: Any, kind: str) -> Any:
    return holder.objects if kind.endswith("object") else holder.children


def _key(kind: str, one: Any) -> Key:
    """As ``formats.blend_parts`` calls it: what is linked has its library behind its name."""
    if one.library:
        return _LINKED + kind, f"{one.name} ({one.library.filepath})"
    return kind, one.name
