"""Pipelines whose networks Vertex AI computes: asked there, and computed here when that fails.

Two worker processes: the usual one, in its cage, reads the picture and puts what it wants
computed into a letterbox; the other one has the network and asks, and opens no file of a
stranger.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from audobon.cloud.settings import cloud_folder, load_settings
from audobon.cloud.uploads import mark_of
from audobon.codec.plain import error_data
from audobon.errors import AudobonError, Cancelled, Invalid, MissingExtra, Unavailable
from audobon.model.job import Limits
from audobon.models.assemble import Assembled
from audobon.models.convert import BINARY, NETWORK
from audobon.models.installed import Installed
from audobon.models.registry import Models
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error
from audobon.system.letterbox import Letterbox
from audobon.work.executor import Executor

__all__ = ["DEVICE", "FILES", "Asking", "Away", "away_for", "noted"]

DEVICE = "vertex"
FILES = (NETWORK, BINARY)
"""Of an installed network, what is uploaded."""
_LIMITS = Limits(memory=4 << 30, cpu_s=7200.0, wall_s=7200.0)


def away_for(models: Models, assembled: Assembled) -> dict[str, Any] | None:
    """The networks of a pipeline that is to be computed in Vertex AI, by their paths here.

    None where it is not. Unavailable where nothing is set up, Invalid for a precision: that is
    the endpoint's own.
    """
    if assembled.parameters.get("device") != DEVICE:
        return None
    load_settings(cloud_folder())
    if assembled.parameters.get("precision", "auto") != "auto":
        raise Invalid(f"networks in {DEVICE} compute in the precision that they have there")
    found = {}
    for step in assembled.steps:
        item = models.get(step.component.name) if step.folder else None
        if isinstance(item, Installed) and (item.folder / NETWORK).exists():
            files = {name: item.files[name] for name in FILES if name in item.files}
            found[str(item.folder / NETWORK)] = {
                "name": item.component.name,
                "files": mark_of(files),
            }
    return found


def noted(worker: object, told: dict[str, Any]) -> dict[str, Any]:
    """A result with the ``note`` of why it was not computed where it should."""
    return {**told, "note": worker.note} if isinstance(worker, Away) and worker.note else told


class Away:
    """The workers for one job. To be closed.

    Where Vertex AI does not answer, the picture and all that come after are computed here;
    ``note`` says so and why, and is empty until then. With ``answers``, a file that a batch has
    made, nobody is asked, and what has no answer there is computed here.
    """

    def __init__(
        self,
        stores: Stores,
        networks: Mapping[str, Any],
        usual: Executor,
        answers: Path | None = None,
    ) -> None:
        self.note = ""
        self._answers = answers
        self._usual, self._networks = usual, dict(networks)
        self._interpreter, self._files = stores.interpreter, stores.place.files
        self._line: tempfile.TemporaryDirectory[str] | None = None
        self._pool = ThreadPoolExecutor(1, "audobon-vertex")
        self._asking: Future[Any] | None = None
        self._over = threading.Event()

    def run(self, name: str, payload: Mapping[str, Any], *, limits: Limits, **asked: Any) -> Any:
        """See ``Executor.run``; ``payload`` has ``parameters``. MissingExtra where the client of
        Vertex AI is not installed."""
        if not self.note or self._answers is not None:
            try:
                there = {**payload, "line": self._begun()}
                return self._usual.run(name, there, limits=limits, **asked)
            except MissingExtra:
                raise
            except Unavailable as error:
                if error.subject != DEVICE:
                    raise
                self.note = f"computed on this machine: {error.message}"
                if self._answers is None:
                    self.close()
        parameters = {**payload["parameters"], "device": "AUTO"}
        here = {**payload, "parameters": parameters}
        return self._usual.run(name, here, limits=limits, **asked)

    def _begun(self) -> str:
        """The letterbox, with somebody at its other end."""
        if self._line is None:
            # What is asked are pictures: of an encrypted library not where it would lie in clear.
            room = self._files.working()
            self._line = tempfile.TemporaryDirectory(prefix="vertex-", dir=room)
            self._asking = self._pool.submit(self._ask, Path(self._line.name))
        return self._line.name

    def _ask(self, line: Path) -> None:
        payload = {"folder": str(cloud_folder()), "networks": self._networks, "line": str(line)}
        try:
            if self._answers is not None:
                with self._answers.open("rb") as file:
                    _serve(Letterbox(line), _Kept(file).predictions)
                return
            with Executor(
                "audobon.cloud.tasks:TASKS", _LIMITS, interpreter=self._interpreter
            ) as executor:
                executor.run("vertex.answer", payload, cancel=self._over.is_set)
        # Also of a process that could not begin, or was killed.
        except (AudobonError, OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                Letterbox(line).give_up(json.dumps({"error": error_data(error)}).encode())

    def close(self) -> None:
        """Nobody asks any more. May be called twice."""
        if self._line is not None:
            line, self._line = self._line, None
            self._over.set()  # a question that is on its way is not waited for
            with contextlib.suppress(OSError):
                Letterbox(Path(line.name)).end()
            if self._asking is not None:
                self._asking.result()
            line.cleanup()
        self._pool.shutdown()


class Asking:
    """Writes down what networks would be asked, as lines of the file ``lines``; nobody is asked.

    The letterbox lies beside it: where the caged worker may write.
    """

    def __init__(self, usual: Executor, lines: Path) -> None:
        self.count = 0
        self._usual, self._lines = usual, lines
        self._written: set[str] = set()

    def __enter__(self) -> Asking:
        self._line = tempfile.TemporaryDirectory(prefix="vertex-", dir=self._lines.parent)
        self._file = self._lines.open("wb")
        self._pool = ThreadPoolExecutor(1, "audobon-vertex")
        self._served = self._pool.submit(_serve, Letterbox(Path(self._line.name)), self._noted)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            Letterbox(Path(self._line.name)).end()
        self._pool.shutdown()
        with contextlib.suppress(OSError):  # every line is there, or that was told
            self._file.close()
        self._line.cleanup()

    def ask(self, payload: Mapping[str, Any], limits: Limits, cancel: Callable[[], bool]) -> None:
        """Run a pipeline up to its network. A picture that cannot be read asks nothing: whoever
        runs it in earnest is told why."""
        there = {**payload, "line": self._line.name, "to": ""}
        try:
            self._usual.run("model.run", there, limits=limits, cancel=cancel)
        except Cancelled:
            raise
        except AudobonError:
            self._look()
        self.count = len(self._written)

    def _look(self) -> None:
        """Raise what nobody writes any more for: the disk is full, say."""
        if self._served.done():
            try:
                self._served.result()
            except OSError as error:
                raise translate_os_error(error, self._lines) from error

    def _noted(self, instances: list[Any]) -> list[Any] | None:
        for each in instances:
            key = _key(each)
            if key not in self._written:
                self._file.write(json.dumps({"key": key, **each}).encode() + b"\n")
                self._file.flush()
                self._written.add(key)
        return None


class _Kept:
    """The answers in a file, each read when it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        at = 0
        for line in self._file:
            self._places[str(json.loads(line)["key"])] = at
            at += len(line)

    def predictions(self, instances: list[Any]) -> list[Any] | None:
        """The predictions for instances, None where one has none."""
        found = []
        for each in instances:
            at = self._places.get(_key(each))
            if at is None:
                return None
            self._file.seek(at)
            found.append(json.loads(self._file.readline())["prediction"])
        return found


def _serve(box: Letterbox, predictions: Callable[[list[Any]], list[Any] | None]) -> None:
    """Answer questions in this process until nobody asks any more. What ``predictions`` raises is
    told to who asks, who would wait for ever else, and raised."""
    try:
        while not box.ended:
            asked = box.take()
            if asked is None:
                box.rest()
                continue
            told = predictions(json.loads(asked[1])["instances"])
            answer: dict[str, Any] = {"predictions": told}
            if told is None:
                no = Unavailable("the batch has no answer to this picture")
                answer = {"error": error_data(no)}
            box.tell(asked[0], json.dumps(answer).encode())
    except Exception as error:
        with contextlib.suppress(OSError):
            box.give_up(json.dumps({"error": error_data(error)}).encode())
        raise


def _key(instance: Any) -> str:
    """What stands for a question: equal ones are asked once."""
    return hashlib.sha256(json.dumps(instance, sort_keys=True).encode()).hexdigest()
