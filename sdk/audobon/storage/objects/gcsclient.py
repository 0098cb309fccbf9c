"""The client of Cloud Storage and its modules, loaded with the first bucket."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from audobon.errors import MissingExtra
from audobon.storage.objects.googleauth import credentials_for, here

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ["Google", "make_client"]

_SCOPES: Final = ["https://www.googleapis.com/auth/devstorage.read_write"]


class Google:
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


def make_client(
    credentials: Credentials | None, impersonate: str, url: str, endpoint: str
) -> tuple[Any, Google]:
    """A client, and its modules; see ``GcsStore``. ``endpoint`` is an emulator of the service."""
    modules = Google()
    options: dict[str, Any] = {}
    if endpoint:
        where = here(endpoint, "Cloud Storage", "unset STORAGE_EMULATOR_HOST")
        options["client_options"] = {"api_endpoint": where}
    asking = credentials_for(
        *(credentials, _SCOPES),
        what=url, subject=url, account=impersonate, endpoint=endpoint,
    )  # fmt: skip
    client = modules.storage.Client(project=None, credentials=asking, **options)
    # It would ask for the bucket itself on threads of its own, for traces that nobody collects: a
    # request and a right (storage.buckets.get) that nothing here needs.
    client._bucket_metadata_cache = None
    # Google's downloads leave the connection of a refused answer to Python's collector.
    client._http.hooks["response"].append(_drained)
    return client, modules


def _drained(answer: Any, *_: object, **__: object) -> None:
    """Read a refusal to its end, which gives its connection back; it is a few words."""
    if answer.status_code >= 400:
        with contextlib.suppress(OSError):  # those of requests are, and the status is told anyway
            answer.content  # noqa: B018
