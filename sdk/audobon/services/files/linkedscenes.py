"""The files that a scene is linked to, followed one after another within bounds."""

from __future__ import annotations

import collections
import os
from collections.abc import Callable

from attrs import evolve

from audobon.errors import AudobonError, Cancelled
from audobon.model.scenecheck import (
    LIBRARY,
    MISSING,
    UNREAD,
    LinkedFile,
    SceneCheck,
    SceneFinding,
)

__all__ = ["with_linked"]

_DEPTH = 8
"""Files that link files that link files: productions have three or four."""
_FILES = 64
"""Files that are read for one scene; a large shot links some twenty."""


def with_linked(path: str, read: Callable[[str], SceneCheck]) -> SceneCheck:
    """What ``read`` finds in a scene, and in all files that come along with it.

    Files that link each other in a circle are read once. Findings in linked
    files name these by their path from the scene's folder.
    """
    first = read(path)
    findings, total = list(first.findings), first.total
    files: list[LinkedFile] = []
    seen = {os.path.realpath(path)}
    waiting = collections.deque([(path, first, 1)])
    while waiting:
        holder, check, depth = waiting.popleft()
        for link in check.findings:
            target = _resolved(link.name, holder)
            if link.kind != LIBRARY or os.path.realpath(target) in seen:
                continue
            seen.add(os.path.realpath(target))
            name = _shown(target, path)
            inner = _look(target, name, read, within=depth <= _DEPTH and len(files) < _FILES)
            if isinstance(inner, SceneFinding):
                findings.append(inner)
                total += 1
                continue
            found, file = inner
            files.append(file)
            findings += [evolve(one, file=name) for one in found.findings]
            total += found.total
            waiting.append((target, found, depth + 1))
    findings.sort(key=lambda one: not one.runs)
    return SceneCheck(tuple(findings), total, tuple(files))


def _look(
    target: str, name: str, read: Callable[[str], SceneCheck], *, within: bool
) -> tuple[SceneCheck, LinkedFile] | SceneFinding:
    try:
        # Before it is read: a file that changes meanwhile has another stamp afterwards.
        state = os.stat(target)
    except OSError:
        return SceneFinding(MISSING, name)
    if not within:
        why = f"only {_FILES} files are looked into, {_DEPTH} deep"
        return SceneFinding(UNREAD, name, why)
    try:
        return read(target), LinkedFile(target, state.st_size, state.st_mtime_ns)
    except Cancelled:
        raise
    except (AudobonError, OSError) as error:
        return SceneFinding(UNREAD, name, str(error))


def _resolved(name: str, holder: str) -> str:
    """Where a link leads; ``//`` at its start is the folder of the file that has it."""
    name = name.replace("\\", "/")
    folder = os.path.dirname(os.path.abspath(holder))
    if name.startswith("//"):
        return os.path.normpath(os.path.join(folder, name[2:]))
    return os.path.normpath(os.path.join(folder, name))


def _shown(target: str, path: str) -> str:
    try:
        return os.path.relpath(target, os.path.dirname(os.path.abspath(path))).replace(os.sep, "/")
    except ValueError:  # on another drive
        return target
