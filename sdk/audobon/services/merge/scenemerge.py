"""Merge two edits of one scene, object by object, into a file that has both.

What each side did is told by comparing parts (``services.merge.sceneplan``). The
merged file is then made from the blocks of both files, where that is provably
safe, or by a real Blender in a worker process. Either way it is read again,
and only kept when every part in it is what the plan says. Nothing in a file
is ever run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from audobon.errors import Corrupt, LimitExceeded, Unavailable, Unsupported
from audobon.formats.blend_parts import Key, Scene
from audobon.model.job import Limits
from audobon.model.merge import SceneMerge
from audobon.services.core.stores import Stores
from audobon.services.merge.sceneplan import ScenePlan, expected, plan_merge
from audobon.services.merge.scenes import scene_of
from audobon.services.merge.splicing import splice_job
from audobon.system.files import translate_os_error

__all__ = ["merge_scene"]

_ADDRESSES = 64 << 30
# Blender reserves much more address space than it uses; its allocator alone takes some GB.
_BLENDER_S = 900.0  # opening and saving a scene of some GB takes minutes
_MEMBERS = ("object", "collection", "linked object", "linked collection")
_SIDES = ("base", "ours", "theirs")
_HINT = "install Blender {version} or newer on this machine, or take one side as a whole"


def merge_scene(
    stores: Stores,
    base: Path,
    ours: Path,
    theirs: Path,
    to: Path,
    *,
    takes: Mapping[tuple[str, str], str],
    blender: Path | None = None,
) -> SceneMerge:
    """Write to ``to`` what both ``ours`` and ``theirs`` made of the .blend file ``base``.

    ``takes`` decides parts that both changed, by kind and name: "ours",
    "theirs" or "both", which adds theirs under a free name. Without a decision
    they are conflicts and nothing is written. ``blender`` is the program to
    use; without it one is looked for. ``to`` appears whole or not at all, and
    the three files are only read. Raises BadFile for a damaged file, Invalid
    for a decision that is none, and what a worker raises.
    """
    home = os.path.dirname(os.path.abspath(to))
    try:
        with tempfile.TemporaryDirectory(prefix=".audobon-merge-", dir=home) as folder:
            paths = [Path(os.path.abspath(path)) for path in (base, ours, theirs)]
            files = dict(zip(_SIDES, paths, strict=True))
            work = _Work(stores, files, Path(folder), takes, str(blender or ""))
            result = work.run()
            if result.merged:
                os.replace(work.merged, to)
            return result
    except OSError as error:
        raise translate_os_error(error, to) from error


@define
class _Work:
    stores: Stores
    files: dict[str, Path]
    folder: Path
    takes: Mapping[Key, str]
    blender: str
    reasons: list[str] = field(factory=list)

    @property
    def merged(self) -> Path:
        return self.folder / "merged.blend"

    def run(self) -> SceneMerge:
        scenes = self._read(self.files)
        if _alike(scenes):
            plan = self._plan(scenes)
            if plan.conflicts or plan.refused:
                return _undone(plan)
            if self._by_blocks(scenes, plan):
                return SceneMerge(merged=True, taken=plan.taken)
        else:
            versions = " and ".join(sorted({scene.version for scene in scenes.values()}))
            self.reasons.append(f"the files are of different Blenders ({versions})")
        return self._with_blender(scenes)

    def _read(self, files: Mapping[str, Path]) -> dict[str, Scene]:
        return {side: scene_of(self.stores, path) for side, path in files.items()}

    def _plan(self, scenes: Mapping[str, Scene]) -> ScenePlan:
        return plan_merge(scenes["base"], scenes["ours"], scenes["theirs"], self.takes)

    def _by_blocks(self, scenes: Mapping[str, Scene], plan: ScenePlan) -> bool:
        """Whether the file is made and is what it should be; otherwise says why not."""
        theirs = self._renamed(self.files["theirs"], scenes["theirs"], plan)
        paths = {side: str(self.files[side]) for side in ("ours", "theirs")}
        job = {**paths, "to": str(self.merged), **splice_job(plan, theirs)}
        refused = self._ask("splice", job)["refused"]
        if not refused:
            merged = scene_of(self.stores, self.merged)
            refused = _differences(expected(plan, scenes["ours"], theirs), merged)
        if refused:
            self.reasons.append(f"the blocks alone do not do it ({refused})")
        return not refused

    def _with_blender(self, scenes: Mapping[str, Scene]) -> SceneMerge:
        least = max(_number(scene.version) for scene in scenes.values())
        version = max((scene.version for scene in scenes.values()), key=_number)
        try:
            found = self._ask("blender_find", {"setting": self.blender, "least": least})
            if found is None:
                self.reasons.append(f"no Blender {version} or newer is found")
                return self._refused(_HINT.format(version=version))
            compress = scenes["ours"].compression != "none"
            return self._in_blender(found[0], compress, alike=_alike(scenes))
        except (Unsupported, Unavailable, Corrupt, LimitExceeded) as error:
            self.reasons.append(error.message)
            return self._refused("take one side as a whole, or decide by hand in Blender")

    def _in_blender(self, program: str, compress: bool, *, alike: bool) -> SceneMerge:
        """Saved by one Blender first, the three can be compared whatever saved them before."""
        saved = {side: self.folder / f"{side}.blend" for side in _SIDES}
        given = {side: self.folder / f"given-{side}.blend" for side in _SIDES}
        for side, path in given.items():
            shutil.copyfile(self.files[side], path)
        steps = [[str(given[side]), str(saved[side])] for side in _SIDES]
        if not alike:  # what a newer Blender has converted settles when it is opened again
            steps += [[str(saved[side]), str(saved[side])] for side in _SIDES]
        self._run(program, {"save": steps})
        for path in given.values():
            path.unlink()
        scenes = self._read(saved)
        plan = self._plan(scenes)
        if plan.conflicts or plan.refused:
            return _undone(plan)
        theirs = self._renamed(saved["theirs"], scenes["theirs"], plan)
        wanted = expected(plan, scenes["ours"], theirs)
        self._run(program, {"merge": self._job(saved, scenes["ours"], theirs, plan, compress)})
        wrong = _differences(wanted, scene_of(self.stores, self.merged))
        if wrong:
            raise Corrupt(f"Blender makes something else of {wrong}")
        return SceneMerge(merged=True, taken=plan.taken)

    def _renamed(self, path: Path, scene: Scene, plan: ScenePlan) -> Scene:
        return scene_of(self.stores, path, plan.renamed) if plan.renamed else scene

    def _job(
        self,
        saved: Mapping[str, Path],
        ours: Scene,
        theirs: Scene,
        plan: ScenePlan,
        compress: bool,
    ) -> dict[str, Any]:
        put = [(kind, name) for (kind, _), name in plan.put.items()]
        within = {
            **{key: list(of) for key, of in ours.within.items() if key not in plan.remove},
            **{key: list(theirs.within[key]) for key in put},
        }
        members = [[key, of] for key, of in within.items() if key[0] in _MEMBERS]
        return {
            "ours": str(saved["ours"]),
            "theirs": str(saved["theirs"]),
            "to": str(self.merged),
            "compress": compress,
            "put": [[*key, name] for key, name in plan.put.items()],
            "remove": [list(key) for key in plan.remove],
            "within": members,
            "keep": [list(key) for key in within],
        }

    def _run(self, program: str, job: Mapping[str, Any]) -> None:
        payload = {
            "program": program,
            "folder": str(self.folder),
            "job": job,
            "timeout_s": _BLENDER_S,
        }
        self._ask("blender", payload)

    def _ask(self, task: str, payload: Mapping[str, Any]) -> Any:
        free = shutil.disk_usage(self.folder).free
        limits = Limits(
            memory=_ADDRESSES, cpu_s=2 * _BLENDER_S, wall_s=_BLENDER_S + 60, file=max(free // 2, 1)
        )
        own = task.startswith("blender")
        worker = self.stores.programs if own else self.stores.executor
        return worker.run(task, payload, limits=limits)

    def _refused(self, hint: str) -> SceneMerge:
        return SceneMerge(merged=False, reason="; ".join(self.reasons) + f": {hint}")


def _undone(plan: ScenePlan) -> SceneMerge:
    return SceneMerge(merged=False, conflicts=plan.conflicts, reason=plan.refused)


def _alike(scenes: Mapping[str, Scene]) -> bool:
    """Whether digests of the files can be compared."""
    return len({scene.layout for scene in scenes.values()}) == 1


def _number(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 100 + int(minor)


def _differences(wanted: Mapping[Key, str], scene: Scene) -> str:
    """The first part that is not what it should be, as words; empty when all are."""
    found = {(part.kind, part.name): part.digest for part in scene.parts}
    for key in sorted({*wanted, *found}):
        if wanted.get(key) != found.get(key):
            return f"the {key[0]} {key[1]}"
    return ""
