"""Objects in a bucket of Cloud Storage, through ``google-cloud-storage``: the one door to it.

Every change is sent with the generation that it expects, so that repeating it is harmless, and
every write carries an id: one that is refused because it was done already (its reply was lost) is
known by that. What the client and the network raise becomes an error of ours in one place.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from audobon.errors import (
    AudobonError,
    Conflict,
    Corrupt,
    Invalid,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.storage.objects.base import (
    ABSENT,
    ANY,
    Expected,
    ObjectStat,
    Refused,
    check_foreign,
    check_key,
    check_prefix,
)
from audobon.storage.objects.flow import ToldFile, moved
from audobon.storage.objects.gcsclient import make_client
from audobon.storage.objects.pace import Pace
from audobon.storage.objects.partial import fetch_into
from audobon.storage.objects.pieces import Pieces
from audobon.system.files import translate_os_error
from audobon.system.variables import emulator_host

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.storage import Blob

__all__ = ["ForeignBucket", "GcsStore", "parse_bucket"]

_TIMEOUT_S = (10.0, 60.0)  # for a connection, and for a silence in an answer
PATIENCE_S = 90.0
"""How long one request is repeated while the service cannot be reached."""
SLICE = 16 << 20
"""Bytes that one request fetches at most, so that a broken connection costs no more."""
AHEAD = 3
"""Pieces that are fetched before they are wanted, of all objects of a place together: with the one
that is, four connections, and 64 MB."""
_WRITE = "audobon-write"
_TRIES = 20
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_ROLES = {
    "read": "roles/storage.objectViewer",
    "listed": "roles/storage.objectViewer",
    "written": "roles/storage.objectUser",
    "changed": "roles/storage.objectUser",
    "deleted": "roles/storage.objectUser",
}
"""What may not be done to an object, and the role that has the right to it; docs/buckets.md."""


def parse_bucket(url: str, check: Callable[[str], str] = check_key) -> tuple[str, str]:
    """Bucket and prefix of ``gs://bucket/prefix``. Raises Invalid."""
    parts = urlsplit(url)
    bucket, prefix = parts.netloc, parts.path.strip("/")
    if parts.query or parts.fragment or not _BUCKET.fullmatch(bucket):
        raise Invalid(
            "an address of a bucket is gs://bucket/prefix, without a user or parameters",
            hint="who may use it is told by 'gcloud auth application-default login'",
        )
    if prefix:
        check(prefix)
    return bucket, prefix


