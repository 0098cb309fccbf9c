"""Google's givers of tokens on this machine: OAuth's for one account, IAM's for another."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from attrs import define, field

__all__ = ["PLANTED", "FakeTokens", "fake_tokens"]

PLANTED = "ya29.planted-token-"
"""What every token begins with, so that a test finds one wherever it lies."""


@define
class FakeTokens:
    """The state of the givers. ``given`` are tokens with whom they stand for."""

    given: list[tuple[str, str]] = field(factory=list)
    refuse: set[str] = field(factory=set)
    """Who is given none any more: ``oauth``, or an account that may not be impersonated."""
    hours: float = 1.0
    url: str = ""

    def make(self, who: str) -> str:
        self.given.append((f"{PLANTED}{len(self.given)}", who))
        return self.given[-1][0]

    @property
    def newest(self) -> str:
        return self.given[-1][0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tokens: FakeTokens

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/token":
            self._oauth(parse_qs(body.decode()))
        else:
            self._iam(self.path.rpartition("/")[2].partition(":")[0], json.loads(body))

    def _oauth(self, asked: dict[str, list[str]]) -> None:
        if "oauth" in self.tokens.refuse or "assertion" not in asked:
            self._say(400, {"error": "invalid_grant", "error_description": "it was taken back"})
            return
        seconds = int(self.tokens.hours * 3600)
        token = self.tokens.make("oauth")
        self._say(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def _iam(self, account: str, asked: dict[str, Any]) -> None:
        asking = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if (asking, "oauth") not in self.tokens.given or account in self.tokens.refuse:
            self._say(403, {"error": {"code": 403, "message": f"{asking} may not"}})
            return
        assert any("devstorage" in scope for scope in asked["scope"])
        ends = datetime.now(UTC) + timedelta(hours=self.tokens.hours)
        ending = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._say(200, {"accessToken": self.tokens.make(account), "expireTime": ending})

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def fake_tokens() -> Iterator[FakeTokens]:
    """The givers, listening."""
    tokens = FakeTokens()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"tokens": tokens}))
    server.daemon_threads = True
    tokens.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
