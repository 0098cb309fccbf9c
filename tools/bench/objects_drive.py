"""What the case ``objects`` measures, in a process of its own: ours, or the transfer manager alone.

Run as ``python -m bench.objects_drive ours|theirs SOURCE WORK``; prints the seconds of each step.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tools import compare_trees

_WORKERS = 8
_URL = "gs://bucket"


class _Clock:
    """Seconds of the steps, by name."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
        }


def ours(source: Path, work: Path, clock: _Clock) -> None:
    """Objects by themselves, then the same bytes as files of a library."""
    from audobon import Library
    from audobon.storage.objects import Get, Put, around, fetch_all, open_store, put_all

    files, back = sorted(source.iterdir()), work / "back"
    back.mkdir()
    store = around(open_store(f"{_URL}/objects"))
    with clock.step("put"):
        for _ in put_all(store, [Put(one.name, one) for one in files], workers=_WORKERS):
            pass
    with clock.step("fetch"):
        for _ in fetch_all(store, [Get(f.name, back / f.name) for f in files], workers=_WORKERS):
            pass
    store.close()
    compare_trees(source, back)
    with Library.create(work / "library", "bench", author="Bench <bench@localhost>") as library:
        library.add([source])
        library.commit("all")
        library.remotes.add("far", f"{_URL}/library")
        with clock.step("push"):
            library.push("far")
    with clock.step("clone"):
        clone = Library.clone(f"{_URL}/library", work / "clone", lazy=False)
    with clone:
        compare_trees(source, next(path for path in clone.path.iterdir() if path.is_dir()))


def theirs(source: Path, work: Path, clock: _Clock) -> None:
    """The client's own way for many objects, in threads as ours."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client, transfer_manager

    back = work / "back"
    back.mkdir()
    client = Client(project="bench", credentials=AnonymousCredentials())
    bucket = client.bucket("bucket")
    names = sorted(one.name for one in source.iterdir())
    threads = {"worker_type": transfer_manager.THREAD, "max_workers": _WORKERS}
    with clock.step("put"):
        done = transfer_manager.upload_many_from_filenames(
            bucket, names, source_directory=str(source), raise_exception=True, **threads
        )
    assert len(done) == len(names)
    with clock.step("fetch"):
        transfer_manager.download_many_to_path(
            bucket, names, destination_directory=str(back), raise_exception=True, **threads
        )
    client.close()
    compare_trees(source, back)


def main() -> None:
    name, source, work = sys.argv[1:]
    clock = _Clock()
    {"ours": ours, "theirs": theirs}[name](Path(source), Path(work), clock)
    print(json.dumps(clock.steps))


if __name__ == "__main__":
    main()
