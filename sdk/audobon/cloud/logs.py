"""What a job in Vertex AI has printed, from Cloud Logging: REST, by the session that signs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from audobon.cloud.calling import Patience, call
from audobon.cloud.clients import Clients
from audobon.errors import Unsupported

__all__ = ["Line", "log_lines"]

_PAGE = 500
_MOST = 20  # pages
_NUMBER = re.compile(r"/customJobs/([0-9]+)$")


@frozen(slots=True)
class Line:
    """A line of a log: when, how bad (as ``INFO``), and what."""

    at: str
    level: str
    text: str


def log_lines(
    clients: Clients, job: str, patience: Patience, *, since: datetime | None = None
) -> list[Line]:
    """What the job called ``job`` has printed, in order; at most 10,000 lines."""
    return list(_lines(clients, job, patience, since))


def _lines(
    clients: Clients, job: str, patience: Patience, since: datetime | None
) -> Iterator[Line]:
    from google.auth.transport.requests import AuthorizedSession

    settings = clients.settings
    if settings.endpoint and settings.transport != "rest":
        raise Unsupported("a stand-in over gRPC has no logs")
    found = _NUMBER.search(job)
    asked = 'resource.type="ml_job" AND resource.labels.job_id="{}"'.format(
        found[1] if found else ""
    )
    if since is not None:
        asked += f' AND timestamp>="{since.isoformat()}"'
    body: dict[str, Any] = {
        "resourceNames": [f"projects/{settings.project}"],
        "filter": asked,
        "orderBy": "timestamp asc",
        "pageSize": _PAGE,
    }
    url = (settings.endpoint or "https://logging.googleapis.com") + "/v2/entries:list"
    with AuthorizedSession(clients.credentials) as session:  # type: ignore[no-untyped-call]

        def page(limit: float) -> Any:
            from google.api_core.exceptions import from_http_response

            answer = session.post(url, json=body, timeout=limit)
            if answer.status_code >= 400:
                raise from_http_response(answer)  # type: ignore[no-untyped-call]
            return answer.json()

        for _ in range(_MOST):
            told = call(page, "reading a log", patience)
            for entry in told.get("entries", ()):
                yield Line(
                    str(entry.get("timestamp", "")), str(entry.get("severity", "")), _text(entry)
                )
            if not told.get("nextPageToken"):
                return
            body["pageToken"] = told["nextPageToken"]


def _text(entry: Any) -> str:
    said = entry.get("textPayload")
    if said is None:
        payload = entry.get("jsonPayload") or {}
        said = payload.get("message", payload)
    return str(said).rstrip("\n")
