"""Drives of the cases ``scaling`` and ``switch``: many versions, many assets, two branches.

Run by ``bench.drive``. Only public calls of ``audobon``.
"""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["branches", "many_assets", "many_commits", "switch"]

AUTHOR = "Bench <bench@localhost>"
_SIZE = 4096  # a small preset or text: what is measured is the version, not its bytes


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, kinds))


def many_commits(words: Mapping[str, Any]) -> dict[str, Any]:
    """``count`` versions of one small file in ``library``, each with other bytes.

    ``points`` has for each ``step`` versions: how many there are then, CPU and wall ms a
    version, the CPU ms a version of the jobs that they queued, which are run after each
    step as the library's worker would, and the CPU ms a version in a library that is new,
    measured right after: what else goes on in the machine shows in it too. The library is
    closed and opened between two steps. Ends early after ``limit_s`` seconds. Some hundred of
    the versions are restored in the end and compared.
    """
    from audobon import Library

    folder, count, step = Path(words["library"]), int(words["count"]), int(words["step"])
    points: list[tuple[int, float, float, float, float]] = []
    limit = time.monotonic() + float(words.get("limit_s", 1e9))
    _start(folder)
    for done in range(step, count + 1, step):
        cpu, wall = _versions(folder, done - step, done)
        jobs = _cpu()
        with Library.open(folder, author=AUTHOR) as library:
            library.work()
        jobs = _cpu() - jobs
        new = folder.with_name(f"{folder.name}-new")
        _start(new)
        few = max(1, step // 10)
        control, _ = _versions(new, 0, few)
        shutil.rmtree(new)
        points.append((done, *(1e3 * s / step for s in (cpu, wall, jobs)), 1e3 * control / few))
        if time.monotonic() > limit:
            break
    return {"points": points, "peak_mb": _peak_mb(), "compared": _compare(folder, points[-1][0])}


def _start(folder: Path) -> None:
    """A library of one file and one version."""
    from audobon import Library

    folder.mkdir(parents=True)
    with Library.create(folder, "bench", author=AUTHOR) as library:
        (folder / "note.txt").write_text("first\n")
        library.add([folder / "note.txt"])
        library.commit("the first")


def _versions(folder: Path, first: int, end: int) -> tuple[float, float]:
    """CPU and wall s of making them, all in one opened library."""
    from audobon import Library

    file = folder / "note.txt"
    start_ns = time.time_ns() - 86_400_000_000_000
    with Library.open(folder, author=AUTHOR) as library:
        cpu, wall = _cpu(), time.perf_counter()
        for number in range(first, end):
            file.write_text(f"{number + 1}\n" * (_SIZE // 8))
            # As if it had been saved a while ago: a commit in the very tick of the clock waits
            # for the tick to end.
            stamp = start_ns + number * 10_000_000
            os.utime(file, ns=(stamp, stamp))
            library.commit(f"version {number + 1}")
        return _cpu() - cpu, time.perf_counter() - wall


def _compare(folder: Path, count: int) -> int:
    """Restore some versions of the one file; how many were as they had been written."""
    from audobon import Library

    out = folder.with_name(f"{folder.name}-out.txt")
    with Library.open(folder, author=AUTHOR) as library:
        newest_first = library.log(limit=count)
        wanted = range(0, count, max(1, count // 100))
        for back in wanted:
            library.restore("note.txt", newest_first[back].id, out)
            if out.read_text() != f"{count - back}\n" * (_SIZE // 8):
                raise SystemExit(f"version {count - back} came back with other bytes")
    out.unlink()
    return len(wanted)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def many_assets(words: Mapping[str, Any]) -> dict[str, Any]:
    """One version of ``count`` new small files; CPU and wall ms an asset."""
    from audobon import Library

    folder, count = Path(words["library"]), int(words["count"])
    _notes(folder, count)
    with Library.create(folder, "bench", author=AUTHOR) as library:
        library.add([folder])
        cpu, wall = _cpu(), time.perf_counter()
        library.commit("all of them")
        return {
            "cpu_ms": (_cpu() - cpu) * 1e3 / count,
            "wall_ms": (time.perf_counter() - wall) * 1e3 / count,
            "peak_mb": _peak_mb(),
        }


def branches(words: Mapping[str, Any]) -> dict[str, Any]:
    """A library of ``count`` small assets with the branches ``main`` and ``other``.

    They differ in ``differing`` assets; ``other`` is the current one. What a file on ``main``
    must hold is its number, on ``other`` also the word.
    """
    from audobon import Library

    folder, count, differing = (
        Path(words["library"]),
        int(words["count"]),
        int(words["differing"]),
    )
    files = _notes(folder, count)
    with Library.create(folder, "bench", author=AUTHOR) as library:
        library.add([folder])
        library.commit("all of them")
        library.branch("other")
        library.switch("other")
        for number in range(0, count, count // differing):
            files[number].write_text(f"other {number}\n")
        library.commit("some of them")
    return {}


def switch(words: Mapping[str, Any]) -> dict[str, Any]:
    """Switch to ``branch``; CPU and wall s of the call, and how many files it wrote.

    Every file is read afterwards and compared with what the branch holds.
    """
    from audobon import Library

    folder, name = Path(words["library"]), str(words["branch"])
    with Library.open(folder, author=AUTHOR) as library:
        cpu, wall = _cpu(), time.perf_counter()
        plan = library.switch(name)
        cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    count, differing = int(words["count"]), int(words["differing"])
    for number, file in enumerate(_paths(folder, count)):
        other = name == "other" and number % (count // differing) == 0
        if file.read_text() != f"{'other' if other else 'note'} {number}\n":
            raise SystemExit(f"{file} is not as {name} has it")
    return {"cpu_s": cpu, "wall_s": wall, "written": len(plan.written)}


def _paths(folder: Path, count: int) -> list[Path]:
    return [folder / f"set_{n // 100:04d}" / f"note_{n:06d}.txt" for n in range(count)]


def _notes(folder: Path, count: int) -> list[Path]:
    files = _paths(folder, count)
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"note {number}\n")
    return files
