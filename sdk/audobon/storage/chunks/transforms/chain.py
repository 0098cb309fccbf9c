"""Transforms applied one after the other, proved, and undone.

``fold`` runs where a hostile file may do no harm: in a worker process. What
it writes is kept only if undoing it has given the same sha256. ``unfold`` is
how such a file is read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO

from attrs import define, field, frozen

from audobon.errors import Corrupt, Unavailable, Unsupported
from audobon.storage.chunks.layout import Transform
from audobon.storage.chunks.transforms import pointers, takeapart
from audobon.storage.chunks.transforms.spools import spool
from audobon.storage.chunks.transforms.takeapart import BROKEN

__all__ = ["Unfolded", "compressors", "fold", "unfold"]

_DIGEST = 32
_STEP = 1 << 20
_HOP = 1 << 18  # less is not worth a hop to the other thread


@frozen(slots=True)
class Unfolded:
    """A file as the transforms gave it back; the caller closes it.

    It stands at position 0, unless it is one that the caller has given.

    ``note`` is empty when the bytes are those that were stored. Otherwise an
    encoder is missing, ``note`` says which, and the file has the same payload
    in other bytes.
    """

    file: IO[bytes]
    size: int
    note: str = ""


class _Nowhere:
    """Takes what is only to be counted."""

    @staticmethod
    def write(data: bytes | memoryview) -> int:
        return len(data)


@define
class _Back:
    """Puts bytes back into the file that they come from, which is read further on."""

    file: IO[bytes]
    at: int = 0

    def write(self, data: bytes | memoryview) -> int:
        self.file.seek(self.at)
        self.at += len(data)
        return self.file.write(data)

    def keep(self, data: bytes | memoryview) -> int:
        self.at += len(data)
        return len(data)


@define
class _Hashed:
    """Takes bytes for a file and for its sha256. ValueError when they are too many."""

    file: IO[bytes] | _Nowhere | _Back
    most: int
    size: int = 0
    _sha256: hashlib._Hash = field(factory=hashlib.sha256)
    _pool: ThreadPoolExecutor | None = None
    _pending: Future[None] | None = None

    def write(self, data: bytes | memoryview) -> int:
        """``data`` must not change any more: it may be hashed while the next is made."""
        self._take(data)
        return self.file.write(data)

    def keep(self, data: bytes | memoryview) -> int:
        """:meth:`write` what is as it was in the file that is undone."""
        self._take(data)
        return self.file.keep(data) if isinstance(self.file, _Back) else self.file.write(data)

    def _take(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        if self.size > self.most:
            raise ValueError("a transform gives more bytes than it was given")
        self._settle()
        if len(data) < _HOP:
            self._sha256.update(data)
        else:
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="audobon-sha256")
            self._pending = self._pool.submit(self._sha256.update, data)

    def digest(self) -> bytes:
        """That of all that was written; nothing may be written after."""
        self.close()
        return self._sha256.digest()

    def close(self) -> None:
        self._settle()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _settle(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


_UNDO: dict[str, Callable[[IO[bytes], bytes, IO[bytes]], None]] = {
    takeapart.NAME: takeapart.put_together,
    pointers.NAME: pointers.restore,
}


def compressors(chain: tuple[Transform, ...]) -> tuple[str, ...]:
    """The compressors whose versions decide whether undoing ``chain`` gives the same bytes."""
    steps = (step for step in chain if step.name == takeapart.NAME)
    return tuple(name for step in steps for name in takeapart.used(step.params[_DIGEST:]))


def fold(
    file: IO[bytes],
    size: int,
    out: IO[bytes],
    *,
    folder: Path | None,
    portable: bool = False,
    digest: bytes = b"",
) -> tuple[Transform, ...]:
    """Write the stream that ``file`` is to be stored as to ``out``; the chain that leads there.

    Empty when no transform fits, or when undoing gives other bytes: ``out``
    means nothing then. ``file`` has ``size`` bytes; ``out`` is empty and may
    be read. What needs a compressor is proved to come back as the same content
    without it too; ``portable`` takes nothing apart that needs one to come back
    bit for bit. ``digest`` is the sha256 of the file, for whoever knows it: another
    one is never proved. Never raises for what is in the file; MemoryError and
    OSError come through.
    """
    for careful in (True,) if portable else (False, True):
        out.seek(0)
        out.truncate()
        try:
            if chain := _fold(file, size, out, folder, portable=careful, digest=digest):
                return chain
        except (*BROKEN, Corrupt, Unavailable):
            continue
    return ()


def _fold(
    file: IO[bytes],
    size: int,
    out: IO[bytes],
    folder: Path | None,
    *,
    portable: bool,
    digest: bytes,
) -> tuple[Transform, ...]:
    chain: list[Transform] = []
    with spool(folder) as between:
        params = _try(
            lambda: takeapart.take_apart(file, size, between, folder=folder, portable=portable)
        )
        inner, inner_size, of = file, size, digest
        if params is not None:
            chain.append(Transform(takeapart.NAME, (digest or _digest(file, size)) + params))
            inner, inner_size, of = between, between.seek(0, 2), b""
        inner.seek(0)
        if inner.read(7) == b"BLENDER":
            params = _try(lambda: pointers.normalise(inner, inner_size, out))
            if params is not None:
                of = of or _digest(inner, inner_size)
                chain.append(Transform(pointers.NAME, of + params))
        if chain and chain[-1].name == takeapart.NAME:
            out.seek(0)
            out.truncate()
            between.seek(0)
            while data := between.read(_STEP):
                out.write(data)
    out.flush()
    if not chain:
        return ()
    _prove(out, tuple(chain), size, folder)
    sound = chain[-1].name != takeapart.NAME or takeapart.replaceable(
        file, out, chain[-1].params[_DIGEST:], folder=folder
    )
    return tuple(chain) if sound else ()


def _prove(stream: IO[bytes], chain: tuple[Transform, ...], size: int, folder: Path | None) -> None:
    """Corrupt, or one of BROKEN, unless undoing ``chain`` gives the very bytes that it began with.

    The same steps as ``unfold``, but nobody needs the file itself.
    """
    first, *later = chain
    with ExitStack() as stack:
        if later:
            back = unfold(stream, tuple(later), size=1 << 62, folder=folder)
            stream = stack.enter_context(back.file)
        hashed = stack.enter_context(closing(_Hashed(_Nowhere(), size)))
        stream.seek(0)
        _UNDO[first.name](stream, first.params[_DIGEST:], hashed)  # type: ignore[arg-type]
        if hashed.digest() != first.params[:_DIGEST] or hashed.size != size:
            raise Corrupt(f"undoing the transform {first.name!r} gives other bytes")


def unfold(
    stream: IO[bytes],
    chain: tuple[Transform, ...],
    *,
    size: int,
    folder: Path | None,
    into: IO[bytes] | None = None,
    spend: bool = False,
) -> Unfolded:
    """Undo ``chain`` from its end. ``stream`` stays open; ``size`` is the size of the file.

    ``into`` is an empty file for the result, instead of a temporary one; what
    is in it means nothing when this raises. With ``spend`` the stream may be
    written over, and may be ``into`` or become the result: what ``pointers``
    made has the length of what it was made from, so it is undone where it lies.
    Corrupt when the stream is not what the chain made; Unsupported for a
    transform of a later version; Unavailable when a compressor is missing and
    nothing can take its place.
    """
    current = stream
    note = ""
    found = 0
    try:
        for number, step in reversed(list(enumerate(chain))):
            undo = _UNDO.get(step.name)
            if undo is None:
                raise Unsupported(
                    f"a file is stored with the transform {step.name!r}, which this version"
                    " does not know",
                    hint="update Audobon",
                )
            target = into if not number else None
            within = step.name == pointers.NAME and (spend or current is not stream)
            if within and target in (None, current):
                out = current
            else:
                out = spool(folder) if target is None else target
            # The steps between hold what containers held, which may be much more.
            most = size if not number else 1 << 62
            hashed = _Hashed(_Back(out) if out is current else out, most)
            try:
                with closing(hashed):
                    exact = _undo(undo, current, step, hashed)
                if out is current:
                    out.truncate(hashed.size)
                if not exact:
                    note = _substitute(current, step, out, folder)
                found = out.seek(0, 2)
            except BaseException:
                if out is not into and out is not current:
                    out.close()
                raise
            if current is not stream and current is not out:
                current.close()
            current = out
    except BaseException:
        if current is not stream:
            current.close()
        raise
    if current is not into:
        current.seek(0)
    return Unfolded(current, found, note)


def _undo(
    undo: Callable[[IO[bytes], bytes, IO[bytes]], None],
    stream: IO[bytes],
    step: Transform,
    hashed: _Hashed,
) -> bool:
    """Whether the bytes are exact; Corrupt when there is no excuse for others."""
    stream.seek(0)
    may_differ = step.name == takeapart.NAME
    try:
        undo(stream, step.params[_DIGEST:], hashed)  # type: ignore[arg-type]
    except BROKEN as exc:
        if not may_differ:
            raise Corrupt(f"the transform {step.name!r} cannot be undone: {exc}") from exc
        return False
    if hashed.digest() == step.params[:_DIGEST]:
        return True
    if not may_differ:
        raise Corrupt(f"undoing the transform {step.name!r} gives other bytes")
    return False


def _substitute(stream: IO[bytes], step: Transform, out: IO[bytes], folder: Path | None) -> str:
    """Write a file of the same content to ``out``; what is to be said about it.

    Unavailable when nothing can stand in for the compressor; Corrupt when no
    missing encoder explains the other bytes.
    """
    params = step.params[_DIGEST:]
    try:
        absent = " and ".join(takeapart.missing(params))
    except BROKEN as exc:
        raise Corrupt(f"the transform {step.name!r} cannot be undone: {exc}") from exc
    if not absent:
        raise Corrupt(f"undoing the transform {step.name!r} gives other bytes")
    try:
        with spool(folder) as made:  # it is read again, which ``out`` need not allow
            takeapart.substitute(stream, params, made)
            made.seek(0)
            out.seek(0)
            out.truncate()
            while data := made.read(_STEP):
                out.write(data)
    except BROKEN as exc:
        raise Unavailable(
            f"it cannot be made again without {absent}",
            hint="restore it with the Python or on the machine that stored it",
        ) from exc
    return f"{absent} is not here"


def _try(step: Callable[[], bytes | None]) -> bytes | None:
    try:
        return step()
    except BROKEN:
        return None


def _digest(file: IO[bytes], size: int) -> bytes:
    sha256 = hashlib.sha256()
    file.seek(0)
    while size > 0 and (data := file.read(min(_STEP, size))):
        sha256.update(data)
        size -= len(data)
    return sha256.digest()
