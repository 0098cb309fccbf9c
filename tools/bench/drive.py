"""What a measured Python process does: ``python -m bench.drive NAME ARGUMENTS-AS-JSON``.

Each function here is run in a process of its own, so that its CPU time and
its memory are its own; it prints one line of JSON. Only public calls of
``audobon`` are made here, except where a function says otherwise.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["DRIVES", "main"]

Answer = dict[str, Any]

HEAVY = (
    *("numpy", "PIL", "OpenImageIO", "cv2", "openvino", "blake3", "pyfastcdc"),
    *("zstandard", "pygit2", "multiprocessing", "asyncio"),
)
"""What opening and searching has no need of, so that a host must not pay for it."""


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, kinds))


def _need_all(failed: Any) -> None:
    if failed:
        raise SystemExit(f"{len(failed)} files were refused, the first: {failed[0]}")


def make_corpus(words: Mapping[str, Any]) -> Answer:
    """One generated file or tree; ``kind`` is the function's name in ``corpus``."""
    from bench import corpus

    words = dict(words)
    kind, path = words.pop("kind"), Path(words.pop("path"))
    form = words.pop("form", "plain")
    path.parent.mkdir(parents=True, exist_ok=True)
    getattr(corpus, kind)(path, **words)
    if form == "zstd":
        corpus.compress_scene(path)
    return {}


def create(words: Mapping[str, Any]) -> Answer:
    """A library at ``library`` that indexes ``source``."""
    from audobon import Library

    with Library.create(words["library"], "bench", author="Bench <bench@localhost>") as library:
        report = library.add([words["source"]])
        _need_all(report.failed)
    return {"added": len(report.added)}


def extend(words: Mapping[str, Any]) -> Answer:
    """Index more files."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        report = library.add([words["source"]])
        _need_all(report.failed)
    return {"added": len(report.added)}


def commit(words: Mapping[str, Any]) -> Answer:
    """One version. ``cpu_s`` is that of the open library's call, without Python's start."""
    from audobon import Library

    with Library.open(words["library"], author="Bench <bench@localhost>") as library:
        start, clock = _cpu(), time.perf_counter()
        version = library.commit(words["message"])
        wall, cpu = time.perf_counter() - clock, _cpu() - start
    _need_all(version.stats.skipped)
    return {"version": version.id, "cpu_s": cpu, "wall_s": wall}


def work(words: Mapping[str, Any]) -> Answer:
    """Run the queued jobs: what a commit leaves for later."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        drained = library.work()
    return {"done": drained.done, "failed": drained.failed}


def collect(words: Mapping[str, Any]) -> Answer:
    """Let go of what the jobs have replaced, at once: nothing else is at work here."""
    from datetime import timedelta

    from audobon import Library

    with Library.open(words["library"]) as library:
        return {"freed": library.collect(grace=timedelta(0)).freed}


def restore(words: Mapping[str, Any]) -> Answer:
    """Every file at ``revision``, under the same relative path below ``to``."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        start, clock = _cpu(), time.perf_counter()
        durable = bool(words.get("durable"))
        _need_all(library.export(words["to"], words["revision"], durable=durable).failed)
        return {"cpu_s": _cpu() - start, "wall_s": time.perf_counter() - clock}


def ingest(words: Mapping[str, Any]) -> Answer:
    """Create, add and make all previews, with the library's worker processes."""
    from audobon import Library

    with Library.create(words["library"], "bench", author="Bench <bench@localhost>") as library:
        start = _cpu()
        report = library.add([words["source"]])
        _need_all(report.failed)
        added = len(report.added)
        del report
        drained = library.work()
        cpu = _cpu() - start
    if drained.failed:
        raise SystemExit(f"a job failed: {drained}")
    return {"added": added, "cpu_s": cpu}


def previewed(words: Mapping[str, Any]) -> Answer:
    """How many assets of a library have a preview."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        made = sum(1 for asset in library.assets(limit=1 << 20) if library.preview(asset))
    return {"previews": made}


def decode(words: Mapping[str, Any]) -> Answer:
    """Decode and shrink every picture with the library that makes the previews; nothing else.

    Uses the previews' own ``shrink``, which is no public call.
    """
    from PIL import Image

    from audobon.formats.render.encode import shrink

    paths = [
        os.path.join(where, name) for where, _, names in os.walk(words["source"]) for name in names
    ]
    start = _cpu()
    for path in paths:
        with Image.open(path) as image:
            image.load()
            shrink(image, 256)
    return {"pictures": len(paths), "cpu_s": _cpu() - start}


def rescan(words: Mapping[str, Any]) -> Answer:
    """Add a folder that is known and unchanged."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        start, clock = _cpu(), time.perf_counter()
        report = library.add([words["source"]])
        cpu, wall = _cpu() - start, time.perf_counter() - clock
    if report.added or report.updated or report.missing or report.failed:
        raise SystemExit("the tree had changed between two scans")
    return {"unchanged": len(report.unchanged), "cpu_s": cpu, "wall_s": wall}


