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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from audobon.errors import (
    AudobonError,
    Conflict,
    Corrupt,
    Invalid,
    MissingExtra,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.storage.objects.base import (
    ABSENT,
    ANY,
    Expected,
    ObjectStat,
    check_key,
    check_prefix,
)
from audobon.storage.objects.flow import ToldFile, moved
from audobon.storage.objects.partial import fetch_into
from audobon.system.files import translate_os_error
from audobon.system.variables import emulator_host

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.storage import Blob

__all__ = ["GcsStore", "parse_bucket"]

_TIMEOUT_S = (10.0, 60.0)  # for a connection, and for a silence in an answer
PATIENCE_S = 90.0
"""How long one request is repeated while the service cannot be reached."""
SLICE = 16 << 20
"""Bytes that one request fetches at most, so that a broken connection costs no more."""
_CHUNK = 8 << 20  # of a resumable upload, which begins above 8 MiB (a rule of the client)
_WRITE = "audobon-write"
_TRIES = 20
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def parse_bucket(url: str) -> tuple[str, str]:
    """Bucket and prefix of ``gs://bucket/prefix``. Raises Invalid."""
    parts = urlsplit(url)
    bucket, prefix = parts.netloc, parts.path.strip("/")
    if parts.query or parts.fragment or not _BUCKET.fullmatch(bucket):
        raise Invalid(
            "an address of a bucket is gs://bucket/prefix, without a user or parameters",
            hint="who may use it is told by 'gcloud auth application-default login'",
        )
    if prefix:
        check_key(prefix)
    return bucket, prefix


class GcsStore:
    """A place of objects in a bucket, below a prefix.

    Credentials are those given, else application default ones; none towards an emulator on this
    machine (``STORAGE_EMULATOR_HOST``, or ``endpoint``). Raises MissingExtra, Invalid where the
    emulator is elsewhere, NotFound where there is no such bucket, Unavailable.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        credentials: Credentials | None = None,
        endpoint: str = "",
        patience_s: float = PATIENCE_S,
        timeout_s: tuple[float, float] = _TIMEOUT_S,
    ) -> None:
        self._name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        client, self._google = _client(credentials, endpoint or emulator_host(), self.url)
        self._client = client
        self._bucket = client.bucket(bucket)
        self._often: dict[str, Any] = {
            "timeout": timeout_s,
            "retry": self._google.retry.DEFAULT_RETRY.with_timeout(patience_s).with_delay(
                initial=0.5, maximum=15.0, multiplier=2.0
            ),
        }
        try:
            with self._told("", may=self._google.api.Forbidden):
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
        check_key(key)
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
            pinned = self._bucket.blob(blob.name, generation=blob.generation)

            def read(start: int, of: Blob = pinned, size: int = found.size) -> Iterator[bytes]:
                for at in range(start, size, SLICE):
                    with self._told(key):
                        data: bytes = of.download_as_bytes(
                            start=at,
                            end=min(at + SLICE, size) - 1,
                            raw_download=True,
                            checksum=None,  # of the whole, below
                            **self._often,
                        )
                    moved(len(data))
                    yield data

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
            blob = self._bucket.blob(self._prefix + key, chunk_size=_CHUNK)
            blob.metadata = {_WRITE: write}
            with contextlib.ExitStack() as stack:
                file, size = _source(data, stack)
                stack.enter_context(self._told(key, writing=True))
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
            now = self._look(key)
            if now is not None and (now.metadata or {}).get(_WRITE) == write:
                return _stat(key, now)
            if expected is not ANY:
                raise self._unexpected(key)
        raise Unavailable(f"{key} in {self.url} is written without end", subject=key)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        check_prefix(prefix)
        with self._told(prefix):
            for blob in self._client.list_blobs(
                self._bucket,
                prefix=self._prefix + prefix,
                fields="items(name,size,generation),nextPageToken",
                **self._often,
            ):
                key = blob.name[len(self._prefix) :]
                with contextlib.suppress(Invalid):  # somebody else's object
                    check_key(key)
                    yield _stat(key, blob)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        for _ in range(_TRIES):
            found = self._look(key)
            there = ABSENT if found is None else str(found.generation)
            if expected is not ANY and expected != there:
                raise self._unexpected(key)
            if found is None:
                return False
            with self._told(key, writing=True):
                try:
                    found.delete(if_generation_match=found.generation, **self._often)
                    return True
                except self._google.api.NotFound:
                    return True  # done by a request whose reply was lost
                except self._google.api.PreconditionFailed:
                    pass
        raise Unavailable(f"{key} in {self.url} is written without end", subject=key)

    def close(self) -> None:
        self._client.close()

    def _look(self, key: str) -> Blob | None:
        with self._told(key):
            return self._bucket.get_blob(self._prefix + check_key(key), **self._often)

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
        self, key: str, *, writing: bool = False, may: type[Exception] | None = None
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
            # Not as the cause: their texts hold addresses of uploads, which let anybody write.
            raise self._error(error, key, writing) from None

    def _error(self, error: Exception, key: str, writing: bool) -> AudobonError:
        api = self._google.api
        code = getattr(error, "code", None) or getattr(
            getattr(error, "response", None), "status_code", 0
        )
        if isinstance(error, self._google.auth.GoogleAuthError) or code == 401:
            return Unavailable(
                f"{self.url} does not know who asks",
                subject=self.url,
                hint="gcloud auth application-default login",
            )
        if isinstance(error, self._google.corrupt):
            return Corrupt(f"{key} did not pass {self.url} as it was", subject=key)
        if isinstance(error, api.NotFound):
            return self._absent(key)
        if isinstance(error, api.PreconditionFailed):
            return self._unexpected(key)
        if code == 403:
            what = "written" if writing else "read"
            kind = ReadOnly if writing else Unavailable
            return kind(
                f"{self.url} may not be {what} by this account",
                subject=self.url,
                hint="ask the bucket's owner for a role on it",
            )
        said = f"answered {int(code)}" if code else "cannot be reached"
        return Unavailable(
            f"{self.url} {said}", subject=self.url, hint="look at the network, then try again"
        )


class _Google:
    """The modules of the client, loaded when the first bucket is opened."""

    def __init__(self) -> None:
        try:
            import google.api_core.exceptions
            import google.auth.exceptions
            import google.cloud.storage
            import google.cloud.storage.exceptions
            import google.cloud.storage.retry
            import google_crc32c
        except ImportError as error:
            raise MissingExtra(
                "objects in a bucket need the Google client, which is not installed",
                subject="gcp",
                hint="pip install 'audobon[gcp]'",
            ) from error
        self.api: Any = google.api_core.exceptions
        self.auth: Any = google.auth.exceptions
        self.storage: Any = google.cloud.storage
        self.retry: Any = google.cloud.storage.retry
        self.crc32c: Any = google_crc32c
        self.corrupt: Any = google.cloud.storage.exceptions.DataCorruption
        self.raises: tuple[type[BaseException], ...] = (
            google.api_core.exceptions.GoogleAPIError,
            google.auth.exceptions.GoogleAuthError,
            google.cloud.storage.exceptions.InvalidResponse,
            google.cloud.storage.exceptions.DataCorruption,
            OSError,  # what the HTTP library raises, and the system beneath it
        )


def _client(credentials: Credentials | None, endpoint: str, url: str) -> tuple[Any, _Google]:
    modules = _Google()
    options: dict[str, Any] = {}
    if endpoint:
        endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
        if urlsplit(endpoint).hostname not in _LOOPBACK:
            raise Invalid(
                "an emulator of Cloud Storage must be on this machine: it would be sent your token",
                subject=urlsplit(endpoint).hostname or "",
                hint="unset STORAGE_EMULATOR_HOST",
            )
        options["client_options"] = {"api_endpoint": endpoint}
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError

    if credentials is None and endpoint:
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    elif credentials is None:
        try:
            credentials, _ = google.auth.default(
                scopes=["https://www.googleapis.com/auth/devstorage.read_write"]
            )
        except GoogleAuthError:
            raise Unavailable(
                f"{url} asks who you are, and nobody is signed in here",
                subject=url,
                hint="gcloud auth application-default login",
            ) from None
    client = modules.storage.Client(project=None, credentials=credentials, **options)
    # Google's downloads leave the connection of a refused answer to Python's collector.
    client._http.hooks["response"].append(_drained)
    return client, modules


def _drained(answer: Any, *_: object, **__: object) -> None:
    """Read a refusal to its end, which gives its connection back; it is a few words."""
    if answer.status_code >= 400:
        with contextlib.suppress(OSError):  # those of requests are, and the status is told anyway
            answer.content  # noqa: B018


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
