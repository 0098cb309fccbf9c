"""Cloud Storage on this machine, as far as its JSON API is used: with every precondition.

Generations, resumable uploads, ranges, pages of a listing, a lifecycle whose clock the test moves,
permissions of IAM, tokens, and faults: an answer instead of the work, or work without its answer.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
from attrs import define, field

__all__ = ["FakeBucket", "Fault", "fake_bucket"]

_PAGE = 7  # objects in a page of a listing, so that every test turns pages


@define
class Fault:
    """What happens to the next requests that match: ``status``, or the work and then a hang-up."""

    method: str
    path: str
    status: int = 0
    times: int = 1
    flip: bool = False
    range: str = ""
    """How the range begins that is asked for."""


@define
class Stored:
    data: bytes
    generation: int
    metadata: dict[str, str]
    born: float


@define
class FakeBucket:
    """The state of the service."""

    name: str = "bucket"
    objects: dict[str, Stored] = field(factory=dict)
    sessions: dict[str, tuple[str, int, dict[str, Any], bytearray, str]] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    seen: list[tuple[str, str]] = field(factory=list)
    clock: float = 0.0
    age_limit: float | None = None
    forbidden: set[str] = field(factory=set)
    rights: set[str] | None = None
    """Of ``get``, ``list``, ``create``, ``delete`` (``storage.objects.*``); None for all."""
    more: dict[str, set[str]] = field(factory=dict)
    """Rights below a prefix alone, as a managed folder or a condition gives them."""
    tokens: set[str] | None = None
    """Those that are taken; None for everybody."""
    lock: Any = field(factory=threading.RLock)
    last: int = 0
    url: str = ""

    def expire(self) -> None:
        """What the lifecycle of the bucket does by its clock."""
        with self.lock:
            for name, stored in list(self.objects.items()):
                if self.age_limit is not None and self.clock - stored.born > self.age_limit:
                    del self.objects[name]

    def write(self, name: str, data: bytes, metadata: dict[str, str]) -> Stored:
        self.last += 1000
        self.objects[name] = Stored(data, self.last, metadata, self.clock)
        return self.objects[name]

    def may(self, right: str, name: str) -> bool:
        """Whether an object of this name may be treated so. Replacing one takes it away."""
        given = [rights for prefix, rights in self.more.items() if name.startswith(prefix)]
        return self.rights is None or any(right in rights for rights in (self.rights, *given))

    def count(self, method: str, path: str = "") -> int:
        return sum(each[0] == method and path in each[1] for each in self.seen)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer has two parts: the second would wait 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True
    bucket: FakeBucket

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PUT(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        parts = urlsplit(self.path)
        ask = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.bucket.lock:
            self.bucket.seen.append((self.command, self.path))
            fault = self._fault()
            if fault and fault.status:
                self._say(fault.status, b"{}")
                return
            try:
                status, answer, headers = self._answer(parts.path, ask, body)
            except _Refused as refused:
                status, answer, headers = refused.status, b'{"error": {}}', {}
        if fault and fault.flip:
            answer = bytes([answer[0] ^ 255]) + answer[1:]
        elif fault:
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self._say(status, answer, headers)

    def _fault(self) -> Fault | None:
        for fault in self.bucket.faults:
            asked = str(self.headers.get("Range") or "").startswith(fault.range)
            if fault.method == self.command and fault.path in self.path and asked and fault.times:
                fault.times -= 1
                return fault
        return None

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(
        self, path: str, ask: dict[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        self.bucket.expire()
        told = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.bucket.tokens is not None and told not in self.bucket.tokens:
            raise _Refused(401)
        if self.command in self.bucket.forbidden:
            raise _Refused(403)
        if "upload_id" in ask:
            return self._chunk(ask["upload_id"], body)
        found = re.fullmatch(r"(/upload|/download)?/storage/v1/b/([^/]+)/o(?:/(.+))?", path)
        if not found or found[2] != self.bucket.name:
            raise _Refused(404)
        name = unquote(found[3] or "")
        if self.command == "POST":
            return self._upload(ask, body)
        if not name:
            self._need("list", ask.get("prefix", ""))
            return self._list(ask)
        self._need("delete" if self.command == "DELETE" else "get", name)
        stored = self.bucket.objects.get(name)
        if stored is None or ask.get("generation", str(stored.generation)) != str(
            stored.generation
        ):
            raise _Refused(404)
        self._expect(name, ask)
        if self.command == "DELETE":
            del self.bucket.objects[name]
            return 204, b"", {}
        if ask.get("alt") == "media":
            return self._media(stored)
        return 200, _described(name, stored), {"Content-Type": "application/json"}

    def _need(self, right: str, name: str) -> None:
        if not self.bucket.may(right, name):
            raise _Refused(403)

    def _need_write(self, name: str) -> None:
        self._need("create", name)
        if name in self.bucket.objects:
            self._need("delete", name)

    def _expect(self, name: str, ask: dict[str, str]) -> None:
        if "ifGenerationMatch" in ask:
            stored = self.bucket.objects.get(name)
            if int(ask["ifGenerationMatch"]) != (stored.generation if stored else 0):
                raise _Refused(412)

    def _media(self, stored: Stored) -> tuple[int, bytes, dict[str, str]]:
        headers = {"X-Goog-Hash": f"crc32c={_crc(stored.data)}"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not wanted:
            return 200, stored.data, headers
        start, size = int(wanted[1]), len(stored.data)
        if start >= size:
            raise _Refused(416)
        end = min(int(wanted[2] or size - 1), size - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        return 206, stored.data[start : end + 1], headers

    def _list(self, ask: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        names = sorted(
            name
            for name in self.bucket.objects
            if name.startswith(ask.get("prefix", "")) and name > ask.get("pageToken", "")
        )
        page = names[: min(_PAGE, int(ask.get("maxResults", _PAGE)))]
        answer: dict[str, Any] = {
            "items": [json.loads(_described(name, self.bucket.objects[name])) for name in page]
        }
        if page and page[-1] != names[-1]:
            answer["nextPageToken"] = page[-1]
        return 200, json.dumps(answer).encode(), {"Content-Type": "application/json"}

    def _upload(self, ask: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if ask["uploadType"] == "resumable":
            said = json.loads(body or b"{}")
            name = said.get("name") or ask["name"]
            self._need_write(name)
            self._expect(name, ask)
            ident = f"session-{len(self.bucket.sessions)}"
            self.bucket.sessions[ident] = (
                name,
                0,
                said,
                bytearray(),
                ask.get("ifGenerationMatch", ""),
            )
            where = f"http://{self.headers['Host']}/upload/storage/v1/b/{self.bucket.name}/o?upload_id={ident}"
            return 200, b"", {"Location": where}
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        first, _ = BytesParser().parsebytes(head + body).get_payload()  # type: ignore[misc]
        said = json.loads(first.get_payload(decode=True))
        boundary = re.search(rb'boundary="?([^";]+)', self.headers["Content-Type"].encode())
        assert boundary
        # The mail parser may touch line ends: the bytes are taken as they came.
        raw = body.split(b"--" + boundary[1])[2].split(b"\r\n\r\n", 1)[1][:-2]
        name = said.get("name") or ask["name"]
        self._need_write(name)
        self._expect(name, ask)
        if "crc32c" in said and said["crc32c"] != _crc(raw):
            raise _Refused(400)
        stored = self.bucket.write(name, raw, said.get("metadata") or {})
        return 200, _described(name, stored), {"Content-Type": "application/json"}

    def _chunk(self, ident: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        name, _, said, data, match = self.bucket.sessions[ident]
        wanted = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", self.headers["Content-Range"])
        assert wanted
        if wanted[1] is not None and int(wanted[1]) <= len(data):
            data[int(wanted[1]) :] = body
        if wanted[3] == "*" or len(data) < int(wanted[3]):
            return 308, b"", {"Range": f"bytes=0-{len(data) - 1}"} if data else {}
        stored = self.bucket.objects.get(name)
        if stored and stored.metadata == said.get("metadata") and stored.data == bytes(data):
            pass  # finished already: the same answer again
        else:
            self._expect(name, {"ifGenerationMatch": match} if match else {})
            stored = self.bucket.write(name, bytes(data), said.get("metadata") or {})
        return 200, _described(name, stored), {"Content-Type": "application/json"}


def _crc(data: bytes) -> str:
    return base64.b64encode(struct.pack(">I", google_crc32c.value(data))).decode()


def _described(name: str, stored: Stored) -> bytes:
    told = {
        "kind": "storage#object",
        "name": name,
        "bucket": "bucket",
        "size": str(len(stored.data)),
        "generation": str(stored.generation),
        "metageneration": "1",
        "crc32c": _crc(stored.data),
        "metadata": stored.metadata,
    }
    return json.dumps(told).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def fake_bucket() -> Iterator[FakeBucket]:
    """The service, listening, with an empty bucket."""
    bucket = FakeBucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    server = _Server(("127.0.0.1", 0), handler)
    bucket.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