def imported(words: Mapping[str, Any]) -> Answer:
    """Import, and with ``library`` open it and search once; the heavy modules that were loaded."""
    import audobon

    if "library" in words:
        with audobon.Library.open(words["library"]) as library:
            library.search(words["query"])
    return {"heavy": [name for name in HEAVY if name in sys.modules]}


def many_commits(words: Mapping[str, Any]) -> Answer:
    from bench.scaling_drive import many_commits as drive

    return drive(words)


def many_assets(words: Mapping[str, Any]) -> Answer:
    from bench.scaling_drive import many_assets as drive

    return drive(words)


def branches(words: Mapping[str, Any]) -> Answer:
    from bench.scaling_drive import branches as drive

    return drive(words)


def switch(words: Mapping[str, Any]) -> Answer:
    from bench.scaling_drive import switch as drive

    return drive(words)


def fill(words: Mapping[str, Any]) -> Answer:
    from bench.synthetic import fill_library

    folder, count = Path(words["library"]), int(words["count"])
    return fill_library(folder, count, files=bool(words.get("files")))


def search(words: Mapping[str, Any]) -> Answer:
    from bench.searching import time_audobon

    return time_audobon(Path(words["library"]), int(words["queries"]))


def fts(words: Mapping[str, Any]) -> Answer:
    from bench.searching import time_fts

    return time_fts(Path(words["database"]), int(words["count"]), int(words["queries"]))


def _finding(name: str) -> Callable[[Mapping[str, Any]], Answer]:
    def drive(words: Mapping[str, Any]) -> Answer:
        from bench import finding_drive

        answer: Answer = getattr(finding_drive, name)(words)
        return answer

    return drive


def install_network(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import install_network as drive

    return drive(words)


def first_result(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import first_result as drive

    return drive(words)


def gone(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import gone as drive

    return drive(words)


def clicks(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import clicks as drive

    return drive(words)


def cancels(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import cancels as drive

    return drive(words)


def busy(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import busy as drive

    return drive(words)


def ticks(words: Mapping[str, Any]) -> Answer:
    from bench.waiting_drive import ticks as drive

    return drive(words)


def judged_library(words: Mapping[str, Any]) -> Answer:
    """A library of the judged assets at ``library``."""
    from bench.judged.asking import fill
    from bench.judged.stored import assets

    fill(Path(words["library"]), assets())
    return {}


def _lessons(name: str) -> Callable[[Mapping[str, Any]], Answer]:
    def drive(words: Mapping[str, Any]) -> Answer:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as workers have it; before numpy is loaded
        from bench import lessons_drive

        answer: Answer = getattr(lessons_drive, name)(words)
        return answer

    return drive


def _inferring(name: str) -> Callable[[Mapping[str, Any]], Answer]:
    def drive(words: Mapping[str, Any]) -> Answer:
        from bench import inferring_drive

        answer: Answer = getattr(inferring_drive, name)(words)
        return answer

    return drive


DRIVES: dict[str, Callable[[Mapping[str, Any]], Answer]] = (
    {
        function.__name__: function
        for function in (
            *(
                make_corpus,
                create,
                extend,
                commit,
                work,
                collect,
                restore,
                ingest,
                previewed,
                decode,
            ),
            *(rescan, imported, many_commits, many_assets, branches, switch, fill, search, fts),
            judged_library,
            *(install_network, first_result, gone, clicks, cancels, busy, ticks),
        )
    }
    | {
        name: _inferring(name)
        for name in ("install", "photographs", "rate", "decoding", "embed", "upscale", "killed")
    }
    | {f"teach_{name}": _lessons(name) for name in ("pictures", "looked", "judged", "taught")}
    | {
        f"find_{name}": _finding(name)
        for name in ("filled", "ours", "saved", "reader", "begin_anew", "brute")
    }
)


def main() -> None:
    name, words = sys.argv[1:3]
    print(json.dumps(DRIVES[name](json.loads(words))))


if __name__ == "__main__":
    main()
