"""The transfer agent of git-lfs: plain git clients get and give files through the chunk store.

git-lfs starts an agent as a process and talks to it in lines of JSON: first
``init``, then ``download`` and ``upload`` requests one after the other, then
``terminate``. Source: ``docs/custom-transfers.md`` of git-lfs, in its
standalone form, where no server is asked.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import define, field

from audobon.errors import AudobonError, Conflict, Invalid, Unsupported
from audobon.services.core.place import open_place
from audobon.services.versioning.opening import unlocker
from audobon.storage.chunks import ChunkStore
from audobon.system.files import translate_os_error
from audobon.system.volumes import is_writable

__all__ = ["Agent", "serve"]

_OID = re.compile(r"[0-9a-f]{64}")
_WAIT_S = 300.0
# A version of many gigabytes holds the writer lock for minutes; git-lfs itself waits for ever.

Send = Callable[[dict[str, Any]], None]


def serve(library: Path, scratch: Path, lines: Iterable[bytes], send: Send) -> None:
    """Answer requests until ``terminate`` or the end of ``lines``.

    ``library`` is the library's folder. Downloads are written into
    ``scratch``, which git-lfs moves them out of: it must lie on the disk of
    its own storage. What goes wrong with one object is answered, and the next
    one is served; Invalid ends it for a line that is no request.
    """
    agent = Agent(library, scratch, send)
    try:
        for line in lines:
            if not agent.answer(line):
                break
    finally:
        agent.close()


@define
class Agent:
    """One conversation with git-lfs."""

    library: Path
    scratch: Path
    send: Send
    _store: ChunkStore | None = None
    _sent: int = field(default=0)

    def answer(self, line: bytes) -> bool:
        """Serve one request; False when it was the last."""
        try:
            request = json.loads(line)
            event = request["event"]
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid(
                "a line from git-lfs is no request of its transfer protocol",
                hint="this command is started by git-lfs, not by people",
            ) from error
        if event == "terminate":
            return False
        if event == "init":
            self._init()
        elif event in ("download", "upload"):
            self._transfer(event, request)
        else:
            raise Unsupported(f"git-lfs asks for {event!r}; an agent knows download and upload")
        return True

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _init(self) -> None:
        try:
            place = open_place(self.library, unlock=unlocker())
            self._store = ChunkStore(
                place.chunks,
                read_only=not is_writable(place.chunks),
                index_key=place.key,
                files=place.packs,
                small=place.files,
            )
        except AudobonError as error:
            self.send({"error": _said(error)})
        else:
            self.send({})

    def _transfer(self, event: str, request: dict[str, Any]) -> None:
        oid = str(request.get("oid", ""))
        answer: dict[str, Any] = {"event": "complete", "oid": oid}
        try:
            if not _OID.fullmatch(oid):
                raise Invalid(f"{oid!r} is not the sha256 of an object", subject=oid)
            self._sent = 0
            if event == "download":
                answer["path"] = self._download(oid)
            else:
                self._upload(oid, str(request.get("path", "")))
        except AudobonError as error:
            answer["error"] = _said(error)
        self.send(answer)

    def _download(self, oid: str) -> str:
        try:
            self.scratch.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="audobon-", dir=self.scratch)
            os.close(handle)
        except OSError as error:
            raise translate_os_error(error, self.scratch) from error
        path = Path(name)
        try:
            # git-lfs checks the digest again and can ask again: no wait for the disk.
            store, progress = self._open(), self._progress(oid)
            store.restore(oid, path, durable=False, exact=True, progress=progress)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return name

    def _upload(self, oid: str, path: str) -> None:
        """Store the file; it is durable before git-lfs is told, and so before git moves a ref."""
        with self._open().writer(timeout_s=_WAIT_S) as writer:
            stored = writer.put_file(path, progress=self._progress(oid))
        if stored.digest != oid:
            raise Conflict(
                f"{path} has the sha256 {stored.digest} and not {oid}",
                subject=path,
                hint="run 'git lfs fsck' in the repository that it comes from",
            )

    def _open(self) -> ChunkStore:
        if self._store is None:
            raise Invalid("git-lfs sends a request before the conversation has begun")
        return self._store

    def _progress(self, oid: str) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            del total
            since, self._sent = done - self._sent, done
            if since > 0:
                told = {"oid": oid, "bytesSoFar": done, "bytesSinceLast": since}
                self.send({"event": "progress", **told})

        return report


def _said(error: AudobonError) -> dict[str, Any]:
    text = f"{error.message} ({error.hint})" if error.hint else error.message
    return {"code": error.code, "message": text}