class GcsStore:
    """A place of objects in a bucket, below a prefix.

    Credentials are those given, else application default ones; none towards an emulator on this
    machine (``STORAGE_EMULATOR_HOST``, or ``endpoint``). With ``impersonate`` they are used only
    to act as that service account. Raises MissingExtra, Invalid where the
    emulator is elsewhere, NotFound where there is no such bucket, Unavailable.
    """

    _check = staticmethod(check_key)
    _check_prefix = staticmethod(check_prefix)

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        credentials: Credentials | None = None,
        impersonate: str = "",
        endpoint: str = "",
        patience_s: float | None = None,
        timeout_s: tuple[float, float] = _TIMEOUT_S,
    ) -> None:
        self._name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._as = impersonate
        client, self._google = make_client(
            credentials, impersonate, self.url, endpoint or emulator_host()
        )
        self._client = client
        self._bucket = client.bucket(bucket)
        self._pieces = Pieces(AHEAD)
        self._pace = Pace()
        self._often: dict[str, Any] = {
            "timeout": timeout_s,
            "retry": self._google.retry.DEFAULT_RETRY.with_timeout(
                PATIENCE_S if patience_s is None else patience_s
            ).with_delay(initial=0.5, maximum=15.0, multiplier=2.0),
        }
        try:
            with self._told("", "listed", may=self._google.api.Forbidden):
                # Also where nothing may be listed: the right to that is not everybody's.
                next(iter(client.list_blobs(self._bucket, max_results=1, **self._often)), None)
        except BaseException:
            self.close()  # or its connections stay until the collector comes by
            raise

    @property
    def url(self) -> str:
        return f"gs://{self._name}/{self._prefix}".rstrip("/")

    def stat(self, key: str) -> ObjectStat | None:
        blob = self._look(key)
        return None if blob is None else _stat(key, blob)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        self._check(key)
        if end is not None and end <= start:
            self._found(key)
            return b""
        blob = self._bucket.blob(self._prefix + key)
        with self._told(key):
            try:
                whole = start == 0 and end is None
                data: bytes = blob.download_as_bytes(
                    start=None if whole else start,
                    end=None if end is None else end - 1,
                    raw_download=True,
                    single_shot_download=True,  # else it is read in parts of 8 KB
                    checksum="crc32c" if whole else None,
                    **self._often,
                )
            except self._google.api.RequestRangeNotSatisfiable:
                return b""
        moved(len(data))
        return data

    def fetch(self, key: str, to: Path) -> ObjectStat:
        for _ in range(_TRIES):
            blob = self._found(key)
            found = _stat(key, blob)
            name, generation, size = blob.name, blob.generation, found.size

            def piece(start: int, end: int, name: str = name, of: int = generation) -> bytes:
                with self._told(key):
                    data: bytes = self._bucket.blob(name, generation=of).download_as_bytes(
                        start=start,
                        end=end - 1,
                        raw_download=True,
                        single_shot_download=True,
                        checksum=None,  # of the whole, below
                        **self._often,
                    )
                return data

            with contextlib.ExitStack() as stack:

                def read(
                    start: int,
                    piece: Callable[[int, int], bytes] = piece,
                    size: int = size,
                    stack: contextlib.ExitStack = stack,
                ) -> Iterator[bytes]:
                    pieces = self._pieces.each(piece, start, size, SLICE)
                    return stack.enter_context(contextlib.closing(pieces))

                try:
                    wanted = base64.b64decode(blob.crc32c)
                    tag = f"{self.url}\0{key}\0{found.generation}"
                    fetch_into(to, tag, read, self._google.crc32c.Checksum, wanted)
                except NotFound:
                    continue  # replaced meanwhile: the next one, or it is told that there is none
            return found
        raise Unavailable(f"{key} in {self.url} is replaced without end", subject=key)

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        check_key(key)
        write = uuid.uuid4().hex
        for _ in range(_TRIES):
            before = self._before(key, expected)
            blob = self._bucket.blob(self._prefix + key, chunk_size=self._pace.size)
            blob.metadata = {_WRITE: write}
            with contextlib.ExitStack() as stack:
                file, size = _source(data, stack)
                stack.enter_context(self._told(key, "changed" if before else "written"))
                stack.enter_context(self._pace.sending(size))
                try:
                    blob.upload_from_file(
                        file,
                        size=size,
                        content_type="application/octet-stream",
                        checksum="crc32c",
                        if_generation_match=before,
                        **self._often,
                    )
                    return ObjectStat(key, size, str(blob.generation))
                except self._google.api.PreconditionFailed:
                    pass
                except self._google.api.Forbidden:
                    # Who may not replace is refused so also where only a new one was meant.
                    if expected is not ABSENT or self._look(key) is None:
                        raise
            now = self._look(key)
            if now is not None and (now.metadata or {}).get(_WRITE) == write:
                return _stat(key, now)
            if expected is not ANY:
                raise self._unexpected(key)
        raise Unavailable(f"{key} in {self.url} is written without end", subject=key)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        self._check_prefix(prefix)
        with self._told(prefix, "listed"):
            for blob in self._client.list_blobs(
                self._bucket,
                prefix=self._prefix + prefix,
                fields="items(name,size,generation),nextPageToken",
                **self._often,
            ):
                key = blob.name[len(self._prefix) :]
                with contextlib.suppress(Invalid):  # somebody else's object
                    self._check(key)
                    yield _stat(key, blob)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        for _ in range(_TRIES):
            found = self._look(key)
            there = ABSENT if found is None else str(found.generation)
            if expected is not ANY and expected != there:
                raise self._unexpected(key)
            # Asked also where there is none, with a generation that none has: whether it may be
            # deleted is told, as a collector wants to know before it begins. It costs nothing.
            blob = found or self._bucket.blob(self._prefix + key)
            wanted = 1 if found is None else found.generation
            with self._told(key, "deleted"):
                try:
                    blob.delete(if_generation_match=wanted, **self._often)
                    return found is not None
                except self._google.api.NotFound:
                    return found is not None  # done by a request whose reply was lost
                except self._google.api.PreconditionFailed:
                    if found is None:
                        return False
        raise Unavailable(f"{key} in {self.url} is written without end", subject=key)

    def close(self) -> None:
        self._pieces.close()
        self._client.close()

    def _look(self, key: str) -> Blob | None:
        with self._told(key):
            return self._bucket.get_blob(self._prefix + self._check(key), **self._often)

    def _found(self, key: str) -> Blob:
        blob = self._look(key)
        if blob is None:
            raise self._absent(key)
        return blob

    def _before(self, key: str, expected: Expected) -> int:
        """The generation that is to be replaced, 0 where none is."""
        if expected is ABSENT:
            return 0
        if expected is ANY:
            now = self._look(key)
            return int(now.generation or 0) if now else 0
        if not str(expected).isdigit() or int(str(expected)) == 0:
            raise self._unexpected(key)
        if self._look(key) is None:
            raise self._unexpected(key)
        return int(str(expected))

    def _absent(self, key: str) -> AudobonError:
        if not key:
            return NotFound(f"there is no bucket {self._name}", subject=self.url)
        return NotFound(f"there is no object {key} in {self.url}", subject=key)

    def _unexpected(self, key: str) -> AudobonError:
        return Conflict(f"{key} in {self.url} is not what was expected", subject=key)

    @contextlib.contextmanager
    def _told(
        self, key: str, doing: str = "read", *, may: type[Exception] | None = None
    ) -> Iterator[None]:
        try:
            yield
        except AudobonError:
            raise
        except Exception as error:
            if may is not None and isinstance(error, may):
                return
            if not isinstance(error, self._google.raises):
                raise
            told = self._error(error, key, doing)
            try:
                raise told from None
            finally:
                # Nor as what it came amid: their texts hold addresses of uploads, which let
                # anybody write, and what a giver of tokens answered.
                told.__context__ = None

    def _error(self, error: Exception, key: str, doing: str) -> AudobonError:
        api = self._google.api
        code = getattr(error, "code", None) or getattr(
            getattr(error, "response", None), "status_code", 0
        )
        if isinstance(error, self._google.auth.GoogleAuthError) or code == 401:
            return self._unknown()
        if isinstance(error, self._google.corrupt):
            return Corrupt(f"{key} did not pass {self.url} as it was", subject=key)
        if isinstance(error, api.NotFound):
            return self._absent(key)
        if isinstance(error, api.PreconditionFailed):
            return self._unexpected(key)
        if code == 403:
            return self._forbidden(key, doing)
        said = f"answered {int(code)}" if code else "cannot be reached"
        passes = not code or code >= 500 or code in (408, 429)
        return (Unavailable if passes else Refused)(
            f"{self.url} {said}", subject=self.url, hint="look at the network, then try again"
        )

    def _unknown(self) -> AudobonError:
        hint = "gcloud auth application-default login"
        if self._as:
            hint += f"; and you need roles/iam.serviceAccountTokenCreator on {self._as}"
        return Refused(f"{self.url} does not know who asks", subject=self.url, hint=hint)

    def _forbidden(self, key: str, doing: str) -> AudobonError:
        kind = Refused if doing in ("read", "listed") else ReadOnly
        thing = self.url if doing == "listed" or not key else f"{key} in {self.url}"
        return kind(
            f"{thing} may not be {doing} by {self._as or 'this account'}",
            subject=self.url,
            hint=f"ask the bucket's owner for {_ROLES[doing]}",
        )


class ForeignBucket(GcsStore):
    """A bucket that others have filled, with names of their own, for reading: ReadOnly else."""

    _check = staticmethod(check_foreign)
    _check_prefix = staticmethod(lambda prefix: prefix)

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        raise self._only_read(key, data, expected)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        raise self._only_read(key, expected)

    def _only_read(self, *_: object) -> ReadOnly:
        return ReadOnly(f"{self.url} is somebody else's, and only read", subject=self.url)


def _stat(key: str, blob: Blob) -> ObjectStat:
    return ObjectStat(key, int(blob.size or 0), str(blob.generation))


def _source(data: bytes | Path, stack: contextlib.ExitStack) -> tuple[Any, int]:
    if not isinstance(data, Path):
        return ToldFile(io.BytesIO(data)), len(data)
    try:
        file = ToldFile(stack.enter_context(data.open("rb")))
        return file, os.fstat(file.fileno()).st_size
    except OSError as error:
        raise translate_os_error(error, data) from error
