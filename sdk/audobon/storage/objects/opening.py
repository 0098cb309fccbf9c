"""A place of objects by its address."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from audobon.errors import Invalid, Unsupported
from audobon.storage.objects.base import ObjectStore
from audobon.storage.objects.folder import FolderStore
from audobon.storage.objects.memory import MemoryStore
from audobon.system.secrets import need_no_secrets

__all__ = ["open_store"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # one letter is a drive of Windows
_KINDS = "a folder, file:///a/folder, gs://bucket/prefix or memory:name"
_memory: dict[str, MemoryStore] = {}
_lock = threading.Lock()


def open_store(url: str, *, create: bool = False, impersonate: str = "") -> ObjectStore:
    """The place that ``url`` names: a folder's path, ``file:///...``, ``gs://bucket/prefix``, or
    ``memory:name`` (the same one for the same name, as long as this process lives).

    With ``create`` an empty or missing folder becomes one. An address holds no secrets: Invalid
    where it has a user, a password or parameters. A bucket may be used as the service account
    ``impersonate``; Invalid for other places. Raises Unsupported for other kinds of address,
    NotFound, MissingExtra, Unavailable.
    """
    kind = _SCHEME.match(url)
    if not url.strip():
        raise Invalid(f"an address is needed: {_KINDS}")
    need_no_secrets(url)
    if impersonate and (not kind or kind[1].lower() != "gs"):
        raise Invalid(
            "only a bucket (gs://...) can be used as a service account", subject=impersonate
        )
    if not kind:
        return FolderStore(Path(url).expanduser(), create=create)
    scheme = kind[1].lower()
    if scheme == "memory":
        with _lock:
            name = url[kind.end() :]
            return _memory.setdefault(name, MemoryStore(name))
    if scheme == "file":
        return FolderStore(_path(url), create=create)
    if scheme == "gs":
        from audobon.storage.objects.gcs import GcsStore, parse_bucket

        return GcsStore(*parse_bucket(url), impersonate=impersonate)
    raise Unsupported(
        f"{scheme}: is no place that objects can be kept in; {_KINDS} is", subject=scheme
    )


def _path(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
        raise Invalid(
            "a file address is file:///and/a/path, without a server or parameters",
            subject=f"file://{parts.hostname or ''}{parts.path}",
            hint="name a share by the path that it is mounted at",
        )
    path = unquote(parts.path)
    if re.match(r"/[A-Za-z]:", path):  # file:///C:/folder
        path = path[1:]
    if not path.startswith("/") and not re.match(r"[A-Za-z]:", path):
        raise Invalid("a file address is file:///and/a/path", subject=url)
    return Path(path)
